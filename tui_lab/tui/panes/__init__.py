"""The panes of the lab. Each turns plain data into lines of text, independently of the others."""
