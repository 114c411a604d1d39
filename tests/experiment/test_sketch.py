"""A layer list while it is being typed: every line answers for itself."""

from hypothesis import given
from hypothesis import strategies as st

from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.network.layers import parse_layers
from tui_lab.experiment.network.shapes import plan
from tui_lab.experiment.network.sketch import sketch

PLAIN = Hyperparameters()
KINDS = (
    "linear 8",
    "conv 4 kernel=3",
    "max_pool 2",
    "flatten",
    "dropout",
    "batch_norm",
    "group_norm 4",
    "activation",
    "tanh",
)
texts = st.lists(st.sampled_from(KINDS) | st.text(max_size=30), max_size=8).map(tuple)
shapes = st.sampled_from([(5,), (1, 9, 8), (3, 1, 1), None])


def test_each_line_has_its_shape_and_parameters() -> None:
    drawn = sketch(("linear 64", "relu", "linear 8"), PLAIN, (10,), 3)
    assert [line.layers[-1].output_shape for line in drawn] == [(64,), (64,), (8,), (3,)]
    assert [line.parameters for line in drawn] == [704, 0, 520, 27]
    assert drawn[-1].text == "linear 3"


def test_what_is_added_belongs_to_the_line_that_caused_it() -> None:
    drawn = sketch(("conv 2 kernel=1", "linear 5"), Hyperparameters(batch_norm=True), (1, 2, 3), 2)
    assert [[layer.layer.kind for layer in line.layers] for line in drawn] == [
        ["conv", "batch_norm"], ["flatten", "linear", "batch_norm"], ["linear"],
    ]  # fmt: skip
    assert drawn[1].parameters == 5 * 13 + 10


def test_every_line_that_cannot_be_read_is_at_fault_and_none_after_the_first_has_a_shape() -> None:
    drawn = sketch(("linear 4", "linaer 8", "relu", "conv x"), PLAIN, (10,), 1)
    assert drawn[0].layers
    assert "linear" in drawn[1].problem
    assert [bool(line.problem) for line in drawn] == [False, True, False, True, False]
    assert not any(line.layers for line in drawn[1:])


def test_a_line_whose_shape_does_not_fit_is_at_fault() -> None:
    drawn = sketch(("max_pool 2", "max_pool 4", "flatten"), PLAIN, (1, 4, 4), 1)
    assert [bool(line.problem) for line in drawn] == [False, True, False, False]
    assert "does not fit" in drawn[1].problem
    assert not drawn[2].layers


def test_without_the_shape_of_the_inputs_only_words_are_judged() -> None:
    drawn = sketch(("linear 4", "pool"), PLAIN, None, 1)
    assert not any(line.layers for line in drawn)
    assert drawn[1].problem


@given(texts, shapes)
def test_it_agrees_with_the_plan_and_never_raises(
    lines: tuple[str, ...], shape: tuple[int, ...] | None
) -> None:
    drawn = sketch(lines, PLAIN, shape, 3)
    assert len(drawn) == len(lines) + 1
    fine = not any(line.problem for line in drawn)
    try:
        parse_layers(lines)
        planned = plan(lines, PLAIN, shape, 3) if shape else ()
    except Exception:
        assert not fine
    else:
        assert fine
        assert tuple(layer for line in drawn for layer in line.layers) == planned
