"""What went wrong while training, in words a person can act on."""

import re

from tui_lab.safe import safe

_ASKED_FOR = re.compile(r"[Tt]ried to allocate ([\d.]+ [KMGT]i?B)")
_SIGNS = ("out of memory", "can't allocate memory", "not enough memory")


def is_out_of_memory(error: BaseException) -> bool:
    """Whether memory was used up: torch tells of a full GPU and of a full main memory as a RuntimeError."""
    return isinstance(error, MemoryError) or any(sign in str(error) for sign in _SIGNS)


def explain_failure(error: BaseException, batch_size: int | None = None) -> tuple[str, str]:
    """A message and a hint (possibly empty) for an exception that the training raised.

    `batch_size`: that in force, for the advice to halve it.
    """
    text = str(error)
    if not is_out_of_memory(error):
        return f"{type(error).__name__}: {safe(text, 300)}", ""
    found = _ASKED_FOR.search(text)
    asked_for = f": {found[1]} more were asked for" if found else ""
    half = "halve batch_size"
    if batch_size is not None and batch_size > 1:
        half = f"fork the run, or train anew, with batch_size {batch_size // 2} instead of {batch_size}"
    return (
        f"the memory of the device is used up{asked_for}",
        f"{half}, make the layers smaller, or end what else uses the device",
    )
