"""Questions about runs that nobody trains, answered by the host in stock."""

from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.engine.helpers import experiment, run_all
from tests.engine.test_sample_images import folder as photos
from tests.engine.test_sample_images import of_images
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import prepare
from tui_lab.errors import InputError, LabError, RunError
from tui_lab.experiment.folds import fold_experiments
from tui_lab.protocol.commands import Evaluate, Look, Show
from tui_lab.protocol.evaluation import Evaluation, RunsCompared
from tui_lab.protocol.steering_events import Evaluated, ForwardProbed, SamplesShown
from tui_lab.protocol.two_runs import CompareRuns, EvaluateFolds
from tui_lab.runs.folder.folder import create
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.clients.trainers import Hosts, InProcess
from tui_lab.session.jobs.jobs import Fresh
from tui_lab.session.queries.subprocess import Query, answer, answer_line, is_question, read_answer
from tui_lab.session.recorder import record_run


@pytest.mark.slow
def test_the_host_in_stock_answers_again_and_again_and_then_trains(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "multiclass", epochs=1)
    pictures = of_images(photos(tmp_path / "photos"), rotation=45.0, epochs=1)
    hosts = Hosts()
    hosts.load()
    stock = hosts._spare
    assert stock is not None
    found = hosts.ask(Query(experiment=asked, command=Look()), ForwardProbed)
    told = next(event for event in run_all(asked, Look()) if isinstance(event, ForwardProbed))
    assert (told.step, found.step) == (0, 0)
    assert found == told
    assert found == InProcess().ask(Query(experiment=asked, command=Look()), ForwardProbed)
    images = hosts.ask(Query(experiment=pictures, command=Show(3)), SamplesShown)
    assert all(sample.seen for sample in images.samples)
    assert images == next(event for event in run_all(pictures, Show(3)) if isinstance(event, SamplesShown))
    with pytest.raises(InputError, match="not images"):
        hosts.ask(Query(experiment=asked, command=Show()), SamplesShown)
    assert hosts._spare is stock, "torch was loaded once"
    stock.give(Fresh(experiment=asked, root=str(tmp_path / "runs")))
    assert stock.outcome() is not None
    stock.dismiss()


def test_a_run_is_the_same_after_a_question(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "multiclass", epochs=2)

    def losses() -> list[float]:
        history = [e for e in run(prepare(asked), SimpleQueue()) if e.kind == "epoch_ended"]
        return [e.val_loss for e in history]

    before = losses()
    answer(Query(experiment=asked, command=Look()))
    assert losses() == before


def test_of_a_run_that_has_ended_the_best_weights_are_looked_at(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "multiclass", epochs=3)
    folder = create(tmp_path / "runs", asked)
    for _ in record_run(prepare(asked), folder, SimpleQueue()):
        pass
    best = load_run(folder).view.best
    assert best is not None
    found = answer(Query(experiment=asked, command=Look(), run=str(folder.path)))
    untrained = answer(Query(experiment=asked, command=Look()))
    assert isinstance(found, ForwardProbed) and isinstance(untrained, ForwardProbed)
    assert (found.step, found.epoch) == (best.step, best.epoch)
    assert found.layers[0] == untrained.layers[0], "the batch is the same"
    assert found.layers[-1] != untrained.layers[-1]
    other = experiment(tmp_path, "multiclass", layers=("linear 77",), epochs=3)
    with pytest.raises(InputError, match="do not fit"):
        answer(Query(experiment=other, command=Look(), run=str(folder.path)))


def test_of_a_run_that_has_ended_the_best_weights_are_evaluated(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "multiclass", epochs=2)
    folder = create(tmp_path / "runs", asked)
    with pytest.raises(InputError, match="untrained"):
        answer(Query(experiment=asked, command=Evaluate("test")))
    with pytest.raises(LabError):
        answer(Query(experiment=asked, command=Evaluate("test"), run=str(folder.path)))
    for _ in record_run(prepare(asked), folder, SimpleQueue()):
        pass
    question = Query(experiment=asked, command=Evaluate("test"), run=str(folder.path))
    found = read_answer(answer_line(question.model_dump_json().encode()), Evaluated)
    view = load_run(folder).view
    assert view.tested is not None
    assert (found.epoch, found.split) == (view.tested.epoch, "test")
    assert found.metrics["accuracy"] == pytest.approx(view.tested.metrics["accuracy"])


def test_two_runs_that_have_ended_are_compared(tmp_path: Path) -> None:
    asked = [experiment(tmp_path, "binary", epochs=epochs, lr=0.05) for epochs in (1, 4)]
    folders = [create(tmp_path / "runs", one) for one in asked]
    for one, folder in zip(asked, folders, strict=True):
        for _ in record_run(prepare(one), folder, SimpleQueue()):
            pass
    command = CompareRuns(str(folders[1].path))
    with pytest.raises(InputError, match="untrained"):
        answer(Query(experiment=asked[0], command=command))
    question = Query(experiment=asked[0], command=command, run=str(folders[0].path))
    found = read_answer(answer_line(question.model_dump_json().encode()), RunsCompared)
    assert (found.split, found.rival.about) == ("test", folders[1].run_id)
    tested = [load_run(folder).view.tested for folder in folders]
    scores = found.scores["accuracy"].value, found.rival.scores["accuracy"].value
    assert scores == pytest.approx([one.metrics["accuracy"] for one in tested if one])


def test_all_folds_that_have_ended_are_evaluated(tmp_path: Path) -> None:
    asked = fold_experiments(experiment(tmp_path, "binary", epochs=1), 2)
    folders = [create(tmp_path / "runs", one) for one in asked]
    for one, folder in zip(asked, folders, strict=True):
        with pytest.raises(InputError, match="of 2 of the cross-validation of run"):
            answer(Query(experiment=asked[0], command=EvaluateFolds(), run=str(folders[0].path)))
        for _ in record_run(prepare(one), folder, SimpleQueue()):
            pass
    with pytest.raises(InputError, match="untrained"):
        answer(Query(experiment=asked[0], command=EvaluateFolds()))
    question = Query(experiment=asked[0], command=EvaluateFolds(), run=str(folders[0].path))
    found = read_answer(answer_line(question.model_dump_json().encode()), Evaluation)
    assert (found.split, found.folds) == ("out of fold", 2)


def test_what_is_no_question_is_a_job_and_a_garbled_answer_is_said(tmp_path: Path) -> None:
    asked = experiment(tmp_path)
    assert is_question(Query(experiment=asked, command=Look()).model_dump_json().encode())
    for line in (Fresh(experiment=asked, root="/r").model_dump_json().encode(), b"", b"\xff", b"[]"):
        assert not is_question(line)
    with pytest.raises(InputError, match="why not"):
        read_answer({"unanswered": ["why not"]}, ForwardProbed)
    with pytest.raises(RunError, match="cannot read the answer"):
        read_answer({"answer": "x"}, ForwardProbed)


def test_a_process_that_fails_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(RunError, match="process ended"):
        Hosts().ask(Query(experiment=experiment(tmp_path), command=Look()), ForwardProbed)
