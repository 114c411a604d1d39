"""What the shell commands print and write."""
