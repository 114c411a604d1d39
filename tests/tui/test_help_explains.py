"""`?` explains what is selected: a paragraph, the formula with its source, and the value here."""

import re

from tests.tui.fakes import WIDE, Lab, a_lab
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.network.sketch import SketchedLine, sketch
from tui_lab.tui.layers.explained import explained
from tui_lab.tui.widgets.help import HelpScreen, HelpText


def told(lab: Lab) -> str:
    """The text of the help, on one line."""
    assert isinstance(lab.app.screen, HelpScreen)
    lines = lab.app.screen.query_one(HelpText).lines(100)
    return re.sub(r"\s+", " ", " ".join("".join(text for text, _ in line) for line in lines))


async def test_the_selected_hyperparameter_with_its_value() -> None:
    async with a_lab(WIDE, chosen="binary") as lab:
        await lab.press("3", "right", "question_mark")
        text = told(lab)
        assert "learning rate: 0.002" in text
        assert "The size of each update along the negative gradient" in text
        assert "w ← w − lr · g torch.optim.SGD" in text
        await lab.press("escape", "down", "question_mark")
        assert told(lab).startswith("optimizer: adam")


async def test_the_metrics_of_the_run_that_on_the_chart_first() -> None:
    async with a_lab((120, 80), chosen="binary") as lab:
        await lab.press("2", "question_mark")
        assert told(lab).startswith("Loss What training")
        await lab.press("escape")
        await lab.train()
        await lab.press("2", "m", "question_mark")
        text = told(lab)
        assert text.index("Accuracy:") < text.index("Loss:")
        assert "(epoch 9)" in text and "(best, epoch" in text
        assert "right / all torchmetrics.Accuracy" in text


async def test_nothing_before_the_keys_where_nothing_is_selected() -> None:
    async with a_lab(WIDE) as lab:
        await lab.press("question_mark")
        assert told(lab).startswith("Keys here: 1 presets")


async def test_the_selected_layer() -> None:
    async with a_lab((120, 80), chosen="binary") as lab:
        await lab.press("e", "question_mark")
        assert told(lab).startswith("linear Fully connected")
        assert "y = x Wᵀ + b torch.nn" in told(lab)


def test_a_layer_has_its_output_and_weights_and_what_is_added_to_it() -> None:
    line, *_ = sketch(("linear 8",), Hyperparameters(batch_norm=True), (4,), 2)
    found = [(item.explanation.name, item.value) for item in explained(line)]
    assert found == [("linear", "output 8, 40 parameters"), ("batch_norm", "output 8, 16 parameters")]
    assert explained(SketchedLine("conv x", problem="…"))[0].explanation.name == "conv"
    assert explained(SketchedLine("lstm 3", problem="…")) == explained(None) == ()
