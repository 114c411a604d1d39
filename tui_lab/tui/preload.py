"""Loading what a run needs beside the screen."""

from collections.abc import Callable
from threading import Thread

from tui_lab.safe import safe


class Preload:
    """Runs a task once on a daemon thread. `error` is a sentence if it failed; nothing else comes of it."""

    def __init__(self, task: Callable[[], None] | None) -> None:
        self._task = task
        self._thread: Thread | None = None
        self.error = ""
        self.done = task is None

    def begin(self) -> None:
        """Start the task; does nothing without one."""
        if self._task is not None:
            self._thread = Thread(target=self._work, args=(self._task,), name="preload", daemon=True)
            self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether the thread is at work: the interpreter must not be torn down under it."""
        return self._thread is not None and self._thread.is_alive()

    def _work(self, task: Callable[[], None]) -> None:
        try:
            task()
        except Exception as error:  # a broken installation must be said, whatever it raises
            self.error = f"torch cannot be loaded: {type(error).__name__}: {safe(error, 300)}"
        self.done = True
