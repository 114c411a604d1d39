"""Presets: experiments with a title and a description, as TOML files."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from tui_lab.errors import InputError
from tui_lab.experiment.base import SpecModel, explain
from tui_lab.experiment.catalogue import meant
from tui_lab.experiment.experiment import MADE, DataSpec, Experiment, ModelSpec, Name
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.preset_files import bundled_folder, preset_files, read_toml
from tui_lab.experiment.tasks import Task
from tui_lab.safe import sentence

FORMAT, VERSION = "tui-lab.preset", 1
BUNDLED = "bundled:"
DRAWN = "drawn:"


class Preset(SpecModel):
    """An experiment to start from: `title` names it, `learn` says what it teaches."""

    format: Literal["tui-lab.preset"]
    version: Literal[1]
    name: Name
    title: Annotated[str, Field(min_length=1, max_length=80)]
    learn: Annotated[str, Field(max_length=2000)] = ""
    task: Task
    data: DataSpec
    model: ModelSpec = ModelSpec()
    hyperparameters: Hyperparameters = Hyperparameters()

    def experiment(self, hyperparameters: Hyperparameters | None = None, device: str = "auto") -> Experiment:
        """The experiment of this preset, with other hyperparameters if given."""
        return Experiment(
            preset=self.name,
            task=self.task,
            data=self.data,
            model=self.model,
            hyperparameters=hyperparameters or self.hyperparameters,
            device=device,
        )

    def made(self, asked: Experiment) -> bool:
        """Whether an experiment was made from this preset, whatever hyperparameters and layers it has.

        A fork names the seed of its split; that is no difference if the preset's would be the same. Nor is it
        one which fold of a cross-validation a run is.
        """
        split = asked.data.split
        if split.seed == asked.hyperparameters.seed and self.data.split.seed is None:
            split = split.model_copy(update={"seed": None})
        if self.data.split.folds is None:
            split = split.without_folds
        data = asked.data.model_copy(update={"split": split})
        layered = asked.model.source == self.model.source == "layers"
        same = (self.name, self.task, self.data) == (asked.preset, asked.task, data)
        return same and (layered or asked.model == self.model)


@dataclass(frozen=True, slots=True)
class Presets:
    """All readable presets by name, and an error text for each file that is not."""

    presets: dict[str, Preset] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Preset:
        """The preset of that name. Raises InputError naming the nearest one."""
        found = self.presets.get(name)
        if found is None:
            raise InputError(
                f"{name!r} is neither a preset nor a file{did_you_mean(name, self.presets)}. "
                f"Presets: {', '.join(self.presets) or 'none'}"
            )
        return found


def all_presets() -> Presets:
    """Read all presets, the bundled ones first; a broken file affects no other."""
    presets: dict[str, Preset] = {}
    problems: list[str] = []
    for path in preset_files():
        try:
            preset = load_preset(path)
        except InputError as error:
            shown = f"{sentence(path)}: "
            problems.append(shown + "; ".join(said.removeprefix(shown) for said in error.problems))
            continue
        if preset.name in presets:
            problems.append(f"{path}: name: {preset.name!r} is taken; choose another")
        else:
            presets[preset.name] = preset
    return Presets(presets, tuple(problems))


def load_preset(path: Path) -> Preset:
    """Read one preset file. Raises InputError with every problem in it."""
    shown = str(path)
    table = read_toml(path, shown)
    if table.get("format") != FORMAT:
        raise InputError(f"{shown}: format: a preset starts with format = {FORMAT!r}, version = {VERSION}")
    version = table.get("version")
    if type(version) is not int and version is not None:  # True and 1.0 are equal to 1
        raise InputError(f"{shown}: version: must be {VERSION} (given: {version})")
    if version is not None and version > VERSION:
        raise InputError(
            f"{shown}: version: {version} is newer than this tui-lab reads ({VERSION}); update tui-lab"
        )
    try:
        preset = Preset.model_validate(table)
    except ValidationError as error:
        raise explain(error, shown, _instead) from None
    if preset.model.source == "module" or preset.data.record.user_code:
        raise InputError(
            f"{shown}: source: user code is never run from a preset; name it on the command line with "
            "--module FILE.py:NAME or --dataset FILE.py:NAME"
        )
    try:
        file = preset.data.file if _is_name(preset.data) else _located(preset.data.file, path)
        file.encode()
    except UnicodeEncodeError:
        raise InputError(
            f"{shown}: data.file: is in a folder whose name is not UTF-8; rename that folder"
        ) from None
    except (ValueError, OSError, RuntimeError) as error:  # a NUL; a symlink loop
        raise InputError(f"{shown}: data.file: cannot use {preset.data.file!r}: {error}") from None
    model = _with_weights(preset.model, path, shown)
    return preset.model_copy(update={"data": preset.data.model_copy(update={"file": file}), "model": model})


def _instead(place: list[str]) -> str:
    """What an unknown hyperparameter may have meant."""
    near = meant(place[-1]) if place[:-1] == ["hyperparameters"] else ""
    return f" (did you mean {near!r}?)" if near else ""


def _with_weights(model: ModelSpec, preset_path: Path, shown: str) -> ModelSpec:
    """The same preset with the path of its weights made absolute."""
    if model.weights is None:
        return model
    if not model.weights.endswith(".safetensors"):
        raise InputError(
            f"{shown}: model.weights: {model.weights!r}: must be a .safetensors file; "
            "for the weights of a run use --weights RUN on the command line, or export them with "
            "`tui-lab export RUN --to safetensors`"
        )
    try:
        file = str((preset_path.parent / model.weights).resolve())
        file.encode()
    except (ValueError, OSError, RuntimeError) as error:
        raise InputError(f"{shown}: model.weights: cannot use {model.weights!r}: {error}") from None
    return model.model_copy(update={"weights": file})


def _is_name(data: DataSpec) -> bool:
    """Whether its `file` names a built-in data set or one of a library, not a file."""
    return not data.record.is_path or data.file.startswith((DRAWN, MADE))


def _located(file: str, preset_path: Path) -> str:
    """Make a data path independent of the current folder: bundled ones by name, others absolute."""
    if file.startswith(BUNDLED):
        return file
    if preset_path.resolve().parent == bundled_folder().resolve():
        return BUNDLED + file
    return str((preset_path.parent / file).resolve())


def data_path(file: str) -> Path:
    """The file that `DataSpec.file` refers to. Raises InputError if a bundled name leaves its folder."""
    if not file.startswith(BUNDLED):
        return Path(file)
    folder = bundled_folder().resolve()
    try:
        path = (folder / file.removeprefix(BUNDLED)).resolve()
    except (ValueError, OSError, RuntimeError) as error:
        raise InputError(f"cannot use {file}: {error}") from None
    if not path.is_relative_to(folder):
        raise InputError(f"{file}: a bundled file must be inside the presets folder")
    return path
