"""Runs on a GPU repeat bit for bit, by torch's deterministic algorithms, as far as there are any.

torch's settings are those of the process: they are in force while at least one run trains on a GPU, and then
as they were before. On a CPU runs repeat without them.
"""

import os
import re
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from threading import Lock
from typing import Any

import torch
from torch.utils import deterministic as torch_deterministic

from tui_lab.protocol.events import Warned

_MESSAGE = r"(\S+) does not have a deterministic implementation"  # torch's words
_lock = Lock()
_running: "list[Unrepeatable]" = []
_before = ExitStack()


class Unrepeatable:
    """The operations of a run that have no deterministic algorithm."""

    def __init__(self) -> None:
        self._found: dict[str, bool] = {}

    def add(self, operation: str) -> None:
        self._found.setdefault(operation, False)

    def news(self) -> Iterator[Warned]:
        """A warning for each that was not reported yet."""
        for operation in [name for name, told in self._found.items() if not told]:
            self._found[operation] = True
            yield Warned(
                f"torch has no deterministic algorithm for {operation} on a GPU: another run of this "
                "experiment may give slightly different numbers"
            )


def prepare_cuda() -> None:
    """Before CUDA starts: let cuBLAS use a fixed workspace, unless the user has chosen one."""
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")


@contextmanager
def repeatable(device: torch.device) -> Iterator[Unrepeatable]:
    """Inside, torch uses deterministic algorithms if `device` is a GPU."""
    found = Unrepeatable()
    if device.type != "cuda":
        yield found
        return
    with _lock:
        if not _running:
            _begin()
        _running.append(found)
    try:
        yield found
    finally:
        with _lock:
            _running.remove(found)
            if not _running:
                _before.close()


def _begin() -> None:
    """Change the settings of the process, and note how they were."""
    _before.callback(torch.set_deterministic_debug_mode, torch.get_deterministic_debug_mode())
    torch.set_deterministic_debug_mode("warn")  # `use_deterministic_algorithms` would import the compiler
    _set(torch_deterministic, "fill_uninitialized_memory", False)  # which would take a kernel for each tensor
    _set(torch.backends.cudnn, "deterministic", True)
    _set(torch.backends.cudnn, "benchmark", False)  # it chooses among algorithms by their time
    _before.enter_context(warnings.catch_warnings())
    warnings.filterwarnings("default", message=_MESSAGE)  # once for each place in the code
    usual = warnings.showwarning

    def notice(message: Warning | str, *where: Any, **more: Any) -> None:
        named = re.match(_MESSAGE, str(message))
        if named is None:
            usual(message, *where, **more)
            return
        for run in _running:
            run.add(named[1])

    warnings.showwarning = notice


def _set(module: Any, name: str, value: bool) -> None:
    _before.callback(setattr, module, name, getattr(module, name))
    setattr(module, name, value)
