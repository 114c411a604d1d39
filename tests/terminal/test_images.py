"""A folder of images in a real terminal: set up, looked at, trained, looked at while it trains."""

from pathlib import Path

import pytest

from tests.terminal.terminal import terminal
from tests.tui.test_folder_screen import photos

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_labs")]
UP, END, LEFT, RIGHT, ESC = "\x1b[A", "\x1b[F", "\x1b[D", "\x1b[C", "\x1b"


def test_a_folder_is_set_up_trained_and_seen(tmp_path: Path) -> None:
    photos(tmp_path / "photos")
    with terminal("photos", width=100, height=30, folder=tmp_path) as lab:
        lab.shows("60 images, 3 classes · ready: 64 x 64, colour", "cats +20 +14 +4 +2")
        lab.press(*[LEFT] * 4)
        lab.shows("ready: 16 x 16")
        lab.press("\r")
        lab.shows("press t to train photos")
        lab.press("3", END, *[UP] * 9)
        lab.shows("› flip")
        lab.press(RIGHT, ">")
        lab.shows("paused")
        lab.press("i")
        lab.shows("What the network sees", "augmented: flip 0.1", "after step", "of 12", "▀▀▀▀")
        lab.press(ESC)
        lab.shows("paused")
        lab.press("x")
        lab.shows("stopped")
        lab.press("q")
        assert lab.ends() == 0
        assert lab.restored()
