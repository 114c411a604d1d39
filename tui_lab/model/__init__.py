"""From the layer list to an `nn.Module`."""
