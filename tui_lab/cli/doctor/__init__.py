"""What `tui-lab doctor` checks."""
