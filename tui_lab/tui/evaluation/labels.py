"""Rows of training and validation whose label is probably wrong; looked for only when asked."""

from tui_lab.protocol.evaluation import Evaluation
from tui_lab.protocol.example import Example
from tui_lab.protocol.label_errors import LabelErrors
from tui_lab.protocol.label_plan import LabelPlan
from tui_lab.tui.evaluation.examples import column_seats, example_name, side_by_side, tile_of
from tui_lab.tui.evaluation.label_check import LabelCheck
from tui_lab.tui.evaluation.section import Section, table_lines
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.format import duration, plural, progress_bar
from tui_lab.tui.style.text import Line, beside, cut, width_of, wrap
from tui_lab.tui.widgets.gallery import Tile

LIVE = "While the run trains, it is left alone: label errors can be looked for once it has ended."
_BESIDE_FROM, _PAIRS, _NAME = 110, 4, 20


class LabelsSection(Section):
    """`place` is the selected row. `opened`: it is shown alone, where there is no room for both.

    The screen sets `check`, and `live`: whether the run trains.
    """

    name = "labels"
    check: LabelCheck | None = None
    live = False
    opened = False
    first, _seats = 0, 1
    """The first of the columns that are shown, and how many fit, where they scroll."""

    @classmethod
    def has(cls, evaluation: Evaluation) -> bool:
        return bool(evaluation.classes)

    @property
    def conditions(self) -> frozenset[When]:
        if self._running or not self._rows:
            return frozenset({"startable"}) if self._startable else frozenset()
        if self._pictures:
            return frozenset({"pictures"})
        return frozenset({"listed", "opened"}) if self.opened else frozenset({"listed", "openable"})

    @property
    def _found(self) -> LabelErrors | None:
        """Found now, or kept with the evaluation."""
        return (self.check.found if self.check else None) or self.evaluation.label_errors

    @property
    def _rows(self) -> tuple[Example, ...]:
        return self._found.examples if self._found else ()

    @property
    def _running(self) -> bool:
        return self.check is not None and self.check.running

    @property
    def _startable(self) -> bool:
        return self._found is None and not self.live and self.check is not None and self.check.possible

    @property
    def _pictures(self) -> bool:
        return any(row.picture is not None for row in self._rows)

    def count(self) -> int:
        return len(self._rows)

    def open(self) -> None:
        if self._startable and self.check is not None:
            self.check.start()
        elif self._rows:
            self.opened = not self._pictures

    def scroll(self, direction: int) -> bool:
        """Scroll the columns of the row that is open."""
        last = max(0, len(self.evaluation.columns) - self._seats)
        self.first = max(0, min(self.first + direction * self._seats, last))
        return self.opened

    def back(self) -> bool:
        if self.check is not None and self.check.running:
            self.check.cancel()
            return True
        was, self.opened = self.opened, False
        return was

    def tiles(self) -> tuple[Tile, ...]:
        made = (tile_of(self.evaluation, [row], 1) for row in self._rows)
        return tuple(tile for tile in made if tile is not None)

    def lines(self, width: int, height: int) -> list[Line]:
        if self._found is None:
            return self._before(width)[:height]
        words = self._told(self._found, width)
        if not self._rows or self._pictures:
            return words[:height]
        self.place = max(0, min(self.place, self.count() - 1))
        size = width, height - len(words) - 1
        if self.opened:
            return self._detail(width, height)
        if width < _BESIDE_FROM:
            return [*words, (), *self._table(size, list(self.evaluation.columns))][:height]
        table = self._table((width // 2, size[1]), [])
        left = max(map(width_of, table))
        detail = self._detail(width - left - 4, size[1])
        return [*words, (), *beside(table, detail, left, 4)][:height]

    def _before(self, width: int) -> list[Line]:
        """What it will do and how long that takes, or how far it is."""
        check = self.check
        if self.live or check is None:
            return wrap(LIVE, width, "dim")
        if check.running:
            told = check.progress
            if told is None:
                return wrap("loading torch and reading the data…  esc cancels", width, "accent")
            left = "" if check.left_s is None else f"  {duration(check.left_s)} left"
            return wrap(f"{told.words}  {progress_bar(told.share)}{left}  esc cancels", width, "accent")
        words = wrap(check.words, width, "warn", first="» ") if check.words else []
        if check.plan is None:
            return words or wrap("reading the run…", width, "dim")
        if check.plan.problems:
            return [*words, *wrap("; ".join(check.plan.problems), width, "warn")]
        return [*wrap(_plan_words(check.plan), width), *words]

    def _told(self, found: LabelErrors, width: int) -> list[Line]:
        """How many there are, and between which classes."""
        evaluation = self.evaluation
        noun = "images" if self._pictures else "rows"
        head = f"{found.flagged:,} of {found.rows:,} {noun} of training and validation probably have another"
        lines = wrap(f"{head} label.", width, "warn" if found.flagged else "good")
        pairs = [
            f"{cut(evaluation.classes[pair.given], _NAME)} → {cut(evaluation.classes[pair.likely], _NAME)} "
            f"({pair.rows:,})"
            for pair in found.pairs[:_PAIRS]
        ]
        more = len(found.pairs) - _PAIRS
        if pairs:
            rest = f" and {plural(more, 'more pair')}" if more > 0 else ""
            lines += wrap("given → likely: " + ", ".join(pairs) + rest, width, "dim")
        listed = len(found.examples)
        if listed < found.flagged:
            lines += wrap(f"the {listed} clearest of them, most probable errors first", width, "dim")
        for note in found.notes:
            lines += wrap(note, width, "dim", first="· ")
        return lines

    def _table(self, size: tuple[int, int], columns: list[str]) -> list[Line]:
        heads = ["", "GIVEN", "LIKELY", "SURE", "OF GIVEN", *columns]
        rows = [
            [
                example_name(row),
                self.evaluation.label(row.true),
                self.evaluation.label(row.predicted),
                _percent(row.probability),
                _percent(row.probability_of_true),
                *(row.values if columns else ()),
            ]
            for row in self._rows
        ]
        return table_lines(heads, rows, size, self.place, left=3)

    def _detail(self, width: int, height: int) -> list[Line]:
        row, label = self._rows[self.place], self.evaluation.label
        told = wrap(
            f"{example_name(row)} is labelled {label(row.true)}. A network that had not seen it says "
            f"{label(row.predicted)}, with a probability of {_percent(row.probability)}; "
            f"{label(row.true)}: {_percent(row.probability_of_true)}.",
            width,
        )
        size = width, height - len(told) - 1
        self._seats = column_seats(size[1])
        names, first = ("given", "likely"), self.first if self.opened else None
        return [*told, (), *side_by_side(self.evaluation, row, [], size, names, first)][:height]


def _plan_words(plan: LabelPlan) -> str:
    which = f"Which of the {plan.rows:,} rows of training and validation probably have a wrong label?"
    if plan.trained:
        return (
            f"{which} Nothing need be trained: each row is predicted by the run, of the {plan.folds} of this "
            "cross-validation, that was not trained on it. ⏎ starts, esc cancels."
        )
    about = "" if plan.seconds is None else f" about {duration(max(1.0, plan.seconds))} of training,"
    return (
        f"{which} The run's experiment is trained {plan.folds} times for {plural(plan.epochs, 'epoch')}, "
        f"each time without the rows it then predicts:{about} in a process of its own. ⏎ starts, esc cancels."
    )


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{share:.0%}"
