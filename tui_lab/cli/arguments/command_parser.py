"""A parser whose errors are InputErrors, and which takes its arguments as they are written."""

import argparse
from typing import Any, NoReturn

from tui_lab.errors import InputError

Arguments = dict[str, str]
"""Texts of help, by how the arguments are written."""


class Parser(argparse.ArgumentParser):
    """Raises InputError on bad usage, so that a single place writes to stderr and makes text safe.

    `commands` holds the subcommands' parsers, if any.
    """

    commands: "dict[str, Parser]"

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options)
        self.commands = {}

    def take(self, arguments: Arguments) -> None:
        """Add arguments by how they are written: `RUN`, the flag `--quiet`, the option `--name NAME`."""
        for written, about in arguments.items():
            *names, last = written.split()
            if last.startswith("-"):
                self.add_argument(*names, last, action="store_true", help=about)
            else:
                self.add_argument(*(names or [last.lower()]), metavar=last, help=about)

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see `{self.prog} --help`")
