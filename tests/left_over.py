"""Ends every process that a test run has started, however the run itself ends.

A host is made to outlive whoever started it, so a run of the tests that is killed would leave it training.
The processes of a run are known by a mark in their environment; one of them waits for the end of the run and
then kills the others.
"""

import os
import subprocess
import sys
import uuid

MARK = "TUI_LAB_TEST_RUN"
_WATCHER = """
import os, sys
import psutil
sys.stdin.buffer.read()  # until whoever runs the tests has closed it, or is gone
again = True
while again:  # one that is killed may just have started another
    again = False
    for process in psutil.process_iter():
        try:
            if process.pid != os.getpid() and process.environ().get(sys.argv[1]) == sys.argv[2]:
                process.kill()
                again = True
        except psutil.Error:
            pass
"""


class Watcher:
    """Kills, once this process has closed it or is gone, all processes that were started after it."""

    def __init__(self) -> None:
        os.environ[MARK] = run = uuid.uuid4().hex
        self._process = subprocess.Popen(
            [sys.executable, "-c", _WATCHER, MARK, run], stdin=subprocess.PIPE, start_new_session=True
        )

    def close(self) -> None:
        """Kill what is left, and wait for that."""
        self._process.communicate()
