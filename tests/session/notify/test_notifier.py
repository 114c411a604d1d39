"""A run tells of its end, and of standing still, without ever waiting for whom it tells."""

import socket
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.engine.helpers import experiment
from tests.session.notify.server import Server, serving
from tests.waiting import until
from tui_lab.protocol.events import EpochEnded, Measured, RunEnded, Tested
from tui_lab.protocol.steering_events import Continued, Paused
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.folder.labels import Label, write_label
from tui_lab.runs.folder.lock import take
from tui_lab.session.notify import targets as rooms
from tui_lab.session.notify.notifier import Notifier, wait_until_sent
from tui_lab.session.notify.standstill import Standstill
from tui_lab.session.notify.targets import Target
from tui_lab.session.recorder import prepare, record_run

EPOCH = EpochEnded(3, 30, 0.5, 0.25, 0.1, 1.0, {"accuracy": 0.5}, best=True)
ENDED = RunEnded("diverged", "the loss of step 7 is not finite")


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return create(tmp_path / "runs", experiment(tmp_path))


def watching(folder: RunFolder, server: Server, stalled_s: float = 1_000.0) -> Notifier:
    return Notifier(folder, [Target("webhook", server.address)], stalled_s, look_s=0.01)


def statuses(server: Server) -> list[str]:
    return [body["status"] for _, body in server.posts]


def test_the_end_comes_with_the_best_epoch_and_the_test(folder: RunFolder, server: Server) -> None:
    write_label(folder, Label(name="lr <0.1> 木"))
    notifier = watching(folder, server)
    for event in (EPOCH, Tested(3, {"loss": 0.3, "accuracy": 0.875}), ENDED):
        notifier.hear(event)
    wait_until_sent()
    [(_, body)] = server.posts
    assert body["title"] == "tui-lab: lr <0.1> 木 diverged"
    lines = body["text"].splitlines()
    assert lines[0] == ENDED.message
    assert lines[1] == "best validation loss 0.25 in epoch 3 of 3"
    assert lines[2] == "test accuracy 0.875"
    assert lines[3].startswith(f"{folder.run_id} on ")


def test_standing_still_is_sent_and_the_end_after_it(folder: RunFolder, server: Server) -> None:
    notifier = watching(folder, server, stalled_s=0.0)
    until(lambda: statuses(server) == ["stalled"])
    notifier.hear(ENDED)
    wait_until_sent()
    assert statuses(server) == ["stalled", "diverged"]


def test_standing_still_and_going_on_are_each_told_once() -> None:
    run = Standstill(0.0, 300.0)
    assert [run.look(now) for now in (0.0, 299.0, 300.0, 400.0, 900.0)] == [None, None, "stalled", None, None]
    assert run.seconds(900.0) == 900.0
    run.hear(Measured(1, 5, {}), 1_000.0)
    assert [run.look(now) for now in (1_001.0, 1_002.0, 1_300.0)] == ["resumed", None, "stalled"]


def test_a_paused_run_does_not_stand_still() -> None:
    run = Standstill(0.0, 300.0)
    run.hear(Paused(5, 1), 1.0)
    assert run.look(10_000.0) is None
    run.hear(Continued(5, 1, 9_999.0), 10_000.0)
    assert [run.look(10_001.0), run.look(10_300.0)] == [None, "stalled"]


def test_a_dead_network_holds_up_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:  # accepts, and never answers
        monkeypatch.setenv(rooms.VARIABLE, f"http://127.0.0.1:{silent.getsockname()[1]}/")
        asked = experiment(tmp_path)
        folder = create(tmp_path / "runs", asked)
        records = list(record_run(prepare(asked), folder, SimpleQueue()))
        assert records[-1].event.kind == "run_ended"
        with take(folder):  # another process may train it now
            pass
        wait_until_sent(0.0)


def test_what_could_not_be_sent_is_in_the_log(folder: RunFolder, server: Server) -> None:
    server.answers = [404]
    notifier = watching(folder, server)
    notifier.hear(ENDED)
    wait_until_sent()
    assert "could not notify webhook at 127.0.0.1" in folder.log.read_text()
