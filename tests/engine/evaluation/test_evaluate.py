"""The whole evaluation: what it contains, how large it is, and that the run does not notice it."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from pydantic import TypeAdapter
from pydantic_core import to_json
from sklearn.neighbors import NearestNeighbors
from torch import nn

from tests.engine.evaluation.made_up import made_up, subject_for
from tests.engine.helpers import experiment
from tui_lab.data.dataset import Part
from tui_lab.data.pixels import Standardise
from tui_lab.data.recipes import ImageRecipe
from tui_lab.engine.evaluation.report.evaluate import evaluate
from tui_lab.engine.evaluation.report.subject import Subject, some_rows
from tui_lab.engine.setup.prepare import prepare
from tui_lab.errors import InputError
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.evaluation import Evaluation

every_task = pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])


@every_task
def test_it_goes_through_strict_json_and_repeats(task: Task) -> None:
    subject = subject_for(task)
    found = evaluate(subject, "test", epoch=3, step=60)
    text = to_json(found, inf_nan_mode="constants")
    assert b"NaN" not in text
    assert b"Infinity" not in text
    assert TypeAdapter(Evaluation).validate_json(text) == found
    again = evaluate(subject, "test", epoch=3, step=60)
    assert replace(again, seconds=found.seconds) == found
    assert (found.split, found.rows, found.epoch, found.step) == ("test", 60, 3, 60)
    assert found.columns == ("age", "twice", "colour", "noise")
    assert (found.residuals is not None) == (task == "regression")
    assert (
        (found.calibration is not None)
        == bool(found.thresholds or task == "multiclass")
        == (task != "regression")
    )
    assert found.verdict is not None
    assert [rival.name for rival in found.verdict.rivals] == ["constant", "linear"]
    assert len(found.importance) == 3
    assert found.importance[-1].columns == ("noise",)
    assert [response.column for response in found.responses][-1] == "noise"


@every_task
def test_weights_and_random_state_do_not_change(task: Task, tmp_path: Path) -> None:
    prepared = prepare(experiment(tmp_path, task, ("linear 8", "batch_norm", "activation", "dropout")))
    network = prepared.network
    before = {name: value.clone() for name, value in network.state_dict().items()}
    random = torch.get_rng_state()
    evaluate(Subject(network, network, prepared.dataset, task), "val", epoch=0, step=0)
    assert torch.get_rng_state().equal(random)
    assert all(value.equal(before[name]) for name, value in network.state_dict().items())
    assert network.training
    assert not network[0]._forward_pre_hooks
    assert not any(module._forward_pre_hooks for module in network.modules())


def test_the_worst_rows_with_what_is_most_like_them(tmp_path: Path) -> None:
    prepared = prepare(experiment(tmp_path, "regression"))
    data, network = prepared.dataset, prepared.network
    found = evaluate(Subject(network, network, data, "regression"), "val", epoch=0, step=0)
    shown = found.examples
    losses = [shown[worst.example].loss for worst in found.worst]
    with torch.no_grad():
        every = (network.eval()(data.val.x).squeeze(1) - data.val.y) ** 2
    assert losses == pytest.approx(sorted(every.tolist(), reverse=True)[:50], rel=1e-5)
    lines = (tmp_path / "regression-90-0.csv").read_text().splitlines()
    for example in shown:
        part = getattr(data, example.split)
        assert part.numbers_B[example.index] == example.number
        cells = [float(cell) for cell in lines[example.number - 1].split(",")]
        assert [float(value) for value in example.values] == pytest.approx(cells[:-1], rel=1e-4, abs=1e-5)
        assert example.true == pytest.approx(cells[-1], rel=1e-5)
    train = data.train.x.numpy()
    mean, std = train.mean(0), train.std(0)
    nearest = NearestNeighbors(n_neighbors=3).fit((train - mean) / std)
    first = found.worst[0]
    x = data.val.x.numpy()[shown[first.example].index]
    distances, places = nearest.kneighbors((x[None] - mean) / std)
    assert [shown[place].index for place in first.similar] == places[0].tolist()
    assert first.distances == pytest.approx(distances[0], rel=1e-4)


def images(rows: int = 60, side: int = 8, channels: int = 3) -> Subject:
    """Images whose class is where they are bright; a network that knows nothing."""
    rng = torch.Generator().manual_seed(0)
    data = made_up("binary", split={"train": rows, "val": rows, "test": rows})

    def part(old: Part) -> Part:
        x = torch.randint(0, 256, (rows, channels, side, side), generator=rng).to(torch.uint8)
        names = tuple(f"no/{place}.png" for place in range(rows))
        scale = Standardise([0.5] * channels, [0.3] * channels, torch.device("cpu"))
        return Part(x, old.y, scale, np.arange(1, rows + 1), names)

    recipe = ImageRecipe(
        task="binary", target="class", classes=("no", "yes"), shape=(channels, side, side), fit="crop",
        mean=(0.5,) * channels, std=(0.3,) * channels,
    )  # fmt: skip
    data = replace(data, train=part(data.train), val=part(data.val), test=part(data.test), recipe=recipe)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network = nn.Sequential(
            nn.Conv2d(channels, 4, 3), nn.ReLU(), nn.Flatten(), nn.LazyLinear(5), nn.Linear(5, 1)
        )
        network(torch.zeros(1, channels, side, side))
    return Subject(network, network, data, "binary")


def test_images_are_shown_and_compared_by_activations() -> None:
    subject = images()
    found = evaluate(subject, "val", epoch=0, step=0)
    assert found.similar_by == "activations"
    assert (found.columns, found.importance, found.responses, found.slices) == ((), (), (), ())
    assert len(found.worst) > 5
    for example in found.examples:
        assert example.picture is not None
        assert (example.picture.height, example.picture.channels) == (8, 3)
        assert example.name == f"no/{example.number - 1}.png"
    first = found.examples[found.worst[0].example]
    with torch.no_grad():
        body = subject.network.eval()[:4]
        own = [body(part.inputs(part.x)) for part in (subject.dataset.val, subject.dataset.train)]
    mean, std = own[1].mean(0), own[1].std(0, correction=0)
    apart = torch.cdist((own[0] - mean) / std.where(std > 0, 1), (own[1] - mean) / std.where(std > 0, 1))
    expected = apart[first.index].argsort()[:3].tolist()
    assert [found.examples[place].index for place in found.worst[0].similar] == expected


def test_it_stays_below_a_megabyte() -> None:
    found = evaluate(images(400, 48), "val", epoch=0, step=0)
    assert len(found.worst) == 50
    assert len(found.examples) > 150
    assert 500_000 < len(to_json(found)) < 1_000_000


def test_a_task_that_is_unknown_is_refused() -> None:
    subject = replace(subject_for("binary", steps=0), task="ranking")
    with pytest.raises(InputError, match="task ranking cannot be evaluated"):
        evaluate(subject, "val", epoch=0, step=0)


def test_some_rows_are_in_order_and_repeat() -> None:
    some = some_rows(50, 20).tolist()
    assert len(set(some)) == 20
    assert some == sorted(some) == some_rows(50, 20).tolist()
    assert some_rows(50, 50).tolist() == list(range(50))


def test_the_temperature_of_the_test_split_is_that_of_validation() -> None:
    subject = subject_for("binary")
    on_test, on_val = (evaluate(subject, split, epoch=1, step=1).calibration for split in ("test", "val"))
    assert on_test is not None and on_val is not None
    assert on_test.temperature == on_val.temperature
    assert on_test.loss != on_val.loss


def test_similar_rows_of_a_sample_have_their_place_in_the_training_split(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("tui_lab.engine.evaluation.report.evaluate.TRAIN_ROWS", 30)
    subject = subject_for("regression")
    sampled = set(some_rows(120, 30).tolist())
    shown = [one for one in evaluate(subject, "val", epoch=1, step=1).examples if one.split == "train"]
    assert {one.index for one in shown} <= sampled
    true = subject.dataset.train.y.double() * 7 + 100
    assert [one.true for one in shown] == pytest.approx([float(true[one.index]) for one in shown], rel=1e-6)
