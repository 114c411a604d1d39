"""The data sets of the campaign: the four presets of tables, and four made from a seed."""

import math
import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.presets import all_presets
from tui_lab.experiment.tasks import Task

Row = tuple[object, ...]
_DENSE = ("linear 32", "activation", "dropout", "linear 32", "activation", "dropout")
_IMAGES = ("conv 8 kernel=3 padding=1", "activation", "max_pool 2", "flatten", "dropout")


@dataclass(frozen=True)
class DataSet:
    """How to make it, and sensible values for it. `preset`: a bundled one, which brings its own file."""

    name: str
    task: Task = "binary"
    layers: tuple[str, ...] = _DENSE
    make: Callable[[random.Random], list[Row]] | None = None
    epochs: int = 60
    adam: float = 0.003
    sgd: float = 0.02
    batch_size: int = 16
    shape: tuple[int, int, int] | None = None

    def rows(self, seed: int) -> list[Row]:
        """The rows of one that is made, the target last."""
        assert self.make is not None
        return self.make(random.Random(seed))

    def healthy(self, folder: Path, seed: int, optimizer: str) -> Experiment:
        """One that nothing is wrong with. The data sets that are made take turns with the activation."""
        asked = self.experiment(folder, seed, optimizer)
        if self.make is None:
            return asked
        activation = ("relu", "tanh", "leaky_relu", "elu")[seed % 4]
        hyper = asked.hyperparameters.model_copy(update={"activation": activation})
        return asked.model_copy(update={"hyperparameters": hyper})

    def experiment(self, folder: Path, seed: int, optimizer: str = "adam") -> Experiment:
        """One with sensible values."""
        values: dict[str, object] = {
            "optimizer": optimizer, "lr": self.adam if optimizer == "adam" else self.sgd, "momentum": 0.9,
            "epochs": self.epochs, "batch_size": self.batch_size, "seed": seed, "speed": "fast",
            "dropout": 0.1,
        }  # fmt: skip
        if self.make is None:
            preset = all_presets()[self.name]
            hyper = preset.hyperparameters.model_dump() | values
            return Experiment(
                preset=self.name, task=preset.task, data=preset.data, model=preset.model,
                hyperparameters=Hyperparameters.model_validate(hyper), device="cpu",
            )  # fmt: skip
        data = DataSpec(
            file=str(written(folder / f"{self.name}-{seed}.csv", self.rows(seed))),
            target="y",
            shape=self.shape,
        )
        return Experiment(
            preset="campaign", task=self.task, data=data, model=ModelSpec(layers=self.layers),
            hyperparameters=Hyperparameters.model_validate(values), device="cpu",
        )  # fmt: skip


def written(path: Path, rows: list[Row]) -> Path:
    """A CSV of rows whose last value is the target `y`."""
    if not path.exists():
        head = ",".join([*(f"x{k}" for k in range(len(rows[0]) - 1)), "y"])
        path.write_text("\n".join([head, *(",".join(map(str, row)) for row in rows)]) + "\n")
    return path


def _moons(rng: random.Random) -> list[Row]:
    rows: list[Row] = []
    for k in range(400):
        angle, side = rng.uniform(0, math.pi), k % 2
        x = math.cos(angle) if side == 0 else 1 - math.cos(angle)
        y = math.sin(angle) if side == 0 else 0.5 - math.sin(angle)
        rows.append((x + rng.gauss(0, 0.25), y + rng.gauss(0, 0.25), side))
    return rows


def _friedman(rng: random.Random) -> list[Row]:
    rows: list[Row] = []
    for _ in range(500):
        x = [rng.random() for _ in range(8)]
        y = 10 * math.sin(math.pi * x[0] * x[1]) + 20 * (x[2] - 0.5) ** 2 + 10 * x[3] + 5 * x[4]
        rows.append((*x, y + rng.gauss(0, 1)))
    return rows


def _mixed(rng: random.Random) -> list[Row]:
    """Numbers and categories, and one label in ten is wrong."""
    rows: list[Row] = []
    for _ in range(500):
        a, b, c = rng.gauss(0, 1), rng.expovariate(1), rng.gauss(5, 2)
        colour, shop = rng.choice(["red", "green", "blue", "grey"]), rng.choice("pqr")
        score = a - 0.7 * (c - 5) * (shop == "p") + 1.5 * (colour == "red") - 0.8 * b + 0.3
        y = (score > 0) != (rng.random() < 0.1)
        rows.append((a, b, c, colour, shop, "yes" if y else "no"))
    return rows


def _bars(rng: random.Random) -> list[Row]:
    """Images of 8 x 8 with noise: a horizontal or a vertical bar, a diagonal, or a spot."""
    rows: list[Row] = []
    for k in range(400):
        kind, at = k % 4, rng.randrange(1, 7)
        pixels = [rng.gauss(0, 0.4) for _ in range(64)]
        for n in range(8):
            where = {0: (at, n), 1: (n, at), 2: (n, (n + at) % 8), 3: (at + n // 4 - 1, at - 1 + n % 2)}[kind]
            pixels[where[0] * 8 + where[1]] += 1.2
        rows.append((*(f"{p:.3f}" for p in pixels), f"kind{kind}"))
    return rows


DATA_SETS = {
    item.name: item
    for item in (
        DataSet("regression", "regression", epochs=80, adam=0.001, sgd=0.002),
        DataSet("binary", epochs=60, adam=0.001, sgd=0.01),
        DataSet("multiclass", "multiclass", epochs=60, adam=0.001, sgd=0.01, batch_size=8),
        DataSet("cnn", "multiclass", epochs=20, adam=0.001, sgd=0.01, batch_size=32),
        DataSet("moons", make=_moons, epochs=160),
        DataSet("friedman", "regression", make=_friedman, epochs=160, sgd=0.01),
        DataSet("mixed", make=_mixed, epochs=50, adam=0.001, sgd=0.01),
        DataSet("bars", "multiclass", _IMAGES, _bars, epochs=100, shape=(1, 8, 8)),
    )
}
