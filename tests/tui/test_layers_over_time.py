"""The layers over time: what is drawn, what is said, and the keys."""

from dataclasses import replace
from math import inf, isnan, nan

import pytest

from tests.journals import fold
from tests.tui.fakes import HUGE, NARROW, WIDE, Lab, a_lab, same_as_before
from tui_lab.protocol.events import Event, Record
from tui_lab.protocol.layer_events import Histogram, LayerMeasured, LayersMeasured
from tui_lab.protocol.steering_events import Edited, Undone
from tui_lab.tui.chart.curves.frame import ChartData, Mark
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.chart.curves.series import RUNS
from tui_lab.tui.layers_over_time.findings import finding, quantile
from tui_lab.tui.layers_over_time.heat import HeatData, HistogramHeat, LayerHeat
from tui_lab.tui.layers_over_time.heat_widget import drawn
from tui_lab.tui.layers_over_time.quantities import FIGURES, QUANTITIES, Quantity, values
from tui_lab.tui.layers_over_time.screen import LayersOverTimeScreen
from tui_lab.tui.layers_over_time.shades import WILD, block, colour, levels
from tui_lab.tui.layers_over_time.shown import LayersShown
from tui_lab.tui.style.format import number
from tui_lab.tui.widgets.help import HelpText

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}
BELL = (1, 3, 9, 20, 31, 20, 9, 3, 1, 0)
BY_NAME: dict[str, Quantity] = {quantity.name: quantity for quantity in QUANTITIES}


def weighted(
    name: str, gradient: float, ratio: float = 1e-3, mean: float = 0.1, std: float = 1.0
) -> LayerMeasured:
    bell, tails = Histogram(-0.5, 0.5, BELL), Histogram(-2.0, 2.0, BELL)
    return LayerMeasured(name, gradient, 2.0, 2.0 * ratio, mean, std, nan, nan, bell, tails, bell)


def activation(name: str, dead: float = nan, saturated: float = nan, std: float = 0.5) -> LayerMeasured:
    return LayerMeasured(
        name, nan, nan, nan, 0.3, std, dead, saturated, None, Histogram(0.0, 2.0, BELL), None
    )


