"""The terminal: its driver, its keyboard, and keys that come early."""
