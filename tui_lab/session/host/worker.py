"""The worker thread: it runs the torch loop and nothing else."""

from collections.abc import Callable
from queue import SimpleQueue
from threading import Event, Thread

from tui_lab.errors import LabError
from tui_lab.protocol.commands import Advance, Command
from tui_lab.protocol.events import Record, RunEnded
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.session.failures import explain_failure
from tui_lab.session.jobs.jobs import Fresh, Job
from tui_lab.session.jobs.prepare_job import get_ready


class Worker:
    """One plain thread that runs one job.

    It takes commands from a queue between two steps and passes each record to `sink`, which must not block;
    at the end it calls `on_end`. `folder` is set once the first record is in the journal; `refused`: why it
    did not get that far, one sentence per problem; `problems`: what went wrong apart from the run itself;
    `skipped`: which newer checkpoints could not be used; `ended`: the run's last event.
    """

    def __init__(
        self,
        job: Job,
        sink: Callable[[Record], None] = lambda _: None,
        on_end: Callable[[], object] = lambda: None,
    ) -> None:
        self.folder: RunFolder | None = None
        self.refused: tuple[str, ...] = ()
        self.problems: tuple[str, ...] = ()
        self.skipped: tuple[str, ...] = ()
        self.ended: RunEnded | None = None
        self.begun = Event()
        self._done = Event()
        self._job, self._sink, self._on_end = job, sink, on_end
        self._commands: SimpleQueue[Command] = SimpleQueue()
        if isinstance(job, Fresh) and job.first is not None:
            self._commands.put(Advance(job.first))
        self._thread = Thread(target=self._work, name="trainer", daemon=True)
        self._thread.start()

    @property
    def alive(self) -> bool:
        return not self._done.is_set()

    def send(self, command: Command) -> None:
        self._commands.put(command)

    def join(self, timeout_s: float | None = None) -> bool:
        self._thread.join(timeout_s)
        return not self._thread.is_alive()

    def _work(self) -> None:
        try:
            ready = get_ready(self._job)
            self.skipped = ready.skipped
            for record in ready.begin(self._commands):
                self.folder = ready.folder
                self.begun.set()
                if isinstance(record.event, RunEnded):
                    self.ended = record.event
                self._sink(record)
        except LabError as error:
            self._failed(error.problems)
        except Exception as error:  # the watcher must be told, whatever it is
            self._failed((" ".join(filter(None, explain_failure(error))),))
        finally:
            self.begun.set()
            self._done.set()
            self._on_end()

    def _failed(self, problems: tuple[str, ...]) -> None:
        if self.folder is None:
            self.refused = problems
        else:
            self.problems = problems
