"""From command-line arguments to an experiment."""

import re
from argparse import Namespace
from collections.abc import Iterable
from pathlib import Path

from pydantic import ValidationError

from tui_lab.cli.arguments.code_args import code_of, preset_of_code, weights_path, with_code, with_model
from tui_lab.cli.arguments.data_args import preset_of_data, record_of, refuse_address, with_asked
from tui_lab.errors import InputError, Problems, placed
from tui_lab.experiment.base import explain
from tui_lab.experiment.code import NO_CODE
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.overrides import override
from tui_lab.experiment.presets import Preset, all_presets, load_preset
from tui_lab.experiment.sources import SOURCES, source_of_path
from tui_lab.experiment.torchvision_sets import SETS, preset_of_set
from tui_lab.runs.folder.labels import Label, check_label

_DEVICE = re.compile(r"auto|cpu|mps|cuda(:[0-9]+)?")


def asked_experiment(args: Namespace) -> Experiment:
    """The experiment for `train`. Raises InputError with everything that is wrong."""
    problems = Problems()
    preset: Preset | None = None
    code = NO_CODE
    with problems.caught():
        code = code_of(args)
        preset = preset_of_code(code, args.task) if args.what is None else find_preset(args.what, args)
        preset = with_code(with_model(preset, args), code)
    settings = [*args.set, *_flags(args)]
    base = preset.hyperparameters if preset else Hyperparameters()
    with problems.caught():
        hyper = override(base, settings)
    with problems.caught():
        weights = weights_path(args)
    if not _DEVICE.fullmatch(args.device):
        problems.append(f"--device: unknown device {args.device!r} (known: auto, cpu, cuda, cuda:0, mps)")
    if problems or preset is None:
        raise InputError(problems)
    if weights is not None:
        model = preset.model.model_copy(update={"weights": weights})
        preset = preset.model_copy(update={"model": model})
    try:
        return Experiment.model_validate_json(preset.experiment(hyper, args.device).model_dump_json())
    except ValidationError as error:
        raise explain(error) from None
    except ValueError:
        raise InputError(f"{preset.data.file}: the path is not UTF-8; rename it") from None


def overridden(args: Namespace, experiment: Experiment) -> Experiment:
    """An earlier experiment with the changes given by the arguments. Raises InputError."""
    hyper = override(experiment.hyperparameters, [*args.set, *_flags(args)])
    device = experiment.device if args.device == "auto" else args.device
    return experiment.model_copy(update={"hyperparameters": hyper, "device": device})


def _flags(args: Namespace) -> list[str]:
    """`--epochs` and `--seed` as settings, so that they are checked like `--set`."""
    return [f"{name}={value}" for name in ("epochs", "seed") if (value := getattr(args, name)) is not None]


@placed("--name")
def run_name(args: Namespace) -> str:
    """The name of the new run, checked; empty if none is given. Raises InputError."""
    if args.name is None:
        return ""
    name = check_label(Label(args.name)).name
    if not name:
        raise InputError("empty; give a name, or leave the option out")
    return name


def find_preset(what: str, args: Namespace, commands: Iterable[str] = ()) -> Preset:
    """The preset with that name, in that file, or made from that table, with the data flags of `args`.

    `commands`: other words that the user may have meant, for the error message. Raises InputError.
    """
    if _looks_like_a_path(what):
        return _from_file(what, args)
    presets = all_presets()
    if what in presets.presets:
        return with_asked(presets.presets[what], args)
    if what and _exists(what):
        return _from_file(what, args)
    if what in SETS:
        return with_asked(preset_of_set(what), args)
    if not commands:
        try:
            return presets[what]
        except InputError as error:
            raise InputError([*error.problems, *presets.problems]) from None
    known = [*commands, *presets.presets]
    raise InputError(
        [
            f"{what!r} is not a command, a preset or a file{did_you_mean(what, known)}. "
            f"Commands: {', '.join(commands)}. Presets: {', '.join(presets.presets) or 'none'}",
            *presets.problems,
        ]
    )


def _looks_like_a_path(what: str) -> bool:
    return "/" in what or what.startswith("~") or what.endswith(".toml") or source_of_path(what) is not None


def _exists(what: str) -> bool:
    try:
        return Path(what).exists()
    except (OSError, ValueError):
        return False


def _known_kind(path: Path) -> str:
    from tui_lab.data.file_kinds import LOOKED_AT, known_kind

    try:
        if not path.is_file():
            return ""
        with path.open("rb") as file:
            return known_kind(file.read(LOOKED_AT))
    except OSError:
        return ""


def _from_file(what: str, args: Namespace) -> Preset:
    refuse_address(what)
    try:
        path = Path(what).expanduser()
        found, data = path.exists(), record_of(path)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{what}: cannot read: {error.args[-1]}") from None
    if not found:
        raise InputError(f"{what}: no such file; `tui-lab presets` lists the presets")
    if data is not None:
        return preset_of_data(path, data, args)
    if path.suffix.lower() == ".toml":
        return with_asked(load_preset(path), args)
    if kind := _known_kind(path):
        raise InputError(f"{what}: {kind}")
    tables = ", ".join(SOURCES["table"].suffixes)
    raise InputError(f"{what}: neither a preset (.toml) nor a table ({tables}) by its file name; rename it")
