"""A table given on the command line: its data flags, and the preset made from it."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from tui_lab.cli.output.output import complain
from tui_lab.cli.output.waiting import meanwhile
from tui_lab.data.table.reading.sniff import BLANKS, DELIMITERS
from tui_lab.errors import InputError
from tui_lab.experiment.base import explain
from tui_lab.experiment.experiment import OTHER_BELOW, DataSpec
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.presets import Preset

if TYPE_CHECKING:
    from tui_lab.data.table.guess import Guess

SUFFIXES = (".csv", ".tsv", ".csv.gz", ".tsv.gz", ".parquet", ".pq")
_COLUMNS = ("leave_out", "one_hot", "one_hot_other", "number")
_WHOLE = ("one_hot_up_to", "other_below")
_PLAIN = (*_WHOLE, "blank_target", "delimiter", "decimal", "encoding", "header")
WRITTEN = ("delimiter", "encoding", "header")
"""Format settings of a file, which may differ in another file."""
_IMAGES = ("shape", "fit", "broken")
SETTINGS = (*_COLUMNS, "missing", "split", *_PLAIN, *_IMAGES)
_DELIMITERS = {word: mark for mark, word in DELIMITERS.items()} | {"\\t": "\t", "blank": BLANKS}


def is_table(what: str) -> bool:
    """Whether a file of that name is read as a table."""
    return what.lower().endswith(SUFFIXES)


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


def asked_of_table(path: Path, args: Namespace) -> DataSpec:
    """The data spec of a table; its target is empty if none was given. Raises InputError."""
    try:
        file = str(path.expanduser().resolve())
        file.encode()
    except (OSError, RuntimeError):
        file = str(path)
    except ValueError:
        raise InputError(f"{path}: the path is not UTF-8; rename it") from None
    return checked({"target": " ", "other_below": OTHER_BELOW} | asked_of_data(args) | {"file": file})


def guess_of_table(path: Path, args: Namespace) -> "Guess":
    """Read a table and choose how to use it. Raises InputError."""
    spec = asked_of_table(path, args)
    quiet = getattr(args, "quiet", False)
    with meanwhile(f"reading {path.name}", quiet=quiet) as progress:
        from tui_lab.data.table.guess import guess_preset  # pandas takes half a second

        return guess_preset(spec, getattr(args, "task", None), progress)


def preset_of_table(path: Path, args: Namespace) -> Preset:
    """The preset made from a table; the automatic choices are printed to stderr. Raises InputError."""
    guess = guess_of_table(path, args)
    if not getattr(args, "quiet", False):
        for sentence in guess.said:
            complain(sentence)
    return guess.preset


def with_data(trained: DataSpec, args: Namespace, *, anew: bool) -> DataSpec:
    """The input file of `predict`. Raises InputError.

    `anew`: detect the format of the file again, except for the decimal mark; otherwise use that of the run's
    table. The command line overrides both.
    """
    fields = asked_of_data(args)
    settled = {"columns", "split", "target", "shape", "fit"}
    if extra := settled & fields.keys():
        raise InputError(f"--data: {', '.join(sorted(extra))}: cannot change for a trained run")
    seen = dict.fromkeys(WRITTEN) if anew else {}
    how: dict[str, Any] = {**seen, "source": "table"}
    refuse_address(args.file)
    if trained.pictures:
        how = {"source": "images", "broken": "refuse"}
    return checked(trained.model_dump() | how | fields | {"file": str(Path(args.file).expanduser())})
