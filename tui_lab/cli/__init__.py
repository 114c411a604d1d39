"""The command line. Each handler is a module with `run(args) -> int`, imported when it is called."""
