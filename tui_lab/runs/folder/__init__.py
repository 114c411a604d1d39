"""One run on disk: its folder, lock, name, summary, and how it is found, read and deleted."""
