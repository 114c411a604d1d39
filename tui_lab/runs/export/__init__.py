"""A run as JSON or CSV for other programs."""
