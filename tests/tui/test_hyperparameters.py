"""Turning and typing values: checked at once, nothing lost, nothing shown as in force that is not."""

import pytest
from textual.screen import Screen
from textual.widgets import Input

from tests.tui.fakes import NARROW, WIDE, a_lab, preset
from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import entry, parse
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.presets import Presets
from tui_lab.tui.lab.form.hyperparameter_rows import FormRow, in_order, row_lines
from tui_lab.tui.lab.panes.hyperparameters import KnobLines


async def test_arrows_change_by_a_notch_and_d_goes_back() -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.press("right", "right")
        assert lab.app.next_run.values.lr == 0.005
        assert "0.005 •" in lab.text()
        await lab.press("left")
        assert lab.app.next_run.values.lr == 0.002
        await lab.press("d")
        assert lab.app.next_run.values.lr == 0.001
        assert "•" not in lab.text()


@pytest.mark.parametrize("key", ["backspace", "delete"])
async def test_other_keys_go_back_too(key: str) -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.press("right", key)
        assert not lab.app.next_run.edits_of(lab.app.next_run.chosen)


def test_a_batch_of_images_is_not_counted_in_rows() -> None:
    row = FormRow(entry("batch_size"), 32)
    for inputs, unit in (("columns", "32 rows"), ("pixels", "32 images"), ("pictures", "32 images")):
        (line,) = row_lines(row, False, False, 40, inputs)  # type: ignore[arg-type]
        assert unit in "".join(text for text, _ in line)


async def test_turning_back_to_the_presets_value_is_no_change() -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.press("right", "left")
        assert not lab.app.next_run.edits_of(lab.app.next_run.chosen)


async def test_up_down_home_end_choose() -> None:
    async with a_lab(chosen="binary") as lab:
        form = lab.screen.hyperparameters.form
        await lab.press("down", "down", "up")
        assert form.item is in_order()[1]
        await lab.press("end")
        assert form.item is in_order()[-1]
        await lab.press("down")
        assert form.item is in_order()[-1]
        await lab.press("home", "up")
        assert form.item is in_order()[0]


async def test_augmentation_is_listed_only_where_the_inputs_are_images() -> None:
    pixels = preset("digits", task="multiclass")
    spec = DataSpec(file="/data/digits.csv", target="answer", shape=(1, 8, 8))
    pixels = pixels.model_copy(update={"data": spec})
    spec = DataSpec(file="/data/photos", target="class", source="images", shape=(3, 64, 64))
    pictures = preset("photos").model_copy(update={"data": spec})
    shelf = Presets({item.name: item for item in (preset("plain"), pixels, pictures)}, ())
    async with a_lab((80, 60), shelf=shelf, chosen="plain") as lab:
        form = lab.screen.hyperparameters.form

        def listed() -> list[str]:
            return [
                word for word in ("flip", "rotation", "crop", "colour jitter") if f" {word}  " in lab.text()
            ]

        assert listed() == []
        await lab.press("end")
        last = form.item
        await lab.press("1", "down", "enter", "3")
        assert listed() == ["flip", "rotation", "crop"]
        assert form.item is last
        await lab.press("1", "down", "enter", "3")
        assert listed() == ["flip", "rotation", "crop", "colour jitter"]
        form.choose("color_jitter")
        place = form.chosen
        await lab.press("right")
        assert lab.app.next_run.values.color_jitter == 0.05
        await lab.press("1", "up", "up", "enter", "3")
        assert listed() == []
        assert form.chosen == place
        form.choose("flip")
        assert form.chosen == place
        run = await lab.train()
        assert listed() == []
        run.end()
        await lab.tick()
        await lab.press("1", "end", "enter", "t")
        lab.run.begin()
        await lab.tick()
        await lab.press("1", "home", "enter", "3")
        assert listed() == ["flip", "rotation", "crop", "colour jitter"]


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_every_row_can_be_seen(size: tuple[int, int]) -> None:
    async with a_lab(size, chosen="binary") as lab:
        for item in in_order():
            assert f"› {item.knob.label}" in lab.text()
            assert item.name in lab.text()
            await lab.press("down")


async def test_a_typed_value_is_applied() -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.press("enter")
        await lab.type("3e-2")
        await lab.press("enter")
        assert lab.app.next_run.values.lr == 0.03
        assert not lab.app.query(Input)
        assert lab.app.focused is lab.screen.hyperparameters.form


async def test_every_character_can_be_typed_whatever_its_key_does_elsewhere() -> None:
    everything = "".join(map(chr, range(32, 127)))
    async with a_lab(chosen="binary") as lab:
        await lab.train()
        await lab.press("3", "enter")
        await lab.type(everything)
        assert lab.app.query_one(Input).value == everything
        assert not lab.screen.lens.moved


