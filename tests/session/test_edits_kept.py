"""No edit that was answered is lost, however often the run and its resumes are killed.

`TUI_LAB_KILLS=50` asks for that many kills; the suite makes a few.
"""

import json
import os
import random
import select
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import pytest
import torch

from tests.engine.helpers import experiment
from tests.session.test_killed import child, last_weights, untimed
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Command, Edit, Stop, decode_command, encode_command
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import CommandRefused, Edited, EditQueued, Superseded
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.journal.journal_reader import Follower
from tui_lab.session.jobs.jobs import Fresh
from tui_lab.session.jobs.prepare_job import get_ready
from tui_lab.session.jobs.replay import rest_of
from tui_lab.session.jobs.resume import prepare_resume
from tui_lab.session.recorder import prepare, record_run

KILLS = int(os.environ.get("TUI_LAB_KILLS", "4"))
EPOCHS = 100_000  # never done: it is stopped once it has made every edit
SAVE_EVERY_S = 0.25  # seldom, so that many edits come after the checkpoint that a resume begins from


def asked(folder: Path, **hyper: object) -> Experiment:
    return experiment(
        folder,
        "binary",
        layers=("linear 64", "activation", "dropout"),
        **{"dropout": 0.3, "schedule": "cosine", **hyper},  # type: ignore[arg-type]
    )


class Trainer:
    """A process that trains the run, fresh or resumed, and takes commands through a pipe as a host does."""

    def __init__(self, folder: RunFolder, fresh: Experiment | None) -> None:
        read_end, self._write_end = os.pipe()

        def work() -> None:
            os.close(self._write_end)
            commands: SimpleQueue[Command] = SimpleQueue()
            Thread(target=take_commands, args=(read_end, commands), daemon=True).start()
            if fresh is not None:
                steps = record_run(prepare(fresh), folder, commands, None, SAVE_EVERY_S)
            else:
                prepared, point, plan = prepare_resume(folder)
                steps = record_run(prepared, folder, commands, point, SAVE_EVERY_S, plan)
            for _ in steps:
                pass

        self._pid, self._pipe = child(work)
        os.close(read_end)

    def ended(self, timeout_s: float) -> bool:
        """Whether it has ended by itself by then."""
        return bool(select.select([self._pipe], [], [], timeout_s)[0])

    def send(self, command: Command) -> None:
        with suppress(BrokenPipeError):
            os.write(self._write_end, encode_command(command) + b"\n")

    def end(self, how: signal.Signals = signal.SIGKILL) -> None:
        os.kill(self._pid, how)
        self.reap()

    def reap(self) -> None:
        message = os.read(self._pipe, 4000).decode()
        os.waitpid(self._pid, 0)
        os.close(self._pipe)
        os.close(self._write_end)
        assert not message, message


def take_commands(read_end: int, commands: SimpleQueue[Command]) -> None:
    with os.fdopen(read_end, "rb", buffering=0) as pipe:
        for line in pipe:
            commands.put(decode_command(line))


def edit(rng: random.Random, view: RunView) -> Edit:
    """An edit that changes something: its value was never used before."""
    waiting = "batch_size" in view.queued or any(item.name == "batch_size" for item in view.pending)
    match rng.choice(("lr", "dropout", "weight_decay", "lr" if waiting else "batch_size")):
        case "batch_size":
            used = [*(e.new for e in view.edits if e.name == "batch_size"), 16]
            return Edit("batch_size", rng.choice([n for n in range(4, 64) if n not in used]))
        case "lr":
            return Edit("lr", rng.uniform(0.0005, 0.02))
        case name:
            return Edit(name, rng.uniform(0.001, 0.5 if name == "dropout" else 0.01))


def answered(trainer: Trainer, follower: Follower, view: RunView, wish: Edit) -> bool:
    """Send an edit; whether it was answered before the trainer ended."""
    trainer.send(wish)
    end = time.monotonic() + 60
    while time.monotonic() < end:
        over = trainer.ended(0.002)
        for record in follower.poll():
            view.apply(record)
            event = record.event
            if isinstance(event, CommandRefused):
                assert event.name != wish.name, event
            made = isinstance(event, Edited) and (event.name, event.new) == (wish.name, wish.value)
            waits = isinstance(event, EditQueued) and (event.name, event.value) == (wish.name, wish.value)
            if made or waits:
                return True
        if over:
            return False
    raise AssertionError("no answer")


