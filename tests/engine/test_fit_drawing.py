"""The fit drawn over one or two inputs: it is what the network predicts, and the run is as without it."""

import json
from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import numpy as np
import pytest
from torch.nn import Linear

from tests.engine.helpers import epochs, experiment, run_all, step_losses
from tests.engine.test_run_evaluation import RUNS, Stirring, assert_same
from tests.engine.test_sample_images import folder as photos
from tests.engine.test_sample_images import of_images
from tests.engine.test_steering import at, driven
from tests.engine.test_weight_average import trained
from tests.journals import fold, read
from tui_lab.cli.main import main
from tui_lab.engine.diagnostics import fit_drawing
from tui_lab.engine.diagnostics.fit_drawing import draw_at_start, draw_best, draw_now
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.state.training_state import Training
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.protocol.codec import decode, encode
from tui_lab.protocol.events import Event
from tui_lab.protocol.fit import MOST_ROWS, DrawFit, FitDrawn
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import CommandRefused
from tui_lab.runs.folder.folder import FIT, create
from tui_lab.session.clients.attached import RemoteSession
from tui_lab.session.queries.subprocess import Query, answer
from tui_lab.session.recorder import record_run

LAYERS = ("linear 8", "batch_norm", "relu", "dropout 0.5", "linear 4")


def made(name: str, task: str, **hyper: object) -> Experiment:
    target = "y" if name == "curve" else "class"
    given = Hyperparameters.model_validate({"epochs": 3, "batch_size": 32, "lr": 0.01, **hyper})
    spec = DataSpec(file=f"made:{name}", target=target, rows=200)
    model = ModelSpec(layers=LAYERS)
    return Experiment(preset=name, task=task, data=spec, model=model, hyperparameters=given, device="cpu")


def drawings(events: list[Event]) -> list[FitDrawn]:
    return [event for event in events if isinstance(event, FitDrawn)]


@pytest.mark.parametrize("hyper", RUNS.values(), ids=RUNS)
def test_a_run_that_is_drawn_is_the_run_that_never_was(tmp_path: Path, hyper: dict[str, object]) -> None:
    asked = made("moons", "binary", **hyper)
    alone, left = trained(asked, tmp_path / "alone")
    seen, kept = trained(asked, tmp_path / "seen", *(Planned(step, DrawFit(9, 7)) for step in (0, 3, 5)))
    assert [event.step for event in drawings(seen)] == [0, 3, 5]
    assert step_losses(seen) == step_losses(alone)
    assert [(e.val_loss, e.metrics) for e in epochs(seen)] == [(e.val_loss, e.metrics) for e in epochs(alone)]
    assert_same(kept, left)


def test_neither_weights_nor_buffers_nor_random_numbers_change() -> None:
    network = Stirring()
    network.line = Linear(2, 1)
    asked = made("moons", "binary").model_copy(update={"model": ModelSpec(layers=("linear 8",))})
    training = Training(replace(prepare(asked), network=network))
    before = deepcopy(training.capture())
    draw_now(training, DrawFit(5, 5))
    assert_same(training.capture(), before)
    assert training.network.training


