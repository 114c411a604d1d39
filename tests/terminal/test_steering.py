"""A run steered in a real terminal: edits and their marks, undo, fork, comparison, export."""

import json
from pathlib import Path

import pytest

from tests.terminal.terminal import Terminal, terminal
from tests.terminal.test_lab import RIGHT, endless

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_labs")]
ACCENT = "63d2c0"
"""The colour of the marks of edits in the dark theme."""


def marks(lab: Terminal) -> int:
    """How many columns of the chart have the line of an edit."""
    width = lab.screen.columns
    columns = {
        column
        for row in range(lab.screen.lines)
        for column in range(width)
        if (cell := lab.screen.buffer[row][column]).data == "┊" and cell.fg == ACCENT
    }
    return len(columns)


def marked(lab: Terminal, many: int) -> None:
    """Read until so many edits are marked on the chart."""
    for _ in range(600):
        if marks(lab) == many:
            return
        lab.read(0.1)
    raise AssertionError(f"waited for {many} marks, there are {marks(lab)}\n{lab.text}")


def test_edits_marks_undo_fork_compare_and_export(tmp_path: Path) -> None:
    preset = str(endless(tmp_path))
    with terminal(preset, width=120, height=40, folder=tmp_path, COLORTERM="truecolor") as lab:
        lab.shows("press t to train")
        lab.press("3", ">")
        lab.shows(r"‖ paused.* epoch +1/", r"best 1\b")
        for epoch, lr in enumerate(("0.002", "0.005", "0.01"), 1):
            lab.press(RIGHT)
            lab.shows(rf"learning rate +{lr} •")
            marked(lab, epoch)
            lab.press(">")
            lab.shows(rf"‖ paused.* epoch +{epoch + 1}/")
        lab.press("u")
        lab.shows(r"learning rate +0\.005 •", r"‖ paused.* epoch +3/")
        marked(lab, 2)
        lab.press("4")
        lab.shows(r"lr 0\.005 → 0\.01", "undone from")
        lab.press("f")
        lab.shows("start the fork")
        lab.press(RIGHT, RIGHT, "t")
        lab.shows("What should happen to the parent run")
        lab.press("x")
        lab.shows(r"● running", r"learning rate +0\.02")
        lab.draws(20)
        lab.press("x")
        lab.shows("stopped")
        lab.press("c")
        lab.shows("Compare · 2 runs", r"lr", r"0\.02", r"0\.001→0\.005", "esc back")
        lab.draws(20)
        lab.press("\x1b[B", "\r")
        lab.shows("opened endless", "stopped")
        lab.press("j")
        lab.shows(r"-endless-[0-9a-f]+\.json")
        lab.press("q")
        assert lab.ends() == 0
    (file,) = tmp_path.glob("*.json")
    exported = json.loads(file.read_text())
    story = [(edit["name"], edit["old"], edit["new"], edit["undone"]) for edit in exported["edits"]]
    assert story == [("lr", 0.001, 0.002, False), ("lr", 0.002, 0.005, False), ("lr", 0.005, 0.01, True)]
    steps = [edit["step"] for edit in exported["edits"]]
    epoch_steps = {record["epoch"]: record["step"] for record in exported["history"]}
    assert steps == [epoch_steps[1], epoch_steps[2], epoch_steps[3]]
    assert [entry["did"] for entry in exported["ledger"]].count("undo") == 1
