"""The widget on a screen: what it repaints, and its colours."""

import subprocess
import sys
from dataclasses import replace

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region, Size
from textual.strip import Strip

from tui_lab.tui.chart.curves.frame import Baseline, ChartData, Frame
from tui_lab.tui.chart.curves.series import Series
from tui_lab.tui.chart.drawing.plot import draw
from tui_lab.tui.chart.widget import LossChart

DATA = ChartData(
    series=(
        Series("train", range(100), [1 / (1 + k / 10) for k in range(100)]),
        Series("val", range(9, 100, 10), [0.8 - k / 20 for k in range(10)], "val"),
    ),
    baseline=Baseline(0.69, "baseline"),
)


class Chart(LossChart):
    """Remembers what it was asked to repaint."""

    def __init__(self, data: ChartData) -> None:
        super().__init__(data)
        self.repainted: list[Region] = []
        self.painted: list[tuple[Size, list[str]]] = []

    def refresh(self, *regions: Region, **options: bool) -> "Chart":
        self.repainted += regions
        return super().refresh(*regions, **options)

    def render_lines(self, crop: Region) -> list[Strip]:
        strips = super().render_lines(crop)
        if crop.size == self.outer_size:
            self.painted.append((self.size, [strip.text[1:-1] for strip in strips[1:-1]]))
        return strips


class ChartApp(App[None]):
    CSS = "Chart { border: round white; }"

    def __init__(self, data: ChartData = DATA) -> None:
        super().__init__()
        self.data = data

    def compose(self) -> ComposeResult:
        yield Chart(self.data)

    @property
    def chart(self) -> Chart:
        return self.query_one(Chart)

    def on_screen(self) -> list[str]:
        """Give the text that the compositor puts on the screen, border and all."""
        return [strip.text for strip in self.screen._compositor.render_strips(self.size)]

    def colour_of(self, glyph: str) -> str:
        """Give the colour of the first cell that holds a glyph."""
        for strip in self.screen._compositor.render_strips(self.size):
            for text, style, _ in strip:
                if glyph in text and style is not None and style.color is not None:
                    return style.color.name
        raise AssertionError(f"{glyph} is not on the screen")


async def test_the_picture_is_on_the_screen_within_the_border() -> None:
    app = ChartApp()
    async with app.run_test(size=(60, 18)):
        rows = app.on_screen()
        assert [row[1:-1] for row in rows[1:-1]] == app.chart.picture.text()
        assert "val" in rows[1]
        assert app.chart.can_focus


async def test_only_rows_that_changed_are_painted_again() -> None:
    app = ChartApp()
    async with app.run_test(size=(60, 18)) as pilot:
        chart = app.chart
        chart.repainted.clear()
        chart.show(DATA)
        assert chart.repainted == []

        old = chart.picture.rows
        chart.show(replace(DATA, baseline=Baseline(0.69, "mean")))
        assert chart.repainted == [Region(0, 0, 58, 1)]
        assert old[1:] == chart.picture.rows[1:]
        await pilot.pause()
        assert "mean" in app.on_screen()[1]


async def test_a_resize_draws_again() -> None:
    app = ChartApp()
    async with app.run_test(size=(60, 18)) as pilot:
        await pilot.resize_terminal(90, 30)
        await pilot.pause()
        assert len(app.chart.picture.rows) == 28
        assert [row[1:-1] for row in app.on_screen()[1:-1]] == app.chart.picture.text()


async def test_a_theme_brings_its_colours() -> None:
    app = ChartApp()
    async with app.run_test(size=(60, 18)) as pilot:
        app.theme = "textual-dark"
        await pilot.pause()
        dark = [app.colour_of(glyph) for glyph in "●╌┤"]
        app.theme = "textual-light"
        await pilot.pause()
        light = [app.colour_of(glyph) for glyph in "●╌┤"]
        assert all(a != b for a, b in zip(dark, light, strict=True))
        assert len(set(dark)) == len(set(light)) == 3


async def test_no_color_draws_other_shapes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    app = ChartApp()
    async with app.run_test(size=(60, 18)):
        assert "●● val" in app.on_screen()[1]


async def test_a_hint_until_there_is_something() -> None:
    app = ChartApp(ChartData(hint="Press t to train."))
    async with app.run_test(size=(60, 18)) as pilot:
        assert "Press t to train." in "".join(app.on_screen())
        app.chart.show(DATA)
        await pilot.pause()
        assert "Press t" not in "".join(app.on_screen())


@pytest.mark.slow
def test_the_chart_needs_neither_torch_nor_numpy_and_plotext_only_to_draw() -> None:
    code = (
        "import sys, tui_lab.tui.chart.widget; "
        "from tui_lab.tui.chart.curves.frame import ChartData, Frame; "
        "from tui_lab.tui.chart.drawing.plot import draw; "
        "from tui_lab.tui.chart.curves.series import Series; "
        "heavy = {'torch', 'numpy', 'pandas'}; "
        "assert not heavy & set(sys.modules) and 'plotext' not in sys.modules; "
        "draw(Frame(ChartData((Series('t', [1, 2], [1, 2]),)), 40, 10)); "
        "assert not heavy & set(sys.modules) and 'plotext' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


async def test_no_frame_shows_a_picture_of_another_size() -> None:
    """The table of a single step makes the chart lower: its x axis is not cut off until `Resize` comes."""
    app = ChartApp()
    async with app.run_test(size=(60, 18)) as pilot:
        chart = app.chart
        chart.painted.clear()
        for width, height in ((60, 11), (42, 16)):
            chart.styles.width, chart.styles.height = width, height
            await pilot.pause()
        assert {size for size, _ in chart.painted} == {Size(58, 9), Size(40, 14)}
        for size, rows in chart.painted:
            assert rows == draw(Frame(DATA, *size)).text()
            assert "└" in rows[-2]
