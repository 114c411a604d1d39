"""What is measured on request: one step, the activations, sample images."""
