"""Which trials are made as one."""

from pathlib import Path

import pytest

from tests.engine.helpers import experiment
from tests.engine.stacked.helpers import Counted, together, trials_of
from tui_lab.engine.native.compiler import find_compiler
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.stacked.groups import groups_of, why_not_stacked
from tui_lab.experiment.presets import all_presets


def test_groups_are_of_one_shape(tmp_path: Path) -> None:
    asked = [
        experiment(tmp_path),
        experiment(tmp_path, layers=("linear 4", "activation")),
        experiment(tmp_path, seed=3, lr=0.5, dropout=0.7, grad_clip=1, ema_decay=0.9, schedule="one_cycle"),
        experiment(tmp_path, batch_size=8),
        experiment(tmp_path, optimizer="adamw"),
        experiment(tmp_path, "binary"),
        experiment(tmp_path, accumulate=2),
        experiment(tmp_path, accumulate=2),
        experiment(tmp_path, layers=("linear 4", "activation"), weight_decay=0.1),
        experiment(tmp_path, rows=60),
        experiment(tmp_path, frozen_layers=1),
    ]
    prepareds = [prepare(one) for one in asked]
    assert groups_of(prepareds) == [[0, 2], [1, 8], [3], [4], [5], [6], [7], [9], [10]]


@pytest.mark.parametrize(
    ("hyper", "reason"),
    [
        ({"accumulate": 2}, "each of its updates is made of several batches"),
        ({"precision": "bf16"}, "it computes in bf16"),
        pytest.param(
            {"speed": "fast"},
            "the compiled code makes its updates",
            marks=pytest.mark.skipif(not find_compiler(), reason="there is no C compiler"),
        ),
        ({"batch_norm": True}, "batch norm keeps statistics of its own for each trial"),
    ],
)
def test_what_cannot_be_stacked_says_why_and_trains_alone(
    tmp_path: Path, hyper: dict[str, object], reason: str
) -> None:
    asked = [experiment(tmp_path, seed=seed, **hyper) for seed in range(2)]
    prepared = prepare(asked[0])
    assert why_not_stacked(prepared, prepared.experiment.hyperparameters) == reason
    stack = Counted()
    assert all(len(events) > 3 for events in together(trials_of(asked), stack))
    assert not stack.sizes


def test_convolutions_are_not_stacked() -> None:
    asked = all_presets()["cnn"].experiment().model_copy(update={"device": "cpu"})
    reason = why_not_stacked(prepare(asked), asked.hyperparameters)
    assert reason == "convolutions are faster one trial after another than stacked"
