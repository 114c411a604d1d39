"""The fit drawn: asked of the run again as it goes on, or of new weights; in characters."""

import pytest

from tests.tui.fakes import HUGE, NARROW, WIDE, FakeClient, FakeTrainers, Lab, a_lab
from tui_lab.protocol.events import CheckpointSaved, DataLoaded
from tui_lab.protocol.fit import DrawFit, FitDrawn, FitRow
from tui_lab.protocol.steering_events import CommandRefused
from tui_lab.session.queries.subprocess import Query
from tui_lab.tui.inspect.fit.picture import Look, drawn_lines
from tui_lab.tui.inspect.fit.screen import LEAST_S, TIMES, FitScreen
from tui_lab.tui.inspect.fit.text import legend

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}
ROWS = (FitRow(-0.5, 0.5, 0, False), FitRow(0.5, -0.5, 1, True), FitRow(0.5, 0.5, 0, False))


def plane(step: int = 90, seconds: float = 0.0, *, flipped: bool = False) -> FitDrawn:
    """Left A, right B, surer further from the middle."""
    sure = [0.9, 0.6, 0.6, 0.9] * 4
    classes = [0, 0, 1, 1] if not flipped else [1, 1, 0, 0]
    return FitDrawn(
        step, 9, ("x1", "[/x]\x1b[31m"), "class", ("A", "B"), ((-1.0, 1.0), (-1.0, 1.0)), 4, 4,
        tuple(sure), tuple(classes * 4), ROWS, seconds,
    )  # fmt: skip


def curve() -> FitDrawn:
    rows = (FitRow(0.0, 0.0, 0.0, False), FitRow(10.0, 0.0, 10.0, False), FitRow(2.5, 0.0, 7.5, True))
    values = tuple(float(k) for k in range(11))
    return FitDrawn(1, 0, ("x",), "y", (), ((0.0, 10.0),), 11, 1, values, (), rows)


def text(fit: FitDrawn, width: int, height: int, look: Look) -> list[str]:
    return ["".join(segment.text for segment in line) for line in drawn_lines(fit, width, height, look)]


def test_without_colours_areas_and_rows_differ_by_their_characters() -> None:
    lines = text(plane(), 8 + 8, 6, Look(colour=False))
    assert [line[8:] for line in lines[:4]] == ["  ░░▒▒▓▓", "  o░▒▒o▓", "  ░░▒▒▓▓", "  ░░▒▒X▓"]
    assert "[ ░]" in legend(plane(), Look(colour=False))
    assert "oO A" in legend(plane(), Look(colour=True))
    alone = text(plane(), 16, 6, Look(colour=False, training=False))
    assert "o" not in "".join(alone)
    assert "X" in "".join(alone)


def test_with_colours_a_cell_is_two_points_and_a_row_is_on_top() -> None:
    lines = drawn_lines(plane(), 16, 6, Look())
    glyphs = [segment.text for segment in lines[0][1:]]
    assert glyphs == ["▀"] * 8
    grounds = [segment.style.bgcolor.triplet for segment in lines[0][1:]]  # type: ignore[union-attr]
    assert len(set(grounds)) == 4, "two classes, each more or less sure"
    assert grounds[0] != grounds[-1]
    assert lines[1][1 + 2].text == "o"


def test_a_curve_runs_through_its_values_and_the_axes_are_in_units() -> None:
    lines = text(curve(), 8 + 48, 12, Look(colour=False))
    body = [line[8:] for line in lines[:-2]]
    assert "10" in lines[-1]
    assert any("0 ┤" in line for line in lines)
    inked = [[row for row in range(10) if 0x2800 < ord(body[row][column]) <= 0x28FF] for column in range(48)]
    assert all(inked), "no gap"
    tops = [rows[0] for rows in inked]
    assert tops == sorted(tops, reverse=True)
    assert tops[0] >= 8
    assert tops[-1] <= 1
    assert "O" in "".join(body)


@pytest.mark.parametrize("fit", [plane(), curve()], ids=["plane", "curve"])
@pytest.mark.parametrize("size", [(9, 3), (40, 10), (300, 90), (1, 1)])
def test_it_has_the_size_it_is_given(fit: FitDrawn, size: tuple[int, int]) -> None:
    for look in (Look(), Look(colour=False, dark=False, training=False, held_out=False)):
        lines = text(fit, *size, look)
        assert len(lines) == max(size[1], 3)
        assert {len(line) for line in lines} == {max(size[0], 9)}


