"""What is asked before a run goes on, and what it then does."""

import shutil
from pathlib import Path
from queue import SimpleQueue

import pytest

from tests.engine.helpers import experiment
from tui_lab.errors import InputError, RunError
from tui_lab.protocol.commands import Advance, Checkpoint, Command, Edit, Stop, Undo
from tui_lab.protocol.ledger import entries
from tui_lab.protocol.planned import Planned
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.folder.lock import take
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.jobs.jobs import Fresh
from tui_lab.session.jobs.prepare_job import get_ready
from tui_lab.session.jobs.replay import replay_of
from tui_lab.session.jobs.resume import prepare_resume
from tui_lab.session.recorder import prepare, record_run

pytestmark = pytest.mark.slow


def trained(root: Path, stop_after: int | None = None, **hyper: object) -> RunFolder:
    """A run that is over; stopped after so many epochs, if given."""
    asked = experiment(root, **hyper)  # type: ignore[arg-type]
    folder = create(root / "runs", asked)
    commands: SimpleQueue[Command] = SimpleQueue()
    for record in record_run(prepare(asked), folder, commands):
        if record.event.kind == "epoch_ended" and record.event.epoch == stop_after:
            commands.put(Stop(test=False))
    return folder


def go_on(folder: RunFolder, **wish: object) -> RunView:
    prepared, point, plan = prepare_resume(folder, **wish)  # type: ignore[arg-type]
    for _ in record_run(prepared, folder, SimpleQueue(), point, plan=plan):
        pass
    return load_run(folder).view


def test_a_stopped_run_goes_on_to_its_end(tmp_path: Path) -> None:
    folder = trained(tmp_path, stop_after=2, epochs=6)
    assert load_run(folder).view.status == "stopped"
    view = go_on(folder)
    assert (view.status, view.epoch, view.resumed) == ("finished", 6, 1)
    assert [ended.epoch for ended in view.history] == [1, 2, 3, 4, 5, 6]
    assert view.tested is not None
    numbers = [record.seq for record in _records(folder)]
    assert numbers == list(range(1, len(numbers) + 1))


def _records(folder: RunFolder) -> list:  # type: ignore[type-arg]
    from tests.journals import read

    return read(folder.journal).records


def test_a_finished_run_wants_more_epochs_to_go_on(tmp_path: Path) -> None:
    folder = trained(tmp_path, epochs=3)
    with pytest.raises(InputError, match=r"has finished 3 epochs; to train more, use --epochs 6"):
        prepare_resume(folder)
    view = go_on(folder, epochs=5)
    assert (view.status, view.epoch) == ("finished", 5)
    assert view.hyper is not None
    assert view.hyper.epochs == 5
    with pytest.raises(InputError, match="epochs"):
        prepare_resume(folder, epochs=0)


def test_a_run_that_stopped_early_goes_on_with_as_much_patience_as_before(tmp_path: Path) -> None:
    folder = trained(tmp_path, epochs=300, patience=3, lr=0.2)
    early = load_run(folder).view
    assert early.epoch < 100
    with pytest.raises(InputError, match=r"stopped early.*to train more, use --epochs 300"):
        prepare_resume(folder)
    view = go_on(folder, epochs=300)
    assert view.best is not None
    assert view.epoch == max(early.epoch, view.best.epoch) + 3
    again = load_run(repeated(tmp_path, folder)).view
    assert [e.val_loss for e in again.history] == [e.val_loss for e in view.history]


def repeated(root: Path, folder: RunFolder) -> RunFolder:
    asked = load_run(folder).view.experiment
    assert asked is not None
    ready = get_ready(Fresh(experiment=asked, root=str(root / "runs"), replay=str(folder.path)))
    for _ in ready.begin(SimpleQueue()):
        pass
    return ready.folder


