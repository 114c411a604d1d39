"""`tui-lab runs`."""

from argparse import Namespace

from tui_lab.cli.output import complain, note, say
from tui_lab.cli.root import runs_root
from tui_lab.cli.table import Column, duration, number, table, when
from tui_lab.cli.waiting import journals_read
from tui_lab.runs.filter import make_filter
from tui_lab.runs.listing import RunLine, list_runs
from tui_lab.runs.score_names import told_of
from tui_lab.runs.strict import to_text
from tui_lab.safe import safe

_COLUMNS = (
    Column("RUN"),
    Column("NAME", spare=3),
    Column("STATUS"),
    Column("EPOCHS", right=True, spare=1),
    Column("BEST VAL LOSS", right=True, spare=1),
    Column("TEST", spare=2),
    Column("WHEN", spare=5),
    Column("TOOK", right=True, spare=4),
    Column("EDITS", right=True, spare=6),
)


def run(args: Namespace) -> int:
    """List the runs, newest first; unreadable ones are reported on stderr."""
    root = runs_root(args)
    chosen = make_filter(args.words)
    with journals_read():
        everything = list_runs(root)
    lines = [line for line in everything if chosen.matches(line)]
    if args.json:
        say(to_text([line.as_json() for line in lines]).rstrip("\n"))
    elif lines:
        say(table(_COLUMNS, [_row(line) for line in lines]))
    elif everything:
        note(f"no match among the {len(everything)} runs in {safe(root, 300)}")
    else:
        note(f"no runs yet in {safe(root, 300)}")
        note("`tui-lab train regression` trains one, `tui-lab` opens the lab, `tui-lab presets` lists more")
    for line in lines:
        if line.problem:
            complain(f"{line.id}: {line.problem}")
    return 0


def _row(line: RunLine) -> tuple[str, ...]:
    told = told_of(line.test)
    test = f"{told} {number(line.test[told])}" if told else "-"
    return (
        line.id,
        line.title,
        line.state,
        str(line.epochs),
        number(line.best_val_loss),
        test,
        when(line.started),
        duration(line.seconds),
        str(line.edits),
    )