async def of_two_inputs(lab: Lab) -> FakeClient:
    run = await lab.train()
    run.say(
        DataLoaded("some.csv", "ab", 110, 2, (2,), "class", ("A", "B"), {"train": 80, "val": 20, "test": 10})
    )
    await lab.tick()
    return run


async def drawn(lab: Lab) -> FitScreen:
    screen = lab.app.screen
    assert isinstance(screen, FitScreen)
    screen.wait()
    await lab.idle()
    return screen


@pytest.mark.parametrize("name", SIZES)
async def test_the_fit_of_the_run_that_goes_on(name: str) -> None:
    async with a_lab(SIZES[name], chosen="binary") as lab:
        run = await of_two_inputs(lab)
        await lab.press("D")
        (asked,) = run.sent
        assert isinstance(asked, DrawFit)
        assert "waiting for the run" in lab.text()
        run.say(plane())
        await lab.tick()
        screen = await drawn(lab)
        assert "after step 90, epoch 9" in lab.text()
        assert "▀" * 10 in lab.text()
        assert "[/x]\\x1b[31m"[:8] in lab.text()
        assert asked.width == screen.command().width == SIZES[name][0] - 13
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def test_it_is_asked_again_as_the_run_goes_on_but_not_too_often() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await of_two_inputs(lab)
        await lab.press("D")
        screen = lab.app.screen
        assert isinstance(screen, FitScreen)
        now = 100.0
        screen.clock = lambda: now
        run.say(plane(90, seconds=0.05))
        await lab.tick()
        await drawn(lab)
        assert len(run.sent) == 1
        now += LEAST_S + 0.01
        run.epochs(10, 10)
        await lab.tick()
        await drawn(lab)
        assert len(run.sent) == 1, "it took 0.05 s: the run is left alone for 5 s"
        now += TIMES * 0.05
        run.epochs(11, 11)
        await lab.tick()
        await drawn(lab)
        assert len(run.sent) == 2, "without a key"
        assert "waiting" not in lab.text(), "the last one stays"
        run.epochs(12, 12)
        await lab.tick()
        await drawn(lab)
        assert len(run.sent) == 2, "it waits for the answer"
        now += TIMES
        await drawn(lab)
        assert len(run.sent) == 3, "an answer that never came is asked for again"
        run.say(plane(120, flipped=True))
        await lab.tick()
        await drawn(lab)
        assert "after step 120" in lab.text()


async def test_once_the_run_has_ended_it_is_of_the_best_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Query] = []

    def ask(question: Query, kind: object) -> FitDrawn:
        seen.append(question)
        return plane(70)

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(ask))
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await of_two_inputs(lab)
        await lab.press("D")
        run.say(plane(), CheckpointSaved("last-000000090.pt", "ab", 90, 9, "due", 0))
        run.end()
        await lab.tick()
        screen = await drawn(lab)
        await drawn(lab)
        assert "best weights, after epoch 9" in lab.text()
        assert [question.run for question in seen] == [f"/runs/{run.run_id}"]
        assert isinstance(seen[0].command, DrawFit)
        await lab.press("r")
        assert not screen._text.look.training


async def test_before_training_it_is_of_new_weights(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Query] = []

    def ask(question: Query, kind: object) -> FitDrawn:
        seen.append(question)
        return curve() if len(seen) == 1 else plane(0)

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(ask))
    async with a_lab(NARROW, chosen="binary") as lab:
        await lab.press("D")
        await drawn(lab)
        assert seen[0].run is None
        assert "line: predicted" in lab.text()
        await lab.press("D")
        await drawn(lab)
        assert "untrained, as the next run starts" in lab.text()


async def test_other_networks_are_told_why_there_is_no_picture() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        await lab.train()
        await lab.press("D")
        assert lab.app.screen is lab.screen
        assert "one or two inputs, which are numbers; there are 4" in " ".join(lab.text().split())
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await of_two_inputs(lab)
        await lab.press("D")
        run.say(CommandRefused(90, "draw_fit", "some here are categories [/x]"))
        await lab.tick()
        await drawn(lab)
        assert "some here are categories [/x]" in lab.text()
