"""An experiment: everything needed to run it, and to reproduce it."""

from typing import Annotated, Any, Literal, Self

from pydantic import (
    BeforeValidator,
    Field,
    SerializerFunctionWrapHandler,
    field_validator,
    model_serializer,
    model_validator,
)

from tui_lab.experiment.base import SpecModel
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.network.layers import parse_layers
from tui_lab.experiment.sources import SOURCES, Inputs, SourceRecord
from tui_lab.experiment.split import Split
from tui_lab.experiment.tasks import Task

Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,39}$")]
Use = Literal["number", "one_hot", "one_hot_other", "leave_out"]
"""What a column is used as. `one_hot_other`: its common values get an input each, all others share one."""
Fit = Literal["crop", "pad", "stretch"]
"""How an image of another aspect ratio is fitted: cropped, padded with black, or distorted."""
MOST_SIDE = 1024
MADE = "made:"
"""Begins the `file` of a table that is made from settings."""
OF_MADE = ("noise", "rows")
"""Those settings."""
Sequence = Field(strict=False)  # TOML and JSON give lists where these models hold tuples


def _known(source: object) -> object:
    if not isinstance(source, str) or source not in SOURCES:
        *others, last = map(repr, SOURCES)
        raise ValueError(f"must be {', '.join(others)} or {last}")
    return source


