"""Which trials a study still needs: those not added yet, and those whose worker was lost.

Whoever finds nothing to train does this, one at a time; it can be ended at any moment and done again.
"""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.events import TrialEnded
from tui_lab.session.cluster.study import LEARNING, Study
from tui_lab.session.cluster.trials import (
    ENDED,
    RELEASED,
    TRIES,
    WORKER,
    attributes,
    by_number,
    distribution,
    ended,
    planned,
    seed_and_fold,
    written_end,
)

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial
    from sqlalchemy import Connection

Combinations = Callable[[Sweep], Sequence[Mapping[str, Value]]]
MOST_LOST = 3
"""A trial with which so many workers were lost is not tried again: it may be what ends them."""


def fill(study: Study, combinations: Combinations) -> int:
    """Add what is missing; how many trials of the sweep have not ended.

    `combinations`: all of the sweep, for a sampler that does not learn. A sampler that learns is asked for
    one more as often as nothing waits to be trained.
    """
    with study.database.locked() as connection:
        _fail_lost(study, connection)
        storage = study.database.storage
        held = by_number(storage.get_all_trials(study.study_id, deepcopy=False))
        control = study.control()
        sweep = study.sweep.model_copy(update={"trials": max(study.sweep.trials, control.trials)})
        wanted = range(sweep.trials)
        if sweep.sampler not in LEARNING:
            chosen = combinations(sweep)
            wanted = range(min(sweep.trials, len(chosen) * sweep.repeats))  # a grid may have fewer
        left = [number for number in wanted if not _over(held.get(number, ()))]
        if control.stopped:
            return len(left)
        for number in left:
            earlier = held.get(number, [])
            if earlier and not any(_is_open(trial) for trial in earlier):
                _again(study, earlier[-1])
        missing = [number for number in left if number not in held]
        if sweep.sampler in LEARNING:
            if missing and not any(trial.state.name == "WAITING" for ones in held.values() for trial in ones):
                _ask(study, sweep, missing, held)
        else:
            for number in missing:
                combination = number // sweep.repeats
                _add(study, sweep, number, dict(chosen[combination]))
    return len(left)


def _over(trials: "Sequence[FrozenTrial]") -> bool:
    return any(ended(trial) is not None for trial in trials)


def _is_open(trial: "FrozenTrial") -> bool:
    return not trial.state.is_finished()


def _fail_lost(study: Study, connection: "Connection") -> None:
    """End the trials of workers that gave no sign of life.

    While the database was gone nobody could give one, so they get a while after it is back.
    """
    import optuna
    from sqlalchemy import text

    up_s = connection.execute(
        text("select extract(epoch from now() - pg_postmaster_start_time())")
    ).scalar_one()
    if float(up_s) < study.database.grace_s:
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        optuna.storages.fail_stale_trials(study.optuna)


def _again(study: Study, lost: "FrozenTrial") -> None:
    """Add a trial anew that was lost, with where its run is."""
    from optuna.trial import TrialState, create_trial

    plan = planned(lost)
    assert plan is not None
    gone = (WORKER, ENDED, RELEASED)
    kept = {name: value for name, value in lost.user_attrs.items() if name not in gone}
    kept[TRIES] = plan.tries + (RELEASED not in lost.user_attrs)
    state = TrialState.WAITING
    if kept[TRIES] >= MOST_LOST:
        said = (
            f"{kept[TRIES]} workers were lost while they trained it; it may need more memory than they have"
        )
        kept[ENDED] = written_end(TrialEnded(plan.number, "failed", 0, float("nan"), 0, message=said))
        state = TrialState.FAIL
    study.optuna.add_trial(
        create_trial(
            state=state, params=lost.params, distributions=lost.distributions, user_attrs=kept,
            intermediate_values=lost.intermediate_values,
        )
    )  # fmt: skip


def _add(study: Study, sweep: Sweep, number: int, values: dict[str, Value]) -> None:
    from optuna.trial import TrialState, create_trial

    seed, fold = seed_and_fold(sweep, number)
    found = {axis.name: distribution(axis) for axis in sweep.axes}
    inside = {name: value for name, value in values.items() if name in found and _holds(found[name], value)}
    study.optuna.add_trial(
        create_trial(
            state=TrialState.WAITING,
            params=inside,
            distributions={name: found[name] for name in inside},
            user_attrs=attributes(number, number // sweep.repeats, values, seed, fold),
        )
    )


def _holds(distribution: Any, value: Value) -> bool:
    try:
        return bool(distribution._contains(distribution.to_internal_repr(value)))
    except ValueError:
        return False


def _ask(
    study: Study, sweep: Sweep, missing: Sequence[int], held: "Mapping[int, Sequence[FrozenTrial]]"
) -> None:
    """Ask the sampler for one combination, and add its trials."""
    from optuna.trial import TrialState

    storage = study.database.storage
    combination = missing[0] // sweep.repeats
    of_it = [number for number in missing if number // sweep.repeats == combination]
    siblings = [
        plan for trials in held.values() for trial in trials
        if (plan := planned(trial)) is not None and plan.combination == combination
    ]  # fmt: skip
    if siblings:
        values = siblings[0].values
    else:
        asked = study.optuna.ask({axis.name: distribution(axis) for axis in sweep.axes})
        storage.record_heartbeat(asked._trial_id)  # so that it is found to be lost if this process is
        values, number = dict(asked.params), of_it.pop(0)
        seed, fold = seed_and_fold(sweep, number)
        for name, value in attributes(number, combination, values, seed, fold).items():
            storage.set_trial_user_attr(asked._trial_id, name, value)
        storage.set_trial_state_values(asked._trial_id, TrialState.WAITING)
    for number in of_it:
        _add(study, sweep, number, values)
