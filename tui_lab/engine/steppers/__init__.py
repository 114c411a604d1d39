"""The ways to make an update."""
