"""`tui-lab doctor`: check what works on this machine, and how to fix what does not."""

import sys
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from tui_lab.cli.arguments.runs_root import named_root
from tui_lab.cli.doctor.checks import Finding, devices, folders, probe, terminal, versions
from tui_lab.cli.doctor.logout import logging_out
from tui_lab.cli.doctor.notifications import notifications
from tui_lab.cli.output.output import can_show, say
from tui_lab.cli.output.waiting import meanwhile
from tui_lab.errors import InputError

_GOOD, _BAD, _ASCII_GOOD = "✓", "!", "+"


def run(args: Namespace) -> int:
    """Print the report; the status is 1 if something essential is missing."""
    root: Path | None = None
    problem = ""
    try:
        root = named_root(args)
    except InputError as error:
        problem = str(error)
    with meanwhile("loading torch, looking for devices"):
        probed = probe()
    sections = {
        "versions": list(versions(probed)),
        "devices": list(devices(probed)),
        "terminal": list(terminal()),
        "folders": list(folders(root, problem)),
        "logging out": list(logging_out()),
        "notifications": list(notifications(test=bool(args.notify))),
    }
    for title, findings in sections.items():
        say(title)
        for line in _lines(findings):
            say(line)
    broken = [
        found for findings in sections.values() for found in findings if found.remedy and found.essential
    ]
    say("" if broken else "everything needed for training works")
    return 1 if broken else 0


def _lines(findings: Iterable[Finding]) -> Iterable[str]:
    good = _GOOD if can_show(_GOOD, sys.stdout) else _ASCII_GOOD
    for found in findings:
        yield f"  {_BAD if found.remedy else good} {found.what}"
        if found.remedy:
            yield f"      {found.remedy}"
