"""What transfer gains: one half of the digits learnt with what was learnt of the other."""

import math
from contextlib import closing
from pathlib import Path
from queue import SimpleQueue
from statistics import median

import pandas as pd
import pytest

from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.presets import all_presets, bundled_folder
from tui_lab.protocol.commands import Command
from tui_lab.protocol.events import EpochEnded
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.jobs.jobs import Fresh
from tui_lab.session.jobs.prepare_job import get_ready

SCORE, MOST = 0.98, 14


def trained(asked: Experiment, root: Path, score: float = math.inf) -> tuple[RunFolder, int]:
    """The run, and in which epoch it had the score: there it ends; one more than `MOST` if it never had."""
    ready = get_ready(Fresh(experiment=asked, root=str(root)))
    with closing(ready.begin(SimpleQueue[Command]())) as records:
        for record in records:
            event = record.event
            if isinstance(event, EpochEnded) and event.metrics["accuracy"] >= score:
                return ready.folder, event.epoch
    return ready.folder, MOST + 1


def digits(path: Path, low: int, high: int) -> Path:
    frame = pd.read_csv(bundled_folder() / "data" / "digits.csv")
    frame[frame["digit"].between(low, high)].to_csv(path, index=False)
    return path


def asked(file: Path, seed: int, weights: RunFolder | None = None, **hyper: object) -> Experiment:
    cnn = all_presets()["cnn"].experiment()
    hyper = {"seed": seed, "epochs": MOST, "patience": 0, "speed": "fast", **hyper}
    return cnn.model_copy(
        update={
            "data": cnn.data.model_copy(update={"file": str(file)}),
            "model": cnn.model.model_copy(update={"weights": str(weights.path) if weights else None}),
            "hyperparameters": cnn.hyperparameters.model_copy(update=hyper),
        }
    )


@pytest.mark.slow
@pytest.mark.timeout(400)  # nine trainings
def test_features_of_0_to_4_save_epochs_for_5_to_9(tmp_path: Path) -> None:
    """The first layer is frozen, the last one new."""
    low, high = digits(tmp_path / "low.csv", 0, 4), digits(tmp_path / "high.csv", 5, 9)
    scratch, transfer = [], []
    for seed in range(3):
        source, _ = trained(asked(low, seed, epochs=12), tmp_path / "runs")
        scratch.append(trained(asked(high, seed), tmp_path / "runs", SCORE)[1])
        run, epochs = trained(asked(high, seed, source, frozen_layers=1), tmp_path / "runs", SCORE)
        event = load_run(run).view.transfer
        assert event is not None and set(event.new.values()) == {"trained for other classes: 0, 1, 2, 3, 4"}
        transfer.append(epochs)
    assert median(transfer) + 2 <= median(scratch), (transfer, scratch)
