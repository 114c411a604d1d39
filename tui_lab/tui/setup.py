"""How a table is to be trained on, as it is being settled. No widget, no file."""

from dataclasses import dataclass
from typing import get_args

from pydantic import ValidationError

from tui_lab.data.survey import ColumnSurvey
from tui_lab.errors import InputError
from tui_lab.safe import safe
from tui_lab.session.tables import OpenedTable
from tui_lab.spec.base import explain
from tui_lab.spec.experiment import DataSpec, Split, Task, Use
from tui_lab.spec.nearest import did_you_mean

SETTINGS = ("target", "task", "splits", "text", "blanks", "answers")
TASKS: tuple[Task, ...] = get_args(Task)
USES: tuple[Use, ...] = get_args(Use)
_SPLITS = ((0.7, 0.2, 0.1), (0.8, 0.1, 0.1), (0.6, 0.2, 0.2), (0.5, 0.25, 0.25))
_UP_TO = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
_LONGEST = 1000
GUESS = " "
"""The target of a `DataSpec` that leaves it to be guessed."""


@dataclass(frozen=True, slots=True)
class TableAsked:
    """A table that the lab is opened on, with what was said of it beforehand."""

    spec: DataSpec
    task: Task | None = None


class TableSetup:
    """What is wished for, what was found, and the row in focus: settings first, then columns.

    `spec` and `task` are the wishes; `opened` is what was made of the wishes before, None until the table
    was read.
    """

    def __init__(self, asked: TableAsked) -> None:
        self.asked = asked
        self.spec, self.task = asked.spec, asked.task
        self.opened: OpenedTable | None = None
        self.place = 0

    @property
    def columns(self) -> tuple[ColumnSurvey, ...]:
        """The columns of the table."""
        return self.opened.survey.columns if self.opened is not None else ()

    @property
    def total(self) -> int:
        """How many rows there are to choose."""
        return len(SETTINGS) + len(self.columns)

    @property
    def setting(self) -> str | None:
        """The setting in focus; None if it is a column."""
        return SETTINGS[self.place] if self.place < len(SETTINGS) else None

    @property
    def column(self) -> ColumnSurvey | None:
        """The column in focus; None if it is a setting."""
        place = self.place - len(SETTINGS)
        return self.columns[place] if 0 <= place < len(self.columns) else None

    @property
    def target(self) -> str:
        """The target in force."""
        return self.opened.asked.target if self.opened is not None else self.spec.target

    @property
    def ready(self) -> bool:
        """Whether the lab could train on it."""
        return self.opened is not None and not self.opened.settled.problems

    def use(self, name: str) -> str:
        """What a column is used as, in a word or two."""
        if self.opened is None:
            return ""
        if name == self.opened.asked.target:
            return "target"
        return self.opened.settled.uses.get(name, "leave_out")

    def chosen(self, setting: str) -> bool:
        """Whether a setting is a person's wish, not a guess or the usual value."""
        usual = DataSpec(file="-", target=GUESS)
        spec = self.spec
        return {
            "target": bool(spec.target.strip()),
            "task": self.task is not None,
            "splits": spec.split != usual.split,
            "text": spec.one_hot_up_to != usual.one_hot_up_to,
            "blanks": bool(spec.missing),
            "answers": spec.blank_target != usual.blank_target,
        }[setting]

    def move(self, steps: int) -> None:
        """Go up or down, as far as there are rows."""
        self.place = max(0, min(self.place + steps, self.total - 1))

    def change(self, direction: int) -> bool:
        """Take the next value of what is in focus; whether anything is another now."""
        before = self.spec, self.task
        column = self.column
        if column is not None:
            if column.name != self.target and self.opened is not None:
                use = self.spec.columns.get(column.name, self.opened.settled.uses[column.name])
                self._use(column.name, USES[(USES.index(use) + direction) % len(USES)])
        elif self.setting is not None:
            self._change_setting(self.setting, direction)
        return before != (self.spec, self.task)

    def _change_setting(self, setting: str, direction: int) -> None:
        spec = self.spec
        match setting:
            case "target" if self.columns:
                names = [column.name for column in self.columns]
                wished = self.spec.target if self.spec.target.strip() else self.target
                at = names.index(wished) if wished in names else 0
                self._aim(names[(at + direction) % len(names)])
            case "task" if self.opened is not None:
                at = TASKS.index(self.task or self.opened.settled.preset.task)
                self.task = TASKS[(at + direction) % len(TASKS)]
            case "splits":
                shares = (spec.split.train, spec.split.val, spec.split.test)
                at = _SPLITS.index(shares) if shares in _SPLITS else 0
                self._split(_SPLITS[(at + direction) % len(_SPLITS)])
            case "text":
                larger = [n for n in _UP_TO if n > spec.one_hot_up_to][:1]
                smaller = [n for n in _UP_TO if n < spec.one_hot_up_to][-1:]
                for number in larger if direction > 0 else smaller:
                    self._set(one_hot_up_to=number)
            case "answers":
                self._set(blank_target="drop" if spec.blank_target == "refuse" else "refuse")

    def reset(self) -> bool:
        """Leave what is in focus to be guessed, or as it usually is; whether anything is another now."""
        before = self.spec, self.task
        usual = DataSpec(file="-", target=GUESS)
        if self.column is not None:
            self._use(self.column.name, None)
        match self.setting:
            case "target":
                self._set(target=GUESS)
                self.task = None
            case "task":
                self.task = None
            case "splits":
                self._set(split=usual.split)
            case "text":
                self._set(one_hot_up_to=usual.one_hot_up_to)
            case "blanks":
                self._set(missing=())
            case "answers":
                self._set(blank_target="refuse")
        return before != (self.spec, self.task)

    def make_target(self) -> bool:
        """Let the column in focus be the one to predict."""
        column = self.column
        if column is None or column.name == self.target:
            return False
        self._aim(column.name)
        return True

    def text(self) -> str:
        """What stands in the field when the setting in focus is typed."""
        spec, split = self.spec, self.spec.split
        match self.setting:
            case "target":
                return safe(self.target, _LONGEST)
            case "task":
                return self.opened.settled.preset.task if self.opened else ""
            case "splits":
                return " ".join(f"{100 * share:g}" for share in (split.train, split.val, split.test))
            case "text":
                return str(spec.one_hot_up_to)
            case "blanks":
                return ", ".join(spec.missing)
            case "answers":
                return spec.blank_target
        return ""

    def type(self, text: str) -> None:
        """Take what was typed for the setting in focus. Raises InputError."""
        text = text.strip()
        match self.setting:
            case "target":
                names = {safe(column.name, _LONGEST): column.name for column in self.columns}
                if text not in names:
                    near = did_you_mean(text, names)
                    raise InputError(f"target: no column {safe(text, 60)!r}{safe(near, 200)}")
                self._aim(names[text])
            case "task":
                if text not in TASKS:
                    raise InputError(f"task: must be {', '.join(TASKS)} (given: {safe(text, 60)})")
                self.task = next(task for task in TASKS if task == text)
            case "splits":
                self._split(_shares(text))
            case "text":
                if not (text.isascii() and text.isdigit() and len(text) < 10):
                    raise InputError(f"must be a whole number (given: {safe(text, 60)})")
                self._set(one_hot_up_to=int(text))
            case "blanks":
                self._set(missing=tuple(word for part in text.split(",") if (word := part.strip())))
            case "answers":
                self._set(blank_target=text)

    def _aim(self, name: str) -> None:
        """Another target: its task is guessed anew, and it is an input no more."""
        columns = {other: use for other, use in self.spec.columns.items() if other != name}
        self._set(target=name, columns=columns)
        self.task = None

    def _use(self, name: str, use: Use | None) -> None:
        columns = dict(self.spec.columns)
        columns.pop(name, None)
        if use is not None:
            columns[name] = use
        self._set(columns=columns)

    def _split(self, shares: tuple[float, ...]) -> None:
        names = ("train", "val", "test")
        try:
            split = Split.model_validate(
                dict(zip(names, shares, strict=True)) | {"seed": self.spec.split.seed}
            )
        except ValidationError as error:
            raise explain(error, "splits") from None
        self._set(split=split)

    def _set(self, **fields: object) -> None:
        try:
            self.spec = DataSpec.model_validate(self.spec.model_dump() | fields)
        except ValidationError as error:
            raise explain(error) from None


def _shares(text: str) -> tuple[float, ...]:
    """`70 20 10` or `0.7, 0.2, 0.1`."""
    try:
        numbers = [float(word) for word in text.replace(",", " ").replace("%", " ").replace("/", " ").split()]
    except ValueError:
        numbers = []
    if len(numbers) != 3 or not all(number == number for number in numbers):
        raise InputError(f"splits: write three shares, as in 70 20 10 (given: {safe(text, 60)})")
    return tuple(round(number / 100, 6) for number in numbers) if sum(numbers) > 1.5 else tuple(numbers)
