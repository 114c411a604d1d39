"""A worker: it trains what it is told to, one trial at a time, as the same runs are trained alone."""

import io
from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import pytest
import torch

from tests.engine.helpers import experiment
from tui_lab.engine.checkpoints.file import load_state
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.events import RunResumed
from tui_lab.protocol.sweeps.events import TrialEnded, TrialReached, TrialsMeasured, TrialStarted
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder, create, run_ids
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.journal.journal import Journal
from tui_lab.session.recorder import prepare, record_run
from tui_lab.session.sweeps import trial_run
from tui_lab.session.sweeps.messages import (
    EndTrial,
    GoOn,
    Measure,
    Measured,
    Order,
    PauseWork,
    Report,
    TrainTrial,
    decode_order,
    decode_report,
    encode_order,
)
from tui_lab.session.sweeps.worker import Worker, is_reported


@pytest.fixture
def asked(tmp_path: Path) -> Experiment:
    return experiment(tmp_path, epochs=6, dropout=0.2)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "trials"


def order(asked: Experiment, root: Path, trial: int = 0, **fields: object) -> TrainTrial:
    seed = asked.hyperparameters.model_copy(update={"seed": trial})
    asked = asked.model_copy(update={"hyperparameters": seed})
    defaults = {"name": f"trial {trial}", "run_id": "", "metric": "val_loss", "until": None}
    return TrainTrial(trial=trial, experiment=asked, root=str(root), **(defaults | fields))  # type: ignore[arg-type]


def told(*orders: Order) -> list[Report]:
    """What a worker reports that is given these orders, one after the other, and no more."""
    queue: SimpleQueue[Order | None] = SimpleQueue()
    reports = io.BytesIO()
    worker = Worker(queue, reports)
    for each in orders:  # one by one: it has done what it can before the next
        queue.put(decode_order(encode_order(each)))
        worker._follow(wait=True)
        while worker._ahead and not worker._paused:
            for one in [*worker._ahead][: worker._together]:
                worker._train(one)
    queue.put(None)
    worker.work()
    return [decode_report(line) for line in reports.getvalue().splitlines()]


def curve(reports: list[Report], trial: int = 0) -> dict[int, float]:
    return {
        epoch: value
        for report in reports
        if isinstance(report, TrialsMeasured)
        for number, epoch, value in zip(report.trials, report.epochs, report.values, strict=True)
        if number == trial
    }


def ended(reports: list[Report]) -> list[TrialEnded]:
    return [report for report in reports if isinstance(report, TrialEnded)]


def alone(asked: Experiment, folder: Path, seed: int = 0) -> RunFolder:
    """The same trial trained as an ordinary run."""
    hyper = asked.hyperparameters.model_copy(update={"seed": seed})
    asked = asked.model_copy(update={"hyperparameters": hyper})
    run = create(folder, asked)
    for _ in record_run(prepare(asked), run, SimpleQueue()):
        pass
    return run


def losses(view: RunView) -> list[float]:
    """Those of all steps, as the mean of each epoch, and of each validation."""
    return [loss for epoch in view.history for loss in (epoch.train_loss, epoch.val_loss)]


def weights(folder: RunFolder) -> dict[str, torch.Tensor]:
    file = load_run(folder).view.checkpoints[-1].file
    return load_state(folder.checkpoints / file, None, torch.device("cpu"))["network"]


@pytest.mark.parametrize("speed", ["exact", "fast"])
def test_a_trial_is_the_run_that_it_would_be_alone(
    asked: Experiment, root: Path, tmp_path: Path, speed: str
) -> None:
    hyper = {"speed": speed, "schedule": "one_cycle", "grad_clip": 0.5, "epochs": 52}
    asked = asked.model_copy(update={"hyperparameters": asked.hyperparameters.model_copy(update=hyper)})
    reports = told(*(order(asked, root, trial, until=3) for trial in (1, 2)), GoOn(2, None), GoOn(1, None))
    folders = {r.trial: RunFolder(root / r.run_id) for r in reports if isinstance(r, TrialStarted)}
    for trial, folder in folders.items():
        other = alone(asked, tmp_path / "alone", trial)
        one, two = load_run(folder).view, load_run(other).view
        assert losses(one) == losses(two)
        assert one.step == two.step >= 200
        assert one.tested == two.tested
        for name, weight in weights(folder).items():
            assert torch.equal(weight, weights(other)[name])
    [first, second] = ended(reports)
    assert (first.trial, second.trial) == (2, 1)
    assert first.best == min(curve(reports, 2).values())
    assert first.test == load_run(folders[2]).view.tested.metrics  # type: ignore[union-attr]


