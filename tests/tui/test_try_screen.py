"""Try one: asked of the run that goes on, of the one that has ended, or with new weights."""

from base64 import b64encode
from dataclasses import replace

import pytest
from pydantic_core import to_json

from tests.tui.fakes import HUGE, NARROW, WIDE, FakeClient, FakeTrainers, Lab, a_lab, same_as_before
from tests.tui.test_images_screen import disc, shelf
from tui_lab.errors import InputError
from tui_lab.protocol.commands import Try
from tui_lab.protocol.events import CheckpointSaved
from tui_lab.protocol.example import Picture
from tui_lab.protocol.steering_events import CommandRefused, Tried
from tui_lab.protocol.trial import Prediction, Trial, TriedColumn, turned
from tui_lab.session.queries.subprocess import Query
from tui_lab.tui.inspect.try_one.screen import TryScreen
from tui_lab.tui.widgets.gallery import Gallery

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}
AREA = TriedColumn("area", 120.5, 100.0, 2.0, 100.0, 20.0)
CITY = TriedColumn("city [/x]", "Oslo", "Bergen", categories=("Bergen", "Oslo"))
MAKER = TriedColumn("maker", "Ford", "Ford", categories=("Fiat", "Ford"), other=True)
COLUMNS = (AREA, CITY, MAKER)


def trial(wanted: Try, **given: object) -> Trial:
    """Of 20 rows, those with the numbers 2, 12, ...; each change makes `sick` more probable."""
    place = wanted.place % 20 if wanted.number is None else (wanted.number - 2) // 10
    risen = 0.2 + 0.3 * len(wanted.changes)
    made = Trial(
        place, 20, 10 * place + 2, "", "state", ("well", "sick"), "well",
        Prediction("well", (0.8, 0.2)),
        Prediction("sick" if risen >= 0.5 else "well", (1 - risen, risen)),
        COLUMNS,
    )  # fmt: skip
    return replace(made, **given)


def numbers(wanted: Try) -> Trial:
    value = 173.8 - 8.9 * len(wanted.changes)
    return trial(
        wanted, target="price", classes=(), true=206.0, before=Prediction(173.8), now=Prediction(value)
    )


def reply(wanted: Try, made: Trial, step: int = 90) -> Tried:
    return Tried(step, 9, wanted.token, to_json(made, inf_nan_mode="strings").decode())


def last_asked(run: FakeClient) -> Try:
    asked = run.sent[-1]
    assert isinstance(asked, Try)
    return asked


async def say(lab: Lab, run: FakeClient, made: Trial | None = None) -> TryScreen:
    """The run answers what it was asked last."""
    run.say(reply(last_asked(run), made or trial(last_asked(run))))
    await lab.tick()
    return await shown(lab)


async def shown(lab: Lab) -> TryScreen:
    screen = lab.app.screen
    assert isinstance(screen, TryScreen)
    screen.wait()
    await lab.idle()
    return screen


@pytest.mark.parametrize("name", SIZES)
async def test_a_row_of_a_run_that_goes_on(name: str) -> None:
    async with a_lab(SIZES[name]) as lab:
        run = await lab.train()
        await lab.press("T")
        assert "waiting for the run" in lab.text()
        await say(lab, run)
        await lab.press("right")
        assert last_asked(run).changes == (("area", 122.5),)
        await say(lab, run)
        assert "waiting" not in lab.text()
        same_as_before(f"try-{name}", lab.text())


async def test_numbers_are_shown_with_the_way_they_went() -> None:
    async with a_lab(NARROW) as lab:
        run = await lab.train()
        await lab.press("T")
        await say(lab, run, numbers(Try()))
        assert "as it was  173.8" in lab.text()
        assert "▼" not in lab.text()
        await lab.press("left")
        await say(lab, run, numbers(last_asked(run)))
        assert "now        164.9  ▼ −8.900" in lab.text()
        assert "true       206  off by −41.10" in lab.text()


async def test_keys_do_not_wait_and_the_newest_question_replaces_the_older_ones() -> None:
    async with a_lab(NARROW) as lab:
        run = await lab.train()
        await lab.press("T")
        await say(lab, run)
        before = len(run.sent)
        await lab.press("right", "right", "right", "down", "left", "down", "right")
        assert len(run.sent) == before + 1, "one is on its way"
        assert last_asked(run).changes == (("area", 122.5),)
        assert "126.5" in lab.text(), "the values are shown at once"
        await say(lab, run)
        assert len(run.sent) == before + 2
        wanted = (("area", 126.5), ("city [/x]", "Bergen"), ("maker", "(other)"))
        assert last_asked(run).changes == wanted
        run.say(reply(replace(last_asked(run), token="of another lab"), trial(Try(), target="theirs")))
        await lab.tick()
        screen = await shown(lab)
        assert "theirs" not in lab.text()
        await say(lab, run)
        assert not screen.asking.waiting
        assert "predicted well → sick" in lab.text()


