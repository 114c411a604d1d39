"""The training loop as an iterator of events: no files, no threads, no screen."""
