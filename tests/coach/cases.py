"""What is broken on purpose in the runs of the campaign, and which rules are right to say so."""

import random
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.coach.data_sets import DATA_SETS, DataSet, Row, written
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.split import Split

DENSE = ("moons", "friedman", "mixed", "binary")
MADE = ("moons", "friedman", "mixed", "bars")
ALL = tuple(DATA_SETS)


@dataclass(frozen=True)
class Case:
    """`rules`: those of which each is right. `rows` changes the rows of a data set that is made."""

    name: str
    rules: tuple[str, ...]
    on: tuple[str, ...]
    optimizer: str = "adam"
    layers: tuple[str, ...] = ()
    split: Split | None = None
    rows: Callable[[list[Row], random.Random], list[Row]] | None = None
    times_lr: float = 1.0
    times_epochs: float = 1.0
    hyper: tuple[tuple[str, object], ...] = ()

    def experiment(self, folder: Path, data: DataSet, seed: int) -> Experiment:
        asked = data.experiment(folder, seed, self.optimizer)
        hyper = asked.hyperparameters.model_dump()
        hyper |= {"lr": min(hyper["lr"] * self.times_lr, 100.0), **dict(self.hyper)}
        hyper["epochs"] = max(2, round(hyper["epochs"] * self.times_epochs))
        spec = asked.data
        if self.rows is not None:
            rows = self.rows(data.rows(seed), random.Random(seed))
            spec = spec.model_copy(
                update={"file": str(written(folder / f"{data.name}-{self.name}-{seed}.csv", rows))}
            )
        if self.split is not None:
            spec = spec.model_copy(update={"split": self.split})
        model = ModelSpec(layers=self.layers) if self.layers else asked.model
        return asked.model_copy(
            update={
                "hyperparameters": type(asked.hyperparameters).model_validate(hyper),
                "data": DataSpec.model_validate(spec.model_dump()),
                "model": model,
            }
        )


def _shuffled(rows: list[Row], rng: random.Random) -> list[Row]:
    targets = [row[-1] for row in rows]
    rng.shuffle(targets)
    return [(*row[:-1], target) for row, target in zip(rows, targets, strict=True)]


def _noisy(rows: list[Row], rng: random.Random) -> list[Row]:
    """Ten times as many rows, so that a small network cannot overfit, and targets with much noise."""
    answers = sorted({str(row[-1]) for row in rows})
    return [(*_jittered(row[:-1], rng), _uncertain(row[-1], answers, rng)) for row in rows * 10]


def _jittered(inputs: Row, rng: random.Random) -> Row:
    return tuple(x + rng.gauss(0, 0.1) if isinstance(x, float) else x for x in inputs)


def _uncertain(target: object, answers: list[str], rng: random.Random) -> object:
    """A number with noise, or one class in five drawn by chance."""
    if len(answers) > 10:
        return float(str(target)) + rng.gauss(0, 4)
    return rng.choice(answers) if rng.random() < 0.2 else target


def _constant(rows: list[Row], rng: random.Random) -> list[Row]:
    """Inputs that say nothing: noise in place of all of them."""
    return [(*(rng.gauss(0, 1) for _ in row[:-1]), row[-1]) for row in rows]


def _leaky(rows: list[Row], rng: random.Random) -> list[Row]:
    """A column that is the answer."""
    answers = sorted({str(row[-1]) for row in rows})
    number = len(answers) > 10
    return [(*row[:-1], row[-1] if number else 7 * answers.index(str(row[-1])), row[-1]) for row in rows]


