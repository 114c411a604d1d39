"""`tui-lab presets`."""

from argparse import Namespace
from pathlib import Path, PurePath

from tui_lab.cli.arguments.data_args import guessed, record_of, refuse_address
from tui_lab.cli.output.output import complain, note, put
from tui_lab.cli.output.overwrite import output_target
from tui_lab.cli.output.text_table import Column, table
from tui_lab.errors import InputError
from tui_lab.experiment.presets import BUNDLED, Preset, all_presets
from tui_lab.experiment.sources import SOURCES
from tui_lab.experiment.writing import preset_text
from tui_lab.runs.files.output_file import write_file
from tui_lab.runs.files.strict_json import strict, to_text
from tui_lab.runs.folder.folder import home_expanded

_COLUMNS = (Column("NAME"), Column("TASK"), Column("DATA"), Column("TITLE"))


def run(args: Namespace) -> int:
    """List the presets, with unreadable files on stderr; or write a preset for a table or folder."""
    if args.source is not None:
        return _write(args)
    if args.output or args.target or args.task or args.data:
        raise InputError("presets: -o, --target, --task and --data need --from FILE")
    found = all_presets()
    presets = list(found.presets.values())
    if args.json:
        put([to_text(strict([preset.model_dump(mode="json") for preset in presets], []))])
    else:
        put([table(_COLUMNS, [_row(preset) for preset in presets])])
    for problem in found.problems:
        complain(problem)
    return 0


def _row(preset: Preset) -> tuple[str, ...]:
    data = PurePath(preset.data.file.removeprefix(BUNDLED)).name
    return preset.name, preset.task, data, preset.title


def _write(args: Namespace) -> int:
    """Write the preset for a table or folder as a file for `train`."""
    refuse_address(args.source)
    target = output_target(args.output, "a preset", [args.source])
    record = record_of(home_expanded(args.source, "--from")) or SOURCES["table"]
    preset, said = guessed(Path(args.source), record, args, pinned=True)
    for sentence in said:
        complain(sentence)
    text = preset_text(preset)
    if target is None:
        put([text])
        return 0
    write_file(target, text.encode())
    note(f"wrote {target}; train it with: tui-lab train {target}")
    return 0
