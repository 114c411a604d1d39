"""A sweep on many machines: a study in PostgreSQL, and the workers that train its trials."""
