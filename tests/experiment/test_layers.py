"""The grammar of the layer list."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tui_lab.errors import InputError
from tui_lab.experiment.experiment import ModelSpec
from tui_lab.experiment.network.layer_kinds import KINDS, Layer
from tui_lab.experiment.network.layers import parse_layer, parse_layers
from tui_lab.experiment.network.shapes import describe
from tui_lab.safe import safe

words = st.sampled_from(
    [
        *KINDS,
        "kernel=3",
        "init=",
        "init=uniform",
        "padding=-1",
        "stride=0",
        "p=0.5",
        "size=",
        "=",
        "==",
        "1e999",
    ]
)
numbers = st.integers(-2, 2_000_000).map(str) | st.floats().map(str)
lines = st.lists(words | numbers | st.text(max_size=6), max_size=5).map(" ".join)


@given(lines)
@example("linear nan")
@example("linear inf")
@example("linear 1e30")
@example("dropout -1")
@example("conv 8 kernel=3 kernel=3")
@example("\x00")
@example("x" * 100_000)
def test_any_line_is_a_layer_or_refused_in_printable_words(line: str) -> None:
    try:
        layer = parse_layer(line)
    except InputError as error:
        assert error.problems
        assert all(problem == safe(problem, 400) for problem in error.problems)
    else:
        assert layer.kind in KINDS
        assert parse_layer(describe(layer)) == layer, "what is shown can be written"


@pytest.mark.parametrize(
    ("line", "layer"),
    [
        ("linear 64", Layer("linear", (("size", 64),))),
        ("Linear size=64", Layer("linear", (("size", 64),))),
        ("conv 32", Layer("conv", (("channels", 32), ("kernel", 3), ("padding", 0), ("stride", 1)))),
        (
            "  conv   32  stride=2 kernel=5 padding=1 ",
            Layer("conv", (("channels", 32), ("kernel", 5), ("padding", 1), ("stride", 2))),
        ),
        ("max_pool", Layer("max_pool", (("kernel", 2),))),
        ("max_pool 3", Layer("max_pool", (("kernel", 3),))),
        ("dropout", Layer("dropout", (("p", -1),))),
        ("dropout 0.3", Layer("dropout", (("p", 0.3),))),
        ("leaky_relu", Layer("leaky_relu", (("slope", 0.01),))),
        ("flatten", Layer("flatten")),
    ],
)
def test_a_layer_as_it_is_written(line: str, layer: Layer) -> None:
    assert parse_layer(line) == layer


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ("", "a layer is missing on this line"),
        ("   ", "a layer is missing on this line"),
        ("linaer 3", "did you mean 'linear'"),
        ("linear", "size is missing"),
        ("linear 0", "whole number from 1 to 1e\\+06"),
        ("linear 10000000", "whole number from 1 to 1e\\+06"),
        ("linear 1.5", "whole number"),
        ("linear nan", "whole number"),
        ("linear inf", "whole number"),
        ("linear many", "must be a number, not 'many'"),
        ("linear 3 4", "'4' is not understood; write name=value"),
        ("linear 3 size=4", "size is given twice"),
        ("linear 3 init=kaimin_uniform", "did you mean 'kaiming_uniform'"),
        ("linear 3 init=uniform init=uniform", "init is given twice"),
        ("linear 3 init", "'init' is not understood"),
        ("elu init=uniform", "elu takes no options; write just 'elu'"),
        ("conv 3 colour=1", "conv has: channels, kernel, padding, stride, init"),
        ("linear 3 width=4", "no option 'width'; linear has: size"),
        ("relu 3", "relu takes no options; write just 'relu'"),
        ("relu x=3", "relu takes no options; write just 'relu'"),
        ("activation relu", "for relu here, write just 'relu'"),
        ("activation 3", "activation takes no options; write just 'activation'"),
        ("dropout 1", "a number from 0 to 0.999"),
        ("dropout -1", "a number from 0 to 0.999"),
        ("conv 3 stride=0", "stride must be a whole number from 1"),
        ("conv 3 padding=-1", "padding must be a whole number from 0"),
        ("linear \x1b[31m", r"\\x1b\[31m"),
    ],
)
def test_a_layer_that_is_none(line: str, says: str) -> None:
    with pytest.raises(InputError, match=says):
        parse_layer(line)


def test_all_lines_at_fault_are_told_with_their_number() -> None:
    with pytest.raises(InputError) as caught:
        parse_layers(("linear 3", "linear x", "elu", "swish"))
    assert [problem[:8] for problem in caught.value.problems] == ["layer 2:", "layer 4:"]


def test_the_model_refuses_them_too() -> None:
    with pytest.raises(ValueError, match="layer 2: 'swish'"):
        ModelSpec(layers=("linear 3", "swish"))
    with pytest.raises(ValueError, match="at most 200 items"):
        ModelSpec(layers=("elu",) * 201)


@pytest.mark.parametrize(
    "line",
    ["dropout", "linear 999999", "linear 1000000", "dropout 0.12345678", "conv 8", "linear 8 init=uniform"],
)
def test_what_is_shown_can_be_written(line: str) -> None:
    layer = parse_layer(line)
    assert parse_layer(describe(layer)) == layer


def test_how_it_is_shown() -> None:
    assert describe(parse_layer("conv 32 padding=1")) == "conv 32 kernel=3 padding=1 stride=1"
    assert describe(parse_layer("dropout")) == "dropout"
    assert describe(Layer("batch_norm")) == "batch_norm"
