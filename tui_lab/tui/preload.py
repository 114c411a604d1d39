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
        self.held = False
        """Whether it must wait for `release`: what a person waits for has the processor first."""

    def release(self) -> None:
        """Let it begin, and begin."""
        self.held = False
        self.begin()

    def begin(self) -> None:
        """Start the task, once; does nothing without one."""
        if self._task is not None and self._thread is None and not self.held:
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
