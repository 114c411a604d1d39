"""The message line above the status line: the latest message, or the most important standing one.

All messages are shown in full in pane 4, and on tall screens what does not fit is also below the scores.
"""

from tui_lab.coach.advice import Advice
from tui_lab.protocol.progress import more_epochs, still_improving
from tui_lab.protocol.view import RunView
from tui_lab.runs.index.listing import RunLine
from tui_lab.tui.state.coaching import Coaching
from tui_lab.tui.state.notices import Notices
from tui_lab.tui.state.runs_feed import RunsFeed
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.state.tour import Tour
from tui_lab.tui.style.format import plural
from tui_lab.tui.style.marks import MARKS
from tui_lab.tui.style.text import Line, cut, line, width_of, wrap
from tui_lab.tui.widgets.lines import Lines

_BROKE_OFF = "its process ended unexpectedly"
_WAY_ON = "r, then g, resumes it from its last checkpoint"
_MORE = " · 4 shows all"
_WENT_WRONG = ("diverged", "failed", "interrupted")


def ended_words(view: RunView, status: str, advice: str = "") -> tuple[str, str]:
    """How a run ended, and what to do next (`advice`, or what the run says); empty while it is running."""
    if status == "running":
        return "", ""
    message, hint = view.message, advice or view.hint
    if status == "interrupted":
        message, hint = message or _BROKE_OFF, hint or _WAY_ON
    if still_improving(view):
        hint = f"still improving: `tui-lab resume RUN --epochs {more_epochs(view)}` continues it"
    return (message if message.startswith(status) else f"{status}: {message}"), hint


def ending(view: RunView, status: str, width: int, advice: str = "") -> list[Line]:
    """How the run ended and what to do next, in full."""
    words, hint = ended_words(view, status, advice)
    if not words:
        return []
    mark, style = MARKS[status]
    lines = wrap(words, width, style.replace("good", "best"), first=f"{mark} ")
    if hint:
        lines += wrap(hint, width, "", first="→ ")
    return lines


def complaints(problems: tuple[str, ...], width: int) -> list[Line]:
    """All reasons why a run was not started."""
    lines = wrap("not started", width, "bad", first="✗ ")
    for problem in problems:
        lines += wrap(problem, width, "", first="  · ")
    return lines


def warning_texts(view: RunView) -> list[str]:
    """All warnings of the run, including that the latest checkpoint could not be saved."""
    failed = f"the last checkpoint could not be saved: {view.checkpoint_failed}"
    return [*view.warnings, *([failed] if view.checkpoint_failed else [])]


def warnings(view: RunView, width: int) -> list[Line]:
    """The warnings in full."""
    return [row for text in warning_texts(view) for row in wrap(text, width, "warn", first="⚠ ")]


def elsewhere(runs: list[RunLine]) -> str:
    """A message that other runs are running or paused, and how to see them."""
    if not runs:
        return ""
    paused = sum(run.paused for run in runs)
    doing = "running" if not paused else "paused" if paused == len(runs) else "running or paused"
    mark, _ = MARKS["paused" if doing == "paused" else "running"]
    first = f"{cut(runs[0].title, 60)} ({runs[0].id})" + (", …" if len(runs) > 1 else "")
    head = f"{mark} {plural(len(runs), 'run')} {'is' if len(runs) == 1 else 'are'} {doing}: {first}"
    return f"{head} · r shows {'it' if len(runs) == 1 else 'them'}"


def standing(watch: ShownRun, width: int) -> list[Line]:
    """All standing messages about the run on the screen, in full: refusals, its end, warnings."""
    view = watch.shown
    lines = complaints(watch.refused, width) if watch.refused else []
    if view is not None:
        lines += [] if watch.refused else ending(view, watch.status or "running", width, watch.advice(view))
        lines += warnings(view, width)
    return lines


def left_over(watch: ShownRun, width: int, row: int) -> list[Line]:
    """The standing messages that the message row, `row` cells wide, does not show in full."""
    if any(span == (_MORE, "dim") for span in message_line(watch, [], "", row)):
        return standing(watch, width)
    view = watch.shown
    said_first = watch.refused or (view is not None and ended_words(view, watch.status or "running")[0])
    return warnings(view, width) if view is not None and said_first else []


