"""Data that are not on the device: the same batches and runs as with data that are, and no thread is left."""

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from queue import SimpleQueue
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from tests.data.images.folders import asked, folder, load_images
from tests.data.test_read_ahead import readers
from tests.engine.helpers import epochs, run_all, step_losses
from tests.engine.helpers import experiment as table_experiment
from tests.engine.test_predict import trained
from tui_lab.data import off_device
from tui_lab.data.batches import epoch_batches
from tui_lab.data.off_device import DEVICE_SHARE, InMemory, OffDevice, OnDisk, SideStream, device_budget
from tui_lab.data.sources import rows_of_split
from tui_lab.engine.loop import run
from tui_lab.engine.predict import make_predictor
from tui_lab.engine.setup.prepare import prepare
from tui_lab.errors import RunError
from tui_lab.experiment.code import Code
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.protocol.commands import Command, Edit, Pause, Stop, Undo
from tui_lab.protocol.events import Event, Measured, RunEnded, Warned

CPU = torch.device("cpu")
VALUES = torch.randint(0, 256, (40, 3, 5, 4), generator=torch.Generator().manual_seed(0)).to(torch.uint8)
ROWS = torch.tensor([7, 3, 3, 39, 0, 12, 25, 30, 31, 8])


def in_memory(_folder: Path) -> InMemory:
    return InMemory(VALUES)


def on_disk(place: Path) -> OnDisk:
    np.save(place / "values.npy", VALUES.numpy())
    return OnDisk(place / "values.npy")


@pytest.fixture(params=[in_memory, on_disk])
def source(request: pytest.FixtureRequest, tmp_path: Path) -> InMemory | OnDisk:
    made: Callable[[Path], InMemory | OnDisk] = request.param
    return made(tmp_path)


@pytest.fixture(autouse=True)
def _no_thread_is_left() -> Iterator[None]:
    yield
    assert not readers()


def test_every_way_to_read_gives_the_rows(source: InMemory | OnDisk) -> None:
    found = OffDevice(source, ROWS, CPU)
    wanted = VALUES[ROWS]
    assert (tuple(found.shape), len(found), found.nbytes) == (tuple(wanted.shape), 10, wanted.nbytes)
    places = torch.tensor([2, 9, 2])
    assert torch.equal(found.take(places), wanted[places])
    assert torch.equal(found.take(places[:0]), wanted[:0])
    assert torch.equal(found.on_device(), wanted)
    batches = torch.split(torch.randperm(10, generator=torch.Generator().manual_seed(1)), [4, 4, 2])
    for given, rows in zip(found.batches(batches), batches, strict=True):
        assert torch.equal(given, wanted[rows])
    assert list(found.batches([])) == []


def test_numbers_are_read_as_they_are(tmp_path: Path) -> None:
    values = torch.randn(20, 6)
    np.save(tmp_path / "v.npy", values.numpy())
    for source in (InMemory(values), OnDisk(tmp_path / "v.npy")):
        assert torch.equal(OffDevice(source, ROWS[:3], CPU).on_device(), values[ROWS[:3]])


def test_a_file_that_has_become_shorter_is_an_error(tmp_path: Path) -> None:
    found = OffDevice(on_disk(tmp_path), ROWS, CPU)
    (tmp_path / "values.npy").write_bytes((tmp_path / "values.npy").read_bytes()[:-100])
    assert torch.equal(found.take(torch.tensor([0])), VALUES[7:8])
    with pytest.raises(RunError, match=r"values\.npy: it has become shorter"):
        list(found.batches([torch.tensor([0, 1]), torch.tensor([3])]))


def test_the_file_may_be_removed_while_it_is_used(tmp_path: Path) -> None:
    found = OffDevice(on_disk(tmp_path), ROWS, CPU)
    (tmp_path / "values.npy").unlink()
    assert torch.equal(found.on_device(), VALUES[ROWS])


def test_at_most_so_many_bytes_are_read_ahead(monkeypatch: pytest.MonkeyPatch) -> None:
    asked_for: list[int] = []

    def noted(work: Callable[[torch.Tensor], torch.Tensor], places: object, *, workers: int, ahead: int):  # type: ignore[no-untyped-def]
        asked_for.append(ahead)
        yield from ()

    monkeypatch.setattr(off_device, "read_ahead", noted)
    for bytes_ahead in (0, 5 * 4 * VALUES[0].nbytes, 10**9):
        monkeypatch.setattr(off_device, "_AHEAD_BYTES", bytes_ahead)
        list(OffDevice(InMemory(VALUES), ROWS, CPU).batches(list(torch.split(ROWS, 4))))
    assert asked_for == [2, 5, 8]


