"""The screen of a sweep: all its trials at once."""
