"""What went wrong while training, in words a person can act on."""

from tui_lab.safe import safe


def explain_failure(error: BaseException) -> tuple[str, str]:
    """A message and a hint (possibly empty) for an exception that the training raised.

    torch reports a full GPU as `OutOfMemoryError`, a full main memory as a RuntimeError that names its
    allocator; both are a `RuntimeError`.
    """
    text = str(error)
    if isinstance(error, MemoryError) or "out of memory" in text or "can't allocate memory" in text:
        return (
            "the memory of the device is used up",
            "halve batch_size, make the layers smaller, or end what else uses the device",
        )
    return f"{type(error).__name__}: {safe(text, 300)}", ""
