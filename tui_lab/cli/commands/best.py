"""`tui-lab best`: what came of a sweep."""

from argparse import Namespace

from tui_lab.cli.arguments.runs_root import runs_root
from tui_lab.cli.arguments.sweep_args import whole_number
from tui_lab.cli.output.best_text import best_json, best_text, findings, groups_json, groups_text, on_from
from tui_lab.cli.output.output import note, put
from tui_lab.cli.output.text_table import wrapped
from tui_lab.cli.output.waiting import meanwhile
from tui_lab.errors import InputError, RunError
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.runs.files.strict_json import Json, to_text
from tui_lab.runs.sweeps.folder import find_sweep
from tui_lab.runs.sweeps.reading import load_sweep
from tui_lab.safe import safe

_COUNT, _MOST = 10, 100_000


def run(args: Namespace) -> int:
    """Print the best trials of a sweep, or its trials by the values of an axis. Raises InputError."""
    count = whole_number(args.count, "--count", _MOST) or _COUNT
    with meanwhile("reading the sweep"):
        name, view = _of_study(args) if args.study is not None else _of_folder(args)
    axis = None if args.group_by is None else _axis(view, args.group_by)
    if args.json:
        found: dict[str, Json] = best_json(name, view, count)
        if axis is not None:
            found["groups"] = groups_json(view, axis)
        put([to_text(found)])
        return 0
    if view.best() is None:
        note(f"sweep {name} has no trial with a value yet")
        return 0
    put([best_text(view, count) if axis is None else groups_text(view, axis)])
    put(map(wrapped, findings(view)))
    for sentence in on_from(name, view) if args.study is None else ():
        note(sentence)
    return 0


def _of_folder(args: Namespace) -> tuple[str, SweepView]:
    folder = find_sweep(runs_root(args), args.sweep)
    try:
        return folder.run_id, load_sweep(folder)
    except RunError as error:
        raise InputError(error.problems) from None


def _of_study(args: Namespace) -> tuple[str, SweepView]:
    from tui_lab.session.cluster.feed import read_studies

    return read_studies(args.study, args.sweep)[0]


def _axis(view: SweepView, name: str) -> Axis:
    assert view.sweep is not None
    names = [axis.name for axis in view.sweep.axes]
    if name not in names:
        known = f"its axes: {', '.join(names)}" if names else "it has none"
        raise InputError(f"--group-by: {safe(name, 40)!r} is no axis{did_you_mean(name, names)}; {known}")
    return view.sweep.axis(name)
