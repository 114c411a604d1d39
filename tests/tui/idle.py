"""Waiting until an app has done all that was asked of it, by its event loop and not by a clock."""

import asyncio

from textual.app import App
from textual.message_pump import MessagePump

MOMENT_S = 0.05
"""A timer that fires once within this time is waited for: it belongs to what was asked."""


async def idle(app: App[int]) -> None:
    """Until nothing in the app goes on by itself but for threads and for what happens again and again.

    `Pilot.pause` asks each widget for an answer and then looks at a clock for a while: three quarters of what
    a test costs, and a process that gets no processor passes for an idle one.
    """
    while True:
        await _nothing_ready()
        if _due(app):
            app.screen._on_timer_update()
        elif moments := _moments(app):
            await asyncio.sleep(min(moments))
        else:
            return


async def _nothing_ready() -> None:
    """Until no callback is left in the loop that could be called now."""
    ready = asyncio.get_running_loop()._ready  # type: ignore[attr-defined]
    while True:
        await asyncio.sleep(0)
        if not ready:
            return


def _due(app: App[int]) -> bool:
    """Whether the screen would do something at its next update, which comes within a sixtieth of a second."""
    if not app._screen_stacks.get(app.current_mode):
        return False
    screen = app.screen
    if not screen.is_current or app._batch_count:
        return bool(screen._callbacks)
    return bool(
        screen._callbacks
        or screen._layout_required
        or screen._scroll_required
        or screen._repaint_required
        or screen._dirty_widgets
        or screen._recompose_required
    )


def _moments(app: App[int]) -> list[float]:
    """In how many seconds what was put off for a moment will be done."""
    if not app._screen_stacks.get(app.current_mode):
        return []
    nodes: tuple[MessagePump, ...] = (app, *app.screen_stack, *app.screen.walk_children())
    return [
        timer._interval
        for node in nodes
        for timer in node._timers
        if not timer._repeat and timer._repeat is not None and timer._interval <= MOMENT_S
        if timer._task is not None and not timer._task.done()
    ]
