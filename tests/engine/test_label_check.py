"""Label errors of a run: flipped labels are found, and the run stays as it was."""

import random
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import pytest
import torch

from tests.engine.helpers import experiment
from tests.engine.test_sample_images import folder as photos
from tests.engine.test_sample_images import of_images
from tui_lab.engine.label_check import find_label_errors
from tui_lab.engine.out_of_fold import folds_of, out_of_fold_outputs
from tui_lab.engine.setup.prepare import Prepared, prepare
from tui_lab.errors import InputError, RunError
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.label_errors import FindLabelErrors, FoldProgress
from tui_lab.protocol.label_plan import plan_label_errors
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.folder.lock import take
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.recorder import record_run

ROWS, FLIPPED = 600, 48
"""8 % of the rows have a wrong label."""


def trained(folder: Path, asked: Experiment) -> tuple[RunFolder, Prepared]:
    prepared = prepare(asked)
    run = create(folder / "runs", asked)
    for _ in record_run(prepared, run, SimpleQueue()):
        pass
    return run, prepared


def of_flipped(folder: Path, task: Task) -> tuple[Experiment, set[int]]:
    """An experiment on a table with flipped labels, and these rows, as a spreadsheet counts them."""
    asked = experiment(folder, task, rows=ROWS, epochs=30)
    path, rng = Path(asked.data.file), random.Random(3)
    lines, classes = path.read_text().splitlines(), 2 if task == "binary" else 3
    chosen = rng.sample(range(1, ROWS + 1), FLIPPED)
    for row in chosen:
        head, label = lines[row].rsplit(",", 1)
        lines[row] = f"{head},{(int(label) + rng.randrange(1, classes)) % classes}"
    path.write_text("\n".join(lines) + "\n")
    return asked, {row + 1 for row in chosen}


@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_flipped_labels_are_found_and_the_run_stays_as_it_was(tmp_path: Path, task: Task) -> None:
    asked, flipped = of_flipped(tmp_path, task)
    run, prepared = trained(tmp_path, asked)
    before = contents(run.path)
    told: list[FoldProgress] = []
    found = find_label_errors(run.path, FindLabelErrors(), told.append)
    assert contents(run.path) == before

    numbers = [part.numbers_B for part in (prepared.dataset.train, prepared.dataset.val)]
    there = flipped & {int(n) for part in numbers if part is not None for n in part}
    flagged = {one.number for one in found.examples}
    assert found.flagged == len(flagged) == sum(pair.rows for pair in found.pairs)
    assert len(flagged & there) >= 0.6 * len(flagged)
    assert len(flagged & there) >= 0.5 * len(there)

    view = load_run(run).view
    assert view.best is not None
    assert (found.folds, found.epochs, found.best_epoch) == (5, view.best.epoch, view.best.epoch)
    assert found.rows == len(prepared.dataset.train) + len(prepared.dataset.val) == 540
    assert [one.fold for one in told] == sorted(one.fold for one in told)
    assert {one.fold for one in told} == {1, 2, 3, 4, 5}
    assert [one.share for one in told] == sorted(one.share for one in told)
    assert (told[0].share, told[-1].share) == (0.0, 1.0)


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_rows_are_named_and_predicted_as_they_are_in_the_table(tmp_path: Path) -> None:
    asked, _ = of_flipped(tmp_path, "multiclass")
    run, _ = trained(tmp_path, asked)
    found = find_label_errors(run.path, FindLabelErrors(folds=3, epochs=10))
    assert (found.folds, found.epochs) == (3, 10)
    lines = Path(asked.data.file).read_text().splitlines()
    margins = []
    for one in found.examples:
        assert one.number is not None and one.probability is not None
        assert one.probability_of_true is not None
        *values, label = lines[one.number - 1].split(",")
        assert int(label) == one.true != one.predicted
        assert [float(value) for value in one.values] == pytest.approx([float(v) for v in values], abs=5e-3)
        assert one.probability >= (found.thresholds[int(one.predicted)] or 2) - 1e-12
        margins.append(one.probability_of_true - one.probability)
    assert margins == sorted(margins)
    assert {one.split for one in found.examples} == {"train", "val"}


