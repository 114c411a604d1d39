"""The rows of the presets pane: pure functions, without pydantic, as the first frame shows them."""

from tui_lab.data.messages import counted
from tui_lab.tui.style.text import Line, cut, fill, line, wrap


def preset_lines(
    name: str, title: str, taken: bool, chosen: bool, focused: bool, edits: int, width: int
) -> list[Line]:
    """Two lines: the name, marked if it is in use, and the title."""
    lit = chosen and focused
    sign = "› " if chosen else "  "
    mark = "● " if taken else "○ "
    note = counted(edits, "edit", "edits") if edits else ""
    name = fill(name, width - 4 - (len(note) + 1 if note else 0))
    title = "    " + cut(title, width - 4)
    return [
        line(
            (sign, "cursor" if lit else "key" if focused else "dim"),
            (mark, "cursor" if lit else "accent"),
            (name, "row" if lit else "bold" if taken else ""),
            (f" {note}" if note else "", "row-changed" if lit else "changed"),
        ),
        line((fill(title, width), "row-dim" if lit else "dim")),
    ]


def problem_lines(problem: str, chosen: bool, focused: bool, width: int) -> list[Line]:
    """One line for a preset with errors: its file name."""
    lit = chosen and focused
    name = problem.partition(": ")[0].rpartition("/")[2]
    return [
        line(
            ("› " if chosen else "  ", "cursor" if lit else "key" if focused else "dim"),
            ("✗ ", "bad"),
            (fill(name, width - 4), "row" if lit else "faint"),
        )
    ]


def learn_lines(title: str, learn: str, width: int) -> list[Line]:
    """What a preset teaches, in full."""
    lines: list[Line] = wrap(title, width, "bold")
    for paragraph in learn.strip().split("\n\n"):
        lines += wrap(" ".join(paragraph.split()), width)
    return lines
