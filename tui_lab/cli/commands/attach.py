"""`tui-lab attach`: open the lab on a run or a sweep, finished or still training."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from tui_lab.cli.arguments.runs_root import resolved_root
from tui_lab.cli.commands.lab import check_terminal, low_bandwidth
from tui_lab.cli.output.waiting import journals_read, meanwhile
from tui_lab.experiment.presets import all_presets
from tui_lab.runs.index.listing import describe_run
from tui_lab.runs.sweeps.folder import SweepFolder, sweep_of
from tui_lab.runs.sweeps.reading import find_run_or_sweep

_INSTEAD = (
    "`tui-lab runs` shows how all runs are doing, and `tui-lab export {run} --history-only` prints its epochs"
)
_BEST = "`tui-lab best {sweep}` prints its best trials"


def run(args: Namespace) -> int:
    """Open the lab on a run or a sweep. Raises InputError if there is no such run, or no terminal."""
    root = resolved_root(args)
    if args.study is not None:
        return _study(args, root)
    folder = find_run_or_sweep(root, args.run)
    if isinstance(folder, SweepFolder):
        check_terminal(_BEST.format(sweep=folder.run_id))
        return _open(args, root, sweep=folder.run_id)
    check_terminal(_INSTEAD.format(run=folder.run_id))
    if (sweep_id := sweep_of(folder)) is not None:
        return _open(args, root, sweep=sweep_id, trial=folder.run_id)
    from tui_lab.session.clients.attached import RemoteSession

    presets = all_presets()
    with journals_read():
        name = describe_run(folder).preset
    chosen = name if name in presets.presets else None
    return _open(args, root, chosen=chosen, attached=RemoteSession(folder, long=True))


def _study(args: Namespace, root: Path) -> int:
    """Open the lab on a study in a database. Raises InputError if it cannot be read."""
    from tui_lab.session.cluster.address import checked_address
    from tui_lab.session.cluster.feed import read_studies
    from tui_lab.tui.state.study_store import StudyStore

    url = checked_address(args.study)
    with meanwhile("reading the study"):
        read_studies(url, args.run)
    check_terminal(f"`tui-lab best {args.run} --study {url}` prints its best trials")
    return _open(args, root, sweep=args.run, sweeps=StudyStore(url, root))


def _open(args: Namespace, root: Path, **shown: Any) -> int:
    from tui_lab.session.clients.trainers import Hosts
    from tui_lab.session.queries.tables import look_at
    from tui_lab.tui.app import Contents
    from tui_lab.tui.launch import open_lab

    contents = Contents(all_presets(), root, Hosts(), on_quit="leave", read=look_at, **shown)
    return open_lab(contents, low_bandwidth=low_bandwidth(args))
