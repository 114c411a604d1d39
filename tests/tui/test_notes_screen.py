"""The notes: every concept is at most three keys from the lab, and Enter presses them."""

import pytest

from tests.tui.fakes import HUGE, NARROW, WIDE, Lab, a_lab, same_as_before
from tui_lab.experiment.catalogue import catalogue
from tui_lab.experiment.concepts import CONCEPTS
from tui_lab.tui.inspect.activations_screen import LookScreen
from tui_lab.tui.inspect.notes_screen import NotesScreen
from tui_lab.tui.keys.table import KEYS
from tui_lab.tui.layers.screen import LayersScreen

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}
PLACE = {concept.name: place for place, concept in enumerate(CONCEPTS)}


@pytest.fixture(autouse=True)
def from_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(NotesScreen, "last", 0)


def test_every_concept_is_at_most_three_keys_from_the_lab() -> None:
    known = {key for entry in KEYS if entry.place == "lab" for key in (entry.cap, *entry.keys.split(","))}
    for concept in CONCEPTS:
        assert 1 <= len(concept.keys) <= 3, concept.name
        assert concept.keys[0] in known, concept.name
        assert not concept.hyperparameter or concept.hyperparameter in catalogue(), concept.name
    assert len(PLACE) == len(CONCEPTS), "one name, one concept"


@pytest.mark.parametrize("name", SIZES)
async def test_a_concept_with_its_formula_and_its_value_here(name: str) -> None:
    async with a_lab(SIZES[name], chosen="binary") as lab:
        await lab.press("N", *["down"] * PLACE["momentum"])
        same_as_before(f"notes-{name}", lab.text())


async def chosen(lab: Lab, name: str) -> object:
    """Open the notes at a concept and press Enter; what is on the screen then."""
    NotesScreen.last = PLACE[name]
    await lab.press("N")
    await lab.press("enter")
    await lab.idle()
    return lab.app.screen


async def test_enter_goes_where_it_is_seen() -> None:
    async with a_lab(WIDE, chosen="binary") as lab:
        assert isinstance(await chosen(lab, "convolution"), LayersScreen)
        await lab.press("escape")
        assert await chosen(lab, "momentum") is lab.screen
        assert lab.screen._pane == "hyperparameters"
        run = await lab.train()
        assert isinstance(await chosen(lab, "tensor"), LookScreen)
        await lab.press("escape")
        await chosen(lab, "backward pass")
        assert [command.command for command in run.sent] == ["look", "advance"]
        await lab.press("N")
        assert isinstance(lab.app.screen, NotesScreen)
        assert lab.app.screen.concept.name == "backward pass", "they open where they were left"
        await lab.press("escape")
        assert lab.app.screen is lab.screen
