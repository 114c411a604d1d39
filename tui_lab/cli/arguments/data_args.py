"""Data given on the command line: the flags for them, and the preset made from them."""

from argparse import Namespace
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from tui_lab.cli.output.output import complain
from tui_lab.cli.output.waiting import meanwhile
from tui_lab.data.table.reading.sniff import BLANKS, DELIMITERS
from tui_lab.errors import InputError
from tui_lab.experiment.base import explain
from tui_lab.experiment.experiment import MADE, OF_MADE, DataSpec
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.presets import Preset
from tui_lab.experiment.sources import SourceRecord, source_of_path

_COLUMNS = ("leave_out", "one_hot", "one_hot_other", "number")
_WHOLE = ("one_hot_up_to", "other_below", "rows")
_PLAIN = ("one_hot_up_to", "other_below", "blank_target", "delimiter", "decimal", "encoding", "header")
WRITTEN = ("delimiter", "encoding", "header")
"""Format settings of a file, which may differ in another file."""
_IMAGES = ("shape", "fit", "broken")
SETTINGS = (*_COLUMNS, "missing", "split", *_PLAIN, *_IMAGES, *OF_MADE)
_DELIMITERS = {word: mark for mark, word in DELIMITERS.items()} | {"\\t": "\t", "blank": BLANKS}


def refuse_address(what: str) -> None:
    """Raise InputError for a URL; as a path it would be a missing file."""
    from tui_lab.data.local_file import check_local  # imports psutil, so only if there is a file

    check_local(what)


def asked_of_data(args: Namespace) -> dict[str, Any]:
    """`--target` and `--data` as fields of `DataSpec`. Raises InputError with everything unknown."""
    fields: dict[str, Any] = {}
    problems: list[str] = []
    if getattr(args, "target", None) is not None:
        fields["target"] = args.target
    for setting in getattr(args, "data", None) or ():
        name, eq, text = setting.partition("=")
        name = name.strip().replace("-", "_")
        if not eq or name not in SETTINGS:
            problems.append(
                f"--data {setting!r}: write NAME=VALUE{did_you_mean(name, SETTINGS)}; known names: "
                f"{', '.join(SETTINGS)}"
            )
        elif name in _COLUMNS:
            fields.setdefault("columns", {})[text] = name
        elif name == "missing":
            fields["missing"] = (*fields.get("missing", ()), text)
        else:
            try:
                fields[name] = _value(name, text)
            except InputError as error:
                problems += error.problems
    if problems:
        raise InputError(problems)
    return fields


def _value(name: str, text: str) -> Any:
    """The value as in a preset; it is validated later, together with the others.

    Raises InputError for shares that are not three numbers.
    """
    if name == "delimiter":
        return _DELIMITERS.get(text.lower(), text)
    if name == "header":
        return {"true": True, "yes": True, "false": False, "no": False}.get(text.lower(), text)
    if name in _WHOLE:
        return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text
    if name == "noise":
        try:
            return float(text)
        except ValueError:
            return text
    if name == "shape":
        try:
            return tuple(map(int, text.lower().replace("x", ",").split(",")))
        except ValueError:
            return text
    if name == "split":
        try:
            return dict(zip(("train", "val", "test"), map(float, text.split(",")), strict=True))
        except ValueError:
            raise InputError(
                f"--data: split: {text!r}: write three fractions that add up to 1, for training, "
                "validation and test, e.g. split=0.7,0.2,0.1"
            ) from None
    return text


def with_asked(preset: Preset, args: Namespace) -> Preset:
    """A preset with the data flags of the command line. Raises InputError."""
    fields, task = asked_of_data(args), getattr(args, "task", None)
    if not fields and task is None:
        return preset
    data = checked(preset.data.model_dump() | fields)
    return preset.model_copy(update={"data": data, "task": task or preset.task})


def checked(fields: dict[str, Any]) -> DataSpec:
    """A `DataSpec` from its fields. Raises InputError worded for `--data`."""
    try:
        return DataSpec.model_validate(fields)
    except ValidationError as error:
        raise explain(error, "--data") from None


def record_of(path: Path) -> SourceRecord | None:
    """The kind of data at a path; None if there are none. Raises OSError or ValueError as the path does."""
    return source_of_path(path.name, is_folder=path.is_dir())


def asked_data(path: Path, record: SourceRecord, args: Namespace) -> DataSpec:
    """The data spec of a file or folder; what was not given is left to guess. Raises InputError."""
    try:
        file = str(path.expanduser().resolve())
        file.encode()
    except (OSError, RuntimeError):
        file = str(path)
    except ValueError:
        raise InputError(f"{path}: the path is not UTF-8; rename it") from None
    fields, settings = asked_of_data(args), record.settings
    if settings is not None and (extra := fields.keys() - settings):
        raise InputError(
            f"{path}: {', '.join(sorted(extra))}: only for tables; an image folder takes "
            f"{', '.join(sorted(settings))}"
        )
    return checked({"source": record.name, **record.to_guess} | fields | {"file": file})


def guessed(
    path: Path, record: SourceRecord, args: Namespace, *, pinned: bool = False
) -> tuple[Preset, tuple[str, ...]]:
    """A preset for a file or folder, and what was chosen automatically. Raises InputError.

    `pinned`: to be written to a file, with all that was chosen spelled out.
    """
    spec = asked_data(path, record, args)
    doing = "scanning" if record.is_folder else "reading"
    with meanwhile(f"{doing} {path.name}", quiet=getattr(args, "quiet", False)) as progress:
        from tui_lab.data.sources import guess  # what it imports may take half a second

        return guess(spec, getattr(args, "task", None), progress, pinned=pinned)


def preset_of_data(path: Path, record: SourceRecord, args: Namespace) -> Preset:
    """The preset made from a file or folder; the automatic choices are printed to stderr."""
    preset, said = guessed(path, record, args)
    if not getattr(args, "quiet", False):
        for sentence in said:
            complain(sentence)
    return preset


def with_data(trained: DataSpec, args: Namespace, *, anew: bool) -> DataSpec:
    """The input file of `predict`. Raises InputError.

    `anew`: detect the format of the file again, except for the decimal mark; otherwise use that of the run's
    table. The command line overrides both.
    """
    fields = asked_of_data(args)
    settled = {"columns", "split", "target", "shape", "fit"}
    if extra := settled & fields.keys():
        raise InputError(f"--data: {', '.join(sorted(extra))}: cannot change for a trained run")
    how = {"broken": "refuse", **(dict.fromkeys(WRITTEN) if anew else {})}
    refuse_address(args.file)
    file = str(Path(args.file).expanduser())
    how |= {} if file.startswith(MADE) else dict.fromkeys(OF_MADE)
    return checked(trained.model_dump() | how | fields | {"file": file})
