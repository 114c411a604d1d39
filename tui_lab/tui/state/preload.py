"""Loading torch in the background."""

from collections.abc import Callable
from threading import Thread


class Preload:
    """Runs a task once on a daemon thread. `error` is a message if it failed."""

    def __init__(self, task: Callable[[], None] | None) -> None:
        self._task = task
        self._thread: Thread | None = None
        self.error = ""
        self.done = task is None
        self.held = False
        """Whether to wait for `release`, so that what the user is waiting for gets the processor first."""

    def release(self) -> None:
        """Stop holding it back, and start."""
        self.held = False
        self.begin()

    def begin(self) -> None:
        """Start the task, once; without one, do nothing."""
        if self._task is not None and self._thread is None and not self.held:
            self._thread = Thread(target=self._work, args=(self._task,), name="preload", daemon=True)
            self._thread.start()

    @property
    def busy(self) -> bool:
        """Whether the thread is running: the interpreter must not be torn down meanwhile."""
        return self._thread is not None and self._thread.is_alive()

    def _work(self, task: Callable[[], None]) -> None:
        try:
            task()
        except Exception as error:  # a broken installation can raise anything, and must be reported
            self.error = f"cannot load torch: {type(error).__name__}: {error}"
        self.done = True
