"""The set-up of a folder of images: its settings. No widgets."""

from typing import get_args

from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Fit
from tui_lab.experiment.sources import CLASS, GUESS_SHAPE
from tui_lab.experiment.tasks import TASKS
from tui_lab.session.queries.folders import OpenedFolder
from tui_lab.tui.data_setup.settings import DataSetup, shares_of

SETTINGS = ("size", "colour", "fit", "task", "splits", "broken")
_TASKS = tuple(name for name, task in TASKS.items() if not task.numeric)
FITS: tuple[Fit, ...] = get_args(Fit)
_USUAL = DataSpec(file="-", source="images", target=CLASS, shape=GUESS_SHAPE)
SIDES = (8, 16, 28, 32, 48, 64, 96, 128, 160, 224, 256)


class ImagesSetup(DataSetup[OpenedFolder]):
    """The set-up of a folder; its items are classes. With `GUESS_SHAPE`, size and colour are automatic."""

    settings = SETTINGS

    @property
    def items(self) -> tuple[tuple[str, int], ...]:
        return self.opened.survey.counts if self.opened is not None else ()

    @property
    def label(self) -> int | None:
        """The index of the selected class; None if a setting is selected."""
        place = self.place - len(SETTINGS)
        return place if 0 <= place < len(self.items) else None

    @property
    def guess(self) -> tuple[int, int, int]:
        """The automatic shape: channels, height, width."""
        return self.opened.survey.shape if self.opened is not None else GUESS_SHAPE

    @property
    def shape(self) -> tuple[int, int, int]:
        """The shape in use."""
        shape = self.spec.shape
        return self.guess if shape is None or shape == GUESS_SHAPE else shape

    @property
    def dealt(self) -> bool:
        """Whether any split is random: the folder does not have all three."""
        return self.opened is None or len(self.opened.survey.splits) < 3

    @property
    def fixed(self) -> bool:
        """True for a class, and for splits that the folder provides."""
        return self.setting is None or (self.setting == "splits" and not self.dealt)

    def chosen(self, setting: str) -> bool:
        return {
            "size": self.shape[1:] != self.guess[1:],
            "colour": self.shape[0] != self.guess[0],
            "fit": self.spec.fit != _USUAL.fit,
            "task": self.task is not None,
            "splits": self.spec.split != _USUAL.split,
            "broken": self.spec.broken != _USUAL.broken,
        }[setting]

    def change(self, direction: int) -> bool:
        before = self.spec, self.task
        spec, (channels, height, width) = self.spec, self.shape
        match self.setting:
            case "size":
                longest = max(height, width)
                larger = [side for side in SIDES if side > longest][:1]
                smaller = [side for side in SIDES if side < longest][-1:]
                for side in larger if direction > 0 else smaller:
                    self._shape(channels, side, side)
            case "colour":
                self._shape(4 - channels, height, width)
            case "fit":
                self.set(fit=FITS[(FITS.index(spec.fit) + direction) % len(FITS)])
            case "task" if self.opened is not None:
                task = self.opened.settled.preset.task
                at = _TASKS.index(task) if task in _TASKS else 0
                self.task = _TASKS[(at + direction) % len(_TASKS)]
            case "splits" if self.dealt:
                self.turn_shares(direction)
            case "broken":
                self.set(broken="skip" if spec.broken == "refuse" else "refuse")
        return before != (self.spec, self.task)

    def reset(self) -> bool:
        before = self.spec, self.task
        channels, height, width = self.shape
        match self.setting:
            case "size":
                self._shape(channels, *self.guess[1:])
            case "colour":
                self._shape(self.guess[0], height, width)
            case "task":
                self.task = None
            case "fit":
                self.set(fit=_USUAL.fit)
            case "broken":
                self.set(broken=_USUAL.broken)
            case "splits":
                self.set(split=_USUAL.split)
        return before != (self.spec, self.task)

    def text(self) -> str:
        channels, height, width = self.shape
        match self.setting:
            case "size":
                return f"{height} x {width}"
            case "colour":
                return "colour" if channels == 3 else "gray"
            case "fit":
                return self.spec.fit
            case "task":
                return self.opened.settled.preset.task if self.opened else ""
            case "splits":
                return self.shares_text()
            case "broken":
                return self.spec.broken
        return ""

    def type(self, text: str) -> None:
        text = text.strip().lower()
        channels, height, width = self.shape
        match self.setting:
            case "size":
                self._shape(channels, *_size(text))
            case "colour":
                kinds = {"gray": 1, "grey": 1, "colour": 3, "color": 3}
                if text not in kinds:
                    raise InputError(f"must be gray or colour (given: {text})")
                self._shape(kinds[text], height, width)
            case "task":
                if text not in _TASKS:
                    raise InputError(f"task: must be {' or '.join(_TASKS)} (given: {text})")
                self.task = next(task for task in _TASKS if task == text)
            case "splits":
                self.split(shares_of(text))
            case "fit" | "broken" as name:
                self.set(**{name: text})

    def _shape(self, *shape: int) -> None:
        self.set(shape=GUESS_SHAPE if shape == self.guess else shape)


def _size(text: str) -> tuple[int, int]:
    """Parse `64`, or height and width as in `48 x 64`."""
    words = text.replace("x", " ").replace(",", " ").split()
    if len(words) not in (1, 2) or not all(w.isascii() and w.isdigit() and len(w) < 6 for w in words):
        raise InputError(f"type one side, or height x width, e.g. 48 x 64 (given: {text})")
    return int(words[0]), int(words[-1])
