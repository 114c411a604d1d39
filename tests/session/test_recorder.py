"""A run that is kept: journal and events agree, whatever the end."""

from dataclasses import replace
from pathlib import Path
from queue import SimpleQueue

import pytest
import torch

from tests.engine.helpers import experiment
from tests.engine.test_sample_images import folder as photos
from tests.engine.test_sample_images import of_images
from tests.journals import fold, read
from tui_lab.engine.checkpoints.last_good import last_good
from tui_lab.errors import InputError, RunError
from tui_lab.protocol.commands import Command, Edit, Evaluate, Show, Stop
from tui_lab.protocol.events import Record, RunEnded
from tui_lab.protocol.steering_events import Evaluated, SamplesShown
from tui_lab.runs.folder.folder import EVALUATION, SAMPLES, SUMMARY, RunFolder, create
from tui_lab.runs.folder.lock import take
from tui_lab.runs.folder.reading import load_run
from tui_lab.runs.folder.summary import facts
from tui_lab.session.clients.attached import RemoteSession
from tui_lab.session.recorder import prepare, record_run

pytestmark = pytest.mark.slow


def begin(root: Path, **hyper: object) -> tuple[RunFolder, object]:
    asked = experiment(root, **hyper)  # type: ignore[arg-type]
    return create(root / "runs", asked), prepare(asked)


def test_the_journal_holds_what_was_yielded(tmp_path: Path) -> None:
    folder, prepared = begin(tmp_path)
    yielded = list(record_run(prepared, folder, SimpleQueue()))  # type: ignore[arg-type]
    assert [record.seq for record in yielded] == list(range(1, len(yielded) + 1))
    assert read(folder.journal).records == yielded
    assert fold(yielded).status == "finished"


def test_the_summary_is_that_of_the_journal_which_is_not_read_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, prepared = begin(tmp_path, lr=0.1, epochs=40)
    with monkeypatch.context() as patch:
        patch.setattr("tui_lab.runs.folder.reading.folded", None)
        list(record_run(prepared, folder, SimpleQueue()))  # type: ignore[arg-type]
    kept = facts(folder)
    assert (kept.ended_as, kept.epochs) == ("finished", 40)
    folder.files.remove(SUMMARY)
    assert facts(folder) == kept


def test_an_event_is_in_the_journal_before_it_is_yielded(tmp_path: Path) -> None:
    folder, prepared = begin(tmp_path)
    for record in record_run(prepared, folder, SimpleQueue()):  # type: ignore[arg-type]
        if record.event.kind == "epoch_ended":
            assert read(folder.journal).records[-1] == record


