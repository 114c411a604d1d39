"""`tui-lab attach`: open the lab on a run, finished or still training."""

from argparse import Namespace

from tui_lab.cli.arguments.runs_root import resolved_root
from tui_lab.cli.commands.lab import check_terminal, low_bandwidth
from tui_lab.cli.output.waiting import journals_read
from tui_lab.experiment.presets import all_presets
from tui_lab.runs.index.listing import describe_run
from tui_lab.runs.sweeps.reading import find_run

_INSTEAD = (
    "`tui-lab runs` shows how all runs are doing, and `tui-lab export {run} --history-only` prints its epochs"
)


def run(args: Namespace) -> int:
    """Open the lab on a run. Raises InputError if there is no such run, or no terminal."""
    root = resolved_root(args)
    folder = find_run(root, args.run)
    check_terminal(_INSTEAD.format(run=folder.run_id))
    from tui_lab.session.clients.attached import RemoteSession
    from tui_lab.session.clients.trainers import Hosts
    from tui_lab.session.queries.tables import look_at
    from tui_lab.tui.app import Contents
    from tui_lab.tui.launch import open_lab

    presets = all_presets()
    with journals_read():
        name = describe_run(folder).preset
    chosen = name if name in presets.presets else None
    session = RemoteSession(folder, long=True)
    contents = Contents(presets, root, Hosts(), chosen, attached=session, on_quit="leave", read=look_at)
    return open_lab(contents, low_bandwidth=low_bandwidth(args))
