"""`tui-lab runs`."""

import sys
from argparse import Namespace
from collections.abc import Sequence

from tui_lab.cli.arguments.runs_root import runs_root
from tui_lab.cli.output.output import can_show, complain, is_terminal, note, put
from tui_lab.cli.output.text_table import Column, duration, number, table, when
from tui_lab.cli.output.waiting import journals_read
from tui_lab.data.messages import counted
from tui_lab.experiment.metrics import main_metric, short_name
from tui_lab.runs.files.strict_json import to_text
from tui_lab.runs.folder.sparkline import BLOCKS, sparkline
from tui_lab.runs.index.families import Placed, in_families
from tui_lab.runs.index.filter import make_filter
from tui_lab.runs.index.listing import RunLine, list_runs
from tui_lab.runs.index.ordering import order_named

_CURVE, _FORK = 8, "└ "
_COLUMNS = (
    Column("RUN"),
    Column("NAME", spare=2),
    Column("STATUS"),
    Column("EPOCHS", right=True, spare=6),
    Column("VAL LOSS", spare=5),
    Column("BEST LOSS", right=True, spare=1),
    Column("TEST"),
    Column("WHEN", spare=7),
    Column("TRAINED", right=True, spare=8),
    Column("EDITS", right=True, spare=9),
    Column("CHANGED", least=16),
)


def run(args: Namespace) -> int:
    """List the runs, newest first unless told otherwise; unreadable ones are reported on stderr."""
    root = runs_root(args)
    chosen, order = make_filter(args.words), order_named(args.sort)
    with journals_read():
        everything = list_runs(root)
    lines = order.apply(filter(chosen.matches, everything), args.reverse)
    if args.json:
        put([to_text([line.as_json() for line in lines])])
    elif lines:
        placed = [(line, 0) for line in lines] if order.value else in_families(lines, everything)
        put([_table(placed, everything)])
        if chosen:
            note(f"{len(lines):,} of {counted(len(everything), 'run matches', 'runs match')}")
    elif everything:
        note(f"no match among {counted(len(everything), 'run', 'runs')} in {root}")
    else:
        note(f"no runs yet in {root}")
        note("`tui-lab train regression` trains one, `tui-lab` opens the lab, `tui-lab presets` lists more")
    for line in lines:
        if line.problem:
            complain(f"{line.id}: {line.problem}")
    return 0


def _table(placed: Sequence[Placed], everything: Sequence[RunLine]) -> str:
    """The runs in a table, without empty columns."""
    changed = _changes(everything)
    rows = [_row(line, depth, changed.get(line.id, "")) for line, depth in placed]
    told = [any(row[k] not in ("", "-", "0") for row in rows) for k in range(len(_COLUMNS))]
    told[1] = any(depth or line.title != line.preset for line, depth in placed)
    return table(
        [column for column, wanted in zip(_COLUMNS, told, strict=True) if wanted],
        [[cell for cell, wanted in zip(row, told, strict=True) if wanted] for row in rows],
    )


def _changes(lines: Sequence[RunLine]) -> dict[str, str]:
    """What differs between each run and its preset, as in a filter: `lr=0.1 batch_size=8`."""
    from tui_lab.experiment.catalogue import format_value
    from tui_lab.experiment.presets import all_presets
    from tui_lab.runs.folder.settings import asked_of_preset
    from tui_lab.runs.index.differences import Differences  # pydantic: 0.1 s, which --json does not need

    presets = {name: asked_of_preset(preset.experiment()) for name, preset in all_presets().presets.items()}
    found = Differences(lines, presets)
    return {
        line.id: " ".join(f"{name}={format_value(value) or '-'}" for name, value in found.of(line).items())
        for line in lines
    }


def _row(line: RunLine, depth: int, changed: str) -> tuple[str, ...]:
    draws = can_show(_FORK + BLOCKS, sys.stdout)
    fork = _FORK if draws else "- "
    told = main_metric(line.test)
    test = f"{short_name(told)} {number(line.test[told])}" if told else "-"
    return (
        line.id,
        "  " * max(0, depth - 1) + (fork if depth else "") + line.title,
        line.state,
        str(line.epochs),
        sparkline(line.val_losses, _CURVE) if draws and is_terminal(sys.stdout) else "",
        number(line.best_val_loss),
        test,
        when(line.started),
        duration(line.seconds),
        str(line.edits),
        changed,
    )
