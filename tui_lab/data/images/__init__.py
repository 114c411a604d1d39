"""Images in folders: found, looked at, decoded once, brought to one size."""
