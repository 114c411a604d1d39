"""Keys and signals that arrive before a screen is ready wait for it."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from weakref import WeakSet

from textual.app import App, ScreenStackError
from textual.events import Event, InputEvent, Paste
from textual.screen import Screen
from textual.timer import Timer, TimerCallback

T = TypeVar("T")
LOOK_S = 0.01
"""How often to check whether the screen is ready."""
MOST_LOOKS, QUIET_LOOKS = 300, 30
"""After this many checks a key is handled whatever the screen, or the widget that got the last key, is doing:
a widget that never processes its messages must not block the keyboard."""


class PatientApp(App[T]):
    """An application that handles input only once the active screen is mounted and painted.

    Input that arrives earlier, at start-up or while a screen opens, is queued and handled in order, each
    event once the previous one has taken effect.
    """

    def __init__(self) -> None:
        super().__init__()
        self._early: deque[Event] = deque()
        self._asked: WeakSet[Screen[Any]] = WeakSet()
        self._painted: WeakSet[Screen[Any]] = WeakSet()
        self._looks = 0

    @property
    def screen_is_there(self) -> bool:
        """Whether the active screen is mounted and laid out."""
        try:
            screen = self.screen
        except ScreenStackError:
            return False
        if screen not in self._asked:
            self._asked.add(screen)
            screen.call_after_refresh(self._painted.add, screen)
        return screen in self._painted

    @property
    def message_queue_size(self) -> int:
        """The number of waiting messages, queued input included."""
        return super().message_queue_size + len(self._early)

    async def on_event(self, event: Event) -> None:
        """Queue input that comes too early, and anything after it; handle the rest now."""
        given = isinstance(event, InputEvent | Paste) and not event.is_forwarded
        if given and self._exit:  # ignore keys after the one that quits
            return
        if given and (self._early or not self.screen_is_there):
            self._early.append(event)
            if len(self._early) == 1:
                self._look_again()
            return
        await super().on_event(event)

    def set_timer(
        self,
        delay: float,
        callback: TimerCallback | None = None,
        *,
        name: str | None = None,
        pause: bool = False,
    ) -> Timer:
        """Call a function once, even if its time has passed before the timer has begun to wait.

        Textual skips ticks that are overdue, and a single tick has no successor: where another thread holds
        the interpreter for as long as `delay` at the wrong moment, such a timer never fires.
        """
        timer = super().set_timer(delay, callback, name=name, pause=pause)
        timer._skip = False
        return timer

    def _look_again(self) -> None:
        self.set_timer(LOOK_S, self._hand_on)

    async def _hand_on(self) -> None:
        """Handle the first queued event, and the next one after everything that it triggers."""
        if self._exit:
            self._early.clear()
        elif self._may_hand_on():
            self._looks = 0
            await super().on_event(self._early.popleft())
            if self._early:
                self.call_later(self._hand_on)
        else:
            self._looks += 1
            self._look_again()

    def _may_hand_on(self) -> bool:
        if not self.screen_stack:
            return False
        if not self.screen_is_there:
            return self._looks >= MOST_LOOKS
        return self._looks >= QUIET_LOOKS or self._is_quiet()

    def _is_quiet(self) -> bool:
        """Whether the last event has been processed by the widgets it reached."""
        reached = (self.screen, self.focused)
        return not any(node.message_queue_size for node in reached if node is not None and node.is_running)

    def when_there(self, action: Callable[[], None]) -> None:
        """Call `action` once the active screen is ready, or now if it is. Call this from the loop."""
        if self.screen_is_there:
            action()
        else:
            with suppress(RuntimeError):  # the loop has ended
                asyncio.get_running_loop().call_later(LOOK_S, self.when_there, action)
