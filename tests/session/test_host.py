"""The host process: it trains without a terminal, is steered by its socket, and heeds signals."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.helpers import experiment
from tests.waiting import LONG_S, until
from tui_lab.errors import InputError, RunError
from tui_lab.protocol.commands import Checkpoint, Stop
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.lock import held, take
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.clients import spawn
from tui_lab.session.clients.attached import RemoteSession
from tui_lab.session.clients.hosted import HostedSession
from tui_lab.session.clients.spawn import SpareHost, run_detached
from tui_lab.session.host import control_socket
from tui_lab.session.host.signals import ENDING
from tui_lab.session.jobs.jobs import Fresh, Resumed

pytestmark = pytest.mark.slow


def view(folder: RunFolder) -> RunView:
    return load_run(folder).view


@pytest.fixture
def endless(tmp_path: Path, warm_hosts: None) -> Iterator[RunFolder]:
    """A run in a host of its own, past its first epochs; ended with the test."""
    job = Fresh(experiment=experiment(tmp_path, epochs=1_000_000), root=str(tmp_path / "runs"))
    folder = RunFolder(tmp_path / "runs" / run_detached(job))
    until(lambda: view(folder).epoch > 2)
    yield folder
    holder = held(folder)
    if holder is not None:
        os.kill(holder.pid, signal.SIGKILL)


def pid_of(folder: RunFolder) -> int:
    holder = held(folder)
    assert holder is not None
    return holder.pid


def test_a_run_needs_neither_parent_nor_terminal(endless: RunFolder) -> None:
    pid = pid_of(endless)
    assert os.getsid(pid) == pid, "the host leads a session of its own"
    streams = [str(Path(f"/proc/{pid}/fd/{fd}").readlink()) for fd in range(3)]
    assert streams == [os.devnull, str(endless.log), str(endless.log)]


def test_it_is_watched_and_stopped_from_elsewhere(endless: RunFolder) -> None:
    watchers = [RemoteSession(endless), RemoteSession(endless)]
    views = [RunView(), RunView()]

    def follow() -> bool:
        for watcher, seen in zip(watchers, views, strict=True):
            for record in watcher.drain():
                seen.apply(record)
        return all(seen.status != "running" for seen in views)

    follow()
    assert all(seen.epoch > 2 for seen in views), "the chart begins with the first epoch"
    assert watchers[0].send(Stop())
    until(follow)
    assert [seen.status for seen in views] == ["stopped", "stopped"]
    assert views[0].tested is not None
    until(lambda: held(endless) is None)
    assert not watchers[0].alive
    assert not watchers[0].send(Stop()), "nobody is there to take it"
    until(lambda: not endless.control.exists())


def test_the_socket_is_the_owners_alone_and_refuses_what_is_no_command(endless: RunFolder) -> None:
    assert endless.control.stat().st_mode & 0o777 == 0o600
    with control_socket.connect(endless) as client:
        client.settimeout(LONG_S)
        client.sendall(b'{"command":"rm -rf"}\n\xff\xfe\n')
        answer = b""
        while len(answer) < 6:
            answer += client.recv(64)
        assert answer == b"no\nno\n"
    with control_socket.connect(endless) as client:
        client.settimeout(LONG_S)
        with pytest.raises(OSError):  # a broken pipe or a reset, as the kernel likes
            for _ in range(200):
                client.sendall(b"x" * 65_536)
    assert control_socket.send(endless, Checkpoint())
    until(lambda: any(saved.reason == "asked" for saved in view(endless).checkpoints))


def test_a_second_process_is_told_who_trains_the_run(endless: RunFolder) -> None:
    with pytest.raises(RunError, match=f"process {pid_of(endless)} on .* since"):
        take(endless)
    with pytest.raises(InputError, match=f"process {pid_of(endless)}"):
        run_detached(Resumed(folder=str(endless.path)))


def test_hup_is_ignored_usr1_saves_and_term_saves_and_ends(endless: RunFolder) -> None:
    pid = pid_of(endless)
    os.kill(pid, signal.SIGHUP)
    os.kill(pid, signal.SIGUSR1)
    until(lambda: any(saved.reason == "asked" for saved in view(endless).checkpoints))
    before = view(endless).epoch
    until(lambda: view(endless).epoch > before)
    os.kill(pid, signal.SIGTERM)
    until(lambda: held(endless) is None)
    ended = view(endless)
    assert ended.status == "stopped"
    assert ended.checkpoints[-1].reason == "end"
    assert ended.checkpoints[-1].step == ended.step


def test_the_signal_of_a_scheduler_saves_before_the_end(endless: RunFolder) -> None:
    assert {signal.SIGTERM, signal.SIGUSR2, signal.SIGALRM, signal.SIGQUIT, signal.SIGXCPU} <= set(ENDING)
    os.kill(pid_of(endless), signal.SIGUSR2)
    until(lambda: held(endless) is None)
    ended = view(endless)
    assert (ended.status, ended.checkpoints[-1].step) == ("stopped", ended.step)


def test_a_slow_start_is_said_to_be_slow_and_is_waited_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spawn, "SLOW_S", 0.01)
    told: list[float] = []
    job = Fresh(experiment=experiment(tmp_path, epochs=1), root=str(tmp_path / "runs"))
    run_id = run_detached(job, told.append)
    assert told == sorted(told) and len(told) > 2
    assert run_ids(tmp_path / "runs") == [run_id]
    until(lambda: view(RunFolder(tmp_path / "runs" / run_id)).status == "finished")


def test_giving_up_on_a_slow_start_leaves_no_run_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(spawn, "SLOW_S", 0.01)

    def give_up(seconds: float) -> None:
        raise KeyboardInterrupt

    job = Fresh(experiment=experiment(tmp_path, epochs=1), root=str(tmp_path / "runs"))
    with pytest.raises(KeyboardInterrupt):
        run_detached(job, give_up)
    assert not (tmp_path / "runs").exists()


@pytest.mark.usefixtures("warm_hosts")
def test_a_runs_folder_need_not_be_utf_8(tmp_path: Path) -> None:
    root = tmp_path / os.fsdecode(b"caf\xe9 100%")
    folder = RunFolder(root / run_detached(Fresh(experiment=experiment(tmp_path, epochs=1), root=str(root))))
    until(lambda: view(folder).status == "finished" and held(folder) is None)
    assert run_detached(Resumed(folder=str(folder.path), epochs=2)) == folder.run_id
    until(lambda: view(folder).epochs_done == 2)


def test_a_host_needs_no_folder_for_temporary_files(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse() -> None:
        raise FileNotFoundError(2, "No usable temporary directory found in ['/tmp']")

    monkeypatch.setattr("tempfile.TemporaryFile", refuse)
    spare = SpareHost()
    os.kill(spare._process.pid, signal.SIGKILL)
    with pytest.raises(RunError, match="process ended"):
        spare.wait_ready()
    monkeypatch.delattr(os, "memfd_create")
    SpareHost().dismiss()


def test_a_killed_run_is_interrupted_and_goes_on(endless: RunFolder) -> None:
    control_socket.send(endless, Checkpoint())
    until(lambda: bool(view(endless).checkpoints))
    os.kill(pid_of(endless), signal.SIGKILL)
    until(lambda: held(endless) is None)
    assert view(endless).status == "interrupted"
    assert run_detached(Resumed(folder=str(endless.path))) == endless.run_id
    until(lambda: view(endless).resumed == 1 and view(endless).status == "running")
    assert control_socket.send(endless, Stop())
    until(lambda: view(endless).status == "stopped")


@pytest.mark.usefixtures("warm_hosts")
def test_a_job_that_cannot_be_done_is_refused_in_words(tmp_path: Path) -> None:
    asked = experiment(tmp_path).model_copy(update={"device": "cuda:99"})
    with pytest.raises(InputError, match=r"Available: .*cpu"):
        run_detached(Fresh(experiment=asked, root=str(tmp_path / "runs")))
    assert not (tmp_path / "runs").exists()


def test_a_spare_host_ends_when_nobody_wants_it(tmp_path: Path) -> None:
    spare = SpareHost()
    spare.wait_ready()
    spare.dismiss()
    assert spare._process.wait(LONG_S) == 0


def test_a_spare_host_that_nobody_wants_does_not_load_torch_first() -> None:
    process = SpareHost()._process
    assert process.stdin is not None and process.stdout is not None
    process.stdin.close()
    assert process.wait(LONG_S) == 0
    assert process.stdout.read() == b"", "it never came to be ready"


@pytest.mark.usefixtures("warm_hosts")
def test_a_deep_folder_still_has_a_socket(tmp_path: Path) -> None:
    root = tmp_path / ("deep" * 40)
    job = Fresh(experiment=experiment(tmp_path, epochs=1_000_000), root=str(root))
    folder = RunFolder(root / run_detached(job))
    assert control_socket.send(folder, Stop())
    until(lambda: view(folder).status == "stopped")


def test_where_no_socket_can_be_made_a_run_is_trained_unsteered(tmp_path: Path) -> None:
    root = tmp_path / "runs"
    job = Fresh(experiment=experiment(tmp_path, epochs=2), root=str(root))
    refuse = "from tui_lab.session.host import host\n"
    refuse += "def refuse(folder): raise PermissionError(1, 'not here')\n"
    done = subprocess.run(
        [sys.executable, "-c", refuse + "host.listen = refuse\nraise SystemExit(host.main())"],
        input=job.model_dump_json().encode() + b"\n",
        capture_output=True,
        timeout=LONG_S,
    )
    assert done.returncode == 0
    folder = find(root, "last")
    assert json.loads(done.stdout.splitlines()[-1]) == {"run_id": folder.run_id}
    assert view(folder).status == "finished"
    assert "this run cannot be controlled" in folder.log.read_text()


def test_a_deep_folder_has_a_socket_where_open_files_have_no_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(control_socket, "_OPEN_FILES", tmp_path / "no-proc")
    monkeypatch.setattr("tempfile.tempdir", "/tmp")
    folder = RunFolder(tmp_path / ("deep" * 40))
    folder.path.mkdir()
    with control_socket.listen(folder), control_socket.connect(folder):
        assert folder.control.is_socket()


@pytest.mark.usefixtures("warm_hosts")
def test_a_hosted_session_tells_of_its_run_and_stops_it(tmp_path: Path) -> None:
    job = Fresh(experiment=experiment(tmp_path, epochs=1_000_000), root=str(tmp_path / "runs"))
    session = HostedSession(job, SpareHost())
    assert session.run_id is None
    assert session.alive
    seen = RunView()

    def watch() -> bool:
        for record in session.drain():
            seen.apply(record)
        return seen.epoch > 2

    until(watch)
    assert session.run_id is not None
    assert session.close(10)
    assert view(RunFolder(tmp_path / "runs" / session.run_id)).status == "stopped"


@pytest.mark.usefixtures("warm_hosts")
def test_a_hosted_session_hears_what_is_refused(tmp_path: Path) -> None:
    asked = experiment(tmp_path).model_copy(update={"device": "cuda:99"})
    session = HostedSession(Fresh(experiment=asked, root=str(tmp_path / "runs")), SpareHost())
    until(lambda: session.drain() == [] and not session.alive)
    assert "Available: " in session.refused[0]


@pytest.mark.usefixtures("warm_hosts")
def test_a_stop_asked_for_before_the_run_began_is_heeded(tmp_path: Path) -> None:
    job = Fresh(experiment=experiment(tmp_path, epochs=1_000_000), root=str(tmp_path / "runs"))
    session = HostedSession(job, SpareHost())
    assert session.close(LONG_S)
    assert session.run_id is not None
    assert view(RunFolder(tmp_path / "runs" / session.run_id)).status == "stopped"


def test_a_host_that_dies_before_it_begins_is_told_of(tmp_path: Path) -> None:
    spare = SpareHost()
    os.kill(spare._process.pid, signal.SIGKILL)
    session = HostedSession(Fresh(experiment=experiment(tmp_path), root=str(tmp_path / "runs")), spare)
    until(lambda: session.drain() == [] and not session.alive)
    assert "process ended" in session.refused[0]
