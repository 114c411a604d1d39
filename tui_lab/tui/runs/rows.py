"""The list of runs as text: pure functions from a run to lines."""

from tui_lab.runs.index.listing import RunLine
from tui_lab.tui.runs.columns import CHANGED, GAP, Layout, Setting
from tui_lab.tui.runs.run_list import RunList
from tui_lab.tui.style.marks import MARKS
from tui_lab.tui.style.text import Line, Span, clip, cut, fill, width_of


def heading(run_list: RunList, fit: Layout, width: int) -> Line:
    """The titles of the columns, with a triangle at the sorted one, upward if reversed."""
    mark = "▴" if run_list.reverse else "▾"

    def title(name: str, text: str, cells: int, right: bool) -> Span:
        text = " " * GAP + _placed(text, cells, right)
        start = len(text) - len(text.lstrip())
        marked = f"{text[: start - 1]}{mark}{text[start:]}" if name == run_list.order.column else text
        return marked, "head"

    spans = [
        title("status", "STATUS" if fit.status > 1 else "", fit.status, False),
        title("name", "NAME", fit.name, False),
        *(title(c.name, c.title, c.width, c.right) for c in fit.before),
        *(title(s.name, s.title, s.width, _right(s)) for s in fit.settings),
        *(title(c.name, c.title, c.width, c.right) for c in fit.after),
    ]
    return clip(tuple(spans), width)


def row(
    run_list: RunList, fit: Layout, run: RunLine, chosen: bool, focused: bool, now: float, width: int
) -> Line:
    """One run in one line."""
    lit, marked = chosen and focused, run.id in run_list.marked
    mark, style = MARKS[run.state]
    sign = (("›" if chosen else " ") + ("◆" if marked else " "), "cursor" if lit else "key")
    state = mark if fit.status == 1 else f"{mark} {run.state}"
    plain, dim = ("row", "row-dim") if lit else ("", "dim")
    gap = " " * GAP
    spans: list[Span] = [
        sign,
        (fill(state, fit.status), plain if lit else style),
        (gap + fill(fit.names[run.id], fit.name), plain),
    ]
    spans += [(gap + _placed(c.cell(run, now), c.width, c.right), dim) for c in fit.before]
    for item in fit.settings:
        text = gap + _placed(item.texts[run.id], item.width, _right(item))
        spans.append((text, _setting_style(item, run, lit)))
    for column in fit.after:
        text = gap + _placed(column.cell(run, now), column.width, column.right)
        spans.append((text, plain if column.name in ("best", "test") else dim))
    rest = width - width_of(spans)
    return clip((*spans, (" " * max(0, rest), plain if lit else "")), width)


def _setting_style(item: Setting, run: RunLine, lit: bool) -> str:
    """The style of a value, brighter if it differs from the preset's."""
    if run.id not in item.changed:
        return "row-dim" if lit else "dim"
    if item.name == CHANGED:
        return "row" if lit else "warn"
    return "row-changed" if lit else "changed"


def _right(item: Setting) -> bool:
    return item.name != CHANGED


def _placed(text: str, width: int, right: bool) -> str:
    text = cut(text, width)
    blank = " " * (width - width_of([(text, "")]))
    return blank + text if right else text + blank
