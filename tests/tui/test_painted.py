"""What the lab paints is harmless, whatever text it is given.

The widgets are found by walking the modules, so that a new one without an example here fails.
"""

import inspect
from collections.abc import Callable, Iterable
from functools import partial

import pytest
from rich.cells import cell_len
from textual.app import App, ComposeResult
from textual.containers import Vertical
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

import tui_lab
import tui_lab.cli.output
import tui_lab.tui
import tui_lab.tui.style.text
from tests.hostile import HOSTILE, harmless, hostile, modules_of
from tui_lab.protocol.fit import FitDrawn
from tui_lab.tui.chart.curves.frame import Baseline, ChartData, Mark
from tui_lab.tui.chart.curves.series import Series
from tui_lab.tui.chart.widget import LossChart
from tui_lab.tui.inspect.fit.text import FitPicture, Look
from tui_lab.tui.lab.panes.chart_pane import LabChart
from tui_lab.tui.layers_over_time.heat import HeatData, LayerHeat
from tui_lab.tui.layers_over_time.heat_widget import HeatMap
from tui_lab.tui.style import text as texts
from tui_lab.tui.style.text import Line
from tui_lab.tui.widgets.canvas import TextCanvas
from tui_lab.tui.widgets.field import Field
from tui_lab.tui.widgets.gallery import Gallery, Tile
from tui_lab.tui.widgets.lines import Lines, set_title


def spans(text: str) -> Line:
    return ((text, ""), (text, "bold"))


MADE: dict[str, Callable[[str], Iterable[Line]]] = {
    "line": lambda text: [texts.line(text, (text, "bold"))],
    "cut": lambda text: [((texts.cut(text, 30), ""),)],
    "fill": lambda text: [((texts.fill(text, 30), ""),)],
    "tell_apart": lambda text: [
        ((shown, ""),) for shown in texts.tell_apart([f"{text} 1", f"{text} 2"], 30).values()
    ],
    "wrap": lambda text: texts.wrap(text, 30, first="* "),
}
ARRANGED = {"width_of", "apart", "clip", "flow", "beside", "window_of"}
"""They arrange spans that were made by the others."""


def test_every_function_on_text_makes_it_safe_or_arranges_what_is() -> None:
    found = {
        name
        for name, item in vars(texts).items()
        if inspect.isfunction(item) and item.__module__ == texts.__name__ and not name.startswith("_")
    }
    assert found == MADE.keys() | ARRANGED


@hostile
@pytest.mark.parametrize("name", MADE)
def test_a_text_for_a_pane_is_harmless_and_as_wide_as_was_asked(name: str, text: str) -> None:
    for spans_of_line in MADE[name](text):
        for shown, _ in spans_of_line:
            harmless(shown)
        assert name == "line" or sum(cell_len(shown) for shown, _ in spans_of_line) <= 30


class Raw(Lines):
    """Lines that nobody made safe."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self._text = text

    def lines(self, width: int) -> list[Line]:
        return [spans(self._text), ((self._text, "dim"),)]


def chart(kind: type[LossChart], text: str) -> Widget:
    data = ChartData(
        series=(Series(text, [1, 2, 3], [1.0, 3.0, 2.0]), Series(text, [1, 3], [2.0, 2.5], "val")),
        marks=(Mark(2, text, 3.0), Mark(1, text, role="edit"), Mark(3, text, role="cursor")),
        baseline=Baseline(2.0, text),
        x_label=text,
        y_label=text,
        notes=(text,),
        gap=text,
    )
    return kind(data)


def empty_chart(text: str) -> Widget:
    return LossChart(ChartData(hint=text, readout=text))


def gallery(text: str) -> Widget:
    shown = Gallery()
    shown.call_after_refresh(shown.show, (Tile(text, ()), Tile(text, ())))
    return shown


def heat_map(text: str) -> Widget:
    marks = (Mark(2, text), Mark(1, text, role="edit"))
    data = HeatData(
        ChartData(marks=marks, x_label=text), LayerHeat({text: [0.5] * 2}, "share", text), (1, 3), (1, 3)
    )
    shown = HeatMap()
    shown.call_after_refresh(shown.show, data)
    return shown


def fit_picture(text: str) -> Widget:
    drawn = FitDrawn(
        1, 1, (text, text), text, (text, text), ((0.0, 1.0), (0.0, 1.0)), 2, 2, (0.6,) * 4, (0, 1, 0, 1)
    )
    shown = FitPicture()
    shown.call_after_refresh(shown.show, drawn, Look())
    return shown


def typed(kind: type[Field], text: str) -> Widget:
    return kind(text, lambda: None, lambda: None)


def titled(text: str) -> Widget:
    box = Vertical(Raw("x"))
    box.styles.border = ("round", "red")
    set_title(box, text)
    return box


WIDGETS: dict[str, Callable[[str], Widget]] = {
    "Lines": Raw,
    "LossChart": partial(chart, LossChart),
    "LossChart without curves": empty_chart,
    "LabChart": partial(chart, LabChart),
    "Gallery": gallery,
    "HeatMap": heat_map,
    "FitPicture": fit_picture,
    "TextCanvas": lambda text: TextCanvas(lambda width, height: [((text, ""), (text, "bold"))] * height),
    "Field": partial(typed, Field),
    "a title": titled,
}
"""What paints text, with an example that is given one."""
PAINTING = {"render", "render_line", "render_lines"}


def painter(kind: type[Widget]) -> str:
    """The class that paints the text of a widget; empty if it has none of its own."""
    for each in kind.__mro__:
        if each is Field or (each.__module__.startswith("tui_lab") and PAINTING & vars(each).keys()):
            return each.__name__
        if each.__module__.startswith("textual.widgets"):
            return f"{each.__module__}.{each.__name__}"
    return ""


def test_every_widget_of_the_lab_paints_through_one_that_has_an_example() -> None:
    kinds = {
        item
        for module in modules_of(tui_lab.tui)
        for item in vars(module).values()
        if inspect.isclass(item) and issubclass(item, Widget) and item.__module__ == module.__name__
    }
    painters = {kind.__qualname__: painter(kind) for kind in kinds}
    assert len(painters) > 50
    assert set(painters.values()) - {""} <= WIDGETS.keys()
    assert {"Lines", "Field", "LossChart", "Gallery"} <= set(painters.values())


class Shown(App[None]):
    def __init__(self, made: Callable[[str], Widget], text: str) -> None:
        super().__init__()
        self._made, self._text = made, text

    def compose(self) -> ComposeResult:
        yield self._made(self._text)


@hostile
@pytest.mark.parametrize("name", WIDGETS)
async def test_what_a_widget_paints_is_harmless(name: str, text: str) -> None:
    app = Shown(WIDGETS[name], text)
    async with app.run_test(size=(80, 24)) as pilot:
        await pilot.pause()
        (widget,) = app.screen.children
        painted: list[Strip] = widget.render_lines(Region(0, 0, *widget.outer_size))
        assert "".join(strip.text for strip in painted).strip()
        for strip in painted:
            harmless(strip.text)
            assert cell_len(strip.text) <= 80
        if name == "Lines":
            assert widget.size.height == 2, "a text with line breaks is one line"
        if text is HOSTILE["markup"] and name not in ("Gallery", "FitPicture"):
            assert "[bold]b[/b" in "".join(strip.text for strip in painted), "brackets stay brackets"
