"""Values as they are typed, checked and moved by a notch."""

import math
from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.experiment.strategies import ENTRIES, named_values
from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import (
    Hyperparameter,
    Value,
    catalogue,
    check,
    counting,
    entry,
    format_value,
    notch,
    parse,
)
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.safe import safe

Direction = Literal[-1, 1]


def allowed(item: Hyperparameter, value: Value) -> bool:
    if item.choices:
        return value in item.choices
    assert isinstance(value, int | float)
    return item.allows(value)


@given(named_values)
def test_what_is_shown_is_read_back_as_the_same_value(drawn: tuple[Hyperparameter, Value]) -> None:
    item, value = drawn
    again = parse(item.name, format_value(value))
    assert again == value
    assert type(again) is item.type


@given(named_values, st.sampled_from([-1, 1]))
def test_a_notch_never_leaves_the_bounds(drawn: tuple[Hyperparameter, Value], direction: Direction) -> None:
    item, value = drawn
    moved = notch(item.name, value, direction)
    assert type(moved) is item.type
    assert allowed(item, moved)
    assert check(item.name, moved) == moved
    assert math.copysign(1, moved) == 1 if isinstance(moved, float) else True, "-0.0 is shown as -0"


@given(named_values.filter(lambda drawn: not drawn[0].choices), st.sampled_from([-1, 1]))
def test_a_notch_goes_the_way_it_is_asked_to(
    drawn: tuple[Hyperparameter, Value], direction: Direction
) -> None:
    item, value = drawn
    assert isinstance(value, int | float)
    moved = notch(item.name, value, direction)
    assert isinstance(moved, int | float)
    assert moved >= value if direction > 0 else moved <= value


@given(named_values)
def test_up_and_down_again_is_where_one_began_or_a_step_of_the_ladder_beneath(
    drawn: tuple[Hyperparameter, Value],
) -> None:
    """From a value on the ladder one returns to it; from one between two steps, to the lower of them."""
    item, value = drawn
    up = notch(item.name, value, 1)
    if up == value:
        return
    back = notch(item.name, up, -1)
    again = notch(item.name, notch(item.name, back, 1), -1)
    assert allowed(item, back)
    assert again == back, "once on the ladder, up and down is a way and back"


@pytest.mark.parametrize("item", ENTRIES, ids=lambda item: item.name)
def test_from_the_default_up_and_down_lead_back(item: Hyperparameter) -> None:
    up = notch(item.name, item.default, 1)
    if up != item.default:
        assert notch(item.name, up, -1) == item.default


@pytest.mark.parametrize("item", [e for e in ENTRIES if e.knob.scale != "linear"], ids=lambda item: item.name)
def test_walking_down_ends(item: Hyperparameter) -> None:
    value = item.default
    for _ in range(400 if item.type is float else 60):
        lower = notch(item.name, value, -1)
        if lower == value:
            return
        value = lower
    assert item.low_open, "only a range that has no smallest value may go on for ever"


@pytest.mark.parametrize(
    ("name", "start", "up"),
    [
        ("lr", 0.001, [0.002, 0.005, 0.01, 0.02]),
        ("lr", 0.003, [0.005]),
        ("lr", 50.0, [100.0, 100.0]),
        ("weight_decay", 0.0, [1e-5, 2e-5, 5e-5]),
        ("grad_clip", 0.0, [0.5, 1.0, 2.0]),
        ("patience", 0, [1, 2, 5, 10]),
        ("batch_size", 16, [32, 64]),
        ("batch_size", 100, [128]),
        ("batch_size", 1_000_000, [1_000_000]),
        ("momentum", 0.98, [0.99, 0.99]),
        ("momentum", 0.999, [0.999]),
        ("dropout", 0.0, [0.05, 0.1, 0.15]),
        ("beta2", 0.998, [0.999, 0.999]),
        ("epochs", 150, [200, 500]),
        ("seed", 2**63 - 1, [2**63 - 1]),
        ("optimizer", "rmsprop", ["adagrad", "adagrad"]),
        ("batch_norm", False, [True, True]),
        ("ema_decay", 0.0, [0.9, 0.95, 0.98, 0.99, 0.995]),
        ("ema_decay", 0.9998, [0.9999, 0.9999]),
        ("ema_decay", 0.99995, [0.99995]),
    ],
)
def test_steps_up(name: str, start: Value, up: list[Value]) -> None:
    for expected in up:
        start = notch(name, start, 1)
        assert start == expected


