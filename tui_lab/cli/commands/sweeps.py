"""`tui-lab sweeps`: the list of sweeps."""

from argparse import Namespace
from pathlib import Path

from tui_lab.cli.arguments.runs_root import runs_root
from tui_lab.cli.output.output import complain, note, put
from tui_lab.cli.output.sweeps_text import SweepLine, sweeps_json, sweeps_text
from tui_lab.cli.output.waiting import meanwhile
from tui_lab.errors import LabError
from tui_lab.runs.files.strict_json import to_text
from tui_lab.runs.sweeps.folder import SweepFolder, sweep_ids, sweeps_root
from tui_lab.runs.sweeps.reading import load_sweep
from tui_lab.session.cluster.address import shown_address
from tui_lab.session.cluster.feed import read_studies


def run(args: Namespace) -> int:
    """List the sweeps, newest first; unreadable ones are reported on stderr."""
    root = runs_root(args)
    with meanwhile("reading the sweeps"):
        lines = _of_folder(root) if args.study is None else read_studies(args.study)
    if args.json:
        put([to_text(sweeps_json(lines))])
    elif lines:
        put([sweeps_text(lines)])
    else:
        note(f"no sweeps yet in {root if args.study is None else shown_address(args.study)}")
        note("`tui-lab sweep regression --over lr=1e-4..1e-1:log` trains one")
    return 0


def _of_folder(root: Path) -> list[SweepLine]:
    lines: list[SweepLine] = []
    for sweep_id in sweep_ids(root):
        try:
            lines.append((sweep_id, load_sweep(SweepFolder(sweeps_root(root) / sweep_id))))
        except LabError as error:
            complain(f"{sweep_id}: {error}")
    return lines
