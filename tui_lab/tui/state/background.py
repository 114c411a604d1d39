"""Slow tasks on threads; the screen checks on its timer whether they are done."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Thread
from threading import enumerate as enumerate_threads
from typing import Generic, TypeVar

from tui_lab.errors import LabError
from tui_lab.runs.journal.long_journal import Progress, telling
from tui_lab.tui.style.format import progress_bar

T = TypeVar("T")
_THREAD = "background task"


class BackgroundTask(Generic[T]):
    """Runs a task once, on a daemon thread: quitting the lab does not wait for it."""

    def __init__(self, task: Callable[[], T]) -> None:
        self._task = task
        self._result: T | None = None
        self._error: Exception | None = None
        self._thread = Thread(target=self._work, name=_THREAD, daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """Whether the task has ended."""
        return not self._thread.is_alive()

    def wait(self) -> None:
        self._thread.join()

    def result(self) -> T:
        """Wait for the result. Raises what the task raised."""
        self.wait()
        if self._error is not None:
            raise self._error
        return self._result  # type: ignore[return-value]

    def _work(self) -> None:
        try:
            self._result = self._task()
        except Exception as error:  # raised again by `result`
            self._error = error


class JournalTask(BackgroundTask[T]):
    """A task that reads journals; `words` shows how far it is with a long one."""

    def __init__(self, task: Callable[[], T]) -> None:
        self._reading: tuple[str, float] | None = None

        def watched() -> T:
            with telling(self._watched):
                return task()

        super().__init__(watched)

    @property
    def words(self) -> str:
        """The run whose long journal is being read, with a bar; empty if there is none."""
        if (reading := self._reading) is None:
            return ""
        return f"reading {reading[0]}  {progress_bar(reading[1])}"

    @contextmanager
    def _watched(self, run_id: str) -> Iterator[Progress]:
        def progress(share: float) -> None:
            self._reading = run_id, share

        progress(0.0)
        try:
            yield progress
        finally:
            self._reading = None


def busy() -> bool:
    """Whether any task is running: the interpreter must not be torn down while one uses torch."""
    return any(thread.name == _THREAD for thread in enumerate_threads())


def problem_of(error: Exception) -> tuple[str, ...]:
    """The messages for a failed task, whatever a library raised."""
    if isinstance(error, LabError):
        return error.problems
    return (f"{type(error).__name__}: {error}",)
