"""How much is measured."""

from typing import NamedTuple

from tui_lab.experiment.experiment import ModelSpec


class Size(NamedTuple):
    """`network` learns images: for each side in pixels so many of each of ten classes.

    Runs of `epochs` are compared.
    """

    presets: tuple[str, ...]
    turns: int
    turn_s: float
    epochs: int
    images: dict[int, int]
    batch_size: int
    network: ModelSpec


RESNET = ModelSpec(source="torchvision", name="resnet18")
SMALL = ModelSpec(layers=("conv 4 kernel=3 padding=1", "activation", "flatten"))
PRESETS = ("regression", "binary", "multiclass", "cnn", "shapes")
WHOLE = Size(PRESETS, 5, 0.7, 6, {32: 1000, 224: 256}, 128, RESNET)
QUICK = Size(("multiclass",), 1, 0.0, 3, {8: 6, 12: 6}, 20, SMALL)
