"""One more pane in three files: its own, the list of panes, and the keys."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import tui_lab

PACKAGE = Path(tui_lab.__file__).parent
PANE = """
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType

from tui_lab.tui.keys.lab import PaneName
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.lab.panes.pane import Pane
from tui_lab.tui.style.text import Line, line
from tui_lab.tui.widgets.lines import Lines, Scroll


class StepLines(Lines):
    times = 1

    def lines(self, width: int) -> list[Line]:
        run = self.query_ancestor(StepsPane).lab.run
        return [line(f"{run.shown.step if run.shown else 0} steps")] * self.times


class StepScroll(Scroll, can_focus=True):
    BINDINGS: ClassVar[list[BindingType]] = [*bindings("steps")]

    def action_again(self) -> None:
        self.query_one(StepLines).times += 1
        self.query_one(StepLines).sync()


class StepsPane(Pane):
    NAME: ClassVar[PaneName] = "steps"
    FOLLOWS_RUN = True
    DEFAULT_CSS = "StepsPane { width: 36; }"

    def compose(self) -> ComposeResult:
        with StepScroll():
            yield StepLines()

    def title(self, room: int) -> str:
        return "Steps so far"
"""
KEY = 'Key("Y", "Y", "again", "say it again", "Say the number of steps once more.", "steps", rank=0),'
SCENES = """
import asyncio
from tests.tui.fakes import NARROW, WIDE, a_lab

async def scenes() -> None:
    for size in (WIDE, NARROW):
        async with a_lab(size) as lab:
            assert "Steps so far" not in lab.text(), "another pane of its side is shown"
            await lab.press("5")
            assert " 5 Steps so far " in lab.text(), lab.text()
            assert lab.text().count("0 steps") == 1, lab.text()
            assert "2 Loss" in lab.text(), "beside the chart"
            assert "3 Hyperparameters" not in lab.text(), "in place of the pane of its side"
            assert lab.footer().strip().startswith("Y say it again")
            assert size == NARROW or "1-5 panes" in lab.footer()
            await lab.press("Y")
            assert lab.text().count("0 steps") == 2
            await lab.train(epochs=9)
            assert lab.text().count("90 steps") == 2, "it follows the run"
            await lab.press("tab")
            assert lab.app.focused is lab.screen.presets.list
            await lab.press("shift+tab", "question_mark")
            assert "Keys here: 5 steps" in lab.text()
            assert "Say the number of steps once more." in lab.text()

asyncio.run(scenes())
"""


def insert(file: Path, before: str, text: str) -> None:
    whole = file.read_text("utf-8")
    assert whole.count(before) == 1, f"{before} occurs once in {file}"
    file.write_text(whole.replace(before, text + before), "utf-8")


@pytest.mark.slow
def test_a_pane_is_added_in_three_files(tmp_path: Path) -> None:
    tui = tmp_path / "tui_lab/tui"
    panes = tui / "lab/panes"
    shutil.copytree(PACKAGE, tmp_path / "tui_lab", ignore=shutil.ignore_patterns("__pycache__"))
    (panes / "steps.py").write_text(PANE, "utf-8")
    insert(panes / "in_order.py", ")\n", ", StepsPane")
    insert(panes / "in_order.py", "\nPANE_TYPES", "from tui_lab.tui.lab.panes.steps import StepsPane\n")
    insert(tui / "keys/lab.py", "]\nPANES", ', "steps"')
    insert(tui / "keys/lab.py", ")  # fmt: skip", KEY)
    paths = os.pathsep.join((str(tmp_path), str(Path(__file__).parents[2])))
    done = subprocess.run(
        [sys.executable, "-c", SCENES],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": paths},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout + done.stderr
