"""A lab without torch: presets made here, and a client that says what a test tells it to say."""

import os
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from textual._styles_cache import StylesCache
from textual.events import Key
from textual.keys import _character_to_key, key_to_character
from textual.pilot import Pilot

from tests.tui.idle import idle
from tests.tui.painting import paint, painted_when_idle
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.presets import Preset, Presets
from tui_lab.protocol.commands import Command
from tui_lab.protocol.events import (
    DataLoaded,
    EpochEnded,
    Event,
    LayerBuilt,
    Measured,
    ModelBuilt,
    Record,
    RunEnded,
    RunStarted,
    Tested,
)
from tui_lab.protocol.view import RunView
from tui_lab.session.jobs.jobs import Job, Resumed
from tui_lab.session.queries.subprocess import Query
from tui_lab.tui.app import Contents, LabApp
from tui_lab.tui.lab.screen import LabScreen
from tui_lab.tui.runs.screen import RunsScreen
from tui_lab.tui.state.pending_edits import QUIET_S

STEPS = 10
NARROW, WIDE, HUGE = (80, 24), (120, 40), (200, 60)
CHARACTERS = {_character_to_key(character): character for character in map(chr, range(32, 127))}
METRICS = {"accuracy": 0.97, "precision": 0.96, "recall": 0.95, "f1": 0.955, "auroc": 0.99}
SNAPSHOTS = Path(__file__).parent / "snapshots"


def preset(
    name: str = "binary", title: str = "Sick or well", task: str = "binary", **hyper: object
) -> Preset:
    return Preset(
        format="tui-lab.preset",
        version=1,
        name=name,
        title=title,
        learn="What one learns from it: that a straight line may do.",
        task=task,  # type: ignore[arg-type]
        data=DataSpec(file=f"/data/{name}.csv", target="answer"),
        model=ModelSpec(layers=("linear 8", "activation")),
        hyperparameters=Hyperparameters(epochs=20, **hyper),  # type: ignore[arg-type]
    )


def a_shelf() -> Presets:
    presets = (preset("numbers", "How far it goes", "regression", optimizer="sgd"), preset(), preset("kinds"))
    return Presets({item.name: item for item in presets}, ("/own/broken.toml: task: missing",))


def pressed(key: str) -> Key:
    """A key as a terminal sends it: `-` comes as `minus`."""
    name = _character_to_key(key) if len(key) == 1 else key
    return Key(name, CHARACTERS.get(name) or key_to_character(name))


class FakeClient:
    """A run that goes as far as it is told to."""

    def __init__(self, experiment: Experiment) -> None:
        self.experiment = experiment
        self.run_id: str | None = f"20261123-101502-{experiment.preset}-3f2a"
        self.refused: tuple[str, ...] = ()
        self.alive = True
        self.damaged = 0
        self.sent: list[Command] = []
        self.closed = self.deaf = False
        self._waiting: list[Record] = []
        self._seq = 0

    def past(self) -> RunView | None:
        return None

    def drain(self) -> list[Record]:
        records, self._waiting = self._waiting, []
        return records

    def send(self, command: Command) -> bool:
        if self.deaf:
            return False
        self.sent.append(command)
        return True

    def close(self, timeout_s: float) -> bool:
        self.closed, self.alive = True, False
        return True

    def say(self, *events: Event) -> None:
        for event in events:
            self._seq += 1
            self._waiting.append(Record(self._seq, 1_700_000_000 + self._seq * 0.05, event))

    def begin(self, classes: tuple[str, ...] = ("well", "sick")) -> None:
        split = {"train": 80, "val": 20, "test": 10}
        self.say(
            RunStarted(self.experiment, {"device": "cpu", "python": "3.11", "torch": "2.10"}),
            DataLoaded("some.csv", "ab", 110, 4, (4,), "answer", classes, split),
            ModelBuilt((LayerBuilt("linear 8", (8,), 40),), 49, 49, {"loss": 0.69, "accuracy": 0.6}, STEPS),
        )

    def epochs(self, first: int, last: int) -> None:
        for epoch in range(first, last + 1):
            start = (epoch - 1) * STEPS
            points = tuple((start + k, 0.8 / epoch + 0.01 * (k % 3)) for k in range(1, STEPS + 1))
            self.say(
                Measured(epoch, epoch * STEPS, {"loss": points}),
                EpochEnded(
                    epoch, epoch * STEPS, 0.8 / epoch, 0.9 / epoch + 0.001 * epoch**2, 1e-3, 0.1,
                    METRICS, (0.9, 0.99), epoch <= 7,
                ),
            )  # fmt: skip

    def end(self, status: str = "finished", message: str = "all 20 epochs are done", hint: str = "") -> None:
        if status == "finished":
            self.say(Tested(7, {"loss": 0.21, **METRICS}, (0.91, 0.98)))
        self.say(RunEnded(status, message, hint))  # type: ignore[arg-type]
        self.alive = False

    def refuse(self, *problems: str) -> None:
        self.refused, self.alive, self.run_id = problems, False, None


