"""How the trials of a sweep stand in a study: the attributes of Optuna's trials, and what they mean.

A trial of the sweep has a number. It may be several trials of the study: each time a worker is lost, the next
one to take it up is another. Of these at most one has an end.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import TypeAdapter

from tui_lab.experiment.catalogue import Value
from tui_lab.protocol.sweeps.events import TrialEnded

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial

NUMBER, COMBINATION, VALUES, SEED, FOLD = "number", "combination", "values", "seed", "fold"
"""What is to be trained."""
WORKER, HOST, FOLDER, ENDED = "worker", "host", "folder", "ended"
"""Who trains it, where its run is, and how it ended."""
TRIES, RELEASED = "tries", "released"
"""How often it was lost before; and that its worker was stopped, and left it to others."""
_ENDED: TypeAdapter[TrialEnded] = TypeAdapter(TrialEnded)


@dataclass(frozen=True, slots=True)
class Planned:
    """A trial of the sweep as the study holds it. `folder`: of its run, if it was begun before on `host`.

    `trial_id`: Optuna's. `tries`: how many workers were lost with it.
    """

    trial_id: int
    number: int
    combination: int
    values: dict[str, Value]
    seed: int
    fold: int | None = None
    folder: str = ""
    host: str = ""
    tries: int = 0


def planned(frozen: "FrozenTrial") -> Planned | None:
    """What a trial of the study is to train; None if it is none of ours."""
    has = frozen.user_attrs
    try:
        return Planned(
            frozen._trial_id, int(has[NUMBER]), int(has[COMBINATION]), dict(has[VALUES]), int(has[SEED]),
            None if has.get(FOLD) is None else int(has[FOLD]),
            str(has.get(FOLDER, "")), str(has.get(HOST, "")), int(has.get(TRIES, 0)),
        )  # fmt: skip
    except (KeyError, TypeError, ValueError):
        return None


def attributes(
    number: int, combination: int, values: dict[str, Value], seed: int, fold: int | None
) -> dict[str, Any]:
    """The attributes of a trial that is to be trained."""
    return {NUMBER: number, COMBINATION: combination, VALUES: values, SEED: seed, FOLD: fold}


def by_number(trials: Iterable["FrozenTrial"]) -> "dict[int, list[FrozenTrial]]":
    """The trials of the study for each trial of the sweep, the latest last."""
    found: dict[int, list[FrozenTrial]] = {}
    for frozen in sorted(trials, key=lambda each: each.number):
        if (plan := planned(frozen)) is not None:
            found.setdefault(plan.number, []).append(frozen)
    return found


def ended(frozen: "FrozenTrial") -> TrialEnded | None:
    """How it ended; None if it has not, or if its worker was lost."""
    written = frozen.user_attrs.get(ENDED)
    if written is None or not frozen.state.is_finished():
        return None
    try:
        return _ENDED.validate_json(written)
    except ValueError:
        return None


def written_end(end: TrialEnded) -> str:
    """As it is kept among the attributes: JSON, in which NaN is a string."""
    from pydantic_core import to_json

    return to_json(end, inf_nan_mode="strings").decode()
