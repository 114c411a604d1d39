"""A checkpoint with the right sha256 whose content is not the state of this run is refused in words."""

from collections.abc import Callable
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import pytest
import torch

from tests.engine.helpers import experiment
from tui_lab.engine.checkpoints.file import load_state, save_state
from tui_lab.engine.checkpoints.last_good import ResumePoint, last_good
from tui_lab.engine.checkpoints.saver import Saver
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import Prepared, prepare
from tui_lab.errors import RunError
from tui_lab.protocol.events import CheckpointFailed, CheckpointSaved

CPU = torch.device("cpu")
State = dict[str, Any]
WRONG: dict[str, Callable[[State], object]] = {
    "step": lambda state: state.update(step="7"),
    "epoch": lambda state: state.update(epoch=-1),
    "hyper": lambda state: state.update(hyper=[]),
    "lr": lambda state: state["hyper"].update(lr="fast"),
    "order": lambda state: state.pop("order"),
    "network": lambda state: state.update(network=None),
    "random": lambda state: state.update(random={}),
    "best.weights": lambda state: state["best"].update(weights=[1.0]),
    "best": lambda state: state["best"]["names"].pop(),
    "average.0": lambda state: state.update(average={"0.weight": 1.0}),
    "edits": lambda state: state.update(edits=1.5),
}


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Prepared, Path, CheckpointSaved]:
    folder = tmp_path_factory.mktemp("run")
    asked = experiment(folder)
    events = list(run(prepare(asked), SimpleQueue(), saver=Saver(folder / "checkpoints", every_s=1e9)))
    saved = [event for event in events if isinstance(event, CheckpointSaved)][-1]
    return prepare(asked), folder / "checkpoints" / saved.file, saved


def forged(
    whole: tuple[Prepared, Path, CheckpointSaved], change: Callable[[State], object]
) -> CheckpointSaved:
    """The checkpoint with other content, named in the journal with the sha256 it now has."""
    _, path, saved = whole
    state = load_state(path, saved.sha256, CPU)
    change(state)
    other = path.with_name("step-000000999.pt")
    return CheckpointSaved(other.name, save_state(state, other), 999, 3, "due")


@pytest.mark.parametrize("field", WRONG)
def test_a_wrong_field_is_named_and_the_one_before_is_used(
    whole: tuple[Prepared, Path, CheckpointSaved], field: str
) -> None:
    _, path, saved = whole
    wrong = forged(whole, WRONG[field])
    point = last_good(path.parent, [saved, wrong], CPU)
    assert point.file == saved.file
    assert "not the state of a run" in point.skipped[0]
    assert field.split(".")[0] in point.skipped[0]


@pytest.mark.parametrize(
    "change",
    [
        lambda state: state["network"].update({"0.weight": torch.zeros(1, 1)}),
        lambda state: state["network"].clear(),
        lambda state: state["optimizer"].update(param_groups=[]),
        lambda state: state["best"]["weights"].pop() is state["best"]["names"].pop(),
        lambda state: state.update(order=torch.zeros(3)),
        lambda state: state.update(rate={}),
    ],
)
def test_a_state_of_another_network_ends_in_words_and_is_not_saved_again(
    whole: tuple[Prepared, Path, CheckpointSaved], change: Callable[[State], object], tmp_path: Path
) -> None:
    prepared, path, _ = whole
    wrong = forged(whole, change)
    point = last_good(path.parent, [wrong], CPU)
    assert isinstance(point, ResumePoint)
    saver = Saver(tmp_path / "checkpoints", every_s=0)
    fresh = prepare(prepared.experiment)
    with pytest.raises(RunError, match=r"step-000000999\.pt: does not fit the network and the optimizer"):
        list(run(fresh, SimpleQueue(), saver=saver, resume=point))
    assert not (tmp_path / "checkpoints").exists()


def test_a_checkpoints_folder_that_is_a_link_is_neither_written_nor_cleared(tmp_path: Path) -> None:
    mine = tmp_path / "mine"
    mine.mkdir()
    for name in ("step-000000001.pt", "undo-000001.pt", ".x.tmp"):
        (mine / name).write_text("precious")
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "checkpoints").symlink_to(mine)
    saver = Saver(tmp_path / "run" / "checkpoints", every_s=0)
    events = list(run(prepare(experiment(tmp_path)), SimpleQueue(), saver=saver))
    failed = [event for event in events if isinstance(event, CheckpointFailed)]
    assert failed and "checkpoints is a link, not a folder" in failed[0].message
    assert {path.name: path.read_text() for path in mine.iterdir()} == dict.fromkeys(
        ("step-000000001.pt", "undo-000001.pt", ".x.tmp"), "precious"
    )
