"""The rules, each in a file of its own, with its thresholds. See `registry.py` for their order."""