async def test_what_is_typed_wrong_stays_and_is_explained() -> None:
    async with a_lab(NARROW) as lab:
        run = await lab.train()
        await lab.press("T")
        await say(lab, run)
        before = len(run.sent)
        await lab.press("enter")
        for text, said in {
            "1e400": "'1e400' is too large",
            "wide": "'wide' is not a number",
            "1,5": "write 1.5",
        }.items():
            await lab.type(text)
            await lab.press("enter")
            assert said in lab.text()
            assert text in lab.text()
        await lab.press("escape", "down", "enter")
        await lab.type("Olso")
        await lab.press("enter")
        assert "'Olso' is not a category of city [/x]" in lab.text()
        assert "did you mean 'Oslo'" in " ".join(lab.text().replace("│", " ").split())
        assert len(run.sent) == before
        await lab.type("q[]gmdT")
        assert "q[]gmdT" in lab.text(), "letters are text while the field is open"
        await lab.type("Bergen")
        await lab.press("enter")
        assert last_asked(run).changes == (("city [/x]", "Bergen"),)
        await say(lab, run)
        await lab.press("m")
        assert last_asked(run).changes == (("city [/x]", None),)
        await say(lab, run)
        assert "missing was Oslo" in lab.text()
        assert "filled with Bergen" in lab.text()
        await lab.press("d")
        assert last_asked(run).changes == ()


async def test_rows_one_after_the_other_and_by_their_number() -> None:
    async with a_lab(NARROW) as lab:
        run = await lab.train()
        await lab.press("T")
        await say(lab, run)
        await lab.press("right")
        await say(lab, run)
        await lab.press("]")
        assert (last_asked(run).place, last_asked(run).changes) == (1, ())
        await say(lab, run)
        assert "row 12 · 2 of 20 in validation" in lab.text()
        await lab.press("g")
        await lab.type("x")
        await lab.press("enter")
        assert "whole number above 0" in lab.text()
        await lab.type("3")
        await lab.press("enter")
        assert last_asked(run).number == 3
        run.say(CommandRefused(90, "try", "row 3 is not in the validation split; the nearest one is row 2"))
        await lab.tick()
        screen = await shown(lab)
        screen.tick()
        await lab.idle()
        assert screen.prompt is not None
        assert screen.prompt.field.value == "3"
        assert "the nearest one is row 2" in lab.text()
        await lab.type("62")
        await lab.press("enter")
        assert last_asked(run).number == 62
        await say(lab, run)
        assert "row 62 · 7 of 20" in lab.text()
        await lab.press("[")
        assert last_asked(run).place == 5


async def test_a_run_that_refuses_cannot_be_asked_or_ends_says_so() -> None:
    async with a_lab(NARROW) as lab:
        run = await lab.train()
        await lab.press("T")
        run.say(CommandRefused(90, "try", "this run was trained on [/x]\x1b[31m"))
        await lab.tick()
        await shown(lab)
        assert "trained on [/x]\\x1b[31m" in lab.text()
        run.deaf = True
        await lab.press("r")
        assert "does not accept commands" in lab.text()
        run.deaf = False
        await lab.press("r")
        run.say(replace(reply(last_asked(run), trial(Try())), report=""))
        await lab.tick()
        await shown(lab)
        assert "could not be read" in lab.text()
        await lab.press("r")
        run.end()
        await lab.tick()
        await shown(lab)
        assert "the run has ended" in lab.text()
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def test_before_training_and_after_a_run_a_process_in_stock_is_asked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[Query] = []

    def ask(trainers: object, question: Query, kind: object) -> Tried:
        asked.append(question)
        assert isinstance(question.command, Try)
        if question.command.place:
            raise InputError("some.csv: has [/x] changed")
        return reply(question.command, trial(question.command), step=0 if question.run is None else 70)

    monkeypatch.setattr(FakeTrainers, "ask", ask)
    async with a_lab(NARROW) as lab:
        await lab.press("T")
        await shown(lab)
        assert "new weights" in lab.text()
        await lab.press("right")
        await shown(lab)
        assert [(question.run, question.anew) for question in asked] == [(None, True), (None, False)]
        await lab.press("]")
        await shown(lab)
        assert "has [/x] changed" in lab.text()
        await lab.press("escape")
        run = await lab.train()
        run.say(CheckpointSaved("last-000000090.pt", "ab", 90, 9, "due", 0))
        run.end()
        await lab.tick()
        await lab.press("T")
        await shown(lab)
        assert "best epoch 9" in lab.text()
        assert asked[-1].run == f"/runs/{run.run_id}"


async def test_images_are_paged_through(monkeypatch: pytest.MonkeyPatch) -> None:
    picture = Picture(28, 28, 3, b64encode(disc(28, (20, 200, 90))).decode())

    def ask(trainers: object, question: Query, kind: object) -> Tried:
        wanted = question.command
        assert isinstance(wanted, Try)
        name = f"sick/{wanted.place}.png"
        return reply(wanted, trial(wanted, columns=(), name=name, picture=picture), step=0)

    monkeypatch.setattr(FakeTrainers, "ask", ask)
    async with a_lab(NARROW, shelf=shelf(), chosen="photos") as lab:
        await lab.press("T")
        await shown(lab)
        assert "▀" * 20 in lab.text()
        assert "sick/0.png" in lab.text()
        assert "80.0%" in lab.text()
        await lab.press("right", "enter", "m")
        await shown(lab)
        assert "sick/1.png" in lab.text()
        broken = replace(picture, pixels="////")
        picture = broken
        await lab.press("left")
        screen = await shown(lab)
        assert not screen.query_one(Gallery).tiles


def test_what_the_arrows_make_of_a_value() -> None:
    assert turned(AREA, 120.5, 1) == 122.5
    assert turned(AREA, None, -1) == 98.0
    assert turned(replace(AREA, notch=0.1), 0.2, 1) == 0.3
    assert [turned(CITY, name, 1) for name in ("Bergen", "Oslo", None, "(unknown)")] == [
        "Oslo", "Bergen", "Oslo", "Bergen",
    ]  # fmt: skip
    assert [turned(MAKER, name, 1) for name in ("Ford", "(other)", "Trabant")] == [
        "(other)",
        "Fiat",
        "(other)",
    ]
