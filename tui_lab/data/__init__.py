"""Files to tensors: tables, splits, scaling."""
