"""On a GPU a run uses deterministic algorithms, says where there are none, and leaves the process as it was.

What torch is told is looked at on the CPU: it takes the settings without a GPU.
"""

import os
import subprocess
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from queue import SimpleQueue

import pytest
import torch
from torch.utils import deterministic

from tests.engine.helpers import ending, experiment, run_all
from tui_lab.engine.loop import run
from tui_lab.engine.setup.determinism import repeatable
from tui_lab.engine.setup.device import choose_device
from tui_lab.engine.setup.prepare import prepare
from tui_lab.protocol.events import EpochEnded, Warned

GPU = torch.device("cuda:0")
USUAL = (0, True, False, False)
IN_A_RUN = (1, False, True, False)


def settings() -> tuple[int, bool, bool, bool]:
    cudnn = torch.backends.cudnn
    filled = bool(deterministic.fill_uninitialized_memory)
    return torch.get_deterministic_debug_mode(), filled, cudnn.deterministic, cudnn.benchmark


def without_deterministic_form(*_given: object) -> None:
    """Of this there is none on any device."""
    torch.zeros(3).put_(torch.tensor([1]), torch.tensor([2.0]))


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    before = settings(), warnings.showwarning, list(warnings.filters)
    assert before[0] == USUAL
    yield
    assert (settings(), warnings.showwarning, list(warnings.filters)) == before


@pytest.fixture
def as_on_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_lab.engine.loop.repeatable", lambda _device: repeatable(GPU))


def test_the_settings_hold_inside_only_and_only_on_a_gpu() -> None:
    with repeatable(torch.device("cpu")):
        assert settings() == USUAL
    with pytest.raises(ValueError, match="inside"), repeatable(GPU):
        assert settings() == IN_A_RUN
        raise ValueError("inside")
    assert settings() == USUAL


def test_of_two_runs_in_a_process_the_one_that_ends_first_changes_nothing_for_the_other() -> None:
    first, second = repeatable(GPU), repeatable(GPU)
    first.__enter__()
    second.__enter__()
    first.__exit__(None, None, None)
    assert settings() == IN_A_RUN
    second.__exit__(None, None, None)
    assert settings() == USUAL


def test_what_the_user_has_chosen_is_restored() -> None:
    torch.backends.cudnn.benchmark = True
    try:
        with repeatable(GPU):
            assert settings() == IN_A_RUN
        assert torch.backends.cudnn.benchmark
    finally:
        torch.backends.cudnn.benchmark = False


@pytest.mark.usefixtures("as_on_a_gpu")
def test_a_run_that_is_left_restores_them(tmp_path: Path) -> None:
    events = run(prepare(experiment(tmp_path)), SimpleQueue(), interval_s=0)
    for event in events:
        if isinstance(event, EpochEnded):
            break
    assert settings() == IN_A_RUN
    events.close()  # type: ignore[attr-defined]
    assert settings() == USUAL


@pytest.mark.usefixtures("as_on_a_gpu")
def test_an_operation_without_deterministic_form_is_reported_once_a_run(tmp_path: Path) -> None:
    for _ in range(2):
        prepared = prepare(experiment(tmp_path))
        prepared.network.register_forward_hook(without_deterministic_form)
        with warnings.catch_warnings(record=True) as others:
            warnings.simplefilter("always")
            warned = [event.message for event in run_all(prepared) if isinstance(event, Warned)]
        assert not [other for other in others if "deterministic" in str(other.message)]
        assert warned == [
            "torch has no deterministic algorithm for put_ on a GPU: another run of this experiment may give "
            "slightly different numbers"
        ]


def test_other_warnings_are_shown_as_usual() -> None:
    with warnings.catch_warnings(record=True) as seen:
        warnings.simplefilter("always")
        with repeatable(GPU) as found:
            warnings.warn("something else", stacklevel=1)
    assert [str(one.message) for one in seen] == ["something else"]
    assert list(found.news()) == []


@pytest.mark.usefixtures("as_on_a_gpu")
def test_on_a_cpu_the_settings_change_no_bit(tmp_path: Path) -> None:
    asked = experiment(tmp_path)
    inside = run_all(asked)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("tui_lab.engine.loop.repeatable", lambda _device: repeatable(torch.device("cpu")))
        outside = run_all(asked)
    assert ending(inside).status == "finished"
    told = [[e.train_loss for e in events if isinstance(e, EpochEnded)] for events in (inside, outside)]
    assert told[0] == told[1]


@pytest.mark.parametrize(("name", "wanted"), [("auto", "cuda:0"), ("cuda", "cuda:0"), ("cuda:1", "cuda:1")])
def test_choosing_a_gpu_fixes_the_workspace_of_cublas(
    monkeypatch: pytest.MonkeyPatch, name: str, wanted: str
) -> None:
    monkeypatch.setattr("tui_lab.engine.setup.device.available", lambda: ["cuda:0", "cuda:1", "cpu"])
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", "")
    monkeypatch.delenv("CUBLAS_WORKSPACE_CONFIG")  # and afterwards it is as before
    assert choose_device("cpu") == torch.device("cpu")
    assert "CUBLAS_WORKSPACE_CONFIG" not in os.environ
    assert choose_device(name) == torch.device(wanted)
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":4096:8"
    monkeypatch.setenv("CUBLAS_WORKSPACE_CONFIG", ":16:8")
    choose_device(name)
    assert os.environ["CUBLAS_WORKSPACE_CONFIG"] == ":16:8"


@pytest.mark.slow
def test_the_compiler_is_not_imported_for_it() -> None:
    code = (
        "import sys, torch\n"
        "from tui_lab.engine.setup.determinism import repeatable\n"
        "with repeatable(torch.device('cuda')): pass\n"
        "print(sorted(sys.modules.keys() & {'torch._inductor', 'torch._dynamo', 'sympy'}))"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (ended.stdout, ended.stderr) == ("[]\n", "")
