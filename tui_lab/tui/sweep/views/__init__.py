"""The views of a sweep, a file each."""
