"""The set-up of data before training: the settings, what results from them, the selected row. No widgets."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Generic, Protocol, TypeVar

from pydantic import ValidationError

from tui_lab.data.final_settings import FinalSettings
from tui_lab.errors import InputError
from tui_lab.experiment.base import explain
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.split import Split
from tui_lab.experiment.tasks import Task

_SPLITS = ((0.7, 0.2, 0.1), (0.8, 0.1, 0.1), (0.6, 0.2, 0.2), (0.5, 0.25, 0.25))


@dataclass(frozen=True, slots=True)
class AskedData:
    """A file or folder given on the command line, with its data flags."""

    spec: DataSpec
    task: Task | None = None


class HasFinalSettings(Protocol):
    """What was read from the data."""

    @property
    def settled(self) -> FinalSettings:
        """What would be trained on."""


O = TypeVar("O", bound=HasFinalSettings)  # noqa: E741 - opened


class DataSetup(Generic[O]):
    """Settings that can be changed, and below them the items of the data: columns or classes.

    `spec` and `task` are the current settings; `opened` is the result of the latest ones that were applied,
    None until the data are read. `place` is the selected row; settings come first. `preview_wanted`: whether
    the first rows or images were asked for.
    """

    settings: ClassVar[tuple[str, ...]]

    def __init__(self, asked: AskedData) -> None:
        self.spec, self.task = self._first = asked.spec, asked.task
        self.opened: O | None = None
        self.place = 0
        self.preview_wanted = False

    @property
    def items(self) -> Sequence[object]:
        """What is listed below the settings."""
        raise NotImplementedError

    def change(self, direction: int) -> bool:
        """Switch the selected row to its next value; returns whether anything changed."""
        raise NotImplementedError

    def reset(self) -> bool:
        """Reset the selected row to the automatic choice or default; returns whether anything changed."""
        raise NotImplementedError

    def text(self) -> str:
        """The initial text of the field for the selected setting."""
        raise NotImplementedError

    def type(self, text: str) -> None:
        """Apply a text typed for the selected setting. Raises InputError."""
        raise NotImplementedError

    @property
    def total(self) -> int:
        """The number of rows."""
        return len(self.settings) + len(self.items)

    @property
    def setting(self) -> str | None:
        """The selected setting; None if an item is selected."""
        return self.settings[self.place] if self.place < len(self.settings) else None

    @property
    def fixed(self) -> bool:
        """Whether the selected row cannot be changed."""
        return False

    @property
    def changed(self) -> bool:
        """Whether anything differs from the initial settings."""
        return (self.spec, self.task) != self._first

    @property
    def ready(self) -> bool:
        """Whether the lab could train on it."""
        return self.opened is not None and not self.opened.settled.problems

    def move(self, steps: int) -> None:
        """Move the selection, within the list."""
        self.place = max(0, min(self.place + steps, self.total - 1))

    def shares_text(self) -> str:
        """The fractions of the splits as they are typed."""
        split = self.spec.split
        return " ".join(f"{100 * share:g}" for share in (split.train, split.val, split.test))

    def turn_shares(self, direction: int) -> None:
        """Switch to the next of the usual splits."""
        split = self.spec.split
        shares = (split.train, split.val, split.test)
        at = _SPLITS.index(shares) if shares in _SPLITS else 0
        self.split(_SPLITS[(at + direction) % len(_SPLITS)])

    def split(self, shares: tuple[float, ...]) -> None:
        """Set these fractions. Raises InputError if they do not add up to 1."""
        if abs(sum(shares) - 1) > 1e-6:
            given = " / ".join(f"{100 * share:g}" for share in shares)
            raise InputError(f"splits: must add up to 100 %, not {100 * sum(shares):g} (given: {given})")
        fields = self.spec.split.model_dump() | dict(zip(("train", "val", "test"), shares, strict=True))
        try:
            split = Split.model_validate(fields)
        except ValidationError as error:
            raise explain(error, "splits") from None
        self.set(split=split)

    def set(self, **fields: object) -> None:
        """Change fields of the `DataSpec`. Raises InputError if they are invalid."""
        try:
            self.spec = DataSpec.model_validate(self.spec.model_dump() | fields)
        except ValidationError as error:
            raise explain(error) from None


def shares_of(text: str) -> tuple[float, ...]:
    """Parse `70 20 10` or `0.7, 0.2, 0.1`. Raises InputError."""
    try:
        numbers = [float(word) for word in text.replace(",", " ").replace("%", " ").replace("/", " ").split()]
    except ValueError:
        numbers = []
    if len(numbers) != 3 or not all(number == number for number in numbers):
        raise InputError(f"splits: type three percentages, e.g. 70 20 10 (given: {text})")
    return tuple(round(number / 100, 6) for number in numbers) if sum(numbers) > 1.5 else tuple(numbers)
