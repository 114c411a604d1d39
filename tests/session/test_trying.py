"""Rows tried of a run in a host of its own: the answer lies beside the journal, which stays small."""

from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue
from time import monotonic

import pytest
from pydantic import TypeAdapter

from tests.engine.helpers import experiment
from tests.journals import read
from tests.session.test_host import endless
from tests.waiting import until
from tui_lab.engine.setup.prepare import prepare
from tui_lab.protocol.commands import Command, Try
from tui_lab.protocol.steering_events import Tried
from tui_lab.protocol.trial import Trial
from tui_lab.runs.folder.folder import TRIAL, RunFolder, create
from tui_lab.session.clients.attached import RemoteSession
from tui_lab.session.recorder import record_run

__all__ = ["endless"]


def test_the_answer_lies_beside_the_journal(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "multiclass")
    folder, commands = create(tmp_path / "runs", asked), SimpleQueue[Command]()
    for place in range(5):
        commands.put(Try(place, token=f"q{place}"))
    records = list(record_run(prepare(asked), folder, commands))
    made = [r.event for r in records if isinstance(r.event, Tried)]
    assert [event.token for event in made] == ["q0", "q1", "q2", "q3", "q4"]
    assert all(len(event.report) > 500 for event in made)
    kept = [r.event for r in read(folder.journal).records if isinstance(r.event, Tried)]
    assert kept == [replace(event, report="") for event in made]
    seen = [r.event for r in RemoteSession(folder).drain() if isinstance(r.event, Tried)]
    assert seen == [*kept[:-1], made[-1]]
    (folder.path / TRIAL).write_text("{}")
    seen = [r.event for r in RemoteSession(folder).drain() if isinstance(r.event, Tried)]
    assert seen == kept


@pytest.mark.slow
def test_a_run_in_a_host_answers_while_it_trains(endless: RunFolder) -> None:
    session = RemoteSession(endless)
    session.drain()
    for turn in range(5):
        wanted, found = Try(turn, changes=(("a", 1.0 + turn),), token=f"q{turn}"), list[Tried]()

        def answered(token: str = wanted.token, found: list[Tried] = found) -> bool:
            events = (record.event for record in session.drain())
            found += [event for event in events if isinstance(event, Tried) and event.token == token]
            return bool(found)

        began = monotonic()
        assert session.send(wanted)
        until(answered)
        print(f"answered in {monotonic() - began:.3f} s")
        trial = TypeAdapter(Trial).validate_json(found[0].report)
        assert trial.place == turn
        assert trial.now != trial.before
        assert found[0].step > 0
    assert session.alive
