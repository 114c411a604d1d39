"""`tui-lab export`."""

from argparse import Namespace
from pathlib import Path

from tui_lab.cli.output import complain, note, say
from tui_lab.cli.root import runs_root
from tui_lab.runs.export import check_writable, export, history, write_json
from tui_lab.runs.folder import find
from tui_lab.runs.labels import read_label
from tui_lab.runs.reading import load_run
from tui_lab.runs.strict import Json, to_text
from tui_lab.safe import safe

_STDOUT = "-"


def run(args: Namespace) -> int:
    """Write one run as JSON, to a file or to stdout."""
    folder = find(runs_root(args), args.run)
    target = None if args.output in (None, _STDOUT) else Path(args.output)
    if target is not None:
        check_writable(target)
    kept = load_run(folder)
    for problem in kept.problems:
        complain(f"warning: {problem}")
    name = read_label(folder).name
    document: Json = history(kept.view) if args.history_only else export(kept.run_id, kept.view, name)
    if target is None:
        say(to_text(document).rstrip("\n"))
    else:
        write_json(target, document)
        note(f"{kept.run_id} -> {safe(target, 300)}")
    return 0
