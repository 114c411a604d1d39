"""Painting when all is done instead of at every step on the way, which takes half the time of a test."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from rich.console import RenderableType
from textual._compositor import Compositor
from textual.app import App
from textual.screen import Screen

_render_update = Compositor.render_update


def _note(
    compositor: Compositor,
    full: bool = False,
    screen_stack: list[Screen[object]] | None = None,
    simplify: bool = False,
) -> RenderableType | None:
    """Leave the regions that have changed for `paint`. A whole picture, as for a file, is drawn at once."""
    return _render_update(compositor, full, screen_stack, simplify) if full else None


@contextmanager
def painted_when_idle() -> Iterator[None]:
    """An app without a terminal draws for nobody: let it draw once it is idle, by `paint`."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Compositor, "render_update", _note)
        yield


def paint(app: App[int]) -> None:
    """Draw what has changed; what goes wrong in that is raised here."""
    if app._screen_stacks.get(app.current_mode):
        _render_update(app.screen._compositor, screen_stack=app._background_screens)
