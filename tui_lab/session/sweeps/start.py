"""Starting the process that leads a sweep."""

import json
import subprocess
import sys
import tempfile
from contextlib import suppress

from tui_lab.errors import InputError, RunError
from tui_lab.session.sweeps.jobs import SweepJob


def start_sweep(job: SweepJob) -> str:
    """Start a sweep, or go on with one, in a process of its own; its id, once its first trial may begin.

    Waits while torch is loaded and a trial is tried, some seconds. Raises InputError with what is wrong, or
    RunError if the process died. On an exception such as Ctrl+C nothing is left behind.
    """
    with tempfile.TemporaryFile() as complaints:
        process = subprocess.Popen(
            [sys.executable, "-m", "tui_lab.session.sweeps.host"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=complaints,
            start_new_session=True,
            cwd="/",
        )
        assert process.stdin is not None and process.stdout is not None
        try:
            with suppress(OSError):
                process.stdin.write(job.model_dump_json().encode() + b"\n")
                process.stdin.close()
            line = process.stdout.readline()
        except BaseException:
            process.kill()
            process.wait()
            raise
        finally:
            process.stdout.close()
        if not line:
            process.wait()
            complaints.seek(0)
            said = complaints.read()[-2000:].decode(errors="replace").strip().splitlines()
            raise RunError(f"the sweep's process ended{f': {said[-1]}' if said else ''}")
    answer = json.loads(line)
    if "refused" in answer:
        process.wait()
        raise InputError(answer["refused"])
    return str(answer["sweep_id"])
