"""Trying a row: the run that is asked is the run that never was; the figures are those of `predict`."""

from copy import deepcopy
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import pytest
import torch
from pydantic import TypeAdapter

from tests.data.test_recipe import houses
from tests.engine.helpers import epochs, experiment, run_all, step_losses
from tests.engine.test_run_evaluation import LAYERS, RUNS, Stirring, assert_same
from tests.engine.test_sample_images import folder as photos
from tests.engine.test_sample_images import of_images
from tests.engine.test_weight_average import trained
from tui_lab.data.sources import read_unseen
from tui_lab.engine.checkpoints.last_good import newest_point
from tui_lab.engine.diagnostics import trying
from tui_lab.engine.diagnostics.trying import nice, try_now, try_row, untrained
from tui_lab.engine.predict import answers, make_predictor
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.state.training_state import Training
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.protocol.commands import Try
from tui_lab.protocol.events import Event
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.steering_events import CommandRefused, Tried
from tui_lab.protocol.trial import Trial
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.session.queries.subprocess import Query, answer
from tui_lab.session.queries.trying import forget
from tui_lab.session.recorder import record_run

CPU = torch.device("cpu")
CHANGES = (("a", 2.5), ("c", None))


def read(tried: Tried) -> Trial:
    return TypeAdapter(Trial).validate_json(tried.report)


def answered(events: list[Event]) -> list[Tried]:
    return [event for event in events if isinstance(event, Tried)]


def of_houses(folder: Path, **spec: object) -> Experiment:
    data = DataSpec.model_validate({"file": str(houses(folder / "h.csv")), "target": "price"} | spec)
    return experiment(folder, epochs=4).model_copy(update={"data": data})


def recorded(asked: Experiment, root: Path) -> RunFolder:
    folder = create(root, asked)
    for _ in record_run(prepare(asked), folder, SimpleQueue()):
        pass
    return folder


@pytest.mark.parametrize("hyper", RUNS.values(), ids=RUNS)
def test_a_run_of_which_rows_are_tried_is_the_run_that_never_was(
    tmp_path: Path, hyper: dict[str, object]
) -> None:
    asked = experiment(tmp_path, "multiclass", LAYERS, epochs=3, **hyper)
    alone, left = trained(asked, tmp_path / "alone")
    plan = (Planned(step, Try(step, changes=CHANGES, token=f"q{step}")) for step in (0, 3, 5))
    seen, kept = trained(asked, tmp_path / "seen", *plan)
    assert [(event.step, event.token) for event in answered(seen)] == [(0, "q0"), (3, "q3"), (5, "q5")]
    assert step_losses(seen) == step_losses(alone)
    assert [(e.val_loss, e.metrics) for e in epochs(seen)] == [(e.val_loss, e.metrics) for e in epochs(alone)]
    assert_same(kept, left)


def test_neither_weights_nor_buffers_nor_random_numbers_change(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "multiclass", ("linear 8",))
    training = Training(replace(prepare(asked), network=Stirring()))
    before = deepcopy(training.capture())
    try_now(training, Try())
    assert_same(training.capture(), before)
    assert training.network.training


@pytest.mark.parametrize("ema", [0.0, 0.9])
def test_during_a_run_the_weights_are_those_that_are_validated(tmp_path: Path, ema: float) -> None:
    asked = experiment(tmp_path, "regression", epochs=1, ema_decay=ema)
    (ended,) = epochs(run_all(asked))
    events, _ = trained(asked, tmp_path / "c", *(Planned(ended.step, Try(k)) for k in range(20)))
    trials = [read(event) for event in answered(events)]
    assert len({trial.number for trial in trials}) == trials[0].rows == 20
    std = prepare(asked).dataset.target_std
    errors = [((float(t.before.answer) - float(t.true)) / std) ** 2 for t in trials]
    assert sum(errors) / len(errors) == pytest.approx(ended.val_loss, rel=1e-4)


@pytest.mark.parametrize("task", ["regression", "binary", "multiclass"])
def test_of_a_run_that_has_ended_it_says_what_predict_says_of_such_a_row(tmp_path: Path, task: str) -> None:
    asked = experiment(tmp_path, task, epochs=6)  # type: ignore[arg-type]
    folder = recorded(asked, tmp_path / "runs")
    question = Query(experiment=asked, command=Try(3, changes=CHANGES), run=str(folder.path))
    tried = answer(question)
    assert isinstance(tried, Tried)
    trial = read(tried)
    own = {column.name: column.own for column in trial.columns}
    changed = tmp_path / "changed.csv"
    rest = f"{own['b']},,{own['d']}"
    changed.write_text(f"a,b,c,d\n{own['a']},{own['b']},{own['c']},{own['d']}\n2.5,{rest}\n")
    _, point = newest_point(folder, CPU)
    predictor = make_predictor(asked, point.state, CPU)
    rows = read_unseen(asked.data.model_copy(update={"file": str(changed)}), predictor.recipe)
    said, chances = answers(predictor.recipe, predictor.outputs(rows.x_NF))
    for k, prediction in enumerate((trial.before, trial.now)):
        if task == "regression":
            assert float(prediction.answer) == pytest.approx(float(said[k]), rel=1e-4)
        else:
            assert prediction.answer == said[k]
        assert prediction.probabilities == pytest.approx(chances[k], abs=1e-5)
    assert trial.before != trial.now
    assert tried.epoch == predictor.epoch


