"""The journal of a run: written line by line, followed, and opened quickly from a snapshot."""