def test_trials_that_are_trained_as_one_are_the_runs_that_they_would_be_alone(
    asked: Experiment, root: Path, tmp_path: Path
) -> None:
    hyper = {"schedule": "one_cycle", "grad_clip": 0.5, "epochs": 52}
    asked = asked.model_copy(update={"hyperparameters": asked.hyperparameters.model_copy(update=hyper)})
    begin = [order(asked, root, trial, until=4, together=3) for trial in range(4)]
    reports = told(PauseWork(True), *begin, PauseWork(False), *(GoOn(trial, None) for trial in (2, 0, 1, 3)))
    folders = {r.trial: RunFolder(root / r.run_id) for r in reports if isinstance(r, TrialStarted)}
    assert [e.status for e in ended(reports)] == ["finished"] * 4
    for trial, folder in folders.items():
        one, two = load_run(folder).view, load_run(alone(asked, tmp_path / "alone", trial)).view
        assert losses(one) == pytest.approx(losses(two), rel=1e-6)
        assert one.step == two.step >= 200


def test_a_trial_is_held_where_it_is_to_be_and_the_next_one_is_trained(asked: Experiment, root: Path) -> None:
    reports = told(order(asked, root, 0, until=2), order(asked, root, 1, until=4), GoOn(0, None))
    kinds = [(type(r).__name__, r.trial) for r in reports if not isinstance(r, TrialsMeasured | Measured)]
    assert kinds == [
        ("TrialStarted", 0), ("TrialReached", 0), ("TrialStarted", 1), ("TrialReached", 1), ("TrialEnded", 0),
    ]  # fmt: skip
    reached = [r for r in reports if isinstance(r, TrialReached)]
    assert [r.epoch for r in reached] == [2, 4]
    assert reached[0].best == min(value for epoch, value in curve(reports).items() if epoch <= 2)


def test_a_trial_that_is_ended_keeps_its_checkpoint_and_can_go_on(
    asked: Experiment, root: Path, tmp_path: Path
) -> None:
    reports = told(order(asked, root, until=2), EndTrial(0, "given_up", "given up after 2 epochs"))
    [end] = ended(reports)
    assert (end.status, end.epoch, end.message) == ("given_up", 2, "given up after 2 epochs")
    assert end.test == {}
    [run_id] = run_ids(root)
    assert load_run(RunFolder(root / run_id)).view.status == "stopped"
    reports = told(order(asked, root, run_id=run_id))
    [end] = ended(reports)
    assert (end.status, end.epoch) == ("finished", 6)
    assert run_ids(root) == [run_id]
    one, two = load_run(RunFolder(root / run_id)).view, load_run(alone(asked, tmp_path / "alone")).view
    assert [e.val_loss for e in one.history] == [e.val_loss for e in two.history]
    assert end.best == two.best.val_loss  # type: ignore[union-attr]


def test_epochs_that_are_trained_again_do_not_count_twice(asked: Experiment, root: Path) -> None:
    told(order(asked, root, until=2))
    [run_id] = run_ids(root)
    folder = RunFolder(root / run_id)
    last = load_run(folder).view.history[-1]
    with Journal.open(folder.journal) as journal:  # trained further, and killed before the next checkpoint
        journal.append(RunResumed("last.pt", last.step, last.epoch, {}))
        journal.append(replace(last, epoch=3, step=last.step + 4, val_loss=0.0, best=True))
    assert load_run(folder).view.epochs_done == 3
    [end] = ended(told(order(asked, root, run_id=run_id)))
    assert (end.status, end.epoch) == ("finished", 6)
    history = load_run(folder).view.history
    assert end.best == min(e.val_loss for e in history) > 0
    assert end.seconds == pytest.approx(sum(e.seconds for e in history))


def test_a_trial_that_was_held_is_held_at_the_same_epoch_when_it_is_resumed(
    asked: Experiment, root: Path
) -> None:
    """Its worker ended while it waited for the verdict: the stop rule must see what it saw then."""
    first = told(order(asked, root, until=3))
    (run_id,) = (report.run_id for report in first if isinstance(report, TrialStarted))
    (reached,) = (report for report in first if isinstance(report, TrialReached))
    again = told(order(asked, root, until=3, run_id=run_id), GoOn(0, None))
    assert [report for report in again if isinstance(report, TrialReached)] == [reached]
    history = load_run(RunFolder(root / run_id)).view.history
    assert [epoch.epoch for epoch in history] == [1, 2, 3, 4, 5, 6]


