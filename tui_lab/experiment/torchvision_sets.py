"""The torchvision data sets the lab can use."""

from dataclasses import dataclass

from tui_lab.experiment.experiment import DataSpec, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.presets import Preset
from tui_lab.experiment.sources import CLASS
from tui_lab.experiment.writing import preset_name

CNN = (
    "conv 32 kernel=3 padding=1", "activation", "max_pool 2",
    "conv 64 kernel=3 padding=1", "activation", "max_pool 2",
    "flatten", "dropout",
)  # fmt: skip
"""The default network for them: two convolutions."""


@dataclass(frozen=True, slots=True)
class LibrarySet:
    """A short description, the shape of its images, and the size of the download in MB."""

    title: str
    shape: tuple[int, int, int]
    megabytes: int


SETS = {
    "MNIST": LibrarySet("Handwritten digits, 28 x 28", (1, 28, 28), 12),
    "FashionMNIST": LibrarySet("Clothing items, 28 x 28", (1, 28, 28), 31),
    "KMNIST": LibrarySet("Japanese characters, 28 x 28", (1, 28, 28), 21),
    "CIFAR10": LibrarySet("Objects and animals, 32 x 32", (3, 32, 32), 170),
    "CIFAR100": LibrarySet("Objects and animals, 100 classes", (3, 32, 32), 169),
}


def preset_of_set(name: str) -> Preset:
    """A preset for one of `SETS`."""
    known = SETS[name]
    return Preset(
        format="tui-lab.preset",
        version=1,
        name=preset_name(name),
        title=known.title,
        learn=f"torchvision's {name} with its own test split; --download downloads it if it is missing.",
        task="multiclass",
        data=DataSpec(source="torchvision", file=name, target=CLASS, shape=known.shape),
        model=ModelSpec(layers=CNN),
        hyperparameters=Hyperparameters(activation="elu", dropout=0.25, batch_size=128, epochs=10),
    )