@pytest.mark.parametrize(
    ("name", "start", "down"),
    [
        ("lr", 0.001, [0.0005, 0.0002, 0.0001]),
        ("weight_decay", 2e-5, [1e-5, 0.0, 0.0]),
        ("weight_decay", 3e-7, [0.0]),
        ("grad_clip", 1.0, [0.5, 0.0]),
        ("patience", 2, [1, 0, 0]),
        ("batch_size", 100, [64]),
        ("batch_size", 2, [1, 1]),
        ("epochs", 1, [1]),
        ("momentum", 0.006, [0.0, 0.0]),
        ("momentum", 0.02, [0.01, 0.0, 0.0]),
        ("gamma", 0.05, [0.05]),
        ("seed", 0, [0]),
        ("optimizer", "sgd", ["sgd"]),
        ("ema_decay", 0.99995, [0.9999, 0.9998]),
        ("ema_decay", 0.93, [0.9, 0.0, 0.0]),
    ],
)
def test_steps_down(name: str, start: Value, down: list[Value]) -> None:
    for expected in down:
        start = notch(name, start, -1)
        assert start == expected
        assert format_value(start) == format_value(expected), "-0.0 equals 0.0 but reads -0"


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("lr", v) for v in (0, -1e-3, NAN, INF, -INF, 1e30, "abc", "0.1", None, True)),  # row 41
        *(("momentum", v) for v in (1, 1.0, 2.0, -0.1, NAN)),  # row 43
        *(("beta2", v) for v in (1.0, NAN)),
        *(("weight_decay", v) for v in (-1e-9, NAN, INF)),
        *(("dropout", v) for v in (1, 1.0, -0.1, NAN)),
        *(("batch_size", v) for v in (0, -1, 1.5, True, 10**9)),  # row 44
        *(("epochs", v) for v in (0, -1, 10**9, 1.5, 2.0, True, "3", NAN)),  # row 45
        *(("seed", v) for v in (-1, 2**63, 2**70, 1.0, True)),
        *(("optimizer", v) for v in ("lion", "", None, 1)),
        *(("batch_norm", v) for v in (1, "true", None)),
    ],
)
def test_a_bad_value_is_refused_at_its_field(name: str, value: object) -> None:
    with pytest.raises(InputError) as caught:
        check(name, value)
    (problem,) = caught.value.problems
    assert problem.startswith(f"{name}: must be ")


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("lr", "0", "greater than 0"),
        ("lr", "-1", "greater than 0"),
        ("lr", "nan", "finite"),
        ("lr", "inf", "finite"),
        ("lr", "-Infinity", "finite"),
        ("lr", "1e999", "finite"),
        ("lr", "1e30", "less than or equal to 100"),
        ("lr", "abc", "must be a number"),
        ("lr", "0,1", "a decimal point, not a comma"),
        ("lr", "-1", "(given: -1)"),
        ("lr", "", "empty"),
        ("lr", "   ", "empty"),
        ("lr", "true", "must be a number"),
        ("momentum", "1", "less than 1"),
        ("momentum", "nan", "finite"),
        ("beta2", "1", "less than 1"),
        ("weight_decay", "-1e-5", "greater than or equal to 0"),
        ("dropout", "1", "less than 1"),
        ("batch_size", "0", "greater than or equal to 1"),
        ("epochs", "0", "greater than or equal to 1"),
        ("epochs", "-1", "greater than or equal to 1"),
        ("epochs", "1e9", "less than or equal to 10000000"),
        ("epochs", "1.5", "whole number"),
        ("epochs", "true", "must be a number"),
        ("epochs", "9" * 5000, "finite"),
        ("seed", "-1", "greater than or equal to 0"),
        ("seed", str(2**70), "less than or equal to 9223372036854775807"),
        ("batch_norm", "1", "true or false"),
        ("optimizer", "lion", "'sgd', 'adam'"),
    ],
)
def test_what_cannot_be_typed(name: str, text: str, says: str) -> None:
    with pytest.raises(InputError, match=rf"^{name}: .*{says}") as caught:
        parse(name, text)
    assert len(caught.value.problems) == 1


@pytest.mark.parametrize(
    ("name", "text", "value"),
    [
        ("lr", " 1e-3 ", 0.001),
        ("lr", "1", 1.0),
        ("epochs", "1e3", 1000),
        ("epochs", "20.0", 20),
        ("seed", str(2**63 - 1), 2**63 - 1),
        ("batch_norm", "Yes", True),
        ("batch_norm", "off", False),
        ("activation", "Leaky-ReLU", "leaky_relu"),
        ("optimizer", "AdamW", "adamw"),
    ],
)
def test_what_can_be_typed(name: str, text: str, value: Value) -> None:
    read = parse(name, text)
    assert read == value
    assert type(read) is type(value)


@given(st.sampled_from(list(catalogue())), st.text(max_size=40))
def test_whatever_is_typed_gives_an_allowed_value_or_a_refusal(name: str, text: str) -> None:
    try:
        value = parse(name, text)
    except InputError as error:
        assert all(problem == safe(problem, 1000) for problem in error.problems)
    else:
        assert allowed(entry(name), value)


def test_an_escape_sequence_in_a_value_is_shown_and_not_obeyed() -> None:
    with pytest.raises(InputError, match=r"\\x1b\[2J") as caught:
        parse("lr", "\x1b[2J")
    assert "\x1b" not in str(caught.value)


def test_a_wrong_name_is_told_with_the_nearest() -> None:
    with pytest.raises(InputError, match="did you mean 'weight_decay'"):
        entry("weight-decay")
    with pytest.raises(InputError, match="is not a hyperparameter"):
        check("learning rate", 1)


def test_an_integer_is_a_number() -> None:
    assert check("lr", 1) == 1.0
    assert isinstance(Hyperparameters.model_validate({"lr": 1}).lr, float)


def test_a_batch_of_images_is_counted_in_images() -> None:
    assert counting(entry("batch_size"), "pictures").unit_of(32) == "images"
    assert counting(entry("batch_size"), "pictures").unit_of(1) == "image"
    assert counting(entry("batch_size"), "columns").unit_of(32) == "rows"
    assert counting(entry("patience"), "pictures").unit_of(5) == "epochs"
