"""The ledger of the run: every edit, pause, undo and resume, newest last; and the messages in full."""

from typing import ClassVar

from textual.app import ComposeResult

from tui_lab.experiment.catalogue import Value
from tui_lab.protocol.ledger import LedgerEntry, entries
from tui_lab.protocol.steering_events import Continued, Edited, Paused, Undone
from tui_lab.tui.keys.lab import PaneName
from tui_lab.tui.lab.panes.message import standing
from tui_lab.tui.lab.panes.pane import Pane, Side
from tui_lab.tui.state.notices import Notices
from tui_lab.tui.state.pending_edits import told
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.style.format import clock, count, duration
from tui_lab.tui.style.text import Line, clip, line, wrap
from tui_lab.tui.widgets.lines import Lines, Scroll

NOTHING = "No edits were made to this run."
NOTHING_YET = "No edits yet. Left and right on a live hyperparameter (3) change it; u undoes that."
_STEP, _EPOCH, _TIME = 6, 7, 6
_HEAD = _STEP + _EPOCH + _TIME + 2


def change(old: Value, new: Value) -> str:
    """`0.01 → 0.003`, as short text."""
    return f"{told(old)} → {told(new)}"


def because(why: str) -> str:
    """The reason of an edit, to follow what it changed."""
    return f", because: {why}" if why else ""


def heading(width: int) -> Line:
    """The column headings."""
    return clip(line(("step".rjust(_STEP) + "epoch".rjust(_EPOCH) + "time".rjust(_TIME), "head")), width)


def entry_lines(entry: LedgerEntry, width: int) -> list[Line]:
    """One entry: when, and what."""
    event = entry.event
    head = count(event.step).rjust(_STEP) + count(event.epoch).rjust(_EPOCH) + clock(entry.time).rjust(_TIME)
    text, style = _what(entry)
    return wrap(text, width, style, first=head + "  ")


def _what(entry: LedgerEntry) -> tuple[str, str]:
    match entry.event:
        case Edited() as event:
            rest = f" ({event.note})" if event.note else ""
            gone = " · undone" if entry.undone else ""
            text = f"{event.name} {change(event.old, event.new)}{because(event.why)}"
            return text + rest + gone, "dim" if entry.undone else ""
        case Undone() as event:
            back = f"{event.name} is {told(event.old)} again"
            return f"↶ undone from step {count(event.from_step)}: {back}", "warn"
        case Paused():
            return "‖ paused", "dim"
        case Continued() as event:
            return f"▸ continued after {duration(event.seconds)}", "dim"
    return "⟳ resumed from a checkpoint", "dim"


class LedgerScroll(Scroll, can_focus=True):
    """Keeps the newest entry visible. It has no keys of its own."""

    def follow(self) -> None:
        """Scroll to the newest entry, after layout."""
        self.call_after_refresh(self.scroll_end, animate=False)


class Ledger(Lines):
    """What was done to the run on the screen, and below it the messages about it."""

    def __init__(self, watch: ShownRun, notices: Notices) -> None:
        super().__init__(id="ledger-lines")
        self._watch, self._notices = watch, notices

    def lines(self, width: int) -> list[Line]:
        """Edits, pauses and undos, with queued edits last; then the messages in full."""
        lines = self._done(width)
        said = standing(self._watch, width)
        said += [row for text in self._notices.past for row in wrap(text, width, "", first="» ")]
        return [*lines, (), line(("messages", "head")), *said] if said else lines

    def _done(self, width: int) -> list[Line]:
        view = self._watch.shown
        nothing = wrap(NOTHING_YET if view is None or self._watch.phase != "rest" else NOTHING, width, "dim")
        if view is None:
            return nothing
        lines: list[Line] = []
        if view.origin is not None:
            where = f"after step {count(view.origin.step)}"
            lines += wrap(f"forked from {view.origin.run} {where}", width)
        done = entries(view)
        if done or view.queued:
            lines.append(heading(width))
        for entry in done:
            lines += entry_lines(entry, width)
        for edit in view.pending:
            when = f"to be repeated at step {count(edit.step)}"
            text = f"{edit.name} → {told(edit.value)}, {when}{because(edit.why)}"
            lines += wrap(text, width, "warn", first="      …  ")
        for queued in view.queued.values():
            text = f"{queued.name} → {told(queued.value)} at the next epoch{because(queued.why)}"
            lines += wrap(text, width, "warn", first="…".rjust(_HEAD - 2) + "  ")
        return lines or nothing


class LedgerPane(Pane):
    """Shown in place of the presets while it has the focus."""

    NAME: ClassVar[PaneName] = "ledger"
    SIDE: ClassVar[Side] = "left"

    def compose(self) -> ComposeResult:
        with LedgerScroll(id="ledger-scroll"):
            yield Ledger(self.lab.run, self.lab.notices)

    def show(self) -> None:
        super().show()
        self.query_one(LedgerScroll).follow()
