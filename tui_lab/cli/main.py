"""The way in: arguments to a handler, refusals to words, everything to an exit status.

`tui-lab --help` imports nothing but this, argparse, and what words need: 25 ms. What a command needs is
imported by its handler.
"""

import os
import sys
from importlib import import_module

from tui_lab.cli.output import complain, silence
from tui_lab.errors import InputError, LabError
from tui_lab.session.exit_status import FAILED, FINISHED, INTERRUPTED, REFUSED

DEBUG_VARIABLE = "TUI_LAB_DEBUG"


def entry() -> None:
    """The console script."""
    import warnings

    warnings.simplefilter("ignore")  # those of libraries; what a person should know is an event
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    sys.exit(main(sys.argv[1:]))


def main(argv: list[str]) -> int:
    """Run a command line. Gives the exit status; what was refused is on stderr, a line each."""
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
        complain(f"a defect of tui-lab: {type(error).__name__}: {error}")
        complain(f"with {DEBUG_VARIABLE}=1 the same command shows where")
        return FAILED


def _dispatch(argv: list[str]) -> int:
    from tui_lab.cli.arguments import parse

    try:
        args = parse(argv)
    except SystemExit as end:  # argparse has shown a help or the version
        return end.code if isinstance(end.code, int) else FINISHED
    status: int = import_module(f"tui_lab.cli.{args.handler}").run(args)
    return status
