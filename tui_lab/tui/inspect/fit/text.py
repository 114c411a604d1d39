"""The words of the window that draws the fit, and the widget that draws it."""

from rich.segment import Segment
from textual.strip import Strip
from textual.widget import Widget

from tui_lab.protocol.fit import FitDrawn
from tui_lab.tui.inspect.fit.picture import AREAS, SHADES, Look, drawn_lines, mark_of
from tui_lab.tui.inspect.screen import AnswerText
from tui_lab.tui.style.text import Line, cut, line, wrap

_NAME = 16


def where(fit: FitDrawn, *, best: bool) -> str:
    """Which weights it is of."""
    if best:
        return f"best weights, after epoch {fit.epoch}" if fit.step else "untrained, as the next run starts"
    return f"after step {fit.step:,}, epoch {fit.epoch}"


def what(fit: FitDrawn) -> str:
    """What is drawn over what."""
    names = [cut(name, _NAME) for name in fit.inputs]
    target = cut(fit.target, _NAME)
    if len(names) == 2:
        drawn = f"predicted {target}" + (", stronger where it is surer" if fit.classes else "")
        return f"→ {names[0]}  ↑ {names[1]}  area: {drawn}"
    if not fit.classes:
        return f"→ {names[0]}  ↑ {target}  line: predicted"
    if len(fit.classes) == 2:
        return f"→ {names[0]}  ↑ probability of {cut(fit.classes[1], _NAME)}"
    return f"→ {names[0]}  ↑ predicted class, numbered from 0"


def legend(fit: FitDrawn, look: Look) -> str:
    """What the characters of rows and areas mean."""
    if not fit.classes:
        marks = (
            f"{mark_of(fit, 0, held_out=False)} training row  {mark_of(fit, 0, held_out=True)} validation row"
        )
        shades = f"  {AREAS[:SHADES]} low to high" if len(fit.inputs) == 2 else ""
        return marks + ("" if look.colour else shades)
    told = []
    for number, name in enumerate(fit.classes[:8]):
        mark = mark_of(fit, number, held_out=False) + mark_of(fit, number, held_out=True)
        area = "" if look.colour or len(fit.inputs) == 1 else f" {_fill(fit, number)}"
        told.append(f"{mark} {cut(name, _NAME)}{area}")
    more = f"  and {len(fit.classes) - 8} more classes" if len(fit.classes) > 8 else ""
    return "  ".join(told) + more + "  (upper case: validation)"


def _fill(fit: FitDrawn, number: int) -> str:
    if len(fit.classes) > 2:
        return f"[{AREAS[number]}]"
    return f"[{AREAS[0]}{AREAS[1]}]" if not number else f"[{AREAS[2]}{AREAS[3]}]"


class FitText(AnswerText[FitDrawn]):
    """Three lines above the picture: of which weights, what it shows, what its characters mean."""

    def __init__(self, *, best: bool) -> None:
        super().__init__()
        self.best = best
        self.look = Look()

    def lines(self, width: int) -> list[Line]:
        found = self.found
        said = wrap(self.words, width, "accent") if self.words else []
        if found is None:
            return said
        head = line((cut(where(found, best=self.best), width), "bold"))
        return [head, *wrap(what(found), width, "dim"), *wrap(legend(found, self.look), width, "dim"), *said]


class FitPicture(Widget):
    """The picture, as large as there is room."""

    DEFAULT_CSS = "FitPicture { width: 1fr; height: 1fr; }"

    def __init__(self) -> None:
        super().__init__()
        self._fit: FitDrawn | None = None
        self._look = Look()
        self._lines: list[list[Segment]] = []
        self._drawn: tuple[object, ...] = ()

    def show(self, fit: FitDrawn | None, look: Look) -> None:
        """Draw it, unless it is what is drawn already."""
        self._fit, self._look = fit, look
        self._draw()

    def on_resize(self) -> None:
        self._draw()

    def _draw(self) -> None:
        wanted = (id(self._fit), self._look, self.size)
        if wanted == self._drawn or not self.size.width:
            return
        self._drawn = wanted
        fit, size = self._fit, self.size
        self._lines = drawn_lines(fit, size.width, size.height, self._look) if fit and fit.values else []
        self.refresh()

    def render_line(self, y: int) -> Strip:
        """A line of the picture on the background of the widget."""
        ground = self.rich_style
        if y >= len(self._lines):
            return Strip.blank(self.size.width, ground)
        return Strip(self._lines[y]).apply_style(ground).adjust_cell_length(self.size.width, ground)
