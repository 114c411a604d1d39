"""`tui-lab plot`: the chart of a run on stdout, for a terminal, a pipe, a log or a message."""

import sys
from argparse import Namespace
from collections.abc import Iterator
from shutil import get_terminal_size

from tui_lab.cli.arguments.runs_root import runs_root
from tui_lab.cli.output.output import can_show, colours, complain, is_terminal, put
from tui_lab.cli.output.waiting import journals_read
from tui_lab.errors import InputError
from tui_lab.experiment.metrics import metric, short_name
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.labels import read_label
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.sweeps.reading import find_run
from tui_lab.safe import safe
from tui_lab.tui.chart.curves.epoch_series import EPOCHLY
from tui_lab.tui.chart.curves.frame import ChartRow, Frame, Style
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.chart.drawing.plot import draw
from tui_lab.tui.chart.run_series import Tracks, chart_data, metrics_of
from tui_lab.tui.style.text import cut

_WIDTHS, _HEIGHTS = (20, 1000), (6, 300)
"""The smallest chart that has axes, and the largest."""
_SHAPE = 4
"""By default, a chart is this many times wider than high, in cells."""
_COLOURS: dict[Style, str] = {
    "train": "94", "raw": "34", "step": "94", "val": "33", "best": "1;32", "edit": "36",
    "gone": "2", "baseline": "2", "hint": "2", "gap": "1",
}  # fmt: skip
"""Colours of the terminal's own palette, readable on light and dark backgrounds."""
_ASCII = {0x2800: " ", **dict.fromkeys(range(0x2801, 0x2900), "*")} | str.maketrans(
    "·●★│┤└─┬╌┊↑↓−≤–", ".o@||+-+-:^v-<-"
)
"""What replaces the chart's characters, dots of lines included, where stdout cannot show them."""


def run(args: Namespace) -> int:
    """Print a chart for each metric. Raises InputError for an unknown one, or if there is nothing to draw."""
    width, height = _size(args)
    folder = find_run(runs_root(args), args.run)
    with journals_read():
        kept = load_run(folder)
    label = read_label(folder)
    for problem in filter(None, (*kept.problems, label.problem)):
        complain(f"warning: {problem}")
    view = kept.view
    names = [_named(name, view) for name in args.metric or ["loss"]]
    title = label.name or (view.experiment.preset if view.experiment else "")
    about = ", ".join(filter(None, (title, kept.run_id)))
    rows: list[str] = []
    for name in names:
        rows.append(cut(f"{metric(name).title} of {about} ({view.status})", width))
        rows += _chart(view, name, width, height)
    put(["\n".join([*rows, ""])])
    return 0


def _size(args: Namespace) -> tuple[int, int]:
    """Width and height: as given, or as wide as the terminal and no higher than it."""
    columns, lines = get_terminal_size()
    width = _number(args.width, "--width", _WIDTHS) or min(max(columns, _WIDTHS[0]), _WIDTHS[1])
    room = lines - 2 if is_terminal(sys.stdout) else _HEIGHTS[1]
    height = _number(args.height, "--height", _HEIGHTS) or max(_HEIGHTS[0], min(width // _SHAPE, room))
    return width, height


def _number(given: str | None, option: str, limits: tuple[int, int]) -> int | None:
    if given is None:
        return None
    low, high = limits
    if not given.isdecimal() or not given.isascii() or len(given) > 9 or not low <= int(given) <= high:
        raise InputError(f"{option}: must be a whole number from {low} to {high:,} (given: {given})")
    return int(given)


def _named(given: str, view: RunView) -> str:
    """The metric of that name or abbreviation. Raises InputError if the run has none."""
    names = metrics_of(view)
    known = {EPOCHLY.get(name, name): name for name in names}
    known |= {short_name(name): name for name in names} | {name: name for name in names}
    name = known.get(given) or known.get(given.strip().lower())
    if name is None:
        raise InputError(
            f"--metric: this run has no {safe(given, 60)!r}{did_you_mean(given, known)}; "
            f"it has {', '.join(names)}"
        )
    return name


def _chart(view: RunView, name: str, width: int, height: int) -> Iterator[str]:
    """The rows of a chart. Raises InputError if there is nothing to draw."""
    tracks, lens = Tracks(), Lens(metric=name)
    data = chart_data(view, "", lens, tracks=tracks)
    while tracks.behind:
        data = chart_data(view, "", lens, tracks=tracks)
    in_colour = colours(sys.stdout)
    picture = draw(Frame(data, width, height, mono=not in_colour))
    if picture.window is None:
        raise InputError(f"nothing to plot: the run has no value of {name} yet")
    return (_text(row, in_colour) for row in picture.rows)


def _text(row: ChartRow, in_colour: bool) -> str:
    """A row as text for stdout."""
    if not in_colour:
        text = "".join(text for text, _ in row).rstrip()
        return text if can_show(text, sys.stdout) else text.translate(_ASCII)
    parts = ((text, _COLOURS.get(style, "")) for text, style in row)
    return "".join(f"\x1b[{code}m{text}\x1b[0m" if code else text for text, code in parts).rstrip()
