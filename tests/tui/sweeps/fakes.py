"""Sweeps that are on no disk: what a test says is there is listed, and what was asked is remembered."""

from pathlib import Path

from tests.tui.fakes import preset
from tui_lab.errors import InputError
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.commands import SweepCommand
from tui_lab.protocol.sweeps.events import (
    SweepEnded,
    SweepEvent,
    SweepRecord,
    SweepStarted,
    TrialAdded,
    TrialEnded,
    TrialStarted,
)
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.tui.state.sweeps import SweepLine, line_of

BEGAN = 1_795_400_000.0
STARTED_ID = "20261129-120000-binary-0001"


def a_sweep(name: str = "", trials: int = 6) -> Sweep:
    axes = (Axis(name="lr", low=1e-4, high=1e-1, log=True), Axis(name="momentum", values=(0.8, 0.9)))
    return Sweep(experiment=preset().experiment(), axes=axes, trials=trials, seeds=2, name=name)


def a_view(sweep: Sweep, over: int = 2, end: SweepEnded | None = None) -> SweepView:
    """A sweep of which so many trials have ended; one more is running."""
    events: list[SweepEvent] = [SweepStarted(sweep, {"device": "cpu"}, workers=2)]
    for number in range(over + 1):
        values = {"lr": 0.01 * (number // 2 + 1), "momentum": 0.9}
        run_id = f"20261129-10000{number}-binary-000{number}"
        events += [TrialAdded(number, number // 2, values, number % 2), TrialStarted(number, run_id)]
        if number < over:
            best = 0.5 - 0.1 * number
            events.append(TrialEnded(number, "finished", 20, best, 7, {"loss": best}, seconds=2.0))
    view = SweepView()
    view.apply_all(
        SweepRecord(k, BEGAN + k, event) for k, event in enumerate([*events, *([end] if end else [])], 1)
    )
    return view


class FakeFollowed:
    """A sweep that is followed."""

    def __init__(self, view: SweepView, sweep_id: str) -> None:
        self.view, self.name, self.problem = view, sweep_id, ""
        self.alive = view.status in ("running", "paused")
        self.sent: list[SweepCommand] = []

    def poll(self) -> bool:
        return False

    def send(self, command: SweepCommand) -> bool:
        self.sent.append(command)
        return True


class FakeSweeps:
    """`views`: by id, the newest first. `refusal`: why nothing is started, resumed or removed."""

    def __init__(self, views: dict[str, SweepView] | None = None, root: Path = Path("/runs")) -> None:
        self.views = views or {}
        self.root = root
        self.broken: list[SweepLine] = []
        self.refusal = ""
        self.started: list[Sweep] = []
        self.resumed: list[str] = []

    def lines(self) -> list[SweepLine]:
        return [*(line_of(sweep_id, view) for sweep_id, view in self.views.items()), *self.broken]

    def start(self, sweep: Sweep) -> str:
        self._refuse()
        self.started.append(sweep)
        self.views = {STARTED_ID: a_view(sweep, 0), **self.views}
        return STARTED_ID

    def resume(self, sweep_id: str) -> None:
        self._refuse()
        self.resumed.append(sweep_id)
        self.views[sweep_id].status = "running"

    def remove(self, sweep_id: str) -> None:
        self._refuse()
        del self.views[sweep_id]

    def follow(self, sweep_id: str) -> FakeFollowed:
        self._refuse()
        return FakeFollowed(self.views[sweep_id], sweep_id)

    def trials(self, sweep_id: str) -> Path:
        return self.root / sweep_id / "trials"

    def _refuse(self) -> None:
        if self.refusal:
            raise InputError(self.refusal)


def some_sweeps() -> dict[str, SweepView]:
    """One that trains, one that has finished, one that was stopped."""
    return {
        "20261129-110000-binary-0003": a_view(a_sweep("wide rates")),
        "20261128-110000-binary-0002": a_view(a_sweep(), 5, SweepEnded("finished", "all trials are done")),
        "20261127-110000-binary-0001": a_view(a_sweep(), 1, SweepEnded("stopped", "stopped on request")),
    }
