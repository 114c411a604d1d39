"""Keys and signals that come before a screen is there: they wait for it."""

import asyncio
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar
from weakref import WeakSet

from textual.app import App, ScreenStackError
from textual.events import Event, InputEvent, Paste
from textual.screen import Screen

T = TypeVar("T")
LOOK_S = 0.01
"""How often to look whether a screen for which something waits is there."""
MOST_LOOKS, QUIET_LOOKS = 300, 30
"""After so many looks a key is handled whatever the screen, or the widget that had the last key, is doing: a
widget that never takes in its messages must not hold up the keyboard."""


class PatientApp(App[T]):
    """An application that handles input only when the screen in front is mounted and was painted once.

    What comes earlier, as the program starts or while a key opens another screen, is kept and handled in
    its order, each piece when the one before has had its effect.
    """

    def __init__(self) -> None:
        super().__init__()
        self._early: deque[Event] = deque()
        self._asked: WeakSet[Screen[Any]] = WeakSet()
        self._painted: WeakSet[Screen[Any]] = WeakSet()
        self._looks = 0

    @property
    def screen_is_there(self) -> bool:
        """Whether all widgets of the screen in front exist, and have their places."""
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
        """How many messages wait, with the input that is kept."""
        return super().message_queue_size + len(self._early)

    async def on_event(self, event: Event) -> None:
        """Keep input that comes too early, or behind such; the rest is handled now."""
        given = isinstance(event, InputEvent | Paste) and not event.is_forwarded
        if given and self._exit:  # what is typed behind the key that quits is not for us
            return
        if given and (self._early or not self.screen_is_there):
            self._early.append(event)
            if len(self._early) == 1:
                self._look_again()
            return
        await super().on_event(event)

    def _look_again(self) -> None:
        self.set_timer(LOOK_S, self._hand_on)

    async def _hand_on(self) -> None:
        """Handle the first piece of what was kept, and come back for the next behind what it has set off."""
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
        """Whether the last piece of input has been taken in by all that it reached."""
        reached = (self.screen, self.focused)
        return not any(node.message_queue_size for node in reached if node is not None and node.is_running)

    def when_there(self, action: Callable[[], None]) -> None:
        """Do it once the screen in front is there: now, if it is. To be called from the loop."""
        if self.screen_is_there:
            action()
        else:
            with suppress(RuntimeError):  # the loop has ended
                asyncio.get_running_loop().call_later(LOOK_S, self.when_there, action)
