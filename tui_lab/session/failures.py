"""Error messages and hints for what goes wrong during training."""

import re
from traceback import walk_tb

from tui_lab.experiment.code import OWN_MODULE
from tui_lab.safe import safe

_ASKED_FOR = re.compile(r"[Tt]ried to allocate ([\d.]+ [KMGT]i?B)")
_NO_GRADIENT = "does not require grad and does not have a grad_fn"  # torch's words
OUT_OF_MEMORY = (
    "MemoryError",
    "out of memory",
    "an't allocate memory",
    "annot allocate memory",
    "not enough memory",
    "failed to map segment",  # a library that does not fit within `ulimit -v`
    "can't start new thread",
)
"""Texts that occur in the messages of a process that ran out of memory."""
MEMORY_HINT = (
    "raise the limit (`ulimit -v`, of the container or the job), or close other programs that use memory"
)


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory ran out: torch raises RuntimeError for a full GPU and for full main memory alike."""
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in OUT_OF_MEMORY)


def _own_place(error: BaseException) -> str:
    """File and line, if it was raised by user code."""
    own = [
        f"{frame.f_code.co_filename}, line {line}: "
        for frame, line in walk_tb(error.__traceback__)
        if str(frame.f_globals.get("__name__")).startswith(OWN_MODULE)
    ]
    return own[-1] if own else ""


def explain_failure(
    error: BaseException, batch_size: int | None = None, accumulate: int = 1
) -> tuple[str, str]:
    """A message and a hint (possibly empty) for an exception raised during training.

    `batch_size` and `accumulate`: the current ones, for the advice to halve one and double the other.
    """
    text = str(error)
    if _NO_GRADIENT in text:
        return (
            "the network's output does not depend on any trainable weight",
            "look for detach(), no_grad() or argmax between its weights and what forward returns",
        )
    if not is_out_of_memory(error):
        return f"{_own_place(error)}{type(error).__name__}: {safe(text, 300)}", ""
    found = _ASKED_FOR.search(text)
    asked_for = f": it could not allocate another {found[1]}" if found else ""
    half = "halve batch_size and double accumulate"
    if batch_size is not None and batch_size > 1:
        half = (
            f"fork the run, or train again, with batch_size {batch_size // 2} instead of {batch_size} and "
            f"accumulate {2 * accumulate}, which keeps the number of rows per update"
        )
    return (
        f"the device is out of memory{asked_for}",
        f"{half}, make the layers smaller, or close other programs that use the device",
    )
