"""The values that the form of hyperparameters shows and edits, and its rows."""
