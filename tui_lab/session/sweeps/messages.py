"""What the process that leads a sweep and those that train its trials say to each other: lines of JSON."""

from dataclasses import dataclass
from functools import cache
from typing import Annotated, Literal

from pydantic import Field, TypeAdapter
from pydantic_core import to_json

from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.sweeps.events import TrialEnd, TrialEnded, TrialReached, TrialsMeasured, TrialStarted
from tui_lab.session.jobs.jobs import FolderPath


@dataclass(frozen=True, slots=True)
class Measure:
    """Find out how trials of this experiment are best trained; answered by `Measured`."""

    experiment: Experiment
    exact: bool
    code: Code = NO_CODE
    message: Literal["measure"] = "measure"


@dataclass(frozen=True, slots=True)
class TrainTrial:
    """Train a trial after those given before, up to epoch `until`; None for its end.

    At `until` it is held, and `TrialReached` reported. `root`: the folder of the trials' runs. `run_id`: that
    of its run, if it has begun, which then goes on; else empty. `metric`: what is reported of each epoch.
    `together`: so many trials take turns, an epoch each, so that it can be made as one.
    """

    trial: int
    experiment: Experiment
    root: FolderPath
    name: str
    run_id: str
    metric: str
    until: int | None
    threads: int = 1
    together: int = 1
    code: Code = NO_CODE
    message: Literal["train"] = "train"


@dataclass(frozen=True, slots=True)
class GoOn:
    """Train a trial that is held further, up to epoch `until`."""

    trial: int
    until: int | None
    message: Literal["go_on"] = "go_on"


@dataclass(frozen=True, slots=True)
class EndTrial:
    """End a trial now, whether it is held, trained or has not begun; answered by `TrialEnded` in any case."""

    trial: int
    status: TrialEnd
    reason: str
    message: Literal["end"] = "end"


@dataclass(frozen=True, slots=True)
class PauseWork:
    """Train no further epoch until told to continue."""

    paused: bool
    message: Literal["pause"] = "pause"


Order = Measure | TrainTrial | GoOn | EndTrial | PauseWork


@dataclass(frozen=True, slots=True)
class Measured:
    """How trials are best trained here, and what they need.

    `problems`: why none can be, one sentence each. `speed`: the hyperparameter of that name. `workers`, each
    with so many `threads`, training so many trials `together`. `epoch_s`: the time of a trial's epoch in
    one worker. `memory_bytes`: of one worker. `how`: all of it as a sentence.
    """

    problems: tuple[str, ...] = ()
    speed: Literal["exact", "fast"] = "exact"
    workers: int = 1
    threads: int = 1
    epoch_s: float = 0.0
    memory_bytes: int = 0
    how: str = ""
    together: int = 1
    message: Literal["measured"] = "measured"


Report = Measured | TrialStarted | TrialsMeasured | TrialReached | TrialEnded


@dataclass(frozen=True, slots=True)
class _Reported:
    report: Report


def encode_order(order: Order) -> bytes:
    """One line, with its end."""
    return to_json(order) + b"\n"


def encode_report(report: Report) -> bytes:
    """One line, with its end; NaN and infinities are strings."""
    return to_json(_Reported(report), inf_nan_mode="strings") + b"\n"


def decode_order(line: bytes) -> Order:
    """Raises ValueError."""
    return _orders().validate_json(line)


def decode_report(line: bytes) -> Report:
    """Raises ValueError."""
    return _reports().validate_json(line).report


@cache
def _orders() -> TypeAdapter[Order]:
    return TypeAdapter(Annotated[Order, Field(discriminator="message")])


@cache
def _reports() -> TypeAdapter[_Reported]:
    return TypeAdapter(_Reported)
