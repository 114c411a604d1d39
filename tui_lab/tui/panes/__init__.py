"""The panes of the lab. Each gets plain data and gives lines of text; none knows of another."""
