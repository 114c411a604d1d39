"""Data sets from a Python file of the user's."""
