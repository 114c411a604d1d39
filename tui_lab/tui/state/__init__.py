"""What the lab knows, without widgets."""