# runs


@pytest.fixture
def experiment(tmp_path: Path) -> Experiment:
    made = asked(folder(tmp_path / "p", each=20))
    hyper = {"flip": 0.5, "rotation": 10.0, "dropout": 0.2, "epochs": 3}
    return made.model_copy(update={"hyperparameters": made.hyperparameters.model_copy(update=hyper)})


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing fits on the device."""
    monkeypatch.setattr("tui_lab.data.off_device.device_budget", lambda _device: 1000.0)


def test_a_run_with_data_elsewhere_is_the_same_run(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = run_all(experiment)
    monkeypatch.setattr("tui_lab.data.off_device.device_budget", lambda _device: 1000.0)
    there = run_all(experiment)
    assert step_losses(there) == step_losses(here)
    assert [e.metrics for e in epochs(there)] == [e.metrics for e in epochs(here)]
    assert there[-1] == here[-1]
    said = [event.message for event in there if isinstance(event, Warned)]
    assert [text for text in said if "may take on the GPU" in text] == [
        "7.7 kB of inputs are more than the 1.0 kB that data may take on the GPU (half of what is free): "
        "they are read batch by batch"
    ]
    assert not [event for event in here if isinstance(event, Warned) and "GPU" in event.message]


def steered(experiment: Experiment, *commands: Command) -> list[Event]:
    """Give the commands in the middle of the second epoch."""
    queue: SimpleQueue[Command] = SimpleQueue()
    events: list[Event] = []
    for event in run(prepare(experiment), queue, interval_s=0):
        events.append(event)
        if isinstance(event, Measured) and event.step == 10:
            for command in commands:
                queue.put(command)
    return events


@pytest.mark.usefixtures("elsewhere")
def test_stop_and_undo_in_the_middle_of_an_epoch_leave_no_thread(experiment: Experiment) -> None:
    stopped = steered(experiment, Pause(), Stop())
    assert isinstance(stopped[-1], RunEnded)
    assert (stopped[-1].status, len(epochs(stopped))) == ("stopped", 1)
    assert not readers()
    undone = steered(experiment, Edit("lr", 0.5), Undo())
    assert isinstance(undone[-1], RunEnded)
    assert step_losses(undone)[-7:] == step_losses(run_all(experiment))[-7:]


@pytest.mark.usefixtures("elsewhere")
def test_who_leaves_a_run_leaves_no_thread(experiment: Experiment) -> None:
    with closing(run(prepare(experiment), SimpleQueue(), interval_s=0)) as events:
        for event in events:
            if isinstance(event, Measured) and event.step == 9:
                assert readers()
                break
    assert not readers()


@pytest.mark.usefixtures("elsewhere")
def test_an_error_while_reading_ahead_is_the_error_of_the_run(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, seen, read = prepare(experiment), [], InMemory.read

    def failing(self: InMemory, rows_B: torch.Tensor, into: torch.Tensor) -> None:
        seen.append(len(rows_B))
        if len(seen) > 9:
            raise RuntimeError("out of memory")
        read(self, rows_B, into)

    monkeypatch.setattr(InMemory, "read", failing)
    with pytest.raises(RuntimeError, match="out of memory"):
        list(run(prepared, SimpleQueue(), interval_s=0))


@pytest.mark.usefixtures("elsewhere")
def test_an_error_in_a_step_leaves_no_thread_even_while_it_is_looked_at(experiment: Experiment) -> None:
    prepared = prepare(experiment)

    def failing(*_given: object) -> None:
        if prepared.network.training and len(readers()):
            raise RuntimeError("in the step")

    prepared.network.register_forward_hook(failing)
    with pytest.raises(RuntimeError, match="in the step") as failed:
        list(run(prepared, SimpleQueue(), interval_s=0))
    assert not readers()
    assert failed.traceback


def test_pixels_are_gathered_piece_by_piece_and_come_all_the_same(
    experiment: Experiment, monkeypatch: pytest.MonkeyPatch
) -> None:
    train = load_images(experiment, CPU).train
    assert isinstance(train.x, torch.Tensor)
    sizes = [4] * 7

    def epoch(begin: int = 0) -> list[tuple[torch.Tensor, torch.Tensor]]:
        return list(epoch_batches(train, sizes, torch.Generator().manual_seed(3), begin))

    whole = epoch()
    for rows in (1, 8, 9, 27):
        monkeypatch.setattr("tui_lab.data.batches.GATHERED_BYTES", rows * train.x[:1].nbytes)
        for begin in (0, 3):
            for (x, y), (other_x, other_y) in zip(whole[begin:], epoch(begin), strict=True):
                assert torch.equal(x, other_x)
                assert torch.equal(y, other_y)


USER_DATA = """
import torch

