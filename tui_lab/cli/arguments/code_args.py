"""Arguments for pretrained weights and user code."""

from argparse import Namespace
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

from tui_lab.cli.arguments.runs_root import runs_root
from tui_lab.errors import InputError, Problems, placed
from tui_lab.experiment.catalogue import names_where
from tui_lab.experiment.code import Code
from tui_lab.experiment.experiment import DataSpec, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.presets import Preset
from tui_lab.experiment.tasks import Task
from tui_lab.experiment.writing import preset_name
from tui_lab.runs.sweeps.reading import find_run
from tui_lab.safe import safe


@placed("--weights")
def weights_path(args: Namespace) -> str | None:
    """The source of `--weights`: a safetensors file, or the folder of a run. Raises InputError."""
    named: str | None = args.weights
    if named is None:
        return None
    try:
        path = Path(named).expanduser()
        if "/" in named or named.endswith(".safetensors") or path.is_file():
            if not path.is_file():
                what = "not a regular file" if path.exists() else "no such file"
                what = "this is a folder; to use a run, give its id" if path.is_dir() else what
                raise InputError(f"{named}: {what}")
            found = path.resolve()
        else:
            found = find_run(runs_root(args), named).path.resolve()
        str(found).encode()
    except UnicodeEncodeError:
        raise InputError(f"{named}: the path is not UTF-8; rename it") from None
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"cannot use {named}: {error}") from None
    return str(found)


def code_of(args: Namespace) -> Code:
    """The user code named on the command line, with absolute paths. Raises InputError with all errors."""
    found: dict[str, str] = {}
    problems = Problems()
    for name in ("module", "dataset"):
        named = getattr(args, name, None)
        if named is None:
            continue
        with problems.caught(f"--{name}: "):
            found[name] = _code_path(named)
    problems.refuse()
    return Code(
        module=found.get("module"), dataset=found.get("dataset"), download=getattr(args, "download", False)
    )


@contextmanager
def user_code(args: Namespace, doing: str) -> Iterator[Code]:
    """The user code that may run; errors that it raises inside are reported as its own."""
    from tui_lab.data.user.user_code import own_code

    code = code_of(args)
    named = code.module or code.dataset
    with nullcontext() if named is None else own_code(named, doing):
        yield code


def _code_path(named: str) -> str:
    file, colon, name = named.rpartition(":")
    if not colon or not name.isidentifier():
        raise InputError(f"{named}: write FILE.py:NAME, e.g. net.py:Net")
    try:
        path = Path(file).expanduser().resolve()
        str(path).encode()
        if not path.is_file():
            raise InputError(f"{file}: no such file")
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"cannot use {named}: {error}") from None
    return f"{path}:{name}"


def with_model(preset: Preset, args: Namespace) -> Preset:
    """The preset with the torchvision model named on the command line. Raises InputError."""
    name, pretrained = args.model, args.pretrained
    if name is None and not pretrained:
        return preset
    if name is None and preset.model.source != "torchvision":
        raise InputError("--pretrained: needs --model NAME, or a preset with a torchvision model")
    if args.module is not None:
        raise InputError("--model and --module: give only one of them")
    if pretrained and args.weights is not None:
        raise InputError("--pretrained and --weights: give only one of them")
    model = ModelSpec(source="torchvision", name=name or preset.model.name, pretrained=pretrained)
    return preset.model_copy(update={"model": model, "hyperparameters": without_layers(preset)})


def without_layers(preset: Preset) -> Hyperparameters:
    """The hyperparameters of a preset whose network was replaced: those of its layers get their defaults."""
    usual, shaping = Hyperparameters(), names_where(lambda knob: knob.shapes_network)
    return preset.hyperparameters.model_copy(update={name: getattr(usual, name) for name in shaping})


def with_code(preset: Preset, code: Code) -> Preset:
    """The preset with the network and data named on the command line in place of its own."""
    model, data, hyper = preset.model, preset.data, preset.hyperparameters
    if code.module is not None:
        model = ModelSpec(source="module", name=code.module, weights=model.weights)
        hyper = without_layers(preset)
    if code.dataset is not None:
        data = DataSpec(source="own", file=code.dataset, target="y", split=data.split)
    return preset.model_copy(update={"model": model, "data": data, "hyperparameters": hyper})


def preset_of_code(code: Code, task: Task | None) -> Preset:
    """A preset for --dataset without a preset. Raises InputError without a task."""
    if code.dataset is None or task is None:
        raise InputError("--dataset without a preset needs --task: regression, binary or multiclass")
    name = code.dataset.rpartition(":")[2]
    data = DataSpec(source="own", file=code.dataset, target="y")
    layers = ("linear 64", "activation", "dropout")
    return Preset(
        format="tui-lab.preset",
        version=1,
        name=preset_name(name),
        title=safe(name, 80),
        task=task,
        data=data,
        model=ModelSpec(layers=layers),
    )
