"""Losses, metrics, predictions, and the baseline they are compared with."""
