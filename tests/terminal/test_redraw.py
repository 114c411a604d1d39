"""A screen that something else has written over is drawn whole again."""

import re
import signal
from pathlib import Path

import pytest

from tests.terminal.terminal import terminal

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_labs")]


def test_ctrl_l_and_coming_back_draw_the_whole_screen(tmp_path: Path) -> None:
    with terminal("regression", width=80, height=24, folder=tmp_path) as lab:
        lab.shows("press t to train", "442 rows", "2,817 parameters", "○ ready")
        before = lab.text
        lab.screen.reset()
        lab.press("\x0c")
        lab.shows(re.escape(before))
        lab.process.kill(signal.SIGSTOP)
        lab.stops()
        lab.screen.reset()
        lab.process.kill(signal.SIGCONT)
        lab.shows(re.escape(before))
