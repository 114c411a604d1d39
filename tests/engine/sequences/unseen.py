"""New sequences for a trained network."""

import numpy as np

from tests.engine.sequences.preview import LENGTH, in_splits, made_up
from tui_lab.data.local_file import Progress
from tui_lab.data.recipes import Names, Recipe
from tui_lab.data.unseen import Unseen, check_unchanged
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.network.layer_kinds import Shape
from tui_lab.experiment.tasks import Task


class SequenceRecipe(Recipe):
    """How the target was scaled."""

    task: Task
    classes: Names = ()
    mean: float
    std: float

    def input_shape(self, asked: Shape | None) -> Shape:
        return (LENGTH,)

    @property
    def target_scale(self) -> tuple[float, float]:
        return self.mean, self.std


RECIPE = SequenceRecipe


def read_unseen(spec: DataSpec, recipe: SequenceRecipe, progress: Progress | None, *, anyway: bool) -> Unseen:
    x_NT, y_N, _ = made_up(spec.file)
    return Unseen(x_NT.astype(np.float32), np.arange(1, len(y_N) + 1), (y_N - recipe.mean) / recipe.std)


def rows_of_split(
    experiment: Experiment, recipe: SequenceRecipe, name: str, sha256: str, progress: Progress | None
) -> Unseen:
    x_NT, y_N, rows, about = in_splits(experiment)
    check_unchanged(about.source, about.sha256, sha256, name)
    chosen = np.sort(getattr(rows, name))
    return Unseen(x_NT[chosen].astype(np.float32), chosen + 1, (y_N[chosen] - recipe.mean) / recipe.std)
