"""`tui-lab [PRESET | FILE]`: open the lab."""

import gc
import os
import sys
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, cast, get_args

from tui_lab.cli.arguments.runs_root import resolved_root
from tui_lab.cli.output.output import can_redraw, is_terminal
from tui_lab.errors import InputError

if TYPE_CHECKING:
    from tui_lab.tui.data_setup.settings import AskedData
    from tui_lab.tui.quitting import OnQuit

ON_QUIT_VARIABLE = "TUI_LAB_ON_QUIT"
_USE_TRAIN = "use `tui-lab train PRESET` instead"


def run(args: Namespace) -> int:
    """Open the lab in a terminal. Raises InputError if there is none, or no such preset."""
    gc.disable()  # saves a tenth of the time to the first frame; the app enables it again
    table = _to_set_up(args)
    chosen = None
    if args.what is not None and table is None:
        from tui_lab.cli.arguments.experiment_args import find_preset
        from tui_lab.cli.arguments.parser import COMMANDS

        chosen = find_preset(args.what, args, commands=COMMANDS)
    root = resolved_root(args)
    check_terminal()
    from tui_lab.tui.app import Contents
    from tui_lab.tui.launch import open_lab

    on_quit = _on_quit(args)

    def contents() -> Contents:
        from tui_lab.experiment.presets import all_presets
        from tui_lab.session.clients.trainers import Hosts, InProcess
        from tui_lab.session.queries.tables import look_at

        trainers = InProcess() if args.in_process else Hosts()
        return Contents(
            all_presets(),
            root,
            trainers,
            chosen,
            on_quit=on_quit,
            table=table,
            read=look_at,
            tour=True,
        )

    asked = args.what is not None
    return open_lab(contents() if asked else contents, low_bandwidth=low_bandwidth(args))


def _to_set_up(args: Namespace) -> "AskedData | None":
    """The table or folder to set up, if one is given; anything else is refused elsewhere."""
    if not args.what:
        return None
    from tui_lab.cli.arguments.data_args import asked_data, record_of
    from tui_lab.experiment.presets import all_presets

    try:
        path = Path(args.what).expanduser()
        record = record_of(path) if path.is_file() or path.is_dir() else None
    except (OSError, ValueError, RuntimeError):
        return None
    if record is None or ("/" not in args.what and args.what in all_presets().presets):
        return None
    from tui_lab.tui.data_setup.settings import AskedData

    return AskedData(asked_data(path, record, args), getattr(args, "task", None))


def _on_quit(args: Namespace) -> "OnQuit":
    """What quitting does with a run in progress. Raises InputError for an unknown setting."""
    from tui_lab.tui.quitting import OnQuit

    wish = args.on_quit or os.environ.get(ON_QUIT_VARIABLE) or "ask"
    if wish not in get_args(OnQuit):
        raise InputError(f"{ON_QUIT_VARIABLE}: must be ask, leave or stop (given: {wish})")
    return cast("OnQuit", wish)


def low_bandwidth(args: Namespace) -> bool:
    """Whether `--low-bandwidth` was given, before the command or after it."""
    return getattr(args, "low_bandwidth", False)


def check_terminal(instead: str = _USE_TRAIN) -> None:
    """Raise InputError if the screen cannot be shown; `instead` says what works without one."""
    for stream, name in ((sys.stdin, "stdin"), (sys.stdout, "stdout"), (sys.stderr, "stderr")):
        if not is_terminal(stream):
            raise InputError(f"the lab needs a terminal, but {name} is not one; {instead}")
    if not can_redraw(sys.stdout):
        raise InputError(
            f"the lab needs a terminal with cursor control, but TERM does not name one; {instead}"
        )
