"""What is refused or bent before a run starts."""

from pathlib import Path

import pytest
import torch

from tests.engine.helpers import experiment, run_all
from tui_lab.engine.setup.device import available, choose_device
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.setup.threads import choose_threads, multiply_adds
from tui_lab.errors import DeviceError, InputError
from tui_lab.experiment.network.shapes import plan
from tui_lab.protocol.events import Warned


def warnings(events: object) -> list[str]:
    return [event.message for event in events if isinstance(event, Warned)]  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", ["gpu", "cuda:99", "", "cuda:x", "tpu", "\x1b[31m"])
def test_a_device_that_is_not_here_is_refused_with_those_that_are(name: str) -> None:
    with pytest.raises(DeviceError, match=r"Available: .*cpu") as error:
        choose_device(name)
    assert "\x1b" not in str(error.value)


@pytest.mark.skipif(torch.cuda.is_available(), reason="a GPU is here")
def test_cuda_is_never_silently_the_cpu() -> None:
    with pytest.raises(DeviceError, match="is not available"):
        choose_device("cuda")


def test_auto_takes_the_first_that_is_here() -> None:
    assert str(choose_device("auto")) == available()[0]


def test_a_batch_larger_than_the_split_becomes_the_split(tmp_path: Path) -> None:
    prepared = prepare(experiment(tmp_path, batch_size=1000))
    rows = len(prepared.dataset.train)
    assert prepared.sizes == (rows,)
    assert f"{rows} training rows" in warnings(prepared.opening)[0]


def test_a_last_batch_of_one_joins_the_one_before_under_batch_norm(tmp_path: Path) -> None:
    rows = len(prepare(experiment(tmp_path)).dataset.train)
    size = rows - 1
    prepared = prepare(experiment(tmp_path, batch_size=size, batch_norm=True))
    assert prepared.sizes == (rows,)
    assert len(warnings(prepared.opening)) == 1
    run_all(prepared)
    assert prepare(experiment(tmp_path, batch_size=size)).sizes == (size, 1)


def test_batch_norm_refuses_a_batch_of_one(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="batch_size"):
        prepare(experiment(tmp_path, batch_size=1, batch_norm=True))


def test_a_network_beyond_the_memory_is_refused_with_both_sizes(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"TB of memory, but only .* are free"):
        prepare(experiment(tmp_path, layers=("linear 1000000", "relu", "linear 1000000")))


def test_a_small_network_takes_one_thread_and_a_large_one_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)
    monkeypatch.setattr("tui_lab.engine.setup.threads._most", lambda: 4)
    hyper = experiment(tmp_path).hyperparameters
    before = torch.get_num_threads()
    try:
        small, large = (plan((f"linear {n}", f"linear {n}"), hyper, (4,), 1) for n in (64, 1000))
        assert multiply_adds(small) == 64 * 5 + 64 * 65 + 65
        assert choose_threads(small, 32) == torch.get_num_threads() == 1
        assert choose_threads(large, 32) == 1
        assert choose_threads(large, 64) == 3
        assert choose_threads(large, 10_000) == 4
        monkeypatch.setenv("OMP_NUM_THREADS", "2")
        assert choose_threads(small, 32) == 4, "what the user set stands"
    finally:
        torch.set_num_threads(before)


@pytest.mark.parametrize("norm", [False, True])
def test_the_plan_counts_parameters_and_shapes_as_torch_does(tmp_path: Path, norm: bool) -> None:
    prepared = prepare(
        experiment(
            tmp_path, "multiclass", layers=("linear 7", "activation", "dropout", "linear 5"), batch_norm=norm
        )
    )
    planned = plan(prepared.experiment.model.layers, prepared.experiment.hyperparameters, (4,), 3)
    x = torch.zeros(2, 4)
    for module, item in zip(prepared.network, planned, strict=True):
        x = module(x)
        assert tuple(x.shape[1:]) == item.output_shape
        assert sum(p.numel() for p in module.parameters()) == item.parameters
