"""The ways to choose combinations; `sweep/samplers.py` makes the one that a sweep asks for."""
