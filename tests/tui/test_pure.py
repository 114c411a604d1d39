"""What needs no screen: numbers, lines, the watched run, and what the room may import."""

import subprocess
import sys
from math import inf, nan
from pathlib import Path

import pytest

from tests.tui.fakes import FakeClient, FakeTrainers, preset
from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import entry
from tui_lab.runs.index.listing import RunLine
from tui_lab.session.jobs.jobs import Job
from tui_lab.tui.lab.form.hyperparameter_rows import FormRow, in_order, row_lines
from tui_lab.tui.runs.details import details
from tui_lab.tui.runs.run_list import RunList
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.style.format import change, count, duration, number, score, share
from tui_lab.tui.style.text import apart, clip, cut, flow, line, width_of, wrap


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"), (nan, "NaN"), (inf, "∞"), (-inf, "-∞"), (0, "0"), (-0.0, "0"), (0.08931234, "0.0893"),
        (44.2134, "44.21"), (2950.31, "2950"), (123456.7, "123457"), (1.2e-5, "1.2e-5"), (3.4e12, "3.4e+12"),
        (0.00031, "3.1e-4"),
    ],
)  # fmt: skip
def test_number(value: float | None, shown: str) -> None:
    assert number(value) == shown
    assert len(shown) <= 7


def test_other_formats() -> None:
    assert share(0.98765) == "0.988"
    assert share(-0.0001) == "0.000"
    assert share(-3.5) == "-3.500"
    assert score("accuracy", 0.00012) == "0.000"
    assert score("mae", 0.00012) == "1.2e-4"
    assert score("loss", 0.012) == "0.0120"
    assert change(-0.25) == "−0.2500"
    assert [count(n) for n in (7, 1797, 120_000, 3_400_000)] == ["7", "1,797", "120k", "3.4M"]
    assert [duration(s) for s in (4.4, 65, 7800, 400_000)] == ["4 s", "1:05 min", "2:10 h", "4 d"]


def test_a_paused_run_is_not_said_to_train() -> None:
    run = RunLine("id", "id", "binary", "running", epochs=2, trained_by="process 7", paused=True)
    text = "\n".join("".join(text for text, _ in spans) for spans in details(RunList(), run, 100))
    assert "‖ paused in process 7, 2 epochs done" in text
    assert run.state == "paused"


def test_lines_keep_their_width_with_wide_characters() -> None:
    assert cut("漢字漢字", 5) == "漢字…"
    assert width_of(apart(line("漢字"), line("right"), 20)) == 20
    assert width_of(apart(line("left" * 9), line("right"), 20)) == 20
    assert width_of(clip(line("漢字", "漢字"), 5)) <= 5
    for row in (*wrap("漢字 " * 20, 11, first="⚠ "), *flow([line("漢字")] * 9, 11)):
        assert width_of(row) <= 11


@pytest.mark.parametrize(("value", "shown"), [(1, "1 epoch"), (2, "2 epochs"), (0, "0 epochs")])
def test_the_unit_of_one_is_singular(value: int, shown: str) -> None:
    text = "".join(text for text, _ in row_lines(FormRow(entry("patience"), value), False, False, 40)[0])
    assert text.rstrip().endswith(shown)


@pytest.mark.parametrize("width", [12, 29, 33, 41])
def test_a_row_is_as_wide_as_its_place(width: int) -> None:
    for item in in_order():
        for row in (
            FormRow(item, item.default),
            FormRow(item, item.default, True, item.default, "typed", "not used by x"),
        ):
            for spans in row_lines(row, True, True, width):
                assert width_of(spans) <= width


def test_a_run_waits_until_what_it_needs_is_there() -> None:
    trainers = FakeTrainers(load=lambda: None)
    runs, watch = trainers.runs, ShownRun(trainers, Path("/runs"))
    assert watch.train(preset().experiment())
    assert not watch.train(preset().experiment())
    assert watch.phase == "starting"
    assert watch.stop()
    assert watch.phase == "rest"
    watch.train(preset().experiment())
    watch.make_ready()
    assert len(runs) == 1
    assert watch.close(0.1)
    assert runs[0].closed


def test_a_start_that_raises_is_a_refusal() -> None:
    class Full(FakeTrainers):
        def start(self, job: Job) -> FakeClient:
            raise InputError("no room")

    watch = ShownRun(Full(), Path("/runs"))
    watch.train(preset().experiment())
    assert watch.refused == ("no room",)
    assert watch.phase == "rest"


def test_what_comes_between_the_last_look_and_the_end_is_not_lost() -> None:
    trainers = FakeTrainers()
    watch = ShownRun(trainers, Path("/runs"))
    watch.train(preset().experiment())
    (run,) = trainers.runs
    run.begin()
    run.epochs(1, 2)
    run.end()
    assert watch.tick()
    assert watch.status == "finished"
    assert watch.phase == "rest"
    assert not watch.tick()


@pytest.mark.slow
def test_the_screen_loads_neither_torch_nor_heavy_widgets() -> None:
    code = (
        "import sys; import tui_lab.tui.launch, tui_lab.tui.app; "
        "heavy = {'torch', 'numpy', 'pandas', 'plotext', 'textual.widgets._data_table', "
        "'textual.widgets._markdown', 'textual.widgets._text_area'}; print(heavy & set(sys.modules))"
    )
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "set()"
