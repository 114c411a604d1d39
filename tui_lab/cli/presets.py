"""`tui-lab presets`."""

from argparse import Namespace
from pathlib import PurePath

from tui_lab.cli.output import complain, say
from tui_lab.cli.table import Column, table
from tui_lab.runs.strict import strict, to_text
from tui_lab.spec.presets import BUNDLED, Preset, shelf

_COLUMNS = (Column("NAME"), Column("TASK"), Column("DATA"), Column("WHAT IT IS"))


def run(args: Namespace) -> int:
    """List what can be trained; files that could not be read are named on stderr."""
    found = shelf()
    presets = list(found.presets.values())
    if args.json:
        say(to_text(strict([preset.model_dump(mode="json") for preset in presets], [])).rstrip("\n"))
    else:
        say(table(_COLUMNS, [_row(preset) for preset in presets]))
    for problem in found.problems:
        complain(problem)
    return 0


def _row(preset: Preset) -> tuple[str, ...]:
    data = PurePath(preset.data.file.removeprefix(BUNDLED)).name
    return preset.name, preset.task, data, preset.title
