"""Files to tensors: tables and images, what can be guessed of them, splits, scaling, batches."""