def test_the_row_is_as_the_file_has_it(tmp_path: Path) -> None:
    asked = of_houses(tmp_path)
    lines = Path(asked.data.file).read_text().splitlines()
    subject, cells = untrained(asked), set()
    for place in range(len(subject.part)):
        trial = read(try_row(subject, Try(place)))
        assert trial.number is not None
        area, city, _, rooms, price = lines[trial.number - 1].split(",")
        own = {column.name: column.own for column in trial.columns}
        assert own["city"] == (city or trial.columns[1].fill)
        assert own["area"] == pytest.approx(float(area) if area else trial.columns[0].fill, rel=1e-6)
        assert own["rooms"] == float(rooms)
        assert trial.true == pytest.approx(float(price), rel=1e-6)
        cells.add(bool(area))
        assert read(try_row(subject, Try(number=trial.number))).place == place
    assert cells == {True, False}
    assert [column.notch for column in trial.columns if column.name == "rooms"] == [1.0]
    assert trial.columns[1].categories == ("Bergen", "Oslo", "Tromsø")
    numbers = [read(try_row(subject, Try(k))).number for k in range(len(subject.part))]
    assert numbers == sorted(numbers, key=lambda number: number or 0)
    assert read(try_row(subject, Try(-1))).number == numbers[-1]


def test_a_category_and_a_missing_value_are_what_the_recipe_makes_of_them(tmp_path: Path) -> None:
    subject = untrained(of_houses(tmp_path))
    area, city = read(try_row(subject, Try())).columns[:2]
    blank = read(try_row(subject, Try(changes=(("area", None), ("city", None)))))
    filled = read(try_row(subject, Try(changes=(("area", area.fill), ("city", city.fill)))))
    assert blank.now == filled.now
    towns = {read(try_row(subject, Try(changes=(("city", name),)))).now.answer for name in city.categories}
    assert len(towns) == 3


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ((("town", 1.0),), "no column 'town'"),
        ((("city", "Olso"),), "not a category of city.*did you mean 'Oslo'"),
        ((("area", "large"),), "not a finite number"),
        ((("area", float("inf")),), "not a finite number"),
        ((("rooms", 1e39),), "not a finite number"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    tmp_path: Path, changes: tuple[tuple[str, float | str | None], ...], said: str
) -> None:
    with pytest.raises(InputError, match=said):
        try_row(untrained(of_houses(tmp_path)), Try(changes=changes))


def test_a_row_of_another_split_is_refused_and_the_run_goes_on(tmp_path: Path) -> None:
    asked = experiment(tmp_path)
    first, *_, last = sorted(prepare(asked).dataset.val.numbers_B.tolist())  # type: ignore[union-attr]
    events = run_all(asked, Try(number=1), Try(number=10**17), Try(number=last))
    refused = [event.why for event in events if isinstance(event, CommandRefused)]
    assert refused == [
        f"row 1 is not in the validation split; the nearest one is row {first}",
        f"row {10**17} is not in the validation split; the nearest one is row {last}",
    ]
    assert len(answered(events)) == 1
    assert len(epochs(events)) == 3


def test_images_are_tried_one_by_one_with_new_weights_and_with_the_best(tmp_path: Path) -> None:
    asked = of_images(photos(tmp_path / "photos"), epochs=3)
    folder = recorded(asked, tmp_path / "runs")
    for run in (None, str(folder.path)):
        names = set()
        for place in range(8):
            tried = answer(Query(experiment=asked, command=Try(place, side=4), run=run))
            assert isinstance(tried, Tried)
            trial = read(tried)
            names.add(trial.name)
            assert trial.name.startswith(str(trial.true))
            assert sum(trial.now.probabilities) == pytest.approx(1)
            assert trial.picture is not None
            assert (trial.picture.width, trial.picture.height, trial.picture.channels) == (4, 4, 3)
            assert not trial.columns
        assert len(names) == 8
    with pytest.raises(InputError, match="pixels cannot be changed"):
        answer(Query(experiment=asked, command=Try(changes=CHANGES)))


def test_what_is_loaded_is_kept_until_it_is_asked_anew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads: list[Experiment] = []

    def counted(asked: Experiment) -> trying.Tryable:
        loads.append(asked)
        return untrained(asked)

    monkeypatch.setattr(trying, "untrained", counted)
    forget()
    asked = experiment(tmp_path)
    for anew in (True, False, False, True):
        answer(Query(experiment=asked, command=Try(), anew=anew))
    assert len(loads) == 2
    forget()
    answer(Query(experiment=asked, command=Try()))
    assert len(loads) == 3


def test_a_table_that_has_changed_is_not_that_of_the_run(tmp_path: Path) -> None:
    asked = experiment(tmp_path)
    folder = recorded(asked, tmp_path / "runs")
    with Path(asked.data.file).open("a") as file:
        file.write("1,2,3,4,5\n")
    with pytest.raises(InputError, match="has changed"):
        answer(Query(experiment=asked, command=Try(), run=str(folder.path), anew=True))


def test_user_code_and_other_inputs_are_refused_in_words(tmp_path: Path) -> None:
    own = DataSpec(source="own", file=f"{tmp_path}/own.py:Data", target="y", shape=(1, 2, 2))
    with pytest.raises(InputError, match="user's Dataset"):
        untrained(experiment(tmp_path).model_copy(update={"data": own}))
    network = ModelSpec(source="module", name=f"{tmp_path}/own.py:Net")
    with pytest.raises(InputError, match="only in the process that trains"):
        untrained(experiment(tmp_path).model_copy(update={"model": network}))
    subject = untrained(experiment(tmp_path))
    assert isinstance(subject.part.x, torch.Tensor)
    signal = replace(subject.part, x=subject.part.x.unsqueeze(1))
    with pytest.raises(InputError, match="shape 1×4"):
        try_row(replace(subject, part=signal), Try())


def test_a_notch_is_a_number_that_is_easy_to_read() -> None:
    assert [nice(size) for size in (0.117, 1.3e-4, 0.36, 80, 4.1e7)] == [0.1, 1e-4, 0.5, 100, 5e7]
