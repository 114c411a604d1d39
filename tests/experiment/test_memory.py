"""The memory of a run, against figures worked out by hand; the engine's tests hold it against tensors."""

import pytest

from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.network.memory import breakdown, bytes_text, chunk_rows, estimate, too_much
from tui_lab.experiment.network.shapes import plan

ROWS = {"train": 70, "val": 20, "test": 10}


def memory(lines: tuple[str, ...], rows: dict[str, int] = ROWS, task: str = "regression", **hyper: object):  # type: ignore[no-untyped-def]
    values = Hyperparameters.model_validate({"batch_size": 16} | hyper)
    return estimate(plan(lines, values, (10,), 1), (10,), values, task, rows)  # type: ignore[arg-type]


def test_weights_gradients_and_data() -> None:
    found = memory(("linear 8",))
    parameters = 8 * 11 + 9
    assert (found.weights, found.gradients, found.best) == (4 * parameters,) * 3
    assert found.data == 100 * (10 + 1) * 4
    assert found.shuffled == 70 * (10 + 1) * 4
    assert memory(("linear 8",), task="multiclass").data == 100 * (10 * 4 + 8)
    assert found.total == found.further + found.data


@pytest.mark.parametrize(
    ("optimizer", "momentum", "numbers"),
    [("sgd", 0.0, 0), ("sgd", 0.9, 1), ("adam", 0.9, 2), ("adamw", 0.0, 2), ("rmsprop", 0.0, 1),
     ("rmsprop", 0.5, 2), ("adagrad", 0.9, 1)],
)  # fmt: skip
def test_what_an_optimizer_remembers(optimizer: str, momentum: float, numbers: int) -> None:
    found = memory(("linear 8",), optimizer=optimizer, momentum=momentum)
    assert found.optimizer == numbers * found.gradients


def test_activations_grow_with_the_batch_up_to_the_split() -> None:
    small, large, whole = (memory(("linear 1000",), batch_size=b).activations for b in (16, 64, 10_000))
    assert large == 4 * small
    assert whole == memory(("linear 1000",), batch_size=70).activations


def test_scoring_a_large_split_counts_where_it_is_more_than_a_batch() -> None:
    rows = {"train": 70, "val": 1_000_000, "test": 10}
    assert memory(("linear 1000",), rows).activations == 400_000 * 4 * (10 + 1000)


def test_ten_million_units_are_seen_not_to_fit() -> None:
    found = memory(("linear 1000000", "linear 1000000"))
    assert found.total > 16e12
    problem = too_much(found.total, 8e9)
    assert "TB" in problem
    assert "8.0 GB are free" in problem
    assert not too_much(7e9, 8e9)


def test_in_words() -> None:
    assert [bytes_text(n) for n in (640, 9_120, 131_000_000, 10.7e9, 99_960)] == [
        "640 B", "9.1 kB", "131 MB", "10.7 GB", "100 kB",
    ]  # fmt: skip
    assert breakdown(memory((), optimizer="sgd", momentum=0.0)).startswith(
        "weights 44 B, gradients 44 B, best"
    )


@pytest.mark.parametrize(
    ("shape", "on_cpu", "on_gpu"),
    [
        ((10,), 400_000, 400_000),
        ((1, 8, 8), 2048, 62_500),
        ((3, 32, 32), 128, 1302),
        ((3, 64, 64), 32, 325),
        ((3, 224, 224), 26, 64),
        ((3, 512, 512), 5, 20),
        ((3, 4000, 4000), 1, 1),
    ],
)
def test_how_many_rows_are_evaluated_at_a_time(shape: tuple[int, ...], on_cpu: int, on_gpu: int) -> None:
    assert chunk_rows(shape, on_gpu=False) == on_cpu
    assert chunk_rows(shape, on_gpu=True) == on_gpu


def test_pixels_are_shuffled_a_piece_at_a_time() -> None:
    values = Hyperparameters(batch_size=16)
    shape, rows = (3, 64, 64), {"train": 10_000, "val": 10, "test": 10}
    pixels, numbers = (
        estimate(plan(("flatten",), values, shape, 1), shape, values, "binary", rows, value_bytes)
        for value_bytes in (1, 4)
    )
    assert pixels.shuffled == 64_000_000 + 10_000 * 4
    assert numbers.shuffled == 10_000 * (3 * 64 * 64 + 1) * 4
