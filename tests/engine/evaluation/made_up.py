"""Data and predictions made up from a seed, for all that is held against scikit-learn and scipy."""

import numpy as np
import torch
from torch import Tensor, nn

from tui_lab.data.dataset import Dataset, Part, target_dtype
from tui_lab.data.recipes import CategoryRecipe, NumberRecipe, TableRecipe
from tui_lab.engine.evaluation.report.row_scores import RowScores, row_scores
from tui_lab.engine.evaluation.report.subject import Subject
from tui_lab.engine.tasks.registry import training_loss
from tui_lab.experiment.tasks import TASKS, Task
from tui_lab.protocol.events import DataLoaded

SPLIT = {"train": 120, "val": 60, "test": 60}
COLUMNS = (
    NumberRecipe(name="age", fill=40.0, mean=40.0, std=10.0),
    NumberRecipe(name="twice", fill=80.0, mean=80.0, std=20.0),
    CategoryRecipe(name="colour", categories=("blue", "red"), fill="red", other=True),
    NumberRecipe(name="noise", fill=0.0, mean=0.0, std=1.0),
)
"""Six inputs; `twice` is `age` in other units."""
CLASSES: dict[Task, tuple[str, ...]] = {
    "regression": (),
    "binary": ("no", "yes"),
    "multiclass": ("ant", "bee", "cat"),
}


def made_up(task: Task, seed: int = 0, split: dict[str, int] = SPLIT) -> Dataset:
    """A table whose target depends on `age` and `colour`; a regression target has mean 100, deviation 7."""
    rng = np.random.default_rng(seed)

    def part(rows: int) -> Part:
        age = rng.normal(size=rows)
        colour = np.eye(3)[rng.integers(0, 3, rows)]
        x = np.column_stack([age, age + 0.01 * rng.normal(size=rows), colour, rng.normal(size=rows)])
        value = age + 1.5 * colour[:, 0] - 0.5 + 0.8 * rng.normal(size=rows)
        y = {"regression": value, "binary": value > 0, "multiclass": (value > -1) * 1 + (value > 0.7)}[task]
        return Part(torch.tensor(x, dtype=torch.float32), torch.tensor(y).to(target_dtype(task)))

    parts = {name: part(rows) for name, rows in split.items()}
    classes, scale = CLASSES[task], (100.0, 7.0) if TASKS[task].numeric else (0.0, 1.0)
    counts = {
        name: tuple(torch.bincount(part.y.long(), minlength=len(classes)).tolist())
        for name, part in parts.items()
        if classes
    }
    about = DataLoaded("made up", "", sum(split.values()), 6, (6,), "y", classes, split, (), counts)
    mean, std = scale
    recipe = TableRecipe(
        task=task, target="y", columns=COLUMNS, classes=classes, target_mean=mean, target_std=std
    )
    return Dataset(**parts, about=about, target_mean=mean, target_std=std, warnings=(), recipe=recipe)


def outputs_for(dataset: Dataset, task: Task, part: Part, seed: int = 1, noise: float = 1.0) -> Tensor:
    """Outputs of a model that is right more often than not; some of them equal."""
    rng = torch.Generator().manual_seed(seed)
    width = TASKS[task].outputs(len(dataset.about.classes))
    wrong = noise * torch.randn(len(part), width, generator=rng)
    if task == "multiclass":
        wrong += 1.5 * nn.functional.one_hot(part.y, width)
    else:
        wrong += part.y.unsqueeze(1) * (2.0 if task == "binary" else 1.0) - float(task == "binary")
    return (wrong * 8).round() / 8


def scores_for(task: Task, name: str = "val", seed: int = 1, noise: float = 1.0) -> RowScores:
    """Such predictions for a split."""
    dataset = made_up(task)
    part = getattr(dataset, name)
    return row_scores(task, outputs_for(dataset, task, part, seed, noise), part.y, dataset)


def subject_for(task: Task, dataset: Dataset | None = None, steps: int = 60) -> Subject:
    """A small network trained on such data."""
    dataset = dataset or made_up(task)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        width = TASKS[task].outputs(len(dataset.about.classes))
        network = nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, width))
        loss, optimizer = training_loss(task), torch.optim.Adam(network.parameters(), 0.05)
        for _ in range(steps):
            optimizer.zero_grad()
            loss(network(dataset.train.x), dataset.train.y).backward()
            optimizer.step()
    return Subject(network, network, dataset, task)
