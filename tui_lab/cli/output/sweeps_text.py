"""The list of sweeps."""

import sys
from collections.abc import Sequence

from tui_lab.cli.output.output import can_show
from tui_lab.cli.output.text_table import Column, number, table, when
from tui_lab.protocol.spread import Spread
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.runs.files.strict_json import Json, iso_time, strict
from tui_lab.sweep.groups import best_combination

SweepLine = tuple[str, SweepView]
"""The id of a sweep, and what is known of it."""
_COLUMNS = (
    Column("SWEEP"),
    Column("NAME", spare=5),
    Column("PRESET", spare=3),
    Column("STATUS"),
    Column("TRIALS", right=True),
    Column("METRIC", spare=1),
    Column("BEST", right=True),
    Column("WHEN", spare=4),
)


def sweeps_text(lines: Sequence[SweepLine]) -> str:
    """A row each, as a text for `put`; without the column of names if none has one."""
    rows = [_row(sweep_id, view) for sweep_id, view in lines]
    kept = [place for place in range(len(_COLUMNS)) if place != 1 or any(row[1] for row in rows)]
    return table([_COLUMNS[place] for place in kept], [[row[place] for place in kept] for row in rows])


def sweeps_json(lines: Sequence[SweepLine]) -> Json:
    """A record each."""
    return [strict(_record(sweep_id, view), []) for sweep_id, view in lines]


def with_deviation(spread: Spread | None) -> str:
    """`0.523 ± 0.012`: mean and standard deviation; the figure alone if it is of a single run."""
    if spread is None:
        return "-"
    if spread.deviation is None:
        return number(spread.mean)
    sign = "±" if can_show("±", sys.stdout) else "+-"
    return f"{number(spread.mean)} {sign} {spread.deviation:.2g}"


def _row(sweep_id: str, view: SweepView) -> list[str]:
    assert view.sweep is not None
    best = best_combination(view)
    done = sum(trial.over for trial in view.trials)
    return [
        sweep_id,
        view.sweep.name,
        view.sweep.experiment.preset,
        view.status,
        f"{done:,}/{view.sweep.trials:,}",
        view.sweep.metric,
        with_deviation(best.spread if best else None),
        when(view.began),
    ]


def _record(sweep_id: str, view: SweepView) -> dict[str, object]:
    assert view.sweep is not None
    best = best_combination(view)
    spread = best.spread if best else None
    return {
        "id": sweep_id,
        "name": view.sweep.name,
        "preset": view.sweep.experiment.preset,
        "status": view.status,
        "message": view.message,
        "trials": view.sweep.trials,
        "over": sum(trial.over for trial in view.trials),
        "axes": [axis.text() for axis in view.sweep.axes],
        "seeds": view.sweep.seeds,
        "folds": view.sweep.folds,
        "sampler": view.sweep.sampler,
        "stop": view.sweep.stop,
        "metric": view.sweep.metric,
        "best": spread.mean if spread else None,
        "deviation": spread.deviation if spread else None,
        "best_values": best.values if best else None,
        "started": iso_time(view.began),
        "seconds": view.seconds,
    }
