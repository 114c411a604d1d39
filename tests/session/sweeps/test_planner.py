"""Which trials a sweep gets, beyond what its sampler is tested for."""

import pytest

from tests.sweep.sweeps import LR, MOMENTUM, finished, sweep
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.session.sweeps.planner import Planner

WIDER = Axis(name="lr", low=1e-4, high=1.0, log=True)


@pytest.mark.parametrize("sampler", ("grid", "sobol", "random"))
def test_trials_beyond_an_edge_are_spread_over_what_is_new(sampler: str) -> None:
    view = finished(sweep(LR, MOMENTUM, sampler=sampler, trials=64), [({"lr": 0.1, "momentum": 0.9}, 1.0)])
    added = Planner(view).beyond(WIDER, 4)
    assert [each.trial for each in added] == [1, 2, 3, 4]
    assert all(0.1 <= float(each.values["lr"]) <= 1.0 for each in added)
    assert max(float(each.values["lr"]) for each in added) > 0.3
    assert len({each.values["momentum"] for each in added}) > 1
