"""No process outlives a test run, however that ends."""

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path

import pytest

from tests.waiting import until

_TESTS = """
import subprocess, sys, time
from tests.warm import WarmHosts, in_place_of
server = WarmHosts()
host = in_place_of(subprocess, server.door).Popen(["host"], stderr=subprocess.DEVNULL)
print(server._server.pid, host.pid, flush=True)
time.sleep(600)
"""
_A_TEST = """
import subprocess, time
from pathlib import Path
def test_it(request):
    detached = subprocess.Popen(["sleep", "600"], start_new_session=True)
    Path("{pid}.new").write_text(str(detached.pid))
    Path("{pid}.new").rename("{pid}")
    time.sleep(600)
"""


def runs(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")")[-1].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.slow
def test_hosts_end_with_the_test_run_that_started_them_also_when_it_is_killed() -> None:
    command = [sys.executable, "-c", _TESTS]
    with subprocess.Popen(command, stdout=subprocess.PIPE, cwd=Path(__file__).parents[1]) as tests:
        assert tests.stdout is not None
        server, host = map(int, tests.stdout.readline().split())
        assert runs(server) and runs(host)
        os.kill(host, signal.SIGSTOP)  # so that it does not end by itself, as one that trains would not
        tests.kill()
    try:
        until(lambda: not runs(host) and not runs(server))
    finally:
        with suppress(ProcessLookupError):
            os.kill(host, signal.SIGKILL)


@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGINT])
def test_whatever_tests_start_ends_with_them_though_they_are_interrupted(number: int, tmp_path: Path) -> None:
    """Also what leads a session of its own, as a host does, and was started by a worker."""
    pid, test = tmp_path / "pid", tmp_path / "test_it.py"
    test.write_text(_A_TEST.format(pid=pid))
    command = [sys.executable, "-m", "pytest", "-c", os.devnull, "-p", "tests.conftest", "-n", "1", str(test)]
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST")}
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, env=environment, cwd=Path(__file__).parents[1]
    ) as tests:
        until(pid.exists)
        detached = int(pid.read_text())
        assert runs(detached)
        tests.send_signal(number)
    until(lambda: not runs(detached))
