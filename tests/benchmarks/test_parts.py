"""The benchmarks still run: in turns that are too short to measure anything."""

import sys
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from time import perf_counter, process_time

import pytest

from tests.benchmarks import evaluation, frames, keys, long, stacked, sweep, sweep_screen
from tests.benchmarks.__main__ import PARTS, report_of
from tests.benchmarks.contestants import libraries, loops
from tests.benchmarks.speed import Case, rates_of, with_and_without
from tests.benchmarks.start import started
from tests.benchmarks.terminal import HEIGHT, WIDTH, Drawing, endless
from tests.benchmarks.turns import Clock, ratio
from tests.runs.samples import epoch, experiment
from tui_lab.runs.folder.folder import create
from tui_lab.runs.journal.journal import Journal

pytestmark = pytest.mark.slow


def test_every_part_has_a_report() -> None:
    assert all(callable(report_of(part)) for part in PARTS)


def test_a_turn_counts_the_steps_since_its_first_look() -> None:
    ticks = iter((0.0, 1.0, 3.0, 4.0))
    clock = Clock(2.0, time=lambda: next(ticks))
    assert [clock.over(steps) for steps in (100, 150, 200, 300)] == [False, False, True, True]
    assert clock.rate == (200 - 100) / (4.0 - 0.0)


def test_the_ratio_is_taken_within_a_turn() -> None:
    assert ratio([1, 10, 100], [2, 20, 50]) == 0.5


def test_each_contestant_takes_its_turns(capsys: pytest.CaptureFixture[str]) -> None:
    """Those of the extra `bench` where they are installed; the others are named."""
    found = libraries.installed()
    said = capsys.readouterr().out
    assert all(name in found or name in said for name in libraries.LIBRARIES)
    rates = rates_of(Case("multiclass", 64, dropout=False), "cpu", found, turns=2, seconds=0.0)
    assert list(rates) == ["floor", "plain", "textbook", *loops.LAB, *found]
    assert all(len(values) == 2 and min(values) > 0 for values in rates.values())


def test_diagnostics_take_turns_with_none() -> None:
    rates = with_and_without("multiclass", "cpu", "exact", 1, 0.0, perf_counter)
    assert {name: len(values) for name, values in rates.items()} == {"without": 1, "with": 1}
    assert all(value > 0 for values in rates.values() for value in values)


def test_trials_as_one_take_turns_with_one_alone() -> None:
    rates = stacked.rates_of("multiclass", trials=3, turns=1, seconds=0.0, batch_size=64)
    assert {name: len(values) for name, values in rates.items()} == {"alone": 1, "fast": 1, "stacked": 1}
    assert all(value > 0 for values in rates.values() for value in values)


def test_the_lab_is_measured_by_its_steps(tmp_path: Path) -> None:
    from tui_lab.session.recorder import prepare

    prepared = prepare(loops.endless("multiclass", "cpu", batch_size=64))
    steps = loops.lab(prepared, tmp_path)
    assert [next(steps), next(steps)] == [2, 4]
    steps.close()


def test_a_start_is_timed_by_its_sign_and_its_end() -> None:
    """With little that has to start: another program in the place of the lab."""
    code = "print('measured', flush=True); import time; time.sleep(0.05)"
    found = started([sys.executable, "-c", code], b"measured", "")
    assert 0 < found.sign_s < found.end_s - 0.04
    assert found.cpu_s > 0


def test_a_redraw_is_timed_for_each_number_of_steps(capsys: pytest.CaptureFixture[str]) -> None:
    frames.report((100, 1_000))
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[2:]] == ["100", "1,000"]


def test_the_screen_of_a_sweep_is_timed(capsys: pytest.CaptureFixture[str]) -> None:
    sweep_screen.report(trials=30, redraws=3)
    assert [line.split()[0] for line in capsys.readouterr().out.splitlines()[2:]] == ["80x24", "120x40"]


def test_what_is_selected_is_read_from_the_screen() -> None:
    drawing = Drawing()
    drawing.feed("\x1b[5;3H› a preset\x1b[>1u\x1b[6;88H› learning rate    0.1".encode())
    assert len(drawing.rows) == HEIGHT and len(drawing.rows[0]) == WIDTH
    assert keys.selected(drawing.rows) == "learning rat"
    drawing.feed(b"\x1b[6;88H  ")
    assert keys.selected(drawing.rows) == ""


def test_an_endless_preset_is_a_preset(tmp_path: Path) -> None:
    from tui_lab.experiment.presets import load_preset

    hyper = load_preset(endless("multiclass", tmp_path)).experiment().hyperparameters
    assert (hyper.epochs, hyper.patience) == (1_000_000, 0)


def test_a_long_run_is_told_by_what_happened_since_the_look_before(tmp_path: Path) -> None:
    looks = [
        long.Look(60.0 * k, 1000 * k, 16_000 * k, 2**20 * (300 + k), 2**20 * 80, 10**6 * k, 60.0 * k, 6.0 * k)
        for k in range(5)
    ]
    assert long.line(looks[0], looks[2], looks[3]).split() == [
        "3.0", "3,000", "267", "303", "80", "100", "10", "3.00", "16.7",
    ]  # fmt: skip
    assert "host 1049, lab 0, journal 1000; speed 1.00 of the first half" in long.growth(looks)


def test_the_latest_epoch_of_a_run_is_the_next_that_ends(tmp_path: Path) -> None:
    folder = create(tmp_path, experiment())
    with Journal.open(folder.journal) as journal:
        journal.append(epoch(1))
        later = Timer(0.2, lambda: journal.append(epoch(2)))
        later.start()
        try:
            assert long.latest(folder).event == epoch(2)
        finally:
            later.join()


def test_an_evaluation_is_timed() -> None:
    for subject in (evaluation.table("binary", 50), evaluation.images(30)):
        assert min(evaluation.seconds(subject, 1)) > 0


@pytest.mark.parametrize("time", [process_time])
def test_the_trials_of_a_sweep_are_shared_by_the_processes(time: Callable[[], float]) -> None:
    with sweep.processes(2) as pool:
        found = sweep.rates_of(sweep.Sweep("multiclass", 4, epochs=1), pool, 2, 2, time)
        images = sweep.rates_of(sweep.Sweep("cnn", 2, epochs=1, fast=False), pool, 2, 1, time)
    assert {name: len(rates) for name, rates in found.items()} == {"exact": 2, "fast": 2, "cores": 2}
    assert list(images) == ["exact", "cores"]
    assert all(rate > 0 for rates in (*found.values(), *images.values()) for rate in rates)
