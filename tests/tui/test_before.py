"""What the chart's pane shows before anything was trained: the data and the network that `t` would train."""

from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from tests.tui.fakes import NARROW, WIDE, Lab, a_lab, a_shelf, preset
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.protocol.events import DataLoaded
from tui_lab.session.jobs.jobs import Fresh
from tui_lab.tui.lab.panes.before_training import Before, before_lines
from tui_lab.tui.lab.preset_data import MOST_BYTES, quick
from tui_lab.tui.style.text import width_of

DATA = DataLoaded(
    "binary.csv", "ab", 110, 4, (4,), "answer", ("well", "sick"), {"train": 80, "val": 20, "test": 10}
)


def told(before: Before, width: int = 46, height: int = 20) -> list[str]:
    lines = before_lines(before, width, height)
    assert len(lines) <= height
    assert all(width_of(line) <= width for line in lines)
    return ["".join(text for text, _ in line).rstrip() for line in lines]


def test_data_and_network_with_shapes_and_parameters() -> None:
    lines = told(Before("press t to train binary", preset(), DATA))
    assert lines == [
        "press t to train binary",
        "",
        "task    binary, two classes",
        "data    binary.csv",
        "        110 rows, 4 features",
        "        train 80 + val 20 + test 10",
        "target  answer",
        "classes well, sick",
        "",
        "network                          49 parameters",
        "  input                                      4",
        "  linear 8 · relu                    40      8",
        "  linear 1                            9      1",
    ]


def test_what_was_noticed_in_a_table_is_not_read_as_part_of_its_target() -> None:
    found = replace(DATA, facts=("the delimiter is a semicolon", "'1,5' was read with a decimal comma"))
    lines = told(Before("press t to train binary", preset(), found))
    assert lines[6:10] == [
        "target  answer",
        "classes well, sick",
        "notes   the delimiter is a semicolon",
        "        '1,5' was read with a decimal comma",
    ]


def test_layers_that_find_no_room_in_a_line_are_broken_between_two_of_them() -> None:
    model = ModelSpec(layers=("linear 64", "relu", "dropout 0.25", "linear 8"))
    lines = told(Before("", preset().model_copy(update={"model": model}), DATA), width=38)
    assert [row for row in lines if row.startswith("  ")][-5:] == [
        "  input                              4",
        "  linear 64 · relu ·",
        "    dropout 0.25            320     64",
        "  linear 8                  520      8",
        "  linear 1                    9      1",
    ]


@pytest.mark.parametrize("width", range(24, 60))
def test_a_layer_is_shown_without_its_defaults_and_no_dot_stands_alone(width: int) -> None:
    model = ModelSpec(layers=("conv 32 kernel=3 padding=1", "elu", "conv 8 kernel=5 stride=1", "elu"))
    image = replace(DATA, features=64, shape=(1, 8, 8))
    lines = told(Before("", preset().model_copy(update={"model": model}), image), width=width, height=40)
    assert not any(row.strip().startswith("·") for row in lines)
    words = " ".join(" ".join(lines).split())
    assert "conv 32 padding=1" in words
    assert "conv 8 kernel=5" in words
    assert "stride=1" not in words


def test_before_the_data_is_known_the_layers_are_as_written() -> None:
    lines = told(Before("press t", preset()))
    assert "  linear 8 · activation" in lines
    assert not any("rows" in line for line in lines)


def test_data_of_another_target_is_not_told_as_this_one() -> None:
    assert told(Before("", preset(), replace(DATA, target="age"))) == told(Before("", preset()))