def measured(step: int, *layers: LayerMeasured) -> LayersMeasured:
    return LayersMeasured(step, step // 10 + 1, layers)


def healthy(step: int, size: float = 1.0) -> LayersMeasured:
    return measured(
        step,
        weighted("1 linear 8", 0.5 * size),
        activation("2 relu", dead=0.1),
        weighted("4 linear 1", 0.8 * size),
    )


def deep(step: int) -> LayersMeasured:
    """Gradients vanish, from 1 to 1e-9; the sigmoids in between are saturated."""
    layers = [
        layer
        for k in range(10)
        for layer in (
            weighted(f"{2 * k + 1} linear 8", 10.0 ** (k - 9), ratio=10.0 ** (k - 11)),
            activation(f"{2 * k + 2} sigmoid", saturated=0.9 - 0.1 * k),
        )
    ]
    return measured(step, *layers[:-1])


# What is said


def said(quantity: str, *events: LayersMeasured, layer: str = "1 linear 8") -> tuple[str, bool]:
    found = finding(list(events), len(events) - 1, BY_NAME[quantity], layer)
    return found.text, found.trouble


CASES: list[tuple[str, LayersMeasured, str, bool]] = [
    ("gradient", healthy(9), "within a factor of 1.6", False),
    ("gradient", deep(9), "vanish towards the first layer: 1 linear 8 has 1.0e-9 of the last", True),
    ("gradient", measured(1, weighted("a", 100.0), weighted("b", 1.0)), "grow towards", True),
    ("gradient", measured(1, *map(weighted, "abc", (1.0, 0.0, 1.0))), "no gradient reaches b", True),
    ("gradient", measured(1, *map(weighted, "abc", (1.0, inf, nan))), "not finite in b", True),
    ("gradient", measured(1, weighted("a", 0.25)), "the only layer that learns: 0.25", False),
    ("gradient", measured(1, activation("a")), "no layer with weights", False),
    ("update/weight", healthy(9), "the healthy range", False),
    ("update/weight", measured(1, weighted("a", 1, 0.1), weighted("b", 1, 0.1)), "all 2 layers", True),
    ("update/weight", measured(1, weighted("a", 1.0, 1e-5)), "a changes by less than 0.01 %", True),
    ("update/weight", measured(1, weighted("a", 1, 0.5), weighted("b", 1, 0.0)), "step, 1 by less", True),
    ("dead", healthy(9), "at most 10% of the units of a layer are dead (2 relu)", False),
    ("dead", measured(1, activation("a", dead=0.6)), "60% of the units of a are dead", True),
    ("dead", measured(1, activation("a", dead=0.0)), "no unit is dead", False),
    ("dead", deep(1), "only a ReLU", False),
    ("saturated", deep(1), "90% of the units of 2 sigmoid are saturated", True),
    ("saturated", healthy(1), "only sigmoid and tanh", False),
    ("mean", healthy(1), "within ±0.3000, farthest in 2 relu", False),
    ("std", healthy(1), "less than 10 times", False),
    ("std", measured(1, weighted("a", 1.0, std=2.0), weighted("b", 1.0, std=0.1)), "shrink at b", True),
    ("std", measured(1, weighted("a", 1.0, std=2.0), weighted("b", 1.0, std=30.0)), "grow at b", True),
    ("weights", healthy(1), "weights of 1 linear 8: 90% are between -0.2", False),
]  # fmt: skip


@pytest.mark.parametrize(("quantity", "event", "words", "trouble"), CASES)
def test_a_sentence_says_what_the_figures_mean(
    quantity: str, event: LayersMeasured, words: str, trouble: bool
) -> None:
    text, told = said(quantity, event)
    assert words in text
    assert told is trouble


def test_a_gradient_that_explodes_is_compared_with_its_median() -> None:
    usual = [healthy(step) for step in range(1, 6)]
    assert not said("gradient", *usual)[1]
    text, trouble = said("gradient", *usual, healthy(7, 50.0))
    assert "explode: all together 50.00 times their median" in text and trouble


def test_a_layer_without_the_histogram_says_which_key_helps() -> None:
    assert "↑↓" in said("weights", healthy(1), layer="2 relu")[0]
    empty = replace(weighted("a", 1.0), weights=Histogram(nan, nan, (0, 0)))
    assert said("weights", measured(1, empty), layer="a") == ("no finite value among the weights of a", True)


def test_a_quantile_lies_within_its_bin() -> None:
    histogram = Histogram(0.0, 4.0, (2, 0, 0, 2))
    assert [quantile(histogram, share) for share in (0.0, 0.25, 0.5, 0.75, 1.0)] == [0.0, 0.5, 1.0, 3.5, 4.0]


# Maps


def test_levels_are_sizes_shares_places_in_the_band_or_signs() -> None:
    assert levels([[1e-4, 1e-2], [1.0, nan]], "size")[0] == [[0.0, 0.5], [1.0, None]]
    assert levels([[0.25, 1.0, inf]], "share")[0] == [[0.25, 1.0, WILD]]
    band = levels([[1e-9, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 9.0, 0.0]], "band")[0][0]
    assert band == pytest.approx([-1.0, -0.6, 0.0, 0.0, 0.0, 0.6, 1.0, -1.0])
    assert levels([[-2.0, 1.0]], "signed") == ([[-1.0, 0.5]], "-2.000", "2.000")
    assert levels([[0.0, 0.0]], "size")[0] == [[0.0, 0.0]], "no positive value to compare with"


def test_levels_differ_in_colour_and_without() -> None:
    for scale in ("size", "share"):
        assert len({colour(k / 7, scale) for k in range(8)}) == 8  # type: ignore[arg-type]
        assert "".join(block(k / 7.01, scale) for k in range(8)) == "▁▂▃▄▅▆▇█"  # type: ignore[arg-type]
    assert len({colour(level, "band") for level in (-1.0, -0.3, 0.0, 0.3, 1.0, WILD, None)}) == 7
    assert [block(level, "band") for level in (-1.0, 0.0, 1.0, WILD, None)] == ["▁", "▅", "█", "!", " "]


def a_map(heat: LayerHeat | HistogramHeat, *xs: float, marks: tuple[Mark, ...] = ()) -> HeatData:
    return HeatData(ChartData(marks=marks, hint="nothing yet"), heat, xs, (xs[0], xs[-1]))


def test_a_cell_is_the_latest_measurement_before_its_right_edge() -> None:
    data = a_map(LayerHeat({"a": [0.0, 1.0, 0.5]}, "share", "a"), 0.0, 5.0, 10.0)
    assert data.places(10) == [0, 0, 0, 0, 1, 1, 1, 1, 1, 2]
    late = replace(data, limits=(-5.0, 10.0))
    assert late.places(3) == [0, 1, 2]
    assert replace(data, limits=(-10.0, 10.0)).places(4)[0] == -1


def test_a_bin_of_a_histogram_fills_the_rows_that_it_spans() -> None:
    heat = HistogramHeat([Histogram(0.0, 4.0, (0, 4, 2, 0)), None, Histogram(1.0, 1.0, (7, 0))], whole=True)
    rows = [row.levels for row in heat.rows(4)]
    assert rows == [[0.0, None, 0.0], [0.5, None, 0.0], [1.0, None, 1.0], [0.0, None, 0.0]]
    assert [row.levels[0] for row in heat.rows(8)] == [0.0, 0.0, 0.5, 0.5, 1.0, 1.0, 0.0, 0.0]


def test_far_outliers_are_left_out_of_the_axis_unless_all_is_asked_for() -> None:
    outlier = Histogram(-1.0, 1000.0, (9999, *[0] * 998, 1))
    assert HistogramHeat([outlier], whole=True).rows(10)[0].levels[0] is not None
    labels = [row.label for row in HistogramHeat([outlier], whole=False).rows(10) if row.label]
    assert labels and max(map(float, labels)) < 2


@pytest.mark.parametrize("coloured", [True, False])
@pytest.mark.parametrize("size", [(1, 1), (10, 4), (24, 6), (40, 9), (120, 30)])
def test_a_map_has_the_size_of_its_widget(size: tuple[int, int], coloured: bool) -> None:
    width, height = size
    marks = (Mark(20.0, "lr 0.1", None, "edit"), Mark(40.0, "best 4"), Mark(30.0, "", None, "cursor"))
    steps = [10.0 * k for k in range(5)]
    figures = {f"{k} linear 8": [k / 9] * 5 for k in range(10)}
    for heat in (
        LayerHeat(figures, "share", "7 linear 8"),
        HistogramHeat([Histogram(-1.0, 1.0, BELL)] * 5, whole=False),
    ):  # fmt: skip
        rows = drawn(a_map(heat, *steps, marks=marks), width, height, coloured)
        assert len(rows) <= height
        assert all(sum(len(text) for text, _ in row) <= width for row in rows)
    text = "\n".join("".join(text for text, _ in row) for row in drawn(
        a_map(LayerHeat(figures, "share", "7 linear 8"), *steps, marks=marks), 120, 30, coloured
    ))  # fmt: skip
    assert "› 7 linear 8" in text and "0 %" in text and "100 %" in text
    assert "lr 0.1" in text and "best 4" in text and "│" in text


def test_of_more_layers_than_rows_those_around_the_selected_one_are_shown() -> None:
    heat = LayerHeat({str(k): [0.5] for k in range(50)}, "share", "30")
    labels = [row.label for row in heat.rows(10)]
    assert len(labels) == 10 and "30" in labels
    assert [row.label for row in heat.rows(10) if row.chosen] == ["30"]


def test_of_many_lines_eight_are_coloured_and_the_selected_one_is_among_them() -> None:
    many = measured(1, *(weighted(f"{k} linear 8", 1.0) for k in range(30)))
    shown = LayersShown(fold([Record(1, 1.0, many)]), layer="17 linear 8")
    shown.follow(shown.view, Lens())
    roles = shown.roles
    assert sorted(roles.values()) == sorted(RUNS)
    assert {"0 linear 8", "29 linear 8", "17 linear 8"} <= set(roles)


# The screen


async def opened(lab: Lab, *events: Event) -> LayersOverTimeScreen:
    """The screen of a run in its fourth epoch, of which the layers were measured."""
    run = await lab.train(3)
    run.say(*events)
    await lab.tick()
    await lab.press("y")
    screen = lab.app.screen
    assert isinstance(screen, LayersOverTimeScreen)
    return screen


RUN = (*(healthy(step) for step in (1, 3, 7, 15)), healthy(29, 0.3))
VANISHED = tuple(deep(step) for step in (1, 3, 7, 15, 30))


@pytest.mark.parametrize("name", SIZES)
async def test_pictures_of_the_lines(name: str) -> None:
    async with a_lab(SIZES[name]) as lab:
        await opened(lab, *VANISHED)
        same_as_before(f"layers-over-time-{name}", lab.text())


@pytest.mark.slow
@pytest.mark.parametrize("size", [(20, 8), (40, 10), NARROW, HUGE])
async def test_it_works_in_any_size_and_shows_the_way_back(size: tuple[int, int]) -> None:
    async with a_lab(size) as lab:
        await opened(lab, *VANISHED)
        for keys in (
            ("right", "down"),
            ("space", "plus"),
            ("left_square_bracket", "l", "a"),
            ("left", "left"),
        ):
            await lab.press(*keys)
            assert all(len(line) <= size[0] for line in lab.lines())
        assert "esc back" in lab.footer()
        await lab.press("escape", "escape")
        assert lab.app.screen is lab.screen


async def test_every_quantity_is_reached_by_a_key_and_says_something() -> None:
    async with a_lab(WIDE) as lab:
        screen = await opened(lab, *RUN)
        for quantity in QUANTITIES:
            assert screen.over_time.quantity is quantity
            words = said(quantity.name, *RUN, layer=screen.over_time.layer)[0]
            assert " ".join(words.split())[:60] in " ".join(lab.text().split())
            await lab.press("right")
        assert screen.over_time.quantity is QUANTITIES[0]
        await lab.press("left")
        assert screen.over_time.quantity is QUANTITIES[-1]


async def test_help_explains_the_quantity_and_gives_its_value_for_the_selected_layer() -> None:
    async with a_lab(WIDE) as lab:
        screen = await opened(lab, *RUN)
        await lab.press("question_mark")
        about = lab.app.screen.query_one(HelpText).lines(WIDE[0])[0]
        chosen = screen.over_time.chosen(screen.lens)
        assert chosen is not None
        assert about == (
            ("gradient", "head"), (": ", "dim"), (f"{number(chosen.gradient)} in {chosen.layer}", "bold"),
        )  # fmt: skip


async def test_space_turns_the_lines_into_a_map_of_layer_by_step_and_back() -> None:
    async with a_lab(WIDE) as lab:
        screen = await opened(lab, *RUN)
        assert screen.chart.display and not screen.map.display
        await lab.press("space")
        assert screen.map.display and not screen.chart.display
        assert any("1 linear 8" in row for row in screen.map.text)
        await lab.press("space")
        assert screen.chart.display and not screen.map.display


async def test_histograms_are_of_the_selected_layer() -> None:
    async with a_lab(WIDE) as lab:
        screen = await opened(lab, *RUN)
        await lab.press("left")
        assert "gradients of 1 linear 8" in lab.text()
        await lab.press("down")
        assert "gradients of 4 linear 1" in lab.text(), "the ReLU between them has none"
        await lab.press("space")
        assert "of one layer" in lab.text() and screen.map.display


async def test_the_cursor_stops_at_measurements_and_the_table_shows_them() -> None:
    async with a_lab(WIDE) as lab:
        screen = await opened(lab, *RUN)
        assert "step 29 of epoch 3" in lab.text() and "0.1500" in lab.text()
        await lab.press("left_square_bracket", "left_square_bracket")
        assert "cursor, step 15 of epoch 2" in lab.text()
        assert "0.5000" in lab.text()
        await lab.press("space", "left_square_bracket")
        assert "cursor, step 7 of epoch 1" in lab.text(), "on the map, too"
        await lab.press("escape")
        assert screen.lens.cursor is None and lab.app.screen is screen
        await lab.press("y")
        assert lab.app.screen is lab.screen


async def test_new_measurements_appear_and_an_undo_takes_them_back() -> None:
    async with a_lab(WIDE) as lab:
        screen = await opened(lab, *RUN)
        lab.run.say(Edited(30, 3, "lr", 1e-3, 1e-2, 10), healthy(33))
        await lab.tick()
        screen.tick()
        await lab.idle()
        assert "step 33 of epoch 4" in lab.text()
        assert "lr 0.01" in [mark.label for mark in screen.chart.data.marks]
        await lab.press("space")
        assert "lr 0.01" in lab.text(), "the edit is marked on the map, too"
        lab.run.say(Undone(30, 3, "lr", 1e-3, 1e-2, 33, 0, 10))
        await lab.tick()
        screen.tick()
        await lab.idle()
        assert "step 29 of epoch 3" in lab.text()
        assert "lr 0.01" not in lab.text()


async def test_the_axis_of_a_ratio_is_logarithmic_with_the_healthy_band_and_l_turns_it() -> None:
    async with a_lab(WIDE) as lab:
        screen = await opened(lab, *RUN)
        await lab.press("right")
        assert screen.chart.data.log_y and "healthy: 0.0001 to 0.01" in lab.text()
        remembered = screen.lens.memory
        await lab.press("l")
        assert not screen.chart.data.log_y
        assert screen.lens.memory == remembered, "the main chart's axis is another matter"
        await lab.press("right")
        assert not screen.chart.data.log_y and screen.chart.data.y_limits == (0.0, 1.0)


async def test_without_measurements_it_says_why() -> None:
    async with a_lab(NARROW) as lab:
        await opened(lab)
        assert "--no-diagnostics" in lab.text()
        await lab.press("space", "right", "down", "escape")
        assert lab.app.screen is lab.screen


async def test_hostile_names_of_layers_are_shown_safely() -> None:
    name = "1 \x1b[31m[red]linear\u202e 8"
    async with a_lab(WIDE) as lab:
        await opened(lab, measured(1, weighted(name, 1.0)), measured(9, weighted(name, 1.0)))
        for _ in QUANTITIES:
            await lab.press("space", "right")
            assert "\x1b" not in lab.text() and "\u202e" not in lab.text()
            assert "[red]" in lab.text()


def test_a_figure_that_a_layer_lacks_is_none_of_its_lines() -> None:
    found = values([healthy(1), healthy(2)], FIGURES[0])
    assert list(found) == ["1 linear 8", "4 linear 1"]
    assert found["1 linear 8"] == [0.5, 0.5]
    assert list(values([healthy(1)], FIGURES[2])) == ["2 relu"]
    shorter = measured(3, weighted("4 linear 1", 0.8))
    assert isnan(values([shorter, healthy(4)], FIGURES[0])["1 linear 8"][0])
