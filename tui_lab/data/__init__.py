"""Files to tensors: tables and images, automatic choices, splits, scaling, batches."""
