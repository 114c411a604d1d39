"""The set-up of a table: its settings. No widgets."""

from typing import get_args

from tui_lab.data.table.survey import ColumnSurvey
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Use
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.sources import GUESS_TARGET, OTHER_BELOW
from tui_lab.experiment.tasks import TASKS
from tui_lab.safe import safe
from tui_lab.session.queries.tables import OpenedTable
from tui_lab.tui.data_setup.settings import DataSetup, shares_of

SETTINGS = ("target", "task", "splits", "text", "rare", "blanks", "answers")
_TASKS = tuple(TASKS)
USES: tuple[Use, ...] = get_args(Use)
_UP_TO = (2, 5, 10, 20, 50, 100, 200, 500, 1000)
_BELOW = (0, 2, 5, 10, 20, 50, 100, 200, 500, 1000)
_LONGEST = 1000


class TableSetup(DataSetup[OpenedTable]):
    """The set-up of a table; its items are columns."""

    settings = SETTINGS

    @property
    def columns(self) -> tuple[ColumnSurvey, ...]:
        return self.opened.survey.columns if self.opened is not None else ()

    @property
    def items(self) -> tuple[ColumnSurvey, ...]:
        return self.columns

    @property
    def column(self) -> ColumnSurvey | None:
        """The selected column; None if a setting is selected."""
        place = self.place - len(SETTINGS)
        return self.columns[place] if 0 <= place < len(self.columns) else None

    @property
    def target(self) -> str:
        """The target in force."""
        return self.opened.asked.target if self.opened is not None else self.spec.target

    def use(self, name: str) -> str:
        """How a column is used."""
        if self.opened is None:
            return ""
        if name == self.opened.asked.target:
            return "target"
        return self.opened.settled.uses.get(name, "leave_out")

    def unfit(self, name: str) -> bool:
        """Whether a column cannot be used as set."""
        return self.opened is not None and name in self.opened.settled.unfit

    def chosen(self, setting: str) -> bool:
        usual = DataSpec(file="-", target=GUESS_TARGET)
        spec = self.spec
        return {
            "target": bool(spec.target.strip()),
            "task": self.task is not None,
            "splits": spec.split != usual.split,
            "text": spec.one_hot_up_to != usual.one_hot_up_to,
            "rare": spec.other_below != OTHER_BELOW,
            "blanks": bool(spec.missing),
            "answers": spec.blank_target != usual.blank_target,
        }[setting]

    def change(self, direction: int) -> bool:
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
                at = _TASKS.index(self.task or self.opened.settled.preset.task)
                self.task = _TASKS[(at + direction) % len(_TASKS)]
            case "splits":
                self.turn_shares(direction)
            case "text":
                self.set(one_hot_up_to=_next(_UP_TO, spec.one_hot_up_to, direction))
            case "rare":
                self.set(other_below=_next(_BELOW, spec.other_below, direction))
            case "answers":
                self.set(blank_target="drop" if spec.blank_target == "refuse" else "refuse")

    def reset(self) -> bool:
        before = self.spec, self.task
        usual = DataSpec(file="-", target=GUESS_TARGET)
        setting = self.setting
        if self.column is not None:
            self._use(self.column.name, None)
            setting = "target" if self.column.name == self.target else None
        match setting:
            case "target":
                self.set(target=GUESS_TARGET)
                self.task = None
            case "task":
                self.task = None
            case "splits":
                self.set(split=usual.split)
            case "text":
                self.set(one_hot_up_to=usual.one_hot_up_to)
            case "rare":
                self.set(other_below=OTHER_BELOW)
            case "blanks":
                self.set(missing=())
            case "answers":
                self.set(blank_target="refuse")
        return before != (self.spec, self.task)

    def make_target(self) -> bool:
        """Make the selected column the target."""
        column = self.column
        if column is None or column.name == self.target:
            return False
        self._aim(column.name)
        return True

    def text(self) -> str:
        spec = self.spec
        match self.setting:
            case "target":
                return safe(self.target, _LONGEST)
            case "task":
                return self.opened.settled.preset.task if self.opened else ""
            case "splits":
                return self.shares_text()
            case "text":
                return str(spec.one_hot_up_to)
            case "rare":
                return str(spec.other_below)
            case "blanks":
                return ", ".join(spec.missing)
            case "answers":
                return spec.blank_target
        return ""

    def type(self, text: str) -> None:
        text = text.strip()
        match self.setting:
            case "target":
                names = {safe(column.name, _LONGEST): column.name for column in self.columns}
                if text not in names:
                    near = did_you_mean(text, names)
                    raise InputError(f"target: no column {text!r}{near}")
                self._aim(names[text])
            case "task":
                if text not in TASKS:
                    raise InputError(f"task: must be {', '.join(TASKS)} (given: {text})")
                self.task = next(task for task in TASKS if task == text)
            case "splits":
                self.split(shares_of(text))
            case "text":
                self.set(one_hot_up_to=_whole(text))
            case "rare":
                self.set(other_below=_whole(text))
            case "blanks":
                self.set(missing=tuple(word for part in text.split(",") if (word := part.strip())))
            case "answers":
                self.set(blank_target=text)

    def _aim(self, name: str) -> None:
        """Change the target: its task is chosen automatically again, and it is no longer an input."""
        columns = {other: use for other, use in self.spec.columns.items() if other != name}
        self.set(target=name, columns=columns)
        self.task = None

    def _use(self, name: str, use: Use | None) -> None:
        columns = dict(self.spec.columns)
        columns.pop(name, None)
        if use is not None:
            columns[name] = use
        self.set(columns=columns)


def _next(steps: tuple[int, ...], number: int, direction: int) -> int:
    """The next step in a direction; at the end, the number itself."""
    if direction > 0:
        return next((step for step in steps if step > number), number)
    return next((step for step in reversed(steps) if step < number), number)


def _whole(text: str) -> int:
    """Parse a whole number. Raises InputError."""
    if not (text.isascii() and text.isdigit() and len(text) < 10):
        raise InputError(f"must be a whole number (given: {text})")
    return int(text)
