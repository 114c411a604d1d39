"""From the file of a table to its columns, as read."""
