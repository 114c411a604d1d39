"""The script runs, on the CPU where there is no GPU: what it prints there measures nothing."""

import pytest
import torch

from tests.benchmarks.contestants import loops
from tests.gpu import bits
from tests.gpu.__main__ import main
from tests.gpu.size import QUICK
from tui_lab.engine.setup.determinism import repeatable

pytestmark = pytest.mark.slow


def test_it_goes_all_its_way_on_the_cpu(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--device", "cpu", "--quick"]) == 0
    said = capsys.readouterr().out
    assert all(said.count(f"\n{preset} ") == 2 for preset in QUICK.presets), said
    assert said.count(" equal") == 5 * len(QUICK.presets) + 3, said
    assert said.count("\nexact, 4 ") == said.count("\nfast, 4 ") == 1
    assert all(f"images of {side}x{side}" in said for side in QUICK.images)
    assert said.count("\nlab, bf16, from disk ") == said.count("\nlab, bf16, from memory ") == 2


def test_bits_that_differ_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run that draws from another seed each time."""
    drawn = iter(range(100))
    prepare = bits.prepare

    def prepared(asked: bits.Experiment) -> object:
        hyper = asked.hyperparameters.model_copy(update={"seed": next(drawn)})
        return prepare(asked.model_copy(update={"hyperparameters": hyper}))

    monkeypatch.setattr(bits, "prepare", prepared)
    assert not bits.report(torch.device("cpu"), QUICK._replace(presets=("multiclass",)))
    assert capsys.readouterr().out.count("DIFFER") == 5


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a GPU")
def test_without_a_gpu_it_says_so(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert capsys.readouterr().err.startswith("nothing to measure: device: 'cuda' is not available")


def test_whoever_the_lab_is_compared_with_has_torch_as_it_is_by_default() -> None:
    def settings() -> tuple[int, bool]:
        return torch.get_deterministic_debug_mode(), torch.backends.cudnn.deterministic

    with repeatable(torch.device("cuda")):
        of_the_lab = settings()
        with loops.torch_as_usual():
            assert settings() == (0, False)
        assert settings() == of_the_lab == (1, True)
