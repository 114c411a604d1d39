"""Painting only what is needed: the terminal shows what it would show if all were painted."""

import random
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from unittest.mock import Mock

import pytest
from rich.style import Style
from textual._compositor import ChopsUpdate, LayoutUpdate
from textual.css.stylesheet import Stylesheet
from textual.dom import DOMNode
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tests.tui.fakes import NARROW, WIDE, FakeTrainers, Lab, a_lab, a_shelf
from tests.tui.idle import idle
from tests.tui.test_bytes_sent import noisy_epochs
from tui_lab.tui.app import Contents, LabApp
from tui_lab.tui.lab.panes.status import StatusLine
from tui_lab.tui.terminal.changed_cells import _pieces
from tui_lab.tui.widgets.lines import set_title

Cell = tuple[str, Style | None]


def cells(strip: Strip) -> list[Cell]:
    return [(char, style) for text, style, _ in strip for char in text]


class ShownApp(LabApp):
    """Keeps what a terminal would show after all updates."""

    def __init__(self, contents: Contents) -> None:
        super().__init__(contents)
        self.shown: dict[tuple[int, int], Cell] = {}

    def _display(self, screen: object, renderable: object) -> None:
        if isinstance(renderable, ChopsUpdate | LayoutUpdate):
            for x, y, strip in _pieces(renderable):
                self.shown |= {(x + k, y): cell for k, cell in enumerate(cells(strip))}

    def lacking(self) -> list[tuple[int, int]]:
        """Where a whole picture would differ, with nothing kept from before."""
        for widget in self.screen.walk_children(Widget):
            widget._layout_cache.clear()
            widget._set_dirty()
            widget._repaint_regions.clear()
        strips = self.screen._compositor.render_strips(self.size)
        whole = {(x, y): cell for y, strip in enumerate(strips) for x, cell in enumerate(cells(strip))}
        return [place for place, cell in whole.items() if self.shown.get(place) != cell]


async def test_the_terminal_shows_all_that_changed() -> None:
    rng, trainers = random.Random(1), FakeTrainers()
    app = ShownApp(Contents(a_shelf(), Path("/runs"), trainers))  # type: ignore[arg-type]
    keys = ["t", "2", "z", "z", "3", "right", "enter", "escape", "4", "1", "question_mark", "escape", "x"]
    async with app.run_test(size=NARROW) as pilot:
        lab, following = Lab(pilot, app, trainers.runs, trainers.jobs), 1
        await idle(app)
        for key in keys:
            await pilot.press(key)
            await idle(app)
            if trainers.runs:
                if following == 1:
                    trainers.runs[0].begin()
                following = noisy_epochs(lab, rng, following, 0.2)
                lab.screen.tick()
                await idle(app)
            assert app.lacking() == [], key


@asynccontextmanager
async def training(rng: random.Random) -> AsyncIterator[tuple[ShownApp, Lab, int]]:
    """A wide lab after three noisy epochs, and the number of the next one."""
    trainers = FakeTrainers()
    app = ShownApp(Contents(a_shelf(), Path("/runs"), trainers))  # type: ignore[arg-type]
    async with app.run_test(size=WIDE) as pilot:
        lab = Lab(pilot, app, trainers.runs, trainers.jobs)
        await idle(app)
        await pilot.press("t")
        trainers.runs[0].begin()
        following = noisy_epochs(lab, rng, 1, 3)
        lab.screen.tick()
        await idle(app)
        yield app, lab, following


async def test_only_what_changed_is_rendered(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[str] = []
    before = Widget.render_lines

    def noted(self: Widget, crop: object) -> list[Strip]:
        asked.append(self.id or type(self).__name__)
        return before(self, crop)  # type: ignore[arg-type]

    rng = random.Random(1)
    async with training(rng) as (app, lab, following):
        monkeypatch.setattr(Widget, "render_lines", noted)
        noisy_epochs(lab, rng, following, 0.1)
        lab.screen.tick()
        await idle(app)
    drawn = set(asked)
    assert {"loss", "status"} <= drawn <= {"loss", "status", "metrics", "message", "chart", "scores"}


async def test_a_line_that_changed_is_laid_out_once_and_a_title_paints_its_row() -> None:
    rng = random.Random(1)
    async with training(rng) as (app, lab, following):
        status, lines = app.screen.query_one(StatusLine), Mock(wraps=StatusLine.lines)
        status.lines = partial(lines, status)  # type: ignore[method-assign]
        noisy_epochs(lab, rng, following, 0.1)
        lab.screen.tick()
        await idle(app)
        assert lines.call_count == 1
        scores = app.screen.query_one("#scores")
        set_title(scores, "other words")
        assert scores._repaint_regions == {Region(0, 0, scores.outer_size.width, 1)}
        await idle(app)
        assert app.lacking() == []


async def test_the_focus_styles_the_panes_it_leaves_and_enters_and_nothing_in_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    async with a_lab() as lab:
        styled: list[str | None] = []
        update = Stylesheet.update_nodes

        def noted(sheet: Stylesheet, nodes: Iterable[DOMNode], animate: bool = False) -> None:
            nodes = list(nodes)
            styled.extend(node.id for node in nodes if node.has_class("pane"))
            assert len(nodes) < 4, nodes
            update(sheet, nodes, animate)

        monkeypatch.setattr(Stylesheet, "update_nodes", noted)
        before, after = lab.screen.query_one("#presets"), lab.screen.query_one("#hyperparameters")
        assert before.styles.border_top[0] == "heavy" != after.styles.border_top[0]
        await lab.press("3")
        assert before.styles.border_top[0] != "heavy" == after.styles.border_top[0]
        assert {"presets", "hyperparameters"} <= set(styled)
