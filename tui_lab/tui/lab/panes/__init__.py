"""The panes of the lab and the lines below them."""