def test_a_trial_whose_end_nobody_noted_is_not_trained_again(asked: Experiment, root: Path) -> None:
    first = told(order(asked, root))
    [run_id] = run_ids(root)
    size = (root / run_id / "events.jsonl").stat().st_size
    again = told(order(asked, root, run_id=run_id))
    assert ended(again)[0].best == ended(first)[0].best
    assert ended(again)[0].test == ended(first)[0].test
    assert (root / run_id / "events.jsonl").stat().st_size == size


def test_a_trial_without_a_checkpoint_begins_anew(asked: Experiment, root: Path) -> None:
    folder = create(root, asked)  # killed before its first checkpoint
    reports = told(order(asked, root, run_id=folder.run_id))
    assert ended(reports)[0].status == "finished"
    [run_id] = run_ids(root)
    assert run_id != folder.run_id


def test_a_trial_that_cannot_be_trained_fails_alone(asked: Experiment, root: Path) -> None:
    gone = asked.model_copy(update={"data": asked.data.model_copy(update={"file": "/nowhere.csv"})})
    reports = told(order(gone, root, 0), order(asked, root, 1))
    assert [(e.trial, e.status) for e in ended(reports)] == [(0, "failed"), (1, "finished")]
    assert "nowhere.csv" in ended(reports)[0].message


def test_a_trial_that_diverges_says_so(asked: Experiment, root: Path) -> None:
    hyper = asked.hyperparameters.model_copy(update={"lr": 100.0, "optimizer": "sgd"})
    reports = told(order(asked.model_copy(update={"hyperparameters": hyper}), root))
    assert ended(reports)[0].status == "diverged"


def test_any_error_is_that_of_its_trial(
    asked: Experiment, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = trial_run.get_ready

    def fail(job: object, *rest: object) -> object:
        if job.experiment.hyperparameters.seed == 0:  # type: ignore[attr-defined]
            raise ZeroDivisionError("out of luck")
        return whole(job, *rest)  # type: ignore[arg-type]

    monkeypatch.setattr(trial_run, "get_ready", fail)
    reports = told(order(asked, root, 0), order(asked, root, 1))
    assert [(e.trial, e.status) for e in ended(reports)] == [(0, "failed"), (1, "finished")]


def test_an_end_is_answered_also_if_the_trial_had_not_begun(asked: Experiment, root: Path) -> None:
    end = EndTrial(3, "dropped", "dropped on request")
    reports = told(PauseWork(True), order(asked, root, 3), end, PauseWork(False))
    assert [(e.trial, e.status, e.epoch) for e in ended(reports)] == [(3, "dropped", 0)]
    assert run_ids(root) == []


def test_without_orders_everything_is_saved(asked: Experiment, root: Path) -> None:
    told(order(asked, root, until=2))
    [run_id] = run_ids(root)
    view = load_run(RunFolder(root / run_id)).view
    assert (view.status, view.epochs_done) == ("stopped", 2)
    assert view.checkpoints[-1].reason == "end"


def test_the_metric_of_the_sweep_is_reported(tmp_path: Path, root: Path) -> None:
    asked = experiment(tmp_path, "multiclass", epochs=4)
    reports = told(order(asked, root, metric="val_accuracy", until=3), GoOn(0, None))
    [run_id] = run_ids(root)
    history = load_run(RunFolder(root / run_id)).view.history
    assert curve(reports) == {e.epoch: e.metrics["accuracy"] for e in history}
    [reached] = [r for r in reports if isinstance(r, TrialReached)]
    assert reached.best == max(e.metrics["accuracy"] for e in history[:3])
    best = min(history, key=lambda e: e.val_loss)
    assert (ended(reports)[0].best, ended(reports)[0].best_epoch) == (best.metrics["accuracy"], best.epoch)


def test_of_many_epochs_fewer_are_reported_the_more_there_are() -> None:
    reported = [epoch for epoch in range(1, 100_001) if is_reported(epoch)]
    assert reported[:49] == list(range(1, 50))
    assert len(reported) < 400


def test_how_trials_are_trained_is_measured(asked: Experiment, tmp_path: Path) -> None:
    [found] = told(Measure(asked, exact=False))
    assert isinstance(found, Measured)
    assert (found.problems, found.threads) == ((), 1)
    assert 0 < found.epoch_s < 1
    assert found.memory_bytes > 2**20
    [exact] = told(Measure(asked, exact=True))
    assert isinstance(exact, Measured)
    assert exact.speed == "exact"
    gone = asked.model_copy(update={"data": asked.data.model_copy(update={"file": "/nowhere.csv"})})
    [refused] = told(Measure(gone, exact=True))
    assert isinstance(refused, Measured)
    assert "nowhere.csv" in refused.problems[0]


def test_an_order_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="message"):
        decode_order(b'{"message": "dance"}')
