"""The checks before training: they pass where all is well, and each fails where its trouble is."""

from dataclasses import replace
from math import inf, log
from pathlib import Path

import pytest

from tests.engine.helpers import experiment, table
from tests.engine.test_sample_images import folder as photos
from tests.engine.test_sample_images import of_images
from tui_lab.engine.start_checks import check_start
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.start_checks import StartChecked

ALL_WELL = StartChecked(0.01, 1.1, 3, 0.0, False, 16, 60, 0.0, 300, 0.2, 1.1)


def good(asked: Experiment) -> list[bool]:
    return [finding.good for finding in check_start(asked).findings()]


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_a_network_that_can_learn_passes(tmp_path: Path, task: Task) -> None:
    found = check_start(experiment(tmp_path, task, dropout=0.5, weight_decay=1.0, epochs=1))
    assert [finding.good for finding in found.findings()] == [True] * 3, "regularisation is left out"
    assert found.classes == {"regression": 0, "binary": 2, "multiclass": 3}[task]
    assert found.few == 16


def test_a_rate_that_is_far_too_low_learns_neither_the_rows_nor_from_the_inputs(tmp_path: Path) -> None:
    assert good(experiment(tmp_path, "binary", lr=1e-9)) == [True, False, False]


def test_a_rate_that_is_far_too_high_diverges_and_is_told_in_words(tmp_path: Path) -> None:
    found = check_start(experiment(tmp_path, optimizer="sgd", lr=100.0))
    assert found.few_error == found.with_inputs == inf
    assert [finding.good for finding in found.findings()] == [True, False, False]
    assert "undefined of their variance is left" in found.findings()[1].words


def test_rows_that_contradict_each_other_and_inputs_that_say_nothing_are_found(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "binary")
    file = table(tmp_path, "binary")
    head, *rows = file.read_text().splitlines()
    alike = [f"{','.join('1' if k == place else '0' for k in range(4))}," for place in range(len(rows))]
    answers = [row.rpartition(",")[2] for row in rows]
    file.write_text("\n".join([head, *map(str.__add__, alike, answers)]) + "\n")
    assert good(asked) == [True, False, False]


def test_images_and_batch_norm_can_be_checked(tmp_path: Path) -> None:
    asked = of_images(photos(tmp_path / "photos"), rotation=45.0)
    found = check_start(asked)
    assert found.few <= 16
    assert found.first_loss < 1.5 * log(found.classes)


def test_the_same_experiment_gives_the_same_figures(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "multiclass", dropout=0.5)
    one, other = check_start(asked), check_start(asked)
    assert (one.first_loss, one.few_steps, one.few_error) == (
        other.first_loss,
        other.few_steps,
        other.few_error,
    )


@pytest.mark.parametrize(
    ("changed", "check", "words"),
    [
        ({"first_loss": 9.0}, 0, "sure and wrong"),
        ({"first_loss": 0.3}, 0, "does an input hold the target?"),
        ({"first_loss": inf}, 0, "sure and wrong"),
        ({"few_error": 0.25}, 1, "it gets 12 right"),
        ({"classes": 0, "variance": 1.0, "few_error": 0.25}, 1, "25.0% of their variance"),
        ({"with_inputs": 1.09}, 2, "does not use them yet"),
    ],
)
def test_what_is_found_is_said(changed: dict[str, float], check: int, words: str) -> None:
    findings = replace(ALL_WELL, **changed).findings()  # type: ignore[arg-type]
    assert [finding.good for finding in findings] == [k != check for k in range(3)]
    assert words in findings[check].words
    assert all(finding.good for finding in ALL_WELL.findings())


def test_pretrained_weights_may_start_well() -> None:
    assert replace(ALL_WELL, first_loss=0.1, pretrained=True).findings()[0].good