def test_what_fails_ends_the_run_as_failed_and_keeps_the_traceback_from_the_user(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, prepared = begin(tmp_path)

    def broken(*_: object) -> None:
        raise RuntimeError("CUDA out of memory. Tried to allocate 2 GiB")

    monkeypatch.setattr("tui_lab.engine.loop.outputs_of_split", broken)
    last = list(record_run(prepared, folder, SimpleQueue()))[-1].event  # type: ignore[arg-type]
    assert isinstance(last, RunEnded)
    assert last.status == "failed"
    assert "memory" in last.message
    assert "batch_size" in last.hint
    assert "Traceback" not in last.message + last.hint
    assert "in broken" in folder.log.read_text()


def test_a_run_that_fails_is_saved_as_it_was_though_no_checkpoint_was_due(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, prepared = begin(tmp_path)
    calls = iter(range(100))

    def fails_in_time(_module: object, _inputs: object) -> None:
        if next(calls) >= 6:
            raise RuntimeError("the cable was pulled")

    prepared.network.register_forward_pre_hook(fails_in_time)  # type: ignore[attr-defined]
    how = {"save_every_s": 1e9, "diagnostics": False}  # it counts the passes
    records = list(record_run(prepared, folder, SimpleQueue(), **how))  # type: ignore[arg-type]
    assert fold(records).status == "failed"
    point = last_good(folder.checkpoints, fold(records).checkpoints, torch.device("cpu"))
    assert point.state["step"] == fold(records).step == 5


@pytest.mark.parametrize("every", ["0", "3600", ""])
def test_how_often_a_run_is_saved_is_a_setting(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: str
) -> None:
    monkeypatch.setenv("TUI_LAB_SAVE_EVERY", every)
    folder, prepared = begin(tmp_path, epochs=4)
    view = fold(list(record_run(prepared, folder, SimpleQueue())))  # type: ignore[arg-type]
    saved = [checkpoint.reason for checkpoint in view.checkpoints]
    assert len(saved) >= 4 if every == "0" else saved == ["due", "end"], "the first is due at once"


def test_a_short_run_need_not_be_saved_before_its_end(tmp_path: Path) -> None:
    def saved(folder: RunFolder, prepared: object, every_s: float) -> list[str]:
        how = {"save_every_s": every_s, "save_at_once": False}
        view = fold(list(record_run(prepared, folder, SimpleQueue(), **how)))  # type: ignore[arg-type]
        return [checkpoint.reason for checkpoint in view.checkpoints]

    assert saved(*begin(tmp_path, epochs=4), 3600.0) == ["end"]
    assert saved(*begin(tmp_path, epochs=4), 0.0)[:2] == ["due", "due"]


@pytest.mark.parametrize("every", ["-1", "nan", "inf", "often", "1e999"])
def test_a_setting_that_cannot_be_is_refused_before_anything_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, every: str
) -> None:
    monkeypatch.setenv("TUI_LAB_SAVE_EVERY", every)
    with pytest.raises(InputError, match="TUI_LAB_SAVE_EVERY"):
        begin(tmp_path)


def test_layers_are_measured_unless_it_is_switched_off(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measured(name: str, **how: bool) -> int:
        (tmp_path / name).mkdir()
        folder, prepared = begin(tmp_path / name)
        list(record_run(prepared, folder, SimpleQueue(), **how))  # type: ignore[arg-type]
        return len(load_run(folder).view.layers)

    assert measured("usual") >= 1
    assert measured("job", diagnostics=False) == 0
    monkeypatch.setenv("TUI_LAB_DIAGNOSTICS", "0")
    assert measured("variable") == 0


@pytest.mark.parametrize("percent", ["-1", "101", "nan", "off"])
def test_a_percentage_that_cannot_be_is_refused_before_anything_begins(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, percent: str
) -> None:
    monkeypatch.setenv("TUI_LAB_DIAGNOSTICS", percent)
    with pytest.raises(InputError, match="TUI_LAB_DIAGNOSTICS"):
        begin(tmp_path)


def test_who_finds_the_run_taken_touches_nothing_of_it(tmp_path: Path) -> None:
    folder, prepared = begin(tmp_path)
    half_written = folder.checkpoints / ".step-000000004.pt.tmp"
    folder.checkpoints.mkdir(exist_ok=True)
    with take(folder):
        half_written.write_bytes(b"being written")
        with pytest.raises(RunError):
            next(record_run(prepared, folder, SimpleQueue()))  # type: ignore[arg-type]
        assert half_written.exists()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.50 GiB. GPU 0 has"),
            "another 2.50 GiB",
        ),
        (RuntimeError("MPS backend out of memory (MPS allocated: 9.05 GB)"), "is out of memory"),
        (
            RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 1"),
            "is out of memory",
        ),
        (MemoryError(), "is out of memory"),
    ],
)
@pytest.mark.parametrize("where", ["step", "validation"])
def test_out_of_memory_ends_the_run_with_a_checkpoint_and_half_the_batch_as_the_way_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str, where: str
) -> None:
    folder, prepared = begin(tmp_path, epochs=9)
    calls = iter(range(1000))

    def full(_module: object, _inputs: object) -> None:
        if (
            prepared.network.training is (where == "step")
            and next(calls) >= {"step": 16, "validation": 2}[where]
        ):  # type: ignore[attr-defined]
            raise error

    prepared.network.register_forward_pre_hook(full)  # type: ignore[attr-defined]
    commands: SimpleQueue[Command] = SimpleQueue()
    commands.put(Edit("batch_size", 10))
    commands.put(Edit("accumulate", 3))
    records = list(record_run(prepared, folder, commands, save_every_s=0))  # type: ignore[arg-type]
    last = records[-1].event
    assert isinstance(last, RunEnded)
    assert last.status == "failed"
    assert words in last.message
    assert "with batch_size 5 instead of 10" in last.hint
    assert "and accumulate 6, which keeps the number of rows per update" in last.hint
    point = last_good(folder.checkpoints, fold(records).checkpoints, torch.device("cpu"))
    assert point.state["step"] > 0
    assert not point.skipped