@pytest.mark.parametrize(
    ("name", "task"), [("moons", "binary"), ("moons", "multiclass"), ("curve", "regression")]
)
def test_it_is_what_predict_says_at_these_points(
    name: str, task: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = made(name, task)
    folder = create(tmp_path / "runs", asked)
    for _ in record_run(prepare(asked), folder, SimpleQueue()):
        pass
    drawn = draw_best(asked, folder.path, DrawFit(6, 4))
    assert drawn.inputs == (("x",) if name == "curve" else ("x1", "x2"))
    assert (drawn.width, drawn.height) == ((6, 1) if name == "curve" else (6, 4))
    monkeypatch.chdir(tmp_path)
    lines = [",".join(drawn.inputs)]
    for row in range(drawn.height):
        for column in range(drawn.width):
            low, high = drawn.spans[0]
            point = [low + (high - low) * (column + 0.5) / drawn.width]
            if len(drawn.inputs) == 2:
                low, high = drawn.spans[1]
                point.append(high - (high - low) * (row + 0.5) / drawn.height)
            lines.append(",".join(map(str, point)))
    Path("points.csv").write_text("\n".join(lines) + "\n")
    shell = ["predict", "last", "points.csv", "--runs", str(tmp_path / "runs"), "-o", "said.csv", "--quiet"]
    assert main(shell) == 0
    _, *said = (line.split(",") for line in Path("said.csv").read_text().splitlines())
    if task == "regression":
        assert np.allclose([float(row[1]) for row in said], drawn.values, rtol=1e-3, atol=1e-3)
        return
    assert [row[1] for row in said] == [drawn.classes[k] for k in drawn.chosen]
    sure = [float(row[2 + k]) for row, k in zip(said, drawn.chosen, strict=True)]
    assert np.allclose(sure, drawn.values, atol=1e-3)


def test_the_rows_are_those_of_the_table_in_its_units() -> None:
    asked = made("curve", "regression")
    drawn = draw_at_start(asked, DrawFit(5))
    assert (drawn.step, drawn.epoch) == (0, 0)
    assert len(drawn.rows) == 140 + 40
    assert sum(row.held_out for row in drawn.rows) == 40
    assert all(abs(row.answer - np.sin(2 * row.x) - row.x / 4) < 0.5 for row in drawn.rows)
    (low, high), *_ = drawn.spans
    x = [row.x for row in drawn.rows]
    assert low < min(x) < max(x) < high < 4
    many = asked.model_copy(update={"data": DataSpec(file="made:curve", target="y", rows=5000)})
    assert MOST_ROWS <= len(draw_at_start(many, DrawFit(5)).rows) <= MOST_ROWS + 2


def test_what_cannot_be_drawn_is_refused_in_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def why(asked: Experiment, command: DrawFit | None = None) -> str:
        events = driven(asked, at({2: [command or DrawFit()]}))
        refused = [event for event in events if isinstance(event, CommandRefused)]
        assert [event.command for event in refused] == ["draw_fit"]
        assert events[-1].kind == "run_ended"
        return refused[0].why

    assert "there are 4 here" in why(experiment(tmp_path, "multiclass"))
    assert "images" in why(of_images(photos(tmp_path / "photos")))
    assert "too large" in why(made("moons", "binary"), DrawFit(1000, 1000))
    path = tmp_path / "town.csv"
    path.write_text("town,size,y\n" + "".join(f"{'ab'[k % 2]},{k % 7},{k}\n" for k in range(60)))
    spec = DataSpec(file=str(path), target="y")
    assert "categories" in why(made("curve", "regression").model_copy(update={"data": spec}))

    def fail(*_: object, **__: object) -> None:
        raise RuntimeError("[/x] out of paper")

    monkeypatch.setattr(fit_drawing, "_drawn", fail)
    assert "could not be drawn: RuntimeError: [/x] out of paper" in why(made("moons", "binary"))
    with pytest.raises(InputError, match="there are 4 here"):
        monkeypatch.undo()
        answer(Query(experiment=experiment(tmp_path, "multiclass"), command=DrawFit()))


def test_a_question_at_rest_is_answered_with_new_or_the_best_weights(tmp_path: Path) -> None:
    asked = made("spirals", "binary")
    found = answer(Query(experiment=asked, command=DrawFit(8, 6)))
    assert isinstance(found, FitDrawn)
    first = drawings(run_all(asked, DrawFit(8, 6)))[0]
    assert replace(found, seconds=0.0) == replace(first, seconds=0.0)
    folder = create(tmp_path / "runs", asked)
    for _ in record_run(prepare(asked), folder, SimpleQueue()):
        pass
    best = answer(Query(experiment=asked, command=DrawFit(8, 6), run=str(folder.path)))
    assert isinstance(best, FitDrawn)
    assert best.epoch >= 1
    assert best.values != found.values


def test_the_drawing_lies_beside_the_journal(tmp_path: Path) -> None:
    asked = made("moons", "binary")
    folder, commands = create(tmp_path / "runs", asked), SimpleQueue()
    for _ in range(5):
        commands.put(DrawFit())
    records = list(record_run(prepare(asked), folder, commands))
    (*_, last) = told = drawings([record.event for record in records])
    assert len(told) == 5
    assert len(last.values) == len(last.chosen) == 80 * 60
    lines = [line for line in folder.journal.read_bytes().splitlines() if b"fit_drawn" in line]
    assert len(lines) == 5
    assert max(map(len, lines)) < 500
    assert json.loads((folder.path / FIT).read_text().partition("\n")[2])["kind"] == "fit_drawn"
    view = fold(RemoteSession(folder).drain())
    assert view.fit == last
    assert RemoteSession.opened(folder)[0].fit == last
    kept = [record for record in read(folder.journal).records if isinstance(record.event, FitDrawn)]
    assert [decode(encode(record)) for record in kept] == kept
