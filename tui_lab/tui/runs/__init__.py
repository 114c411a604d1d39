"""The screen of all runs."""