class DataSpec(SpecModel):
    """The data to train on.

    `file`: a CSV with a header; `bundled:NAME` is part of the package, a path in a preset file is relative to
    that file. `target`: the column to predict; all others are features unless left out. `shape`: `[C, H, W]`
    if the features of a row are the pixels of an image, channel by channel, row by row. Inputs are
    standardised (mean 0, standard deviation 1) with statistics of the training split: each column by itself,
    or all pixels of an image together.

    The rest is guessed from the file where it is not said. `columns`: what a column is used as. A text
    column of at most `one_hot_up_to` different values becomes as many inputs of 0 and 1. Of one with more
    values those in at least `other_below` rows get an input each and the rest share one, "other"; with 0 it
    is left out. `missing`: cells that count as blank beside the usual ones. `blank_target`: what becomes of
    rows without a target. `delimiter`, `decimal`, `encoding`, `header`: how the file is written.

    `made:spirals`, `made:moons` and `made:curve` are tables made from `rows` and `noise`, the standard
    deviation of what is added to the numbers, in their units.

    With `source` `images`, `file` is a folder with a subfolder of images for each class, or `drawn:shapes`,
    which is generated on first use; with `torchvision` it is one of the library's data sets, such as `MNIST`.
    Every image is then resized to `shape`, as `fit` says; `broken` says what to do with images that cannot
    be read. With `own` the data comes from user code: `file` is then `/path/file.py:Name`, and it runs only
    if it is named on the command line.
    """

    file: Annotated[str, Field(min_length=1, max_length=4096)]
    target: Annotated[str, Field(min_length=1, max_length=1000)]
    shape: Annotated[tuple[int, int, int] | None, Sequence] = None
    split: Split = Split()
    columns: Annotated[dict[str, Use], Field(max_length=100_000)] = {}  # noqa: RUF012 - the model is frozen
    one_hot_up_to: Annotated[int, Field(ge=2, le=1000)] = 20
    other_below: Annotated[int, Field(ge=0, le=1_000_000)] = 0
    missing: Annotated[tuple[str, ...], Sequence, Field(max_length=100)] = ()
    blank_target: Literal["refuse", "drop"] = "refuse"
    delimiter: Literal[",", ";", "\t", "|", " "] | None = None
    decimal: Literal[".", ","] | None = None
    encoding: Literal["utf-8", "utf-16", "latin-1", "cp1252"] | None = None
    header: bool | None = None
    source: Annotated[str, BeforeValidator(_known)] = "table"
    fit: Fit = "crop"
    broken: Literal["refuse", "skip"] = "refuse"
    noise: Annotated[float | None, Field(ge=0, le=10)] = None
    rows: Annotated[int | None, Field(ge=10, le=1_000_000)] = None

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        source = given.get("source") if isinstance(given, dict) else None
        record = SOURCES.get(source) if isinstance(source, str) else None
        return {"target": record.target} | given if record and record.target else given

    @field_validator("shape")
    @classmethod
    def _positive(cls, shape: tuple[int, int, int] | None) -> tuple[int, int, int] | None:
        if shape is not None and not all(1 <= side <= 65_536 for side in shape):
            raise ValueError("channels, height and width must be between 1 and 65536")
        return shape

    @model_validator(mode="after")
    def _whole(self) -> Self:
        fits = self.shape is not None and self.shape[0] in (1, 3) and max(self.shape) <= MOST_SIDE
        if self.pictures and not fits:
            raise ValueError(
                "shape: images need [channels, height, width], with 1 channel (gray) or 3 (colour) and at "
                f"most {MOST_SIDE} pixels a side, such as [3, 64, 64]"
            )
        if not self.made and (self.noise is not None or self.rows is not None):
            raise ValueError("noise and rows: only for data that are made, such as file = 'made:spirals'")
        return self

    @model_serializer(mode="wrap")
    def _as_before(self, fields: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without the settings of made data for any other: runs made before they existed export the same."""
        made: dict[str, Any] = fields(self)
        return made if self.made else {name: value for name, value in made.items() if name not in OF_MADE}

    @property
    def record(self) -> SourceRecord:
        """What is known about this kind of data."""
        return SOURCES[self.source]

    @property
    def made(self) -> bool:
        """Whether it is a table that is made from settings, so there is no file."""
        return self.source == "table" and self.file.startswith(MADE)

    @property
    def pictures(self) -> bool:
        """Whether the inputs are 8-bit pixels, not the numbers of a table."""
        return self.record.inputs == "pictures"

    @property
    def inputs(self) -> Inputs:
        """What the inputs are; a user's data set may hold images, so it counts as pixels."""
        return "pixels" if self.shape is not None and not self.pictures else self.record.inputs

    @property
    def value_bytes(self) -> int:
        """Bytes per input value before it is batched."""
        return 1 if self.pictures else 4


class ModelSpec(SpecModel):
    """The network: its layers without the output layer, which follows from the task.

    `weights`: initial weights, used where names and shapes match: a safetensors file (in a preset, relative
    to it) or, if given on the command line, the folder of a run.

    `source`: `layers` builds it from that list; `torchvision` uses the library's model `name` (may also be
    written `model`), with the library's weights if `pretrained`; `module` is user code,
    `/path/file.py:Name`, which runs only if it is named on the command line.
    """

    layers: Annotated[tuple[str, ...], Sequence, Field(max_length=200)] = ()
    weights: Annotated[str, Field(min_length=1, max_length=4096)] | None = None
    source: Literal["layers", "torchvision", "module"] = "layers"
    name: Annotated[str, Field(max_length=4096)] = ""
    pretrained: bool = False

    @model_validator(mode="before")
    @classmethod
    def _named(cls, given: Any) -> Any:
        if isinstance(given, dict) and "model" in given and "name" not in given:
            return {"name" if key == "model" else key: value for key, value in given.items()}
        return given

    @field_validator("layers")
    @classmethod
    def _readable(cls, layers: tuple[str, ...]) -> tuple[str, ...]:
        try:
            parse_layers(layers)
        except Exception as error:
            raise ValueError(str(error)) from None
        return layers

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if self.source == "layers":
            wrong = (
                "name and pretrained require source = 'torchvision'" if self.name or self.pretrained else ""
            )
        elif self.layers:
            wrong = "layers: not allowed with this source of the network"
        elif not self.name:
            wrong = f"name: missing; give the one to use from {self.source}"
        elif self.pretrained and (self.weights is not None or self.source != "torchvision"):
            wrong = "pretrained: only for torchvision models, and not together with weights"
        else:
            wrong = ""
        if wrong:
            raise ValueError(wrong)
        return self


class Experiment(SpecModel):
    """Everything a run needs to know: data, network, task, hyperparameters."""

    preset: Name
    task: Task
    data: DataSpec
    model: ModelSpec = ModelSpec()
    hyperparameters: Hyperparameters = Hyperparameters()
    device: Annotated[str, Field(max_length=40)] = "auto"
