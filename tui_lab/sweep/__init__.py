"""Choosing combinations of values, giving up on trials, and what a sweep shows; no torch but for Sobol."""
