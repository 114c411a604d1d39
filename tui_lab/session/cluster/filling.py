"""Which trials a study still needs: those not added yet, and those whose worker was lost.

Whoever finds nothing to train does this, one at a time; it can be ended at any moment and done again.
"""

import warnings
from collections.abc import Mapping, Sequence
from itertools import islice
from math import nan
from typing import TYPE_CHECKING, Any

from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.events import TrialEnded
from tui_lab.session.cluster.study import COMPLETE, Study
from tui_lab.session.cluster.trials import (
    ENDED,
    RELEASED,
    TRIES,
    WORKER,
    Planned,
    attributes,
    by_number,
    ended,
    planned,
    written_end,
)
from tui_lab.session.sweeps.planner import repeats
from tui_lab.sweep.sampler import Combination, result_of
from tui_lab.sweep.samplers import make_sampler
from tui_lab.sweep.sampling.distribution import distribution

if TYPE_CHECKING:
    from optuna.trial import FrozenTrial
    from sqlalchemy import Connection

MOST_LOST = 3
"""A trial with which so many workers were lost is not tried again: it may be what ends them."""
_MOST_ADDED = 500
"""So many trials are added at most before they are trained: nobody else may add any meanwhile."""
_Held = Mapping[int, "Sequence[FrozenTrial]"]


def fill(study: Study) -> int:
    """Add what is missing; how many trials of the sweep have not ended.

    A sampler that learns is asked for one more combination, and only if nothing waits to be trained.
    """
    with study.database.locked() as connection:
        _fail_lost(study, connection)
        held = by_number(study.optuna.get_trials(deepcopy=False))
        control = study.control()
        sweep = study.sweep.model_copy(update={"trials": max(study.sweep.trials, control.trials)})
        left = sum(1 for trials in held.values() if not _over(trials))
        if control.stopped:
            return left
        for trials in held.values():
            if not _over(trials) and not any(_is_open(trial) for trial in trials):
                _again(study, trials[-1])
        left += _add_new(study, sweep, held)
        if not left:
            study.database.storage.set_study_user_attr(study.study_id, COMPLETE, sweep.trials)
        return left


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
        kept[ENDED] = written_end(TrialEnded(plan.number, "failed", 0, nan, 0, message=said))
        state = TrialState.FAIL
    study.optuna.add_trial(
        create_trial(
            state=state,
            params=lost.params,
            distributions=lost.distributions,
            user_attrs=kept,
            intermediate_values=lost.intermediate_values,
        )
    )


def _add_new(study: Study, sweep: Sweep, held: _Held) -> int:
    """Add the trials of the combinations that come next; how many that were."""
    combinations: dict[int, list[Planned]] = {}
    for trials in held.values():
        if (plan := planned(trials[-1])) is not None:
            combinations.setdefault(plan.combination, []).append(plan)
    added = 0
    for number, plans in combinations.items():  # one that was half added when its process ended
        added += _complete(study, sweep, number, plans[0].values, held)
    if not sweep.combinations > len(combinations):
        return added
    asked = [combinations[number][0].values for number in sorted(combinations)]
    sampler = make_sampler(sweep, asked, _results(sweep, combinations, held))
    waits = any(trial.state.name == "WAITING" for trials in held.values() for trial in trials)
    if sampler.learns and (waits or added):
        return added
    for number in range(len(combinations), sweep.combinations):
        if (values := sampler.ask()) is None:
            break
        added += _complete(study, sweep, number, values, held)
        if sampler.learns or added >= _MOST_ADDED:
            break
    return added


def _results(
    sweep: Sweep, combinations: Mapping[int, Sequence[Planned]], held: _Held
) -> list[tuple[Combination, float]]:
    """What each combination reached of which all trials have ended: the mean of the metric."""
    found: list[tuple[Combination, float]] = []
    for number in sorted(combinations):
        plans = combinations[number]
        ends = [end for plan in plans for trial in held[plan.number] if (end := ended(trial)) is not None]
        if len(ends) < len(plans):
            continue
        found.append((plans[0].values, result_of(end.best for end in ends)))
    return found


def _complete(study: Study, sweep: Sweep, combination: int, values: Combination, held: _Held) -> int:
    """Add the trials of a combination that are missing; how many that were."""
    from optuna.trial import TrialState, create_trial

    axes = {axis.name: distribution(axis) for axis in sweep.axes}
    inside = {name: value for name, value in values.items() if name in axes and _holds(axes[name], value)}
    first, added = combination * sweep.repeats, 0
    for number, (seed, fold) in enumerate(islice(repeats(sweep), sweep.repeats), first):
        if number in held:
            continue
        study.optuna.add_trial(
            create_trial(
                state=TrialState.WAITING,
                params=inside,
                distributions={name: axes[name] for name in inside},
                user_attrs=attributes(number, combination, values, seed, fold),
            )
        )
        added += 1
    return added


def _holds(distribution: Any, value: Value) -> bool:
    try:
        return bool(distribution._contains(distribution.to_internal_repr(value)))
    except ValueError:
        return False
