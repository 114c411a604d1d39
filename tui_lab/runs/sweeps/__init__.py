"""Sweeps on disk: their folders and journals; their trials are ordinary runs in a folder of their own."""
