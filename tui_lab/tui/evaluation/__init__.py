"""The screen that shows the evaluation of a run: how good it is, and where it is wrong."""
