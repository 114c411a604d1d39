"""The layer editor."""