@pytest.mark.parametrize("text", ["abc", "-1", "0,001", "", "1e999"])
async def test_an_invalid_text_stays_with_the_message_of_the_same_check(text: str) -> None:
    with pytest.raises(InputError) as refused:
        parse("lr", text)
    async with a_lab(chosen="binary") as lab:
        await lab.press("enter")
        await lab.type(text)
        await lab.press("enter")
        assert lab.app.query_one(Input).value == text
        assert str(refused.value)[:20] in lab.text()
        assert lab.app.next_run.values.lr == 0.001


async def test_keys_that_come_all_at_once_are_heeded_in_order() -> None:
    """As over a slow line: nothing waits for the screen between two keys."""
    async with a_lab() as lab:
        await lab.burst(
            "3", "enter", "ctrl+u", *"0.25", "enter", "down", "enter", *"adagrad", "tab", "1", "t"
        )
        assert lab.run.experiment.hyperparameters.lr == 0.25
        assert lab.run.experiment.hyperparameters.optimizer == "adagrad"
        assert not lab.app.next_run.typed


async def test_escape_leaves_the_value_alone() -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.press("enter")
        await lab.type("0.5")
        await lab.press("escape")
        assert lab.app.next_run.values.lr == 0.001
        assert not lab.app.query(Input)


async def test_tab_applies_what_is_valid_and_stays_with_what_is_not() -> None:
    async with a_lab(chosen="binary") as lab:
        await lab.press("enter")
        await lab.type("0.5")
        await lab.press("tab")
        assert lab.app.next_run.values.lr == 0.5
        await lab.press("3", "enter")
        await lab.type("nonsense")
        await lab.press("tab")
        assert isinstance(lab.app.focused, Input)
        assert lab.app.focused.value == "nonsense"


async def test_a_value_that_is_being_typed_survives_a_tiny_terminal() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        await lab.press("enter")
        await lab.type("0.1234")
        await lab.resize(20, 8)
        await lab.resize(*NARROW)
        assert isinstance(lab.app.focused, Input)
        assert lab.app.focused.value == "0.1234"


async def test_edits_are_kept_for_each_preset() -> None:
    async with a_lab() as lab:
        await lab.press("3", "right", "1", "down", "enter", "3", "right", "right")
        assert lab.app.next_run.values.lr == 0.005
        await lab.press("1", "up", "enter")
        assert lab.app.next_run.preset is not None
        assert lab.app.next_run.preset.name == "numbers"
        assert lab.app.next_run.values.lr == 0.002
        assert lab.text().count("1 edit") == 2


async def test_what_is_not_used_says_why() -> None:
    async with a_lab(chosen="numbers") as lab:
        assert "beta2 not used by sgd" in lab.text()
        await lab.press("down", "down", "down")
        assert "not used by sgd: changing it" in lab.text()


@pytest.mark.parametrize("size", [(80, 60), NARROW])
async def test_the_list_is_as_long_as_the_preset_needs_though_it_was_hidden_meanwhile(
    size: tuple[int, int],
) -> None:
    images = preset("photos").model_copy(
        update={"data": DataSpec(file="/data/photos", target="class", source="images", shape=(3, 8, 8))}
    )
    async with a_lab(size, shelf=Presets({"binary": preset(), "photos": images}, ())) as lab:
        rows = lab.screen.hyperparameters.form.query_one("#rows", KnobLines)
        lengths = []
        for key in ("3", "1", "down", "enter", "3", "1", "up", "enter", "3", "1", "down", "enter", "2", "3"):
            await lab.press(key)
            if key == "3":
                lengths.append(len(rows.lines(rows.size.width)))
                assert rows.size.height == lengths[-1]
        assert lengths[1] == lengths[3] > lengths[0] == lengths[2]
        await lab.press("end")
        assert "transfer lr" in lab.text()


async def test_what_is_tuned_most_is_in_sight_on_an_ordinary_terminal() -> None:
    async with a_lab(size=WIDE) as lab:
        for label in ("learning rate", "momentum", "batch size", "epochs"):
            assert label in lab.text()


async def test_a_key_in_the_list_lays_the_screen_out_anew_only_for_a_longer_text(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laid: list[object] = []
    before = Screen._refresh_layout
    async with a_lab(size=WIDE, chosen="binary") as lab:
        monkeypatch.setattr(
            Screen, "_refresh_layout", lambda *given, **more: laid.append(0) or before(*given, **more)
        )
        lab.screen.hyperparameters.form.choose("momentum")
        await lab.idle()
        laid.clear()
        await lab.press("down", "down", "up", "up")
        assert not laid
        await lab.press("up")
        assert laid, "the text of the optimizer takes more than the pane has"
