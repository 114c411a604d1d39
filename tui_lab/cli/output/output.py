"""Writing to stdout and stderr, also when the reader has gone away."""

import os
import sys
from collections.abc import Callable, Iterable
from contextlib import redirect_stdout, suppress
from typing import TextIO

from tui_lab.errors import RunError
from tui_lab.safe import safe, sentence


def say(text: str) -> None:
    """Write one line to stdout, made safe. A closed pipe is not an error.

    Raises RunError, once, if writing fails for another reason.
    """
    put([safe(text, sys.maxsize) + "\n"])


def put(pieces: Iterable[str]) -> None:
    """Write data and tables to stdout unchanged, piece by piece, like `say`; stops if the pipe is closed."""
    try:
        for piece in pieces:
            if sys.stdout is None or not _write(sys.stdout, piece):
                return
    except OSError as error:
        raise RunError(f"cannot write to stdout: {error.strerror}") from None


def complain(problem: str) -> None:
    """Write a problem to stderr."""
    note(f"tui-lab: {problem}")


def note(text: str) -> None:
    """Write one line to stderr, made safe."""
    with suppress(OSError):
        _write(sys.stderr, sentence(text) + "\n")


def ring(words: str) -> None:
    """Ring the bell of the terminal and show `words` on the desktop, if that is asked for."""
    from tui_lab.session.notify.bell import bell

    if is_terminal(sys.stderr) and (sequence := bell(words)):
        with suppress(OSError):
            _write(sys.stderr, sequence)


def stdout_kept() -> "redirect_stdout[TextIO]":
    """While active, anything printed by libraries goes to stderr: stdout is for results."""
    return redirect_stdout(sys.stderr)


_before: Callable[[], None] | None = None


def before_writing(action: Callable[[], None] | None) -> None:
    """Set what is called before each line, e.g. to erase a spinner; None for nothing."""
    global _before
    _before = action


def _write(stream: TextIO | None, text: str) -> bool:
    """Write; returns whether the stream can still be written."""
    if stream is None:  # closed by the shell: `>&-`
        return True
    if _before is not None:
        _before()
    try:
        stream.write(text)
        stream.flush()
        return True
    except BrokenPipeError:
        silence(stream)
        return False
    except OSError:
        silence(stream)
        raise


def silence(stream: TextIO | None) -> None:
    """Redirect a stream with a closed pipe to /dev/null, so that the interpreter's last flush is silent."""
    with suppress(OSError, ValueError, AttributeError):
        nothing = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nothing, stream.fileno())  # type: ignore[union-attr]
        os.close(nothing)


def is_terminal(stream: TextIO | None) -> bool:
    """Whether it is a terminal."""
    return stream is not None and not stream.closed and stream.isatty()


def can_redraw(stream: TextIO | None) -> bool:
    """Whether a line can be overwritten."""
    return is_terminal(stream) and os.environ.get("TERM", "dumb") not in ("dumb", "unknown", "")


def colours(stream: TextIO | None) -> bool:
    """Whether escape sequences for bold and colour may be used."""
    return can_redraw(stream) and not os.environ.get("NO_COLOR")


def can_show(text: str, stream: TextIO | None) -> bool:
    """Whether the encoding of a stream has these characters."""
    try:
        text.encode(getattr(stream, "encoding", None) or "ascii")
    except (UnicodeError, LookupError):
        return False
    return True
