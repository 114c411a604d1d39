"""Steps as points of a curve: adding to them gives what making them anew gives."""

import random
from dataclasses import replace

import pytest

from tests.runs.samples import epoch, opening, view
from tui_lab.protocol.events import Measured, Record
from tui_lab.tui.chart.curves.epoch_series import Track
from tui_lab.tui.chart.curves.lens import XBy
from tui_lab.tui.chart.curves.step_series import StepTrack

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("by", ["step", "epoch", "time"])
@pytest.mark.parametrize("seed", range(3))
def test_what_is_added_is_what_all_of_it_would_be(by: XBy, seed: int) -> None:
    rng = random.Random(seed)
    run, track, steps = view(opening()), Track(), StepTrack()
    seq, step, number = 1000, 0, 0
    for _ in range(30):
        events = []
        for _ in range(rng.randint(0, 3)):
            count = rng.choice([1, 10, 400])
            events.append(Measured(number, step + count, {"loss": tuple(
                (step + k + 1, rng.random()) for k in range(count)
            )}))  # fmt: skip
            step += count
            if rng.random() < 0.7:
                number += 1
                events.append(replace(epoch(number, rng.random(), False), step=step))
        for event in events:
            seq += 1
            run.apply(Record(seq, seq / 10, event))
        points = run.series["loss"]
        steps.follow(points, track.follow(run, "loss"), by)
        anew = StepTrack().follow(points, Track().follow(run, "loss"), by)
        assert steps.values == anew.values
        assert steps.x == pytest.approx(anew.x)
    assert len(steps.x) == len(steps.values) > 2000


def test_points_that_were_replaced_are_not_kept() -> None:
    run = view(opening())
    track, steps = Track().follow(run, "loss"), StepTrack()
    points = [(k, 0.1 * k) for k in range(1, 9)]
    steps.follow(points, track, "step")
    points[4:] = [(5, 9.0), (6, 9.0), (7, 9.0), (8, 0.8), (9, 9.0)]
    assert steps.follow(points, track, "step").values == [value for _, value in points]
    assert steps.follow(points[:3], track, "step").x == [1, 2, 3]