@pytest.mark.parametrize("height", [4, 8, 12, 16])
def test_a_long_network_is_cut_where_there_is_no_room(height: int) -> None:
    model = ModelSpec(layers=tuple(f"linear {k}" for k in range(40, 10, -1)))
    lines = told(Before("press t", preset().model_copy(update={"model": model}), DATA), height=height)
    assert len(lines) == height
    assert height < 16 or lines[-1].strip().startswith("… "), "what is left out is counted"


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_data_of_what_t_would_train_is_read_and_shown(size: tuple[int, int]) -> None:
    asked: list[str] = []

    def read(experiment: Experiment) -> DataLoaded:
        asked.append(experiment.preset)
        if experiment.preset == "kinds":
            raise InputError("kinds.csv: no such file")
        return replace(DATA, rows=110 if experiment.preset == "binary" else 442)

    async def settled(lab: Lab) -> str:
        for _ in range(2):
            await lab.tick()
            lab.screen.survey.wait()
        await lab.tick()
        return lab.text()

    async with a_lab(size, read=read) as lab:
        text = await settled(lab)
        assert "press t to train numbers" in text
        assert "442 rows, 4 features" in text
        await lab.press("down")
        text = await settled(lab)
        assert "press t to train binary" in text
        assert "110 rows, 4 features" in text
        assert text.count("train 80 + val 20 + test 10") == 1, "told once on the screen"
        await lab.press("down")
        text = await settled(lab)
        assert "⚠ cannot read the data: kinds.csv:" in text
        assert "no such" in text
        await lab.press("up")
        await settled(lab)
        assert asked == ["numbers", "binary", "kinds"], "each once"
        await lab.press("t")
        job = lab.jobs[-1]
        assert isinstance(job, Fresh)
        assert job.experiment.preset == "binary", "what was shown is trained"
        assert "starting…" in lab.text()
        assert "110 rows, 4 features" in lab.text()
        lab.run.begin()
        lab.run.epochs(1, 2)
        await lab.tick()
        assert lab.screen.chart.chart.picture.window is not None
        assert not lab.screen.chart.before.display


async def test_beside_a_finished_run_the_preset_in_focus_is_read_too() -> None:
    async with a_lab(read=lambda experiment: replace(DATA, rows=731)) as lab:
        run = await lab.train()
        run.end()
        await lab.tick()
        await lab.press("1", "down")
        await lab.tick()
        lab.screen.survey.wait()
        await lab.tick()
        assert "731 rows" in lab.text()
        assert lab.screen.chart.chart.picture.window is not None, "the chart still shows the run"


async def test_the_screen_does_not_wait_for_the_data() -> None:
    gate = Event()

    def read(experiment: Experiment) -> DataLoaded:
        gate.wait(60)
        return DATA

    async with a_lab(read=read) as lab:
        await lab.tick()
        await lab.press("3", "right")
        assert "0.002" in lab.text()
        assert "110 rows" not in lab.text()
        gate.set()
        lab.screen.survey.wait()
        await lab.tick()
        assert "110 rows" in lab.text()


async def test_edited_layers_are_shown() -> None:
    async with a_lab() as lab:
        lab.app.next_run.set_layers(("linear 5", "elu"))
        lab.screen.sync()
        await lab.idle()
        assert "linear 5 · elu" in lab.text()


def test_only_what_is_quick_is_read_unasked(tmp_path: Path) -> None:
    small, large = tmp_path / "small.csv", tmp_path / "large.csv"
    small.write_text("a,b\n1,2\n", "utf-8")
    with large.open("wb") as file:
        file.truncate(MOST_BYTES + 1)
    assert quick(DataSpec(file=str(small), target="b"))
    assert not quick(DataSpec(file=str(large), target="b"))
    assert not quick(DataSpec(file=str(tmp_path), target="b"))
    assert not quick(DataSpec(file="/own/code.py:Set", target="b", source="own"))
    assert not quick(DataSpec(file=str(tmp_path), target="class", source="images", shape=(3, 8, 8)))
    assert quick(DataSpec(file="drawn:shapes", target="class", source="images", shape=(3, 8, 8)))
    assert all(quick(item.data) for item in a_shelf().presets.values()), "a missing file is said at once"
