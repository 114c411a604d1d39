"""`tui-lab plot`: the chart of a run as text. No run is real."""

import io
import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.hostile import harmless, hostile
from tests.runs.samples import closing, epoch, experiment, opening
from tui_lab.cli.main import main
from tui_lab.protocol.events import Event, Measured, Record
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.journal.journal import Journal

STEPS = Measured(epoch=1, step=4, series={"loss": ((1, 1.5), (4, 1.0)), "lr": ((1, 0.1), (4, 0.2))})
TRAINED = [*opening(), STEPS, epoch(1, 0.9), epoch(2, 0.6), epoch(3, 0.4), *closing()]


@pytest.fixture(autouse=True)
def _here(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_LAB_RUNS", str(root))
    for name in ("COLUMNS", "LINES", "NO_COLOR"):
        monkeypatch.delenv(name, raising=False)


def make(root: Path, events: Sequence[Event] = TRAINED, preset: str = "mine") -> RunFolder:
    folder = create(root, experiment(preset))
    with Journal.open(folder.journal) as journal:
        for k, event in enumerate(events, 1):
            journal.append(Record(k, 1_795_000_000.0 + k, event))
    return folder


def plotted(capsys: pytest.CaptureFixture[str], *words: str) -> list[str]:
    assert main(["plot", "last", *words]) == 0
    out, err = capsys.readouterr()
    assert err == ""
    return out.splitlines()


def refused(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["plot", "last", *words]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    return err


def test_the_losses_are_drawn_without_colour_in_a_pipe(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make(root)
    heading, legend, *rows = plotted(capsys)
    assert heading == f"Loss of multiclass, {folder.run_id} (finished)"
    assert all(name in legend for name in ("●● validation", "training", "steps", "★ best 3", "baseline"))
    assert len(rows) == 19, "with its legend, a quarter of 80 columns"
    assert rows[-1].split() == ["epoch", "0", "1", "2", "3"]
    canvas = "".join(rows)
    assert "●" in canvas and "★" in canvas and re.search("[⠁-⣿]", canvas)
    assert "\x1b" not in canvas


def test_each_metric_named_is_a_chart_and_abbreviations_are_understood(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(root)
    names = ("acc", "Recall", "lr", "seconds", "loss")
    rows = plotted(capsys, *(word for name in names for word in ("--metric", name)), "--height", "8")
    headings = [row.split(" of ")[0] for row in rows[::9]]
    assert headings == ["Accuracy", "Recall", "Learning rate", "Seconds per epoch", "Loss"]
    assert len(rows) == 9 * len(names)


def test_width_and_height_are_those_given(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    make(root)
    for width, height in ((20, 6), (133, 31)):
        rows = plotted(capsys, "--width", str(width), "--height", str(height))
        assert len(rows) == 1 + height
        assert max(map(len, rows)) <= width
        assert any(len(row) > width - 4 for row in rows[1:])


@pytest.mark.parametrize("given", ["0", "-3", "3", "x", "1e3", "²0", "99999999999999999999"])
@pytest.mark.parametrize("option", ["--width", "--height"])
def test_impossible_sizes_are_refused(
    root: Path, capsys: pytest.CaptureFixture[str], option: str, given: str
) -> None:
    make(root)
    assert f"{option}: must be a whole number from" in refused(capsys, f"{option}={given}")


def test_an_unknown_metric_is_refused_with_those_that_exist(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(root)
    said = refused(capsys, "--metric", "acuracy")
    assert "this run has no 'acuracy' (did you mean 'accuracy'?)" in said
    assert "it has loss, accuracy, recall, learning rate, seconds per epoch" in said


@pytest.mark.parametrize("events", [opening()[:1], opening()], ids=["begun", "built"])
def test_a_run_with_nothing_to_draw_says_so(
    root: Path, capsys: pytest.CaptureFixture[str], events: list[Event]
) -> None:
    make(root, events)
    assert "nothing to plot: the run has no value of loss yet" in refused(capsys)


def test_before_the_first_epoch_ends_the_steps_are_drawn(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    make(root, [*opening(), STEPS])
    heading, legend, *_ = plotted(capsys)
    assert heading.endswith("(interrupted)")
    assert "steps" in legend


def test_a_journal_that_is_damaged_is_drawn_as_far_as_it_goes(
    root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = make(root)
    lines = folder.journal.read_bytes().splitlines(keepends=True)
    folder.journal.write_bytes(b"".join([*lines[:5], b"{damaged\n", *lines[6:]]))
    assert main(["plot", "last"]) == 0
    out, err = capsys.readouterr()
    assert "warning: " in err, "said, but no reason to draw nothing"
    assert out.startswith("Loss of ")


@hostile
def test_names_from_outside_do_no_harm(root: Path, capsys: pytest.CaptureFixture[str], text: str) -> None:
    name = text[:40].encode("utf-8", "replace").decode()
    series = {"loss": ((1, 1.0),), name: ((1, 0.5), (4, 0.7))}
    make(root, [*opening(), Measured(epoch=1, step=4, series=series), epoch(1)])
    for row in plotted(capsys, "--metric", name):
        harmless(row)
    harmless(refused(capsys, "--metric", text[1:]).rstrip("\n"))


class Screen(io.StringIO):
    """A stream with another encoding, or a terminal."""

    def __init__(self, encoding: str, terminal: bool = False) -> None:
        super().__init__()
        self._encoding, self._terminal = encoding, terminal

    @property
    def encoding(self) -> str:  # type: ignore[override]
        return self._encoding

    def isatty(self) -> bool:
        return self._terminal


def test_a_terminal_gets_colours_unless_it_asks_for_none(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(root)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", "12")
    shown = []
    for no_color in ("", "1"):
        monkeypatch.setenv("NO_COLOR", no_color)
        monkeypatch.setattr(sys, "stdout", Screen("utf-8", terminal=True))
        assert main(["plot", "last"]) == 0
        shown.append(sys.stdout.getvalue())  # type: ignore[attr-defined]
    coloured, plain = shown
    assert "\x1b[94m" in coloured and "\x1b[33m" in coloured
    assert "\x1b" not in plain
    bare = re.sub(r"\x1b\[[\d;]*m", "", coloured).splitlines()
    assert len(bare) == len(plain.splitlines()) == 11, "the prompt stays below it"
    assert max(map(len, bare)) == 100


def test_a_stream_without_braille_gets_plain_characters(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(root)
    monkeypatch.setattr(sys, "stdout", Screen("latin-1"))
    assert main(["plot", "last"]) == 0
    text = sys.stdout.getvalue()  # type: ignore[attr-defined]
    text.encode("ascii")
    assert "oo validation" in text and "** training" in text and "+-" in text


@pytest.mark.slow
def test_a_chart_loads_neither_torch_nor_the_lab(root: Path) -> None:
    make(root)
    code = "import sys; from tui_lab.cli.main import main; main(['plot', 'last']); print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=dict(os.environ))
    modules = done.stdout.splitlines()[-1].split()
    assert "plotext" in modules
    assert not {"torch", "numpy", "pandas", "textual"} & set(modules)
