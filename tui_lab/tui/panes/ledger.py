"""The ledger of the run: every edit, pause, undo and resume, newest last."""

from tui_lab.protocol.ledger import Entry, entries
from tui_lab.protocol.steering import Continued, Edited, Paused, Undone
from tui_lab.safe import safe
from tui_lab.spec.catalogue import Value
from tui_lab.tui.format import count, duration
from tui_lab.tui.panes.lines import Lines, Scroll
from tui_lab.tui.steer import told
from tui_lab.tui.text import Line, wrap
from tui_lab.tui.watch import Watch

NOTHING = "Nothing was done to this run."
NOTHING_YET = (
    "Nothing was done to this run yet. Left and right on a live hyperparameter edit it; u takes that back."
)


def change(old: Value, new: Value) -> str:
    """`0.01 → 0.003`, in few cells."""
    return f"{told(old)} → {told(new)}"


def entry_lines(entry: Entry, width: int) -> list[Line]:
    """One thing that was done: where, and what."""
    event = entry.event
    style = "dim" if entry.undone else ""
    head = f"{count(event.step):>7}  "
    match event:
        case Edited():
            text = f"{safe(event.name, 40)} {change(event.old, event.new)}"
            rest = f" ({safe(event.note, 120)})" if event.note else ""
            gone = " · undone" if entry.undone else ""
            return wrap(text + rest + gone, width, style, first=head)
        case Undone():
            return wrap(
                f"↶ undone from step {count(event.from_step)}: {safe(event.name, 40)} is "
                f"{told(event.old)} again",
                width, "warn", first=head,
            )  # fmt: skip
        case Paused():
            return wrap("‖ paused", width, "dim", first=head)
        case Continued():
            return wrap(f"▸ went on after {duration(event.seconds)}", width, "dim", first=head)
    return wrap("⟳ resumed from a checkpoint", width, "dim", first=head)


class LedgerScroll(Scroll, can_focus=True):
    """Shows the newest entry. It has no keys of its own."""

    def follow(self) -> None:
        """Scroll to the newest entry, once it is laid out."""
        self.call_after_refresh(self.scroll_end, animate=False)


class Ledger(Lines):
    """What was done to the run that is shown."""

    def __init__(self, watch: Watch) -> None:
        super().__init__(id="ledger-lines")
        self._watch = watch

    def lines(self, width: int) -> list[Line]:
        """A line or two for each entry; those that wait for an epoch last."""
        view = self._watch.shown
        nothing = NOTHING_YET if view is None or self._watch.phase != "rest" else NOTHING
        if view is None:
            return wrap(nothing, width, "dim")
        lines: list[Line] = []
        if view.origin is not None:
            lines += wrap(
                f"forked from {safe(view.origin.run, 60)} after step {count(view.origin.step)}", width
            )
        for entry in entries(view):
            lines += entry_lines(entry, width)
        for edit in view.pending:
            text = f"{safe(edit.name, 40)} → {told(edit.value)} again after step {count(edit.step)}"
            lines += wrap(text, width, "warn", first="      …  ")
        for queued in view.queued.values():
            text = f"{safe(queued.name, 40)} → {told(queued.value)} with the next epoch"
            lines += wrap(text, width, "warn", first="      …  ")
        return lines or wrap(nothing, width, "dim")
