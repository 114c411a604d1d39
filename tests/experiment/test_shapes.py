"""Shapes and parameter counts, held against figures worked out by hand."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_lab.errors import InputError
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.network.shapes import describe, plan

PLAIN = Hyperparameters()


def table(
    lines: tuple[str, ...], shape: tuple[int, ...], outputs: int, **hyper: object
) -> list[tuple[object, ...]]:
    planned = plan(lines, Hyperparameters.model_validate(hyper), shape, outputs)
    return [(describe(p.layer), p.output_shape, p.parameters) for p in planned]


def test_a_table_of_linear_layers() -> None:
    assert table(("linear 64", "activation", "dropout"), (10,), 1, dropout=0.25) == [
        ("linear 64", (64,), 64 * 11),
        ("relu", (64,), 0),
        ("dropout 0.25", (64,), 0),
        ("linear 1", (1,), 65),
    ]


def test_without_layers_it_is_a_linear_model() -> None:
    assert table((), (13,), 3) == [("linear 3", (3,), 3 * 14)]


def test_images_through_two_convolutions() -> None:
    lines = (
        "conv 32 kernel=3 padding=1",
        "activation",
        "max_pool 2",
        "conv 64 kernel=5",
        "flatten",
        "dropout 0.5",
    )
    assert table(lines, (1, 12, 14), 10, activation="elu") == [
        ("conv 32 kernel=3 padding=1 stride=1", (32, 12, 14), 32 * (9 + 1)),
        ("elu", (32, 12, 14), 0),
        ("max_pool 2", (32, 6, 7), 0),
        ("conv 64 kernel=5 padding=0 stride=1", (64, 2, 3), 64 * (32 * 25 + 1)),
        ("flatten", (64 * 2 * 3,), 0),
        ("dropout 0.5", (64 * 2 * 3,), 0),
        ("linear 10", (10,), 10 * (64 * 2 * 3 + 1)),
    ]


def test_an_image_is_flattened_before_a_linear_layer_even_if_unsaid() -> None:
    assert [row[0] for row in table(("linear 5",), (1, 2, 3), 2)] == ["flatten", "linear 5", "linear 2"]
    assert [row[0] for row in table(("conv 2 kernel=1",), (1, 2, 3), 2)][1:] == ["flatten", "linear 2"]
    assert [row[0] for row in table(("flatten", "linear 5"), (1, 2, 3), 2)].count("flatten") == 1


def test_batch_norm_follows_every_layer_with_weights_but_the_last() -> None:
    rows = table(("conv 4 kernel=1", "activation", "flatten", "linear 6"), (3, 2, 2), 5, batch_norm=True)
    assert [(name, parameters) for name, _, parameters in rows] == [
        ("conv 4 kernel=1 padding=0 stride=1", 4 * 4),
        ("batch_norm", 8),
        ("relu", 0),
        ("flatten", 0),
        ("linear 6", 6 * 17),
        ("batch_norm", 12),
        ("linear 5", 5 * 7),
    ]


def test_the_slope_of_leaky_relu_comes_from_the_hyperparameters() -> None:
    rows = table(("activation", "leaky_relu"), (2,), 1, activation="leaky_relu", negative_slope=0.2)
    assert [row[0] for row in rows] == ["leaky_relu 0.2", "leaky_relu 0.01", "linear 1"]


@given(
    side=st.integers(1, 40),
    kernel=st.integers(1, 9),
    padding=st.integers(0, 4),
    stride=st.integers(1, 4),
)
def test_a_convolution_counts_where_its_window_fits(
    side: int, kernel: int, padding: int, stride: int
) -> None:
    places = len(range(0, side + 2 * padding - kernel + 1, stride))
    line = f"conv 2 kernel={kernel} padding={padding} stride={stride}"
    if places < 1:
        with pytest.raises(InputError, match="does not fit"):
            plan((line,), PLAIN, (1, side, 30), 1)
    else:
        assert plan((line,), PLAIN, (1, side, 30), 1)[0].output_shape[1] == places


@pytest.mark.parametrize(
    ("lines", "shape", "says"),
    [
        (
            ("linear 3", "conv 8"),
            (1, 8, 8),
            "layer 2: conv needs an image, but its input is flat with 3 values",
        ),
        (("max_pool 2",), (5,), "layer 1: max_pool needs an image, but its input is flat with 5 values"),
        (
            ("max_pool 2",) * 3,
            (1, 4, 4),
            "layer 3: max_pool with kernel=2 does not fit 1 x 1 pixels; remove a max_pool before",
        ),
        (
            ("max_pool 9",),
            (1, 8, 8),
            "layer 1: max_pool with kernel=9 does not fit 8 x 8 pixels; use kernel=8 or less",
        ),
        (
            ("elu", "conv 8 kernel=9"),
            (1, 8, 8),
            "layer 2: conv with kernel=9 does not fit 8 x 8 pixels; use kernel=8 or less, or add padding=1",
        ),
    ],
)
def test_layers_that_do_not_fit_are_named_by_their_line(
    lines: tuple[str, ...], shape: tuple[int, ...], says: str
) -> None:
    with pytest.raises(InputError, match=says):
        plan(lines, PLAIN, shape, 1)
