"""A sweep as a study in a database: created by the first machine, joined by all others."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from tui_lab.errors import InputError, Problems
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.safe import safe
from tui_lab.session.cluster.address import shown_address
from tui_lab.session.cluster.database import Database

if TYPE_CHECKING:
    import optuna

SWEEP, BEGAN, CONTROL = "tui_lab_sweep", "tui_lab_began", "tui_lab_control"
COMPLETE = "tui_lab_complete"
"""How many trials the sweep was to have when all of them had ended."""
_REDUCTION = 3
_MAY_DIFFER = ("trials", "budget_s", "name")
"""What a sweep may have of its own and still join a study."""


@dataclass(frozen=True, slots=True)
class Control:
    """What the users have asked of all workers of a study. `trials`: in all; 0 for those of the sweep."""

    paused: bool = False
    stopped: bool = False
    dropped: tuple[int, ...] = ()
    kept: tuple[int, ...] = ()
    trials: int = 0

    @classmethod
    def read(cls, written: object) -> "Control":
        """From the study's attribute; what cannot be read counts as not asked."""
        if not isinstance(written, dict):
            return cls()
        numbers = {name: _numbers(written.get(name)) for name in ("dropped", "kept")}
        trials = written.get("trials")
        return cls(
            written.get("paused") is True, written.get("stopped") is True,
            trials=trials if isinstance(trials, int) else 0, **numbers,
        )  # fmt: skip


def _numbers(written: object) -> tuple[int, ...]:
    return tuple(each for each in written if isinstance(each, int)) if isinstance(written, list) else ()


@dataclass(frozen=True, slots=True)
class Study:
    """A study that was found. `began`: Unix time at which it was created."""

    database: Database
    name: str
    sweep: Sweep
    began: float
    optuna: "optuna.Study"

    @property
    def study_id(self) -> int:
        return self.optuna._study_id

    def attributes(self) -> dict[str, Any]:
        """Those of the study, as they are now."""
        return self.database.storage.get_study_user_attrs(self.study_id)

    def control(self) -> Control:
        return Control.read(self.attributes().get(CONTROL))

    def ask(self, change: Callable[[Control], Control]) -> Control:
        """Ask something of all workers: `change` makes it from what is asked now."""
        with self.database.locked():
            control = change(self.control())
            self.database.storage.set_study_user_attr(self.study_id, CONTROL, asdict(control))
        return control

    @property
    def wanted(self) -> int:
        """How many trials the sweep is to have by now."""
        return max(self.sweep.trials, self.control().trials)


def create_or_join(database: Database, name: str, sweep: Sweep) -> Study:
    """The study of that name: a new one, or the one that holds this very sweep.

    If it was stopped it goes on; more trials than it has are added. Raises InputError if it holds another.
    """
    storage = database.storage
    with database.locked():
        if name not in _names(database):
            study_id = storage.create_new_study([_direction(sweep)], name)
            storage.set_study_user_attr(study_id, BEGAN, time.time())
            storage.set_study_user_attr(study_id, SWEEP, sweep.model_dump_json())
    found = find(database, name)
    _check_same(found, sweep)
    found.ask(lambda now: replace(now, stopped=False, trials=max(now.trials, sweep.trials)))
    return found


def find(database: Database, name: str) -> Study:
    """The study of that name. Raises InputError if there is none, or if it is no sweep of the lab."""
    import optuna

    known = _names(database)
    if name not in known:
        held = ", ".join(safe(each, 60) for each in known[:20]) or "none"
        raise InputError(
            f"{safe(name, 60)!r}: no such study in the {shown_address(database.address)}"
            f"{did_you_mean(name, known)}; it has: {held}"
        )
    study_id = database.storage.get_study_id_from_name(name)
    has = database.storage.get_study_user_attrs(study_id)
    try:
        sweep = Sweep.model_validate_json(has[SWEEP])
    except KeyError:
        raise InputError(f"{safe(name, 60)!r}: this study is not a sweep of tui-lab") from None
    except (ValueError, TypeError):
        raise InputError(
            f"{safe(name, 60)!r}: this study was written by another version of tui-lab, or it is damaged"
        ) from None
    loaded = optuna.load_study(
        study_name=name,
        storage=database.storage,
        sampler=optuna.samplers.RandomSampler(),
        pruner=_pruner(sweep),
    )
    return Study(database, name, sweep, float(has.get(BEGAN, 0.0)), loaded)


def names(database: Database) -> list[str]:
    """The studies that are sweeps of the lab, the latest first."""
    return [
        study.study_name
        for study in reversed(database.storage.get_all_studies())
        if SWEEP in study.user_attrs
    ]


def _names(database: Database) -> list[str]:
    return [study.study_name for study in database.storage.get_all_studies()]


def _check_same(found: Study, sweep: Sweep) -> None:
    one, other = found.sweep.model_dump(exclude={*_MAY_DIFFER}), sweep.model_dump(exclude={*_MAY_DIFFER})
    place = f"--name: the study {safe(found.name, 60)!r}"
    if one["experiment"] != other["experiment"]:
        raise InputError(
            f"{place} holds another experiment, of preset {found.sweep.experiment.preset}; "
            "give this sweep another name"
        )
    problems = Problems()
    for name, value in one.items():
        if value != other[name]:
            was = ", ".join(axis.text() for axis in found.sweep.axes) if name == "axes" else value
            problems.append(
                f"{place} has {name} {was or 'none'}; give this sweep another name, or the same {name}"
            )
    problems.refuse()


def _direction(sweep: Sweep) -> Any:
    from optuna.study import StudyDirection

    return StudyDirection.MINIMIZE if sweep.lower_is_better else StudyDirection.MAXIMIZE


def _pruner(sweep: Sweep) -> Any:
    from optuna import pruners

    if sweep.stop == "asha":
        return pruners.SuccessiveHalvingPruner(min_resource=sweep.warm_up, reduction_factor=_REDUCTION)
    if sweep.stop == "median":
        return pruners.MedianPruner(n_startup_trials=4, n_warmup_steps=sweep.warm_up)
    return pruners.NopPruner()


def looks(sweep: Sweep) -> frozenset[int]:
    """The epochs after which the pruner is asked; the metric of each is always reported."""
    if sweep.stop == "none":
        return frozenset()
    found, epoch, last = [], sweep.warm_up, sweep.experiment.hyperparameters.epochs
    while epoch <= last:
        found.append(epoch)
        epoch = max(epoch + 1, epoch * (_REDUCTION if sweep.stop == "asha" else 2))
    return frozenset(found)
