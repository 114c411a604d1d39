"""The sequences as tensors."""

import torch

from tests.engine.sequences.preview import in_splits
from tests.engine.sequences.unseen import SequenceRecipe
from tui_lab.data.dataset import Dataset, Part, scaled_target
from tui_lab.data.local_file import Progress
from tui_lab.experiment.code import Code
from tui_lab.experiment.experiment import Experiment


def load(experiment: Experiment, device: torch.device, progress: Progress | None, code: Code) -> Dataset:
    x_NT, y_N, rows, about = in_splits(experiment)
    scaled_N, mean, std = scaled_target(y_N, experiment.task, rows.train)
    parts = [
        Part(torch.tensor(x_NT[chosen], dtype=torch.float32), torch.tensor(scaled_N[chosen]).float())
        for chosen in (rows.train, rows.val, rows.test)
    ]
    return Dataset(*parts, about, mean, std, (), SequenceRecipe(task=experiment.task, mean=mean, std=std))
