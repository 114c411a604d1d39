"""How much is measured."""

from typing import NamedTuple

from tui_lab.experiment.experiment import ModelSpec


class Size(NamedTuple):
    """`network` learns `images` of each of ten classes; runs of `epochs` are compared."""

    presets: tuple[str, ...]
    turns: int
    turn_s: float
    epochs: int
    images: int
    batch_size: int
    network: ModelSpec


RESNET = ModelSpec(source="torchvision", name="resnet18")
SMALL = ModelSpec(layers=("conv 4 kernel=3 padding=1", "activation", "flatten"))
WHOLE = Size(("regression", "binary", "multiclass", "cnn", "shapes"), 5, 0.7, 6, 1000, 128, RESNET)
QUICK = Size(("multiclass",), 1, 0.0, 3, 6, 20, SMALL)
