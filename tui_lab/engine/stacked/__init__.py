"""Many trials of one shape, trained as one."""
