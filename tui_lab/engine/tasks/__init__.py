"""What each task does with tensors: a class each, in a file of its own, and a table of them."""
