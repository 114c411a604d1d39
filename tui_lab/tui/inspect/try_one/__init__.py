"""The window in which a row is changed, or an image chosen, to see the prediction."""
