"""The lab, watched from within: in which places keys arrived, and whether any waited too long.

Started in place of `-m tui_lab` by the tests that type at random. What it finds goes to the file named by
`TUI_LAB_WATCHED`; a key that is not handled within `HANGS_S` ends the lab with status `HANGS`, and a
description of what it waited for is in that file.
"""

import asyncio
import faulthandler
import json
import os
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from threading import Thread
from typing import Any

from textual.app import App
from textual.events import Event, InputEvent, Paste
from textual.message_pump import MessagePump

from tui_lab.cli.main import entry

HANGS = 70
HANGS_S = 20.0
LOOK_S = 0.25
OFTEN = 200
"""After so many keys the counts are written, also where no place is new."""
FILE = Path(os.environ.get("TUI_LAB_WATCHED", "watched.json"))


class Watcher:
    """Counts keys by place, and measures how long the loop and the widgets take to answer."""

    def __init__(self) -> None:
        self.places: Counter[str] = Counter()
        self.app: Any = None
        self.slowest_s = 0.0

    def arrived(self, app: Any) -> None:
        """A key is handled now."""
        self.app = app
        place = name_of(app)
        self.places[place] += 1
        if self.places[place] == 1 or not self.places.total() % OFTEN:
            self.write()

    def write(self, hangs: str = "") -> None:
        told = {"places": dict(self.places), "slowest_s": round(self.slowest_s, 2), "hangs": hangs}
        beside = FILE.with_suffix(".new")
        beside.write_text(json.dumps(told))
        beside.replace(FILE)

    def watch(self) -> None:
        """On a thread of its own: ask every queue a key passes through, one after the other."""
        while True:
            time.sleep(LOOK_S)
            app = self.app
            if app is None or app._exit:
                continue
            for name, ask in (("loop", on_the_loop), ("app", on_the_app), ("screen", on_the_screen)):
                self.answers(app, name, ask)
            self.early_keys(app)

    def answers(self, app: Any, name: str, ask: Callable[[Any, Callable[[], None]], None]) -> None:
        """Wait for an answer; asked anew every second, as the screen that was asked may have gone."""
        begun = time.monotonic()
        done: list[bool] = []
        while not done and not app._exit:
            if not ask_safely(app, ask, lambda: done.append(True)):
                return
            end = time.monotonic() + 1.0
            while not done and time.monotonic() < end and not app._exit:
                time.sleep(0.01)
            self.too_long(app, name, time.monotonic() - begun)

    def early_keys(self, app: Any) -> None:
        """The oldest key that waits for its screen must be handled some time."""
        begun = time.monotonic()
        oldest = next(iter(app._early), None)
        while oldest is not None and not app._exit and next(iter(app._early), None) is oldest:
            self.too_long(app, "an early key", time.monotonic() - begun)
            time.sleep(0.01)

    def too_long(self, app: Any, name: str, waited_s: float) -> None:
        self.slowest_s = max(self.slowest_s, waited_s)
        if waited_s > HANGS_S:
            self.write(f"{name} did not answer within {HANGS_S:.0f} s; {described(app)}")
            with FILE.with_suffix(".stacks").open("w") as stacks:
                faulthandler.dump_traceback(stacks, all_threads=True)
                for task in asyncio.all_tasks(app._loop):
                    task.print_stack(file=stacks)
            os._exit(HANGS)


def ask_safely(app: Any, ask: Callable[[Any, Callable[[], None]], None], answer: Callable[[], None]) -> bool:
    try:
        app._loop.call_soon_threadsafe(ask, app, answer)
    except RuntimeError:  # the loop has ended
        return False
    return True


def on_the_loop(app: Any, answer: Callable[[], None]) -> None:
    answer()


def on_the_app(app: Any, answer: Callable[[], None]) -> None:
    app.call_later(answer)


def on_the_screen(app: Any, answer: Callable[[], None]) -> None:
    """The screen in front, then what has the focus, as a key goes."""
    if not app.screen_stack:
        answer()
        return
    focused = app.focused
    behind = answer if focused is None else lambda: later(focused, answer)
    later(app.screen, behind)


def later(pump: MessagePump, answer: Callable[[], None]) -> None:
    """A widget that has gone takes nothing in, and gets no keys either."""
    if pump.is_running and not pump._closing:
        pump.call_later(answer)
    else:
        answer()


def name_of(app: Any) -> str:
    """Where a key arrives: the screen, what is open on it, and what the run does."""
    if not app.screen_stack:
        return "nothing"
    screen = app.screen
    words = [type(screen).__name__]
    if hasattr(screen, "_title") and isinstance(screen._title, str):
        words.append(screen._title)
    if callable(getattr(screen, "_place", None)):
        words.append(str(screen._place()))
    prompt = getattr(screen, "_prompt", None)
    if prompt is not None:
        words.append(prompt._label)
    if getattr(screen, "_draft", None) is not None:
        words.append("fork")
    if type(screen).__name__ == "LabScreen":
        words.append(app.watch_run.phase)
    return " ".join(words)


def described(app: Any) -> str:
    """What a key would pass through, and what it finds there."""
    nodes = [("app", app), *(("screen", screen) for screen in app.screen_stack[-1:]), ("focus", app.focused)]
    words = [f"{len(app._early)} early keys", f"screen is there: {app.screen_is_there}"]
    for name, node in nodes:
        if node is not None:
            words.append(
                f"{name} {node!r} running {node.is_running} attached {node.is_attached} "
                f"closing {node._closing} closed {node._closed} queue {node.message_queue_size} "
                f"task {node._task}"
            )
    return "; ".join(words)


def watch() -> None:
    """Count keys and look for what hangs, from now on."""
    watcher = Watcher()
    before = App.on_event

    async def on_event(self: Any, event: Event) -> None:
        if isinstance(event, InputEvent | Paste) and not event.is_forwarded:
            watcher.arrived(self)
        await before(self, event)

    App.on_event = on_event  # type: ignore[method-assign]
    Thread(target=watcher.watch, daemon=True).start()


if __name__ == "__main__":
    watch()
    entry()