def images():
    g = torch.Generator().manual_seed(0)
    x = torch.randn(60, 2, 6, 6, generator=g)
    return x, (x[:, 0, 0, 0] > 0).long()
"""


def test_the_data_of_a_user_may_be_elsewhere_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "mine.py").write_text(USER_DATA)
    data = DataSpec(source="own", file="mine.py:images", target="y")
    hyper = Hyperparameters(epochs=2, batch_size=8)
    layers = ModelSpec(layers=("conv 2 kernel=3", "activation", "flatten"))
    made = Experiment(
        preset="own", task="binary", data=data, model=layers, hyperparameters=hyper, device="cpu"
    )
    code = Code(dataset=f"{tmp_path}/mine.py:images")
    here = run_all(prepare(made, code=code))
    monkeypatch.setattr("tui_lab.data.off_device.device_budget", lambda _device: 1000.0)
    prepared = prepare(made, code=code)
    assert isinstance(prepared.dataset.val.x, OffDevice)
    there = run_all(prepared)
    assert step_losses(there) == step_losses(here)
    assert epochs(there)[-1].metrics == epochs(here)[-1].metrics


def test_what_is_predicted_may_be_elsewhere_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = table_experiment(tmp_path, "binary")
    state, _, about = trained(made, tmp_path)
    predictor = make_predictor(made, state, CPU)
    rows = rows_of_split(made, predictor.recipe, "test", about.sha256)
    wanted = predictor.outputs(rows.x_NF)
    monkeypatch.setattr("tui_lab.data.off_device.device_budget", lambda _device: 0.0)
    seen = []
    read = InMemory.read

    def noted(self: InMemory, rows_B: torch.Tensor, into: torch.Tensor) -> None:
        seen.append(len(rows_B))
        read(self, rows_B, into)

    monkeypatch.setattr(InMemory, "read", noted)
    assert torch.equal(predictor.outputs(rows.x_NF), wanted)
    assert sum(seen) == len(rows.x_NF)


# on a GPU


def test_the_budget_is_half_of_what_is_free_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    assert device_budget(CPU) == float("inf")
    monkeypatch.setattr("torch.cuda.mem_get_info", lambda _device: (80 * 10**9, 140 * 10**9))
    assert DEVICE_SHARE == 0.5
    assert device_budget(torch.device("cuda:0")) == 40e9


class FakeStream:
    """Notes what is asked of it."""

    def __init__(self, name: str, log: list[str]) -> None:
        self._name, self._log = name, log

    def record_event(self) -> str:
        self._log.append(f"{self._name}: event")
        return "arrived"

    def wait_event(self, event: str) -> None:
        self._log.append(f"{self._name}: waits for {event}")


class FakeRows:
    """A pinned tensor."""

    def __init__(self, log: list[str]) -> None:
        self._log = log

    def to(self, device: object, *, non_blocking: bool = False) -> "FakeRows":
        self._log.append(f"copied to {device}, non_blocking={non_blocking}")
        return self

    def record_stream(self, stream: FakeStream) -> None:
        self._log.append(f"used on {stream._name}")


def test_a_copy_is_made_on_its_own_stream_and_waited_for_by_the_one_that_computes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    log: list[str] = []

    @contextmanager
    def on(stream: FakeStream) -> Iterator[None]:
        log.append(f"on {stream._name}")
        yield
        log.append(f"off {stream._name}")

    cuda = SimpleNamespace(
        Stream=lambda _device: FakeStream("side", log),
        stream=on,
        current_stream=lambda _device: FakeStream("main", log),
    )
    monkeypatch.setattr(off_device.torch, "cuda", cuda)
    side = SideStream("cuda:1")  # type: ignore[arg-type]
    sent = side.send(FakeRows(log))  # type: ignore[arg-type]
    assert log == ["on side", "copied to cuda:1, non_blocking=True", "side: event", "off side"]
    log.clear()
    side.receive(sent)
    assert log == ["main: waits for arrived", "used on main"]
