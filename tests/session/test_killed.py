"""kill -9 at random moments: what was trained is not lost, and going on ends as if nothing had happened.

`TUI_LAB_KILLS=50` asks for that many kills; the suite makes a few.
"""

import json
import os
import random
import select
import signal
from collections.abc import Callable
from functools import partial
from itertools import count
from pathlib import Path
from queue import SimpleQueue

import pytest
import torch

from tests.engine.helpers import experiment
from tui_lab.engine.checkpoints.file import load_state
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Edit
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.view import RunView
from tui_lab.runs.export.export import export
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.jobs.resume import prepare_resume
from tui_lab.session.recorder import prepare, record_run

KILLS = int(os.environ.get("TUI_LAB_KILLS", "12"))
SAVE_EVERY_S = 0.02  # so that many kills fall into the writing of a checkpoint
SELDOM_S = 60.0  # where nobody kills
EDITS = (
    Planned(700, Edit("lr", 0.003)),
    Planned(1600, Edit("batch_size", 8)),
    Planned(4000, Edit("optimizer", "sgd")),
    Planned(5501, Edit("dropout", 0.1)),
)


def child(work: Callable[[], None]) -> tuple[int, int]:
    """Do `work` in a process of its own; its pid, and a pipe that closes when it ends."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid:
        os.close(writer)
        return pid, reader
    os.close(reader)
    try:
        work()
        os._exit(0)
    except BaseException as error:
        os.write(writer, repr(error).encode())
        os._exit(1)


def finish(folder: RunFolder, fresh: Experiment | None, save_every_s: float = SAVE_EVERY_S) -> None:
    """Train `fresh`, or go on with the run, to its end; somebody makes the edits of `EDITS` meanwhile."""
    if fresh is not None:
        steps = record_run(prepare(fresh), folder, SimpleQueue(), None, save_every_s, EDITS)
    else:
        made = len(load_run(folder).view.edits)
        prepared, point, plan = prepare_resume(folder)
        steps = record_run(prepared, folder, SimpleQueue(), point, save_every_s, (*plan, *EDITS[made:]))
    for _ in steps:
        pass


def untimed(view: RunView, folder: RunFolder) -> str:
    """The export without what is of time or of the run's name."""
    document = export("run", view)
    document["run"] = document["ledger"] = {}  # it was resumed, and the ledger says so
    for row in document["history"]:  # type: ignore[union-attr]
        del row["seconds"]  # type: ignore[union-attr,arg-type,call-overload]
    return json.dumps(document)


def last_weights(view: RunView, folder: RunFolder) -> dict[str, torch.Tensor]:
    saved = view.checkpoints[-1]
    assert saved.reason == "end"
    weights: dict[str, torch.Tensor] = load_state(
        folder.checkpoints / saved.file, saved.sha256, torch.device("cpu")
    )["network"]
    return weights


def assert_same(folder: RunFolder, whole: RunFolder) -> None:
    """A run that was killed has the history, weights and export of one that never was."""
    assert not list(folder.checkpoints.glob(".*")), "what a kill left half written is cleared away"
    ran, reference = load_run(folder).view, load_run(whole).view
    assert ran.status == reference.status == "finished"
    assert len(ran.edits) == len(reference.edits) == len(EDITS)
    assert untimed(ran, folder) == untimed(reference, whole)
    ours, theirs = last_weights(ran, folder), last_weights(reference, whole)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)


def train_for(work: Callable[[], None], seconds: float) -> bool:
    """Whether `work` ended by itself; if not it is killed."""
    pid, pipe = child(work)
    ended = bool(select.select([pipe], [], [], seconds)[0])
    if ended:
        message = os.read(pipe, 4000).decode()
        assert not message, message
    else:
        os.kill(pid, signal.SIGKILL)
    os.waitpid(pid, 0)
    os.close(pipe)
    return ended


@pytest.mark.slow
@pytest.mark.timeout(400)
def test_runs_killed_again_and_again_end_as_one_that_never_was(tmp_path: Path) -> None:
    asked = experiment(
        tmp_path,
        "binary",
        epochs=1000,
        dropout=0.3,
        schedule="cosine",
        layers=("linear 64", "activation", "dropout"),
    )
    whole = create(tmp_path / "whole", asked)
    finish(whole, asked, SELDOM_S)

    rng = random.Random(0)
    kills = 0  # those that found a checkpoint to go on from, however slow the machine
    folder, begun = create(tmp_path / "killed0", asked), False
    for attempt in count(1):
        save_s, wait_s = (SAVE_EVERY_S, rng.uniform(0.03, 0.25)) if kills < KILLS else (SELDOM_S, 120)
        ended = train_for(partial(finish, folder, None if begun else asked, save_s), wait_s)
        view = load_run(folder).view if folder.journal.exists() else RunView()
        if ended:  # a kill after the last event may leave its own traces
            assert view.resumed or not begun
            assert_same(folder, whole)
            if kills >= KILLS:
                break
        begun = bool(view.checkpoints)
        kills += begun and not ended
        if view.status == "finished" or not begun:
            folder, begun = create(tmp_path / f"killed{attempt}", asked), False