@pytest.mark.parametrize("last", ["checkpoint_saved", "undone"])
def test_a_run_killed_just_after_an_undo_goes_on(tmp_path: Path, last: str) -> None:
    """A copy of the folder, taken as the event comes, is what kill -9 would leave."""
    asked = experiment(tmp_path, epochs=8)
    folder, commands = create(tmp_path / "runs", asked), SimpleQueue[Command]()
    left, undoing = RunFolder(tmp_path / "left" / folder.run_id), False
    for record in record_run(prepare(asked), folder, commands, save_every_s=0):
        if record.event.kind == "epoch_ended" and record.event.epoch in (2, 6):
            commands.put(Edit("lr", 0.5) if record.event.epoch == 2 else Undo())
            undoing = record.event.epoch == 6
        if undoing and record.event.kind == last and record.event.step == 8:
            shutil.copytree(folder.path, left.path)
            break
    view = go_on(left)
    assert (view.status, view.epoch) == ("finished", 8)
    kept_the_edit = last == "checkpoint_saved"
    assert [edit.name for edit in view.edits] == ["lr"] * kept_the_edit


def killed_at(folder: RunFolder, left: Path, kind: str, number: int = 1, **wish: object) -> RunFolder:
    """Go on with a run; what kill -9 would leave just after its `number`-th event of that kind."""
    prepared, point, plan = prepare_resume(folder, **wish)  # type: ignore[arg-type]
    for record in record_run(prepared, folder, SimpleQueue(), point, save_every_s=1e9, plan=plan):
        if record.event.kind == kind:
            number -= 1
            if not number:
                shutil.copytree(folder.path, left)
                break
    return RunFolder(left)


def edited_and_killed(root: Path, *edits: tuple[int, Edit]) -> RunFolder:
    """A run of 8 epochs, edited after some of them, killed after 7 with its first checkpoint only."""
    asked = experiment(root, epochs=8, dropout=0.1)
    folder, commands = create(root / "runs", asked), SimpleQueue[Command]()
    left = RunFolder(root / "left" / "run")
    for record in record_run(prepare(asked), folder, commands, save_every_s=1e9):
        if record.event.kind == "epoch_ended":
            for epoch, edit in edits:
                if epoch == record.event.epoch:
                    commands.put(edit)
            if record.event.epoch == 7:
                shutil.copytree(folder.path, left.path)
                break
    return left


@pytest.mark.parametrize("times", [1, 2, 3])
def test_edits_outlive_resumes_that_end_before_they_have_caught_up(tmp_path: Path, times: int) -> None:
    edits = (2, Edit("lr", 0.003)), (4, Edit("batch_size", 8)), (5, Edit("dropout", 0.3))
    run = edited_and_killed(tmp_path, *edits)
    for life in range(times):
        run = killed_at(run, tmp_path / f"life{life}", "run_resumed" if life == 1 else "epoch_ended")
    view = go_on(run)
    assert [(edit.name, edit.new) for edit in view.edits] == [
        ("lr", 0.003), ("batch_size", 8), ("dropout", 0.3),
    ]  # fmt: skip
    again = load_run(repeated(tmp_path, run)).view
    assert [e.val_loss for e in again.history] == [e.val_loss for e in view.history]
    assert again.edits == view.edits


def test_a_waiting_edit_outlives_a_stop_whose_checkpoint_is_damaged(tmp_path: Path) -> None:
    asked = experiment(tmp_path, epochs=8)
    folder, commands = create(tmp_path / "runs", asked), SimpleQueue[Command]()
    for record in record_run(prepare(asked), folder, commands, save_every_s=1e9):
        if record.event.kind == "epoch_ended" and record.event.epoch == 2:
            for command in (Advance("step"), Edit("batch_size", 8), Stop(test=False)):
                commands.put(command)
    last = load_run(folder).view.checkpoints[-1]
    (folder.checkpoints / last.file).write_bytes(b"damaged")
    assert [(edit.name, edit.new) for edit in go_on(folder).edits] == [("batch_size", 8)]


def test_more_epochs_asked_for_now_stand_over_an_earlier_edit_of_them(tmp_path: Path) -> None:
    run = edited_and_killed(tmp_path, (3, Edit("epochs", 9)))
    view = go_on(run, epochs=12)
    assert (view.status, view.epoch) == ("finished", 12)
    assert [edit.new for edit in view.edits] == [9, 12]