def painted_text(app: LabApp) -> list[str]:
    """The rows of the screen in front."""
    strips = app.screen._compositor.render_strips(app.size)
    return [strip.text.rstrip() for strip in strips]


class Lab:
    """A lab on a screen, with the runs that were started in it."""

    def __init__(self, pilot: Pilot[int], app: LabApp, runs: list[FakeClient], jobs: list[Job]) -> None:
        self.pilot, self.app, self.runs, self.jobs = pilot, app, runs, jobs
        self.now = 0.0
        """What the clock says by which presses of an arrow are put together."""
        app.watch_run.clock = lambda: self.now

    @property
    def screen(self) -> LabScreen:
        screen = self.app.screen_stack[0]
        assert isinstance(screen, LabScreen)
        return screen

    @property
    def run(self) -> FakeClient:
        return self.runs[-1]

    async def idle(self) -> None:
        """Until all that was asked for has been done and painted."""
        await idle(self.app)
        paint(self.app)

    async def press(self, *keys: str) -> None:
        """Press keys, each when the one before was heeded."""
        for key in keys:
            self.app.post_message(pressed(key))
            await idle(self.app)
        paint(self.app)

    async def type(self, text: str) -> None:
        await self.press("ctrl+u", *text)

    async def burst(self, *keys: str) -> None:
        """Press keys without waiting in between."""
        for key in keys:
            self.app.post_message(pressed(key))
        await self.idle()
        await self.idle()

    async def tick(self) -> None:
        self.screen.tick()
        await self.idle()

    async def later(self, seconds: float = QUIET_S) -> None:
        """Let time pass: what was turned is sent."""
        self.now += seconds
        await self.tick()

    async def train(self, epochs: int = 9) -> FakeClient:
        await self.press("t")
        self.run.begin()
        self.run.epochs(1, epochs)
        await self.tick()
        return self.run

    async def settle(self) -> None:
        """Until what is done on threads has been done and shown."""
        screen = self.app.screen
        if isinstance(screen, RunsScreen):
            screen.wait()
        else:
            self.app.feed.wait()
            self.screen.sync()
        await self.idle()

    async def open_runs(self) -> RunsScreen:
        await self.press("r")
        while not isinstance(self.app.screen, RunsScreen) or not self.app.screen.is_mounted:
            await self.pilot.pause()
        await self.settle()
        screen = self.app.screen
        assert isinstance(screen, RunsScreen)
        return screen

    async def resize(self, width: int, height: int) -> None:
        await self.pilot.resize_terminal(width, height)
        await self.idle()

    def text(self) -> str:
        """What a person sees, without colour; blanks at the ends of lines are left out."""
        return "\n".join(painted_text(self.app))

    def lines(self) -> list[str]:
        return self.text().split("\n")

    def footer(self) -> str:
        return self.lines()[-1]


class FakeTrainers:
    """Begins runs that do what a test tells them; `load` is what torch's loading would be."""

    def __init__(self, load: Callable[[], object] | None = None, outlives: bool = False) -> None:
        self.runs: list[FakeClient] = []
        self.jobs: list[Job] = []
        self.outlives, self.loaded = outlives, load is None
        self._load = load

    def load(self) -> None:
        assert self._load is not None
        self._load()

    def start(self, job: Job) -> FakeClient:
        self.jobs.append(job)
        client = FakeClient(preset().experiment() if isinstance(job, Resumed) else job.experiment)
        if isinstance(job, Resumed):
            client.run_id = Path(job.folder).name
        self.runs.append(client)
        return client

    def restock(self) -> None:
        """Nothing is kept in stock."""

    def ask(self, question: Query, kind: object) -> object:
        raise AssertionError("nobody should be asked")


@asynccontextmanager
async def a_lab(
    size: tuple[int, int] = WIDE,
    shelf: Presets | None = None,
    preload: Callable[[], object] | None = None,
    outlives: bool = False,
    root: Path = Path("/runs"),
    **options: object,
) -> AsyncIterator[Lab]:
    trainers = FakeTrainers(preload, outlives)
    slowly = bool(options.pop("low_bandwidth", False))
    app = LabApp(Contents(shelf or a_shelf(), root, trainers, **options), low_bandwidth=slowly)  # type: ignore[arg-type]
    with painted_when_idle():
        async with app.run_test(size=size) as pilot:
            lab = Lab(pilot, app, trainers.runs, trainers.jobs)
            await lab.idle()
            yield lab
    StylesCache.get_inner_outer.cache_clear()  # it holds on to all that a closed screen has ever shown


def same_as_before(name: str, text: str) -> None:
    """Hold a screen against the file of that name; TUI_LAB_UPDATE_SNAPSHOTS=1 writes it anew."""
    path = SNAPSHOTS / f"{name}.txt"
    if os.environ.get("TUI_LAB_UPDATE_SNAPSHOTS"):
        path.write_text(text + "\n", "utf-8")
    assert text + "\n" == path.read_text("utf-8"), f"{name} looks different"
