"""From a layer list or a torchvision model to an `nn.Module`; initialising, freezing and loading weights."""
