"""Sample images as tiles, and the text above them."""

from collections.abc import Callable

from tui_lab.experiment.catalogue import Hyperparameter, catalogue, format_value, suits
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.protocol.steering_events import SamplesShown
from tui_lab.tui.style.text import Line, wrap
from tui_lab.tui.widgets.gallery import Tile
from tui_lab.tui.widgets.lines import Lines
from tui_lab.tui.widgets.picture import picture_of


def tiles_of(shown: SamplesShown) -> tuple[Tile, ...]:
    """A tile for each image, next to its augmented version if there is one."""
    size = shown.width, shown.height, shown.channels
    try:
        return tuple(
            Tile(
                sample.label,
                tuple(picture_of(text, *size) for text in (sample.pixels, sample.seen) if text),
            )
            for sample in shown.samples
        )
    except ValueError:  # a file that was tampered with
        return ()


def augmentation(experiment: Experiment, hyper: Hyperparameters) -> str:
    """The augmentation in force, such as `flip 0.5, rotation 30 degrees`; empty if there is none."""
    return ", ".join(
        " ".join(filter(None, (item.knob.label, format_value(value), item.unit_of(value))))
        for item in _augments(experiment)
        if (value := getattr(hyper, item.name))
    )


def seen_as(experiment: Experiment, hyper: Hyperparameters) -> str:
    """How the images are augmented in training, as text."""
    in_force = augmentation(experiment, hyper)
    if in_force:
        return f"original and augmented: {in_force}"
    names = ", ".join(item.knob.label for item in _augments(experiment))
    return f"no augmentation ({names} are off)"


def _augments(experiment: Experiment) -> list[Hyperparameter]:
    return [e for e in catalogue().values() if e.knob.images and suits(e, experiment.data.inputs)]


def sample_lines(shown: SamplesShown | None, how: str, words: str, pages: str, width: int) -> list[Line]:
    """The augmentation, the step, and the page."""
    lines = wrap(words, width, "warn") if words else []
    if shown is None:
        return lines
    when = f" · after step {shown.step:,}" if shown.step else ""
    place = f"{pages} · " if pages else ""
    return [*lines, *wrap(f"{place}{how}{when}", width, "dim")]


class SamplesText(Lines):
    """The text above the images."""

    def __init__(self, told: Callable[[], tuple[SamplesShown | None, str, str, str]]) -> None:
        super().__init__()
        self._told = told

    def lines(self, width: int) -> list[Line]:
        return sample_lines(*self._told(), width)
