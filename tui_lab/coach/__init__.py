"""The coach: rules that look at a run and say what hurts it, and what would help."""
