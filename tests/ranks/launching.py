"""Starting ranks as torchrun does, and leaving none behind."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

TORCHRUN = ("-m", "torch.distributed.run", "--nnodes", "1", "--rdzv-backend", "c10d")
TORCHRUN += ("--rdzv-endpoint", "localhost:0", "--local-addr", "localhost")
LIMIT_S = 180.0


def torchrun(ranks: int, *program: str, restarts: int = 0) -> list[str]:
    """The command line that starts a program or module in so many processes."""
    many = ("--nproc-per-node", str(ranks), "--max-restarts", str(restarts))
    return [sys.executable, *TORCHRUN, *many, *program]


@contextmanager
def started(command: Sequence[str], **environment: str) -> Iterator[subprocess.Popen[str]]:
    """A process; it and all it has started are ended afterwards, whatever happens."""
    process = subprocess.Popen(
        command, env=os.environ | environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        start_new_session=True,
    )  # fmt: skip
    try:
        yield process
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)  # the launcher ends its ranks
            try:
                process.wait(40)
            except subprocess.TimeoutExpired:
                os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def done(command: Sequence[str], **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it to its end."""
    with started(command, **environment) as process:
        out, err = process.communicate(timeout=LIMIT_S)
        return subprocess.CompletedProcess(command, process.returncode, out, err)
