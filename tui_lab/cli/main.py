"""The entry point: from arguments to a handler, from errors to messages and an exit status.

`tui-lab --help` imports only this, argparse and the message helpers: 25 ms. What a command needs is
imported by its handler.
"""

import os
import sys
from importlib import import_module
from typing import TYPE_CHECKING

from tui_lab.cli.output.output import complain, silence
from tui_lab.errors import InputError, LabError
from tui_lab.session.host.exit_status import FAILED, FINISHED, INTERRUPTED, REFUSED

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Callable

DEBUG_VARIABLE = "TUI_LAB_DEBUG"
SLOW = ("train", "resume", "fork", "predict", "evaluate", "export", "doctor")
"""Handlers whose import takes long enough to show that it is being waited for."""
IN_RANKS = ("train", "resume", "fork")
"""Handlers that several processes can run together: rank 0 as usual, and the others follow."""


def entry() -> None:
    """The console script."""
    import warnings

    warnings.simplefilter("ignore")  # from libraries; what the user should know is an event
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))


def main(argv: list[str]) -> int:
    """Run a command line and return the exit status; errors go to stderr, one per line."""
    try:
        return _dispatch(argv)
    except LabError as error:
        for problem in error.problems:
            complain(problem)
        return REFUSED if isinstance(error, InputError) else FAILED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        silence(sys.stdout)
        return FINISHED
    except Exception as error:
        if os.environ.get(DEBUG_VARIABLE):
            raise
        if said := _out_of_resources(error):
            complain(said)
            return FAILED
        complain(f"internal error (a bug in tui-lab): {type(error).__name__}: {error}")
        complain(f"run the same command with {DEBUG_VARIABLE}=1 to see a traceback")
        return FAILED


def _out_of_resources(error: Exception) -> str:
    """The message if the machine ran out of something; empty for any other error."""
    from errno import EMFILE, ENFILE, ENOMEM, ENOSPC

    from tui_lab.session.failures import MEMORY_HINT, is_out_of_memory

    number = getattr(error, "errno", None)
    if is_out_of_memory(error) or number == ENOMEM:
        return f"memory ran out: {error or type(error).__name__}; {MEMORY_HINT}"
    if number in (EMFILE, ENFILE):
        return (
            "too many open files: raise the limit (`ulimit -n`), or close programs that hold many files open"
        )
    if number == ENOSPC:
        return f"the disk is full: {error}"
    if isinstance(error, FileNotFoundError) and "temporary directory" in str(error):
        return "no folder for temporary files is writable: set TMPDIR to one that is"
    return ""


def _dispatch(argv: list[str]) -> int:
    from tui_lab.cli.arguments.parser import parse

    try:
        args = parse(argv)
    except SystemExit as end:  # argparse has printed the help or the version
        return end.code if isinstance(end.code, int) else FINISHED
    if whom := getattr(args, "notify", None):
        from tui_lab.session.notify.targets import set_targets

        set_targets(whom)
    args.given = argv
    if args.handler in IN_RANKS and os.environ.get("WORLD_SIZE", "1") != "1":
        from tui_lab.session.jobs.in_ranks import follows

        if follows():
            from tui_lab.cli.commands import follow_rank

            return follow_rank.run()
    return _handler(args)(args)


def _handler(args: "Namespace") -> "Callable[[Namespace], int]":
    """The function that runs the command. On a slow disk, importing it alone can take seconds."""
    name = f"tui_lab.cli.commands.{args.handler}"
    if args.handler in SLOW:
        from tui_lab.cli.output.waiting import meanwhile

        with meanwhile("starting", quiet=getattr(args, "quiet", False)):
            import_module(name)
    found: Callable[[Namespace], int] = import_module(name).run
    return found
