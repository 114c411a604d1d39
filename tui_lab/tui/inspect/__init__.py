"""Windows that show what the network does: activations and sample images."""