def test_data_that_changed_is_refused_unless_asked_for(tmp_path: Path) -> None:
    folder = trained(tmp_path, stop_after=2, epochs=6)
    (data,) = tmp_path.glob("*.csv")
    data.write_text(data.read_text().replace("0.", "1.", 1))
    with pytest.raises(InputError, match=r"has changed since the run started.*--changed-data"):
        prepare_resume(folder)
    assert go_on(folder, changed_data=True).status == "finished"


def test_a_damaged_line_that_said_what_was_asked_keeps_no_run_from_going_on(tmp_path: Path) -> None:
    folder = trained(tmp_path, stop_after=2, epochs=6)
    lines = folder.journal.read_bytes().splitlines(keepends=True)
    assert b"run_started" in lines[1]
    lines[1] = lines[1].replace(b"run_started", b"run_startdd")
    folder.journal.write_bytes(b"".join(lines))
    kept = load_run(folder)
    assert kept.view.experiment == experiment(tmp_path, epochs=6)
    assert any("damaged" in problem for problem in kept.problems)
    assert go_on(folder).status == "finished"


def test_data_that_is_gone_is_named(tmp_path: Path) -> None:
    folder = trained(tmp_path, stop_after=2, epochs=6)
    (data,) = tmp_path.glob("*.csv")
    data.unlink()
    with pytest.raises(InputError, match=r"\.csv: no such file"):
        prepare_resume(folder)


def test_a_run_that_is_being_trained_is_left_alone(tmp_path: Path) -> None:
    folder = trained(tmp_path, stop_after=2, epochs=6)
    with take(folder), pytest.raises(InputError, match="is being trained by process"):
        prepare_resume(folder)


def test_without_a_whole_checkpoint_there_is_nothing_to_go_on_from(tmp_path: Path) -> None:
    folder = trained(tmp_path, stop_after=2, epochs=6)
    for path in folder.checkpoints.iterdir():
        path.write_bytes(path.read_bytes()[:100])
    with pytest.raises(RunError, match="no checkpoint to resume from") as error:
        prepare_resume(folder)
    assert "sha256 differs" in str(error.value)


def test_a_run_that_never_began_is_refused(tmp_path: Path) -> None:
    folder = create(tmp_path / "runs", experiment(tmp_path))
    folder.journal.write_text('{"format": "tui-lab.events", "version": 1}\n')
    with pytest.raises(InputError, match="ended before training started"):
        prepare_resume(folder)


def test_resume_undo_and_replay_keep_the_reasons_of_edits(tmp_path: Path) -> None:
    """One edit before the checkpoint, one waiting in it for its epoch, one after it."""
    asked = experiment(tmp_path, epochs=4)  # of 4 steps
    folder = create(tmp_path / "runs", asked)
    wishes: dict[int, list[Command]] = {
        1: [Edit("lr", 0.02, "slow"), Edit("beta2", 0.9, "no"), Undo()],
        2: [Edit("batch_size", 8, "noise"), Checkpoint()],
        3: [Edit("weight_decay", 0.01, "it overfits"), Stop(test=False)],
    }
    kept = [("lr", "slow"), ("batch_size", "noise"), ("weight_decay", "it overfits")]
    commands: SimpleQueue[Command] = SimpleQueue()
    plan = [Planned(step, wish) for step, made in wishes.items() for wish in made]  # type: ignore[arg-type]
    for _ in record_run(prepare(asked), folder, commands, plan=plan):
        pass
    stopped = load_run(folder).view
    assert [(item.name, item.why) for item in stopped.pending] == [kept[1]]
    undone = [entry.event for entry in entries(stopped) if entry.undone]
    assert [getattr(edit, "why", None) for edit in undone] == ["no"]

    for late in folder.checkpoints.glob("*.pt"):
        if not late.name.startswith("kept-"):
            late.unlink()  # the last one: the edit after the other one is made again
    on = go_on(folder)
    assert [(e.name, e.why) for e in on.edits] == [kept[0], kept[2], kept[1]]
    plans = [planned.command for planned in replay_of(on) if isinstance(planned.command, Edit)]
    assert [(edit.name, edit.why) for edit in plans] == [kept[0], kept[2], kept[1]]
