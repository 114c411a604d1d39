"""The coach in the lab: one line, marks on the chart, keys that apply, explain and dismiss what it says."""

from tests.tui.fakes import NARROW, STEPS, WIDE, FakeClient, Lab, a_lab
from tui_lab.protocol.commands import Edit
from tui_lab.protocol.events import EpochEnded
from tui_lab.protocol.layer_events import LayerMeasured, LayersMeasured
from tui_lab.protocol.steering_events import Edited

NAN = float("nan")


def epoch(run: FakeClient, number: int, train: float, val: float, update: float = 0.003) -> None:
    """An epoch with a measurement of the layers in it."""
    layer = LayerMeasured("1 linear 8", 0.1, 1.0, update, 0.0, 1.0, NAN, NAN)
    run.say(
        LayersMeasured(number * STEPS - 1, number, (layer,)),
        EpochEnded(number, number * STEPS, train, val, 1e-3, 0.1, {"accuracy": 0.5}, (), best=number == 1),
    )


async def too_fast(lab: Lab, epochs: int = 6) -> FakeClient:
    """A run whose updates are far too large."""
    run = await lab.train(0)
    for number in range(1, epochs + 1):
        epoch(run, number, 0.7, 0.7, update=0.4)
    await lab.tick()
    return run


def message(lab: Lab) -> str:
    return next((text for text in lab.lines() if "◆" in text), "")


async def test_advice_is_one_line_that_fits_and_marks_the_chart() -> None:
    for size in (NARROW, WIDE):
        async with a_lab(size, chosen="binary") as lab:
            rows = len(lab.lines())
            await too_fast(lab, 12)
            assert "◆ updates too large" in message(lab)
            assert "→ lr " in message(lab)
            assert "A applies" in message(lab) and "w why" in message(lab)
            assert len(lab.lines()) == rows
            marked = any("updates too large┊" in text for text in lab.lines())
            assert marked or size == NARROW, "where there is room for it"
            assert sum(text.count("┊") >= 2 for text in lab.lines()) > 5, "the epochs that show it"


async def test_nothing_is_said_about_a_healthy_run() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train(0)
        for number in range(1, 9):
            epoch(run, number, 0.6 / number, 0.65 / number)
        await lab.tick()
        assert message(lab) == ""
        await lab.press("w")
        assert "nothing to say" in lab.text()
        await lab.press("A")
        assert not run.sent


async def test_a_applies_it_with_the_reason_and_it_is_not_said_again() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await too_fast(lab)
        await lab.press("A")
        (sent,) = run.sent
        assert isinstance(sent, Edit)
        assert (sent.name, sent.value) == ("lr", 1e-5)
        assert sent.why.startswith("coach: updates too large: a step changes the weights by 0.4")
        run.say(Edited(6 * STEPS, 6, "lr", 0.001, sent.value, STEPS, why=sent.why))
        for number in range(7, 12):
            epoch(run, number, 0.5, 0.3, update=0.4)
        await lab.tick()
        assert message(lab) == ""
        assert "helped: best validation loss 0.7 before, 0.3 after" in lab.text()
        await lab.press("4")
        assert "because: coach" in lab.text()


async def test_it_is_read_in_full_and_dismissed() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await too_fast(lab)
        await lab.press("w")
        text = " ".join(lab.text().replace("│", " ").split())
        for part in ("Updates too large (epochs", "about 0.001 is usual", "watch for", "Karpathy"):
            assert part in text, text
        await lab.press("d")
        epoch(run, 7, 0.7, 0.7, update=0.4)
        await lab.tick()
        assert message(lab) == ""
        assert not run.sent


async def test_what_cannot_be_edited_in_a_run_goes_to_the_next_one() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await lab.train(0)
        relu = LayerMeasured("2 activation", NAN, NAN, NAN, 0.0, 0.0, 0.97, NAN)
        for number in range(1, 6):
            run.say(LayersMeasured(number * STEPS - 1, number, (relu,)))
            run.say(EpochEnded(number, number * STEPS, 0.69, 0.69, 1e-3, 0.1, {}, ()))
        await lab.tick()
        assert "◆ dead units" in message(lab)
        await lab.press("A")
        assert not run.sent
        assert lab.app.next_run.values.activation == "leaky_relu"
        assert "taken for the next run" in lab.text()
        assert message(lab) == ""


async def test_advice_is_about_the_run_on_the_screen_only() -> None:
    async with a_lab(chosen="binary") as lab:
        run = await too_fast(lab)
        run.end("stopped", "stopped on request after step 60")
        await lab.tick()
        assert "■ stopped" in message(lab) and "updates too large" in message(lab)
        await lab.press("escape")
        await lab.train(0)
        assert message(lab) == ""
