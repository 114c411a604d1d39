"""A few real trainings of the campaign; `TUI_LAB_COACH_SEEDS=24` asks for all cases on so many seeds."""

import os
from pathlib import Path

import pytest

from tests.coach import table
from tests.coach.campaign import Job, jobs_of, result_of

SEEDS = int(os.environ.get("TUI_LAB_COACH_SEEDS", "0"))


@pytest.mark.parametrize(
    ("case", "data", "said"),
    [
        ("rate x1000, SGD", "regression", "not_finite"),
        ("rate / 100, Adam", "binary", "update_low"),
        ("dropout 0.9", "regression", "regularised"),
    ],
)
def test_a_broken_run_is_told_what_is_wrong_and_gets_better(
    tmp_path: Path, case: str, data: str, said: str
) -> None:
    result = result_of(Job(case, data, 100), tmp_path)
    assert result.said == said
    assert result.before is not None and result.after is not None
    assert result.after < result.before


@pytest.mark.parametrize("optimizer", ["adam", "sgd"])
def test_a_healthy_run_is_left_alone(tmp_path: Path, optimizer: str) -> None:
    assert result_of(Job(f"healthy {optimizer}", "binary", 100), tmp_path).alarms == []


if SEEDS:

    @pytest.mark.slow
    @pytest.mark.timeout(0)
    def test_the_whole_campaign(tmp_path: Path) -> None:
        results = [result_of(job, tmp_path) for job in jobs_of(range(100, 100 + SEEDS))]
        healthy = [result for result in results if result.job.healthy]
        alarmed = [result for result in healthy if result.alarms]
        assert len(alarmed) <= 0.1 * len(healthy), table.by_rule(results)
