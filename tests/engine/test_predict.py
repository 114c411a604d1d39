"""A trained network on rows: the run's own test score comes out again."""

from pathlib import Path
from queue import SimpleQueue

import pytest
import torch

from tests.data.test_recipe import houses
from tests.engine.helpers import experiment
from tui_lab.data.sources import read_unseen, rows_of_split
from tui_lab.engine.checkpoints.last_good import last_good
from tui_lab.engine.checkpoints.saver import Saver
from tui_lab.engine.loop import run
from tui_lab.engine.predict import answers, make_predictor
from tui_lab.engine.setup.prepare import prepare
from tui_lab.errors import InputError, RunError
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.protocol.events import CheckpointSaved, DataLoaded, Tested

CPU = torch.device("cpu")


def trained(asked: Experiment, folder: Path) -> tuple[dict, Tested, DataLoaded]:
    """The state of the last checkpoint of a run, what its test said, and its data."""
    events = list(run(prepare(asked), SimpleQueue(), saver=Saver(folder / "checkpoints", 15)))
    saved = [event for event in events if isinstance(event, CheckpointSaved)]
    tested = next(event for event in events if isinstance(event, Tested))
    about = next(event for event in events if isinstance(event, DataLoaded))
    return last_good(folder / "checkpoints", saved, CPU).state, tested, about


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_the_held_out_rows_score_as_the_run_said(tmp_path: Path, task: str) -> None:
    asked = experiment(tmp_path, task, epochs=25, batch_norm=True, lr=0.1, optimizer="adam")
    state, tested, about = trained(asked, tmp_path)
    assert tested.epoch < 25, "the best epoch is not the last"
    predictor = make_predictor(asked, state, CPU)
    rows = rows_of_split(asked, predictor.recipe, "test", about.sha256)
    assert predictor.epoch == tested.epoch
    assert predictor.scores(rows, predictor.outputs(rows.x_NF), about) == pytest.approx(
        tested.metrics, rel=1e-5
    )

    lines = Path(asked.data.file).read_text().splitlines()
    held_out = tmp_path / "held_out.csv"
    held_out.write_text("\n".join([lines[0], *(lines[row - 1] for row in rows.rows_N)]) + "\n")
    again = read_unseen(asked.data.model_copy(update={"file": str(held_out)}), predictor.recipe)
    outputs = predictor.outputs(again.x_NF)
    assert predictor.scores(again, outputs, about) == pytest.approx(tested.metrics, rel=1e-5)
    chosen, chances = answers(predictor.recipe, outputs)
    told = [line.rsplit(",", 1)[1] for line in held_out.read_text().splitlines()[1:]]
    if task == "regression":
        errors = [abs(float(a) - float(b)) for a, b in zip(chosen, told, strict=True)]
        assert sum(errors) / len(errors) == pytest.approx(tested.metrics["mae"], rel=1e-5), (
            "in the table's units"
        )
        assert chances.shape == (len(told), 0)
    else:
        right = sum(a == b for a, b in zip(chosen, told, strict=True)) / len(told)
        assert right == pytest.approx(tested.metrics["accuracy"])
        assert chances.sum(1) == pytest.approx(1)
        names = predictor.recipe.classes
        assert [names[k] for k in chances.argmax(1)] == chosen


def test_texts_and_blanks_travel_in_the_checkpoint(tmp_path: Path) -> None:
    data = DataSpec(file=str(houses(tmp_path / "h.csv")), target="price")
    asked = experiment(tmp_path, epochs=5).model_copy(update={"data": data})
    state, tested, about = trained(asked, tmp_path)
    predictor = make_predictor(asked, state, CPU)
    assert predictor.recipe == prepare(asked).dataset.recipe
    rows = rows_of_split(asked, predictor.recipe, "test", about.sha256)
    assert predictor.scores(rows, predictor.outputs(rows.x_NF), about) == pytest.approx(
        tested.metrics, rel=1e-5
    )


def test_a_split_of_a_table_that_has_changed_is_not_known(tmp_path: Path) -> None:
    asked = experiment(tmp_path)
    state, _, about = trained(asked, tmp_path)
    with Path(asked.data.file).open("a") as file:
        file.write("1,2,3,4,5\n")
    with pytest.raises(InputError, match="has changed"):
        rows_of_split(asked, make_predictor(asked, state, CPU).recipe, "test", about.sha256)


def test_a_checkpoint_of_before_or_of_another_network_is_refused_in_words(tmp_path: Path) -> None:
    asked = experiment(tmp_path)
    state, _, _ = trained(asked, tmp_path)
    with pytest.raises(RunError, match="earlier tui-lab"):
        make_predictor(asked, {key: value for key, value in state.items() if key != "recipe"}, CPU)
    with pytest.raises(RunError, match="newer"):
        make_predictor(asked, state | {"recipe": {"columns": 3}}, CPU)
    with pytest.raises(RunError, match="do not match"):
        make_predictor(experiment(tmp_path, layers=("linear 3",)), state, CPU)
