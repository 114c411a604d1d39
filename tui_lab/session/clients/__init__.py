"""The ways to a run: in this process, in a host, or attached to one."""