def test_a_row_is_predicted_by_a_network_that_has_not_seen_it(tmp_path: Path) -> None:
    """Its label has no influence: with other labels in one fold, the outputs of that fold are the same."""
    prepared = prepare(experiment(tmp_path, "multiclass", epochs=4))
    dataset = prepared.dataset
    labels = torch.cat((dataset.train.y, dataset.val.y))
    before = out_of_fold_outputs(prepared, 3, 4, lambda _: None)
    assert before.shape == (81, 3)
    fold = folds_of(labels, 3, prepared.experiment.hyperparameters.seed)
    other = labels.clone()
    other[fold == 1] = (labels[fold == 1] + 1) % 3
    cut = len(dataset.train)
    changed = replace(
        dataset, train=replace(dataset.train, y=other[:cut]), val=replace(dataset.val, y=other[cut:])
    )
    prepared = replace(prepare(experiment(tmp_path, "multiclass", epochs=4)), dataset=changed)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tui_lab.engine.out_of_fold.folds_of", lambda *_: fold)
        after = out_of_fold_outputs(prepared, 3, 4, lambda _: None)
    assert after[fold == 1].equal(before[fold == 1])
    assert not after[fold == 0].isclose(before[fold == 0]).all()


def test_images_in_the_wrong_folder_are_shown(tmp_path: Path) -> None:
    """Of 60 images, four blue ones lie among the red ones."""
    root = photos(tmp_path / "photos", count=30)
    wrong = [f"reds/b{k}.png" for k in (2, 9, 16, 23)]
    for k, name in zip((2, 9, 16, 23), wrong, strict=True):
        (root / "blues" / f"{k}.png").rename(root / name)
    run, prepared = trained(tmp_path, of_images(root, epochs=20, lr=0.01))
    dataset = prepared.dataset
    there = set(wrong) & {*dataset.train.names, *dataset.val.names}
    found = find_label_errors(run.path, FindLabelErrors(folds=3, epochs=20))
    assert found.rows == len(dataset.train) + len(dataset.val)
    names = {one.name for one in found.examples}
    assert names <= there and len(names) >= 2
    for one in found.examples:
        assert one.picture is not None and (one.picture.height, one.picture.width) == (8, 8)
        assert [dataset.about.classes[int(k)] for k in (one.true, one.predicted)] == ["reds", "blues"]


def test_what_cannot_be_looked_for(tmp_path: Path) -> None:
    run, _ = trained(tmp_path, experiment(tmp_path, "multiclass"))
    for wanted, why in (
        (FindLabelErrors(folds=1), "at least 2"),
        (FindLabelErrors(folds=60), "60 are more than the .* rows of class"),
        (FindLabelErrors(epochs=0), "at least 1"),
    ):
        with pytest.raises(InputError, match=why):
            find_label_errors(run.path, wanted)
    lock = take(run)
    try:
        with pytest.raises(InputError, match="is running"):
            find_label_errors(run.path, FindLabelErrors())
    finally:
        lock.release()
    numbers, _ = trained(tmp_path, experiment(tmp_path, "regression"))
    with pytest.raises(InputError, match="only classes"):
        find_label_errors(numbers.path, FindLabelErrors())
    data = tmp_path / "multiclass-90-0.csv"
    data.write_text(data.read_text().replace("0.", "1.", 1))
    with pytest.raises(InputError, match="data have changed"):
        find_label_errors(run.path, FindLabelErrors())
    data.unlink()
    with pytest.raises(InputError, match="no such file"):
        find_label_errors(run.path, FindLabelErrors())


def test_a_fold_that_diverges_is_named(tmp_path: Path) -> None:
    prepared = prepare(experiment(tmp_path, "multiclass"))
    hyper = prepared.experiment.hyperparameters.model_copy(update={"lr": 1e30, "optimizer": "sgd"})
    bad = replace(prepared, experiment=prepared.experiment.model_copy(update={"hyperparameters": hyper}))
    with pytest.raises(RunError, match="fold 1 of 2 diverged"):
        out_of_fold_outputs(bad, 2, 30, lambda _: None)


def test_the_plan_says_how_long_by_the_runs_own_steps_a_second(tmp_path: Path) -> None:
    run, _ = trained(tmp_path, experiment(tmp_path, "multiclass", epochs=6))
    view = load_run(run).view
    assert view.best is not None
    plan = plan_label_errors(view, FindLabelErrors(folds=3))
    steps = 3 * view.best.epoch * 4  # 54 of the 81 rows in batches of 16
    assert (plan.rows, plan.epochs, plan.steps, plan.problems) == (81, view.best.epoch, steps, ())
    assert plan.seconds == pytest.approx(steps * view.epochs_s / view.step)
    assert plan_label_errors(view, FindLabelErrors(folds=3, epochs=2)).steps == 24
