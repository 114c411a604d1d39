"""What a host can be asked to train: a new run, a fork, a resumed or replayed one."""