def message_line(
    watch: ShownRun,
    others: list[RunLine],
    notice: str,
    width: int,
    advice: Advice | None = None,
    tour: str = "",
    sweeps: str = "",
) -> Line:
    """One row: the latest message, a refusal, the end of the run, the coach, a warning, other runs, sweeps.

    A `tour` comes beside the message if there is room for both, and before all but a refusal and a run that
    went wrong.
    """
    view = watch.shown
    if (
        notice
        and tour
        and width_of(both := line((f"» {notice}", "accent"), (f"   ◇ {tour}", "bold"))) <= width
    ):
        return both
    if notice:
        return _fit(f"» {notice}", "accent", width)
    if watch.refused:
        many = len(watch.refused)
        more = f" (and {plural(many - 1, 'other problem')})" if many > 1 else ""
        return _fit(f"✗ not started: {watch.refused[0]}{more}", "bad", width, more=many > 1)
    if tour and watch.status not in _WENT_WRONG:
        return line((cut(f"◇ {tour}", width), "bold"))
    if view is not None:
        status = watch.status or "running"
        words, hint = ended_words(view, status, watch.advice(view))
        if words:
            return _end(
                words, hint or (f"◆ {advice.rule.title} · {_keys(advice)}" if advice else ""), status, width
            )
        if advice is not None:
            return advice_line(advice, width)
        if texts := warning_texts(view):
            more = f" (and {plural(len(texts) - 1, 'other warning')})" if len(texts) > 1 else ""
            return _fit(f"⚠ {texts[-1]}{more}", "warn", width, more=len(texts) > 1)
    beside = elsewhere(others) if watch.phase == "rest" else ""
    return _fit(beside or sweeps, "accent", width)


def _keys(advice: Advice) -> str:
    return "A applies, w why" if advice.finding.edits else "w why"


def advice_line(advice: Advice, width: int) -> Line:
    """What the coach says, in one row: what it is, what would help, and the keys."""
    keys = f" · {_keys(advice)}"
    title = f"◆ {advice.rule.title}"
    action = f" → {advice.action}" if advice.finding.edits else ""
    room = width - len(title + action + keys) - 2
    evidence = f": {advice.finding.evidence}"
    shown = cut(evidence, room) if room >= 20 else ""
    style = "" if advice.rule.note else "warn"
    whole = line((title, style), shown, (action, "bold"), (keys, "dim"))
    return (
        whole
        if width_of(whole) <= width
        else line((cut(title + action, width - len(keys)), style), (keys, "dim"))
    )


def _end(words: str, hint: str, status: str, width: int) -> Line:
    """How a run ended and what to do next; if both do not fit, the first is cut."""
    mark, style = MARKS[status]
    style = style.replace("good", "best")
    advice = f" → {hint}" if hint else ""
    whole = line((f"{mark} {words}", style), advice)
    if width_of(whole) <= width:
        return whole
    if hint and len(status) + len(advice) + len(_MORE) + 2 <= width:
        return line((f"{mark} {status}", style), advice, (_MORE, "dim"))
    return _fit(f"{mark} {words}{advice}", style, width)


def _fit(text: str, style: str, width: int, *, more: bool = False) -> Line:
    """A text in one row; if it is cut, with the key that shows all of it."""
    whole = line((text, style))
    if not text or (width_of(whole) <= width and not more):
        return whole
    return line((cut(text, max(0, width - len(_MORE))), style), (_MORE, "dim"))


class MessageLine(Lines):
    """One row, even if empty, so that nothing moves when a message appears."""

    def __init__(self, watch: ShownRun, feed: RunsFeed, notices: Notices, coaching: Coaching) -> None:
        super().__init__(id="message")
        self.tour = Tour()
        self.sweeps = ""
        """What is said of sweeps that train."""
        self._watch, self._feed, self._notices, self._coaching = watch, feed, notices, coaching

    def lines(self, width: int) -> list[Line]:
        watch = self._watch
        others, advice = self._feed.training(watch.run_id), self._coaching.advice
        return [message_line(watch, others, self._notices.text, width, advice, self.tour.words, self.sweeps)]
