"""From the layer list, or a model of torchvision, to an `nn.Module`; weights begun, frozen, brought over."""