def train_with_edits(
    folder: RunFolder, fresh: Experiment | None, rng: random.Random, kept: list[Edit]
) -> bool:
    """Train on, make edits, kill it at some moment; whether it came to its end instead."""
    follower, view = Follower(folder.journal), RunView()
    trainer = Trainer(folder, fresh)
    for record in follower.poll():
        view.apply(record)
    while not (ended := trainer.ended(0.002)):
        news = follower.poll()
        for record in news:
            view.apply(record)
        if any(record.event.kind in ("run_resumed", "checkpoint_saved") for record in news):
            break
    for _ in range(rng.choice((0, 0, 1, 2, 3))):
        if ended:
            break
        ended = trainer.ended(rng.uniform(0, 0.03))
        wish = edit(rng, view)
        if not ended and answered(trainer, follower, view, wish):
            kept.append(wish)
    if ended or trainer.ended(rng.choice((0.0, rng.uniform(0, 0.05), rng.uniform(0, 0.6)))):
        trainer.reap()
        return True
    trainer.end()
    return False


def in_force_or_due(view: RunView) -> list[tuple[str, object]]:
    """Every edit that a run which goes on now has made or will make."""
    return [*((e.name, e.new) for e in view.edits), *((p.command.name, p.command.value) for p in due(view))]


def superseded(folder: RunFolder) -> list[tuple[str, object]]:
    """The edits that a newer one of the same hyperparameter has replaced before they were made again."""
    events = [record.event for record in Follower(folder.journal).poll()]
    return [(event.name, event.value) for event in events if isinstance(event, Superseded)]


def still_kept(kept: list[Edit], folder: RunFolder) -> list[Edit]:
    """The answered edits but those superseded, each of which has a newer one behind it."""
    rest = list(kept)
    for name, value in superseded(folder):
        place = next((k for k, made in enumerate(rest) if (made.name, made.value) == (name, value)), None)
        if place is not None:
            assert any(newer.name == name for newer in rest[place + 1 :]), (
                f"{rest[place]} is replaced by none"
            )
            del rest[place]
    return rest


def due(view: RunView) -> list[Planned]:
    return [planned for planned in rest_of(view, 0, len(view.edits)) if planned.command is not None]


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_edits_outlive_kills_of_the_run_and_of_its_resumes(tmp_path: Path) -> None:
    wish, rng = asked(tmp_path, epochs=EPOCHS), random.Random(7)
    folder = create(tmp_path / "killed", wish)
    kept: list[Edit] = []
    kills = left_behind = 0
    fresh: Experiment | None = wish
    while kills < KILLS:
        if train_with_edits(folder, fresh, rng, kept):
            raise AssertionError(f"the run ended by itself after {kills} kills")
        kills += 1
        view = load_run(folder).view
        left_behind += bool(view.pending)
        found = in_force_or_due(view)
        for made in still_kept(kept, folder):
            assert (made.name, made.value) in found, f"{made} is lost after kill {kills}"
        fresh = None
    assert len(kept) > KILLS // 2
    assert KILLS < 20 or left_behind > KILLS // 10, "resumes were killed before they had caught up"

    last, follower, view = Trainer(folder, None), Follower(folder.journal), RunView()
    while view.status != "running" or view.resumed < kills or view.pending or view.queued:
        assert not last.ended(0.01)
        for record in follower.poll():
            view.apply(record)
    last.send(Stop())
    assert last.ended(60)
    last.reap()
    view = load_run(folder).view
    assert (view.status, view.pending, view.queued) == ("stopped", (), {})
    counts = still_kept(kept, folder)
    assert sorted((e.name, e.new) for e in view.edits) == sorted((e.name, e.value) for e in counts)
    assert len(view.history) > 1
    told = f"{kills} kills, {len(kept)} edits, {left_behind} kills before a resume had caught up"
    told += f", {len(kept) - len(counts)} edits replaced by newer ones while it did"
    print(told, file=sys.stderr)

    again = get_ready(Fresh(experiment=wish, root=str(tmp_path / "again"), replay=str(folder.path)))
    for _ in again.begin(SimpleQueue()):
        pass
    replayed = load_run(again.folder).view
    assert untimed(view, folder) == untimed(replayed, again.folder)
    ours, theirs = last_weights(view, folder), last_weights(replayed, again.folder)
    assert ours.keys() == theirs.keys()
    assert all(torch.equal(ours[name], theirs[name]) for name in ours)
    assert json.loads(untimed(view, folder))["pending_edits"] == []
