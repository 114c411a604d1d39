"""Sweeps in the lab: the form that starts one, the list of all, and the way from one to its trials."""