def _rare(rows: list[Row], rng: random.Random) -> list[Row]:
    """One row in twenty is of the second class, and hard to tell from the others."""
    classes = sorted({str(row[-1]) for row in rows})
    rare = [_blurred(row, rng) for row in rows if str(row[-1]) == classes[1]]
    kept = [row for row in rows if str(row[-1]) != classes[1]]
    return [*kept, *rare[: max(10, len(kept) // 19)]]


def _blurred(row: Row, rng: random.Random) -> Row:
    return (*(x + rng.gauss(0, 1.0) if isinstance(x, float) else x for x in row[:-1]), row[-1])


def _few(train: float, val: float) -> Split:
    return Split.model_validate({"train": train, "val": val, "test": round(1 - train - val, 6)})


DEEP = tuple(part for _ in range(6) for part in ("linear 24", "activation"))
NARROW = ("linear 8", "activation")
RESTLESS = (("batch_size", 4), ("epochs", 40), ("dropout", 0.0), ("activation", "leaky_relu"))
"""Noisy gradients: at a constant rate the weights keep moving around the minimum."""
WIDE = ("linear 256", "activation", "linear 256", "activation")
CASES = (
    Case("rate x1000, SGD", ("not_finite",), ("regression", "friedman"), "sgd", times_lr=1000),
    Case("dead ReLU: Adam at 1", ("dead",), ("moons", "friedman", "mixed"), hyper=(("lr", 1.0),)),
    Case("six sigmoid layers", ("vanishing",), DENSE, "sgd", DEEP, hyper=(("activation", "sigmoid"),)),
    Case("uniform weights, leaky ReLU", ("exploding",), DENSE, layers=DEEP,
         hyper=(("init", "uniform"), ("activation", "leaky_relu"))),
    Case("uniform weights, tanh", ("saturated",), DENSE, layers=DEEP[:6],
         hyper=(("init", "uniform"), ("activation", "tanh"))),
    Case("rate x100, Adam", ("update_high", "lr_high"), ALL, times_lr=100,
         hyper=(("activation", "leaky_relu"),)),
    Case("rate x30, SGD", ("update_high", "lr_high"), ("moons", "mixed", "bars", "multiclass"), "sgd",
         times_lr=30, hyper=(("activation", "leaky_relu"),)),
    Case("a rate that never settles", ("plateau",), ("moons", "mixed"), "sgd", NARROW, rows=_noisy,
         times_lr=2, hyper=RESTLESS),
    Case("the same, numbers", ("plateau",), ("friedman",), "sgd", NARROW, rows=_noisy,
         times_lr=0.5, hyper=RESTLESS),
    Case("rate / 100, Adam", ("update_low", "lr_low"), ALL, times_lr=0.01),
    Case("rate / 100, SGD", ("lr_low",), ALL, "sgd", times_lr=0.01),
    Case("gradient clip 1e-4", ("clipping",), ALL, "sgd", hyper=(("grad_clip", 1e-4),)),
    Case("dropout 0.9", ("regularised",), ("moons", "friedman", "mixed", "regression"),
         hyper=(("dropout", 0.9),)),
    Case("weight decay 1", ("regularised",), ALL, hyper=(("weight_decay", 1.0),)),
    Case("few rows, wide network", ("overfitting",), ("moons", "mixed", "regression"), layers=WIDE,
         split=_few(0.15, 0.6), hyper=(("dropout", 0.0), ("epochs", 80))),
    Case("shuffled targets", ("underfitting",), MADE, rows=_shuffled, hyper=(("dropout", 0.0),)),
    Case("inputs of noise", ("underfitting",), MADE, "adam", rows=_constant, hyper=(("weight_decay", 0.01),)),
    Case("a bottleneck of one unit", ("below_linear",),
         ("multiclass", "cnn", "binary", "mixed"), layers=("flatten", "linear 1", "activation"),
         hyper=(("dropout", 0.0),)),
    Case("a tenth of the epochs", ("too_short",), ("moons", "friedman", "bars", "multiclass"),
         times_epochs=0.1),
    Case("ten times the epochs", ("too_long",), ("moons", "mixed", "binary"), times_epochs=10,
         hyper=(("dropout", 0.0), ("patience", 0))),
    Case("the answer is a column", ("leak",), MADE[:3], rows=_leaky, hyper=(("lr", 0.01),)),
    Case("a rare class", ("imbalance",), ("moons", "mixed"), rows=_rare, split=_few(0.6, 0.3)),
    Case("twenty validation rows", ("small_split",), ("moons", "mixed", "binary"), split=_few(0.7, 0.05)),
    Case("dropout 0.5", ("dropout_gap",), ("moons", "friedman", "bars", "cnn"), hyper=(("dropout", 0.5),)),
)  # fmt: skip
