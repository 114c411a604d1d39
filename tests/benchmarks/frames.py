"""What a redraw of the chart costs at 120x40, by the number of steps of the run, with noise as its losses."""

import itertools
import random
from dataclasses import replace
from statistics import median
from time import process_time

from tests.runs.samples import epoch, opening, view
from tui_lab.protocol.events import Event, Measured, Record
from tui_lab.tui.chart.curves.frame import Frame
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.chart.drawing.layers import Layers
from tui_lab.tui.chart.drawing.plot import draw
from tui_lab.tui.chart.run_series import Tracks, chart_data

STEPS = (100, 1_000, 10_000, 100_000, 1_000_000)
REDRAWS = 20
PER_EPOCH = 50


def report(counts: tuple[int, ...] = STEPS) -> None:
    """Print a line for each number of steps; the last epoch is new in each redraw."""
    print("redraws: milliseconds of processor time at 120x40, losses of steps as noise")
    print(f"{'steps':>10}{'data':>8}{'drawing':>9}{'both':>8}{'worst':>8}")
    for steps in counts:
        data_ms, draw_ms = redraws(steps)
        both = [a + b for a, b in zip(data_ms, draw_ms, strict=True)]
        print(
            f"{steps:>10,}{median(data_ms):>8.1f}{median(draw_ms):>9.1f}{median(both):>8.1f}{max(both):>8.1f}",
            flush=True,
        )


def redraws(steps: int) -> tuple[list[float], list[float]]:
    """Milliseconds of each redraw: to collect the curves, and to draw them."""
    rng = random.Random(0)
    count = steps // PER_EPOCH
    events = list(opening())
    for number in range(1, count + 1):
        events += _epoch(number, rng)
    run, tracks, window, layers = view(events), Tracks(), None, Layers()
    numbers = itertools.count(len(events) + 1)
    data_ms, draw_ms = [], []
    for number in range(count + 1, count + REDRAWS + 2):
        for event in _epoch(number, rng):
            run.apply(Record(next(numbers), 0.0, event))
        began = process_time()
        data = chart_data(run, "", Lens(), None, tracks)
        collected = process_time()
        window = draw(Frame(data, 120, 40), window, layers).window
        data_ms.append(1000 * (collected - began))
        draw_ms.append(1000 * (process_time() - collected))
    return data_ms[1:], draw_ms[1:]


def _epoch(number: int, rng: random.Random) -> list[Event]:
    last = number * PER_EPOCH
    points = tuple((step, rng.lognormvariate(-1, 0.7)) for step in range(last - PER_EPOCH + 1, last + 1))
    ended = replace(epoch(number, 0.5 + rng.random() / 10, number == 1), step=last)
    return [Measured(number, last, {"loss": points}), ended]
