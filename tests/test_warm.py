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