def test_out_of_memory_before_it_begins_is_refused_with_half_the_batch(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **_more: object) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.50 GiB")

    monkeypatch.setattr("tui_lab.engine.setup.prepare.make_network", full)
    with pytest.raises(InputError, match=r"another 2\.50 GiB.*batch_size 8 instead of 16 and accumulate 2"):
        begin(tmp_path)
    monkeypatch.setattr("tui_lab.engine.setup.prepare.make_network", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        begin(tmp_path)


def test_leaving_early_closes_the_run_as_stopped(tmp_path: Path) -> None:
    folder, prepared = begin(tmp_path)
    records = record_run(prepared, folder, SimpleQueue())  # type: ignore[arg-type]
    seen: list[Record] = [next(records) for _ in range(4)]
    records.close()  # type: ignore[attr-defined]
    kept = read(folder.journal).records
    assert kept[:4] == seen
    assert fold(kept).status == "stopped"


def test_a_stop_command_reaches_the_loop(tmp_path: Path) -> None:
    folder, prepared = begin(tmp_path, epochs=1_000_000)
    commands: SimpleQueue[Command] = SimpleQueue()
    records = []
    for record in record_run(prepared, folder, commands):  # type: ignore[arg-type]
        records.append(record)
        if record.event.kind == "epoch_ended":
            commands.put(Stop())
    view = fold(records)
    assert view.status == "stopped"
    assert view.tested is not None


def test_images_that_were_shown_lie_beside_the_journal_which_stays_small(tmp_path: Path) -> None:
    asked = of_images(photos(tmp_path / "photos"), flip=1.0)
    folder, commands = create(tmp_path / "runs", asked), SimpleQueue[Command]()
    for draw in range(20):
        commands.put(Show(draw))
    records = list(record_run(prepare(asked), folder, commands))
    shown = [r.event for r in records if isinstance(r.event, SamplesShown)]
    assert [event.draw for event in shown] == list(range(20))
    assert all(len(event.samples) == 12 for event in shown), "who trains it has the images at once"
    kept = [r for r in read(folder.journal).records if isinstance(r.event, SamplesShown)]
    assert [(r.event.draw, r.event.samples) for r in kept] == [(draw, ()) for draw in range(20)]
    assert len(max(folder.journal.read_bytes().splitlines()[6:], key=len)) < 2000
    watcher = RemoteSession(folder)
    seen = [r.event for r in watcher.drain() if isinstance(r.event, SamplesShown)]
    assert seen == [*(r.event for r in kept[:-1]), shown[-1]]
    (folder.path / SAMPLES).write_text("{}")
    assert fold(RemoteSession(folder).drain()).shown == kept[-1].event


def test_an_evaluation_lies_beside_the_journal_too_each_kind_in_its_own_file(tmp_path: Path) -> None:
    asked = of_images(photos(tmp_path / "photos"), flip=1.0)
    folder, commands = create(tmp_path / "runs", asked), SimpleQueue[Command]()
    for command in (Show(1), Evaluate(), Show(2), Evaluate()):
        commands.put(command)
    records = list(record_run(prepare(asked), folder, commands))
    made = [r.event for r in records if isinstance(r.event, Evaluated)]
    assert len(made) == 2
    assert all(len(event.report) > 1000 for event in made), "who trains it has the whole at once"
    kept = [r.event for r in read(folder.journal).records if isinstance(r.event, Evaluated)]
    assert kept == [replace(event, report="") for event in made]
    seen = fold(RemoteSession(folder).drain())
    assert seen.evaluated == made[-1]
    assert seen.shown is not None
    assert seen.shown.samples
    assert RemoteSession.opened(folder)[0].evaluated == made[-1]
    (folder.path / EVALUATION).write_text("{}")
    assert fold(RemoteSession(folder).drain()).evaluated == kept[-1]


def test_images_that_cannot_be_kept_do_not_end_a_run(tmp_path: Path) -> None:
    asked = of_images(photos(tmp_path / "photos"))
    folder, commands = create(tmp_path / "runs", asked), SimpleQueue[Command]()
    (folder.path / SAMPLES).mkdir()
    commands.put(Show())
    view = fold(list(record_run(prepare(asked), folder, commands)))
    assert view.status == "finished"
    assert view.shown is not None
    assert len(view.shown.samples) == 12
