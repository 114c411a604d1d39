"""The layer editor: shapes while one types, faults at their line, nothing in force before it is accepted."""

from pathlib import Path

import pytest
from textual.widgets import Input

from tests.tui.fakes import HUGE, NARROW, WIDE, FakeTrainers, Lab, a_lab, preset, same_as_before
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.presets import Preset, Presets, load_preset
from tui_lab.experiment.writing import preset_text
from tui_lab.protocol.events import DataLoaded
from tui_lab.protocol.steering_events import ForwardProbed
from tui_lab.session.queries.subprocess import Query as AskedOf
from tui_lab.tui.inspect.activations_screen import LookScreen
from tui_lab.tui.lab.panes.presets import about
from tui_lab.tui.layers.screen import LayersScreen
from tui_lab.tui.widgets.confirm import AskScreen, QuestionText

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}
DATA = DataLoaded("digits.csv", "ab", 1797, 64, (1, 8, 8), "digit", tuple("0123456789"),
                  {"train": 1258, "val": 359, "test": 180})  # fmt: skip
CONVS = ("conv 32 kernel=3 padding=1", "activation", "max_pool 2", "flatten", "dropout")
HOSTILE = ("[/x]", "\x1b[31mred", "\u202eabc", "[red]" * 60, "linear 8 " + "x" * 300, "lin\near 5")


@pytest.fixture(autouse=True)
def _data_and_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_lab.session.queries.tables.look_at", lambda experiment: DATA)
    monkeypatch.setattr("tui_lab.tui.layers.rows.free_memory", lambda: 8_000_000_000)


def digits(layers: tuple[str, ...] = CONVS) -> Preset:
    kinds = preset("digits", "Handwritten digits", "multiclass", dropout=0.25)
    data = DataSpec(file="/data/digits.csv", target="digit", shape=(1, 8, 8))
    return kinds.model_copy(update={"data": data, "model": ModelSpec(layers=layers)})


async def opened(lab: Lab) -> LayersScreen:
    await lab.press("e")
    screen = lab.app.screen
    assert isinstance(screen, LayersScreen)
    screen.wait()
    await lab.idle()
    return screen


def row(lab: Lab, text: str) -> list[str]:
    return next(line for line in lab.lines() if text in line).split()


def shelf_of(*presets: Preset) -> Presets:
    return Presets({item.name: item for item in presets})


@pytest.mark.parametrize("name", SIZES)
async def test_the_layers_with_a_fault(name: str) -> None:
    async with a_lab(SIZES[name], shelf_of(digits()), chosen="digits") as lab:
        await opened(lab)
        await lab.press("end", "i")
        await lab.type("max_pool 3")
        await lab.press("enter")
        same_as_before(f"layers-{name}", lab.text())


async def test_shapes_and_weights_follow_what_is_typed() -> None:
    async with a_lab(NARROW, shelf_of(digits()), chosen="digits") as lab:
        await opened(lab)
        assert row(lab, "1 conv 32")[-2:] == ["32×8×8", "320"]
        assert row(lab, "last linear 10")[-2:] == ["10", "5,130"]
        await lab.press("enter")
        await lab.type("conv 8 kernel=5")
        assert "→ 8×4×4, 208 weights" in lab.text()
        assert row(lab, "3 max_pool")[-1] == "8×2×2"
        assert row(lab, "last linear 10")[-1] == "330"
        await lab.type("conv 8 kernel=9")
        assert "does not fit" in lab.text()
        assert row(lab, "3 max_pool")[-1] == "?"
        await lab.press("escape")
        assert row(lab, "1 conv 32")[-1] == "320"


async def test_what_is_added_by_itself_is_said() -> None:
    shelf = shelf_of(digits(("linear 5", "activation", "dropout")))
    async with a_lab(NARROW, shelf, chosen="digits") as lab:
        lab.app.next_run.set("batch_norm", True)
        lab.app.next_run.set("activation", "elu")
        await opened(lab)
        assert "linear 5  + flatten + batch_norm" in lab.text()
        assert "activation  = elu" in lab.text()
        assert "dropout  = 0.25" in lab.text()


async def test_lines_are_inserted_moved_deleted_and_all_of_it_undone() -> None:
    async with a_lab(NARROW, shelf_of(digits()), chosen="digits") as lab:
        screen = await opened(lab)
        await lab.press("i")
        await lab.type("batch_norm")
        await lab.press("enter")
        assert screen.draft.lines[:2] == [CONVS[0], "batch_norm"]
        await lab.press("I")
        await lab.type("tanh")
        await lab.press("enter")
        assert screen.draft.lines[:3] == [CONVS[0], "tanh", "batch_norm"]
        await lab.press("right_square_bracket")
        assert screen.draft.lines[1:3] == ["batch_norm", "tanh"]
        await lab.press("left_square_bracket", "left_square_bracket", "left_square_bracket")
        assert screen.draft.lines[0] == "tanh"
        await lab.press("d")
        assert screen.draft.lines[0] == CONVS[0]
        assert "changed" in lab.lines()[0]
        await lab.press(*"uuuuuu")
        assert tuple(screen.draft.lines) == CONVS
        assert "changed" not in lab.lines()[0]


async def test_the_keys_in_the_field_keep_and_go_on() -> None:
    async with a_lab(NARROW, shelf_of(digits()), chosen="digits") as lab:
        screen = await opened(lab)
        await lab.press("enter")
        await lab.type("conv 4 kernel=1")
        await lab.press("down")
        await lab.type("tanh")
        await lab.press("tab", "escape")
        assert screen.draft.lines[:3] == ["conv 4 kernel=1", "tanh", "max_pool 2"]
        await lab.press("i", "escape")
        assert len(screen.draft.lines) == len(CONVS), "an inserted line that was left is gone"
        await lab.press("enter")
        await lab.type("")
        await lab.press("enter")
        assert screen.draft.lines[2] == "flatten", "a line that was emptied is gone"


async def test_accepted_layers_are_those_of_the_next_run_and_stay_with_the_preset() -> None:
    async with a_lab(WIDE, shelf_of(digits(), preset()), chosen="digits") as lab:
        await opened(lab)
        await lab.press("d", "d", "d", "a")
        assert lab.app.screen is lab.screen
        assert "1 edit" in lab.text()
        assert "layers set for the next run" in lab.text()
        assert "layers edited (e)" in lab.text()
        await lab.press("t")
        assert lab.run.experiment.model.layers == ("flatten", "dropout")
        await lab.press("1", "down", "enter")
        assert lab.app.next_run.experiment().model.layers == ("linear 8", "activation")
        lab.app.next_run.choose(0)
        await opened(lab)
        assert "1 flatten" in lab.text()


async def test_own_layers_again_are_no_edit() -> None:
    async with a_lab(WIDE, shelf_of(digits()), chosen="digits") as lab:
        await opened(lab)
        await lab.press("d", "a")
        await opened(lab)
        await lab.press("I")
        await lab.type(CONVS[0])
        await lab.press("enter", "a")
        assert lab.app.next_run.edits_of(0) == 0


async def test_a_list_with_faults_cannot_be_accepted_or_written() -> None:
    async with a_lab(NARROW, shelf_of(digits()), chosen="digits") as lab:
        await opened(lab)
        await lab.press("enter")
        await lab.type("linaer 5")
        await lab.press("enter", "a")
        assert "fix this first: layer 1: 'linaer 5': no such layer" in lab.text()
        await lab.press("w")
        assert "fix this first" in lab.text()
        assert isinstance(lab.app.screen, LayersScreen)
        assert "accept" not in lab.footer()
        await lab.press("escape")
        assert isinstance(lab.app.screen, AskScreen)
        said = lab.app.screen.query_one(QuestionText).lines(200)
        text = " ".join("".join(part for part, _ in spoken) for spoken in said)
        assert "have an error: layer 1: 'linaer 5': no such layer" in text
        assert "Use these layers" not in text and "Discard the changes" in text
        await lab.press("a")
        assert isinstance(lab.app.screen, AskScreen)


@pytest.mark.parametrize(("key", "changed"), [("a", True), ("x", False), ("escape", None)])
async def test_escape_asks_what_becomes_of_changes(key: str, changed: bool | None) -> None:
    async with a_lab(NARROW, shelf_of(digits()), chosen="digits") as lab:
        await opened(lab)
        await lab.press("d", "escape")
        assert isinstance(lab.app.screen, AskScreen)
        await lab.press(key)
        if changed is None:
            assert isinstance(lab.app.screen, LayersScreen)
        else:
            assert lab.app.screen is lab.screen
            assert bool(lab.app.next_run.edits_of(0)) == changed


async def test_a_key_that_does_not_answer_the_question_says_which_ones_do() -> None:
    async with a_lab(NARROW, shelf_of(digits()), chosen="digits") as lab:
        await opened(lab)
        await lab.press("d", "escape")
        assert "press a, x or esc" not in lab.text()
        await lab.press("q")
        assert isinstance(lab.app.screen, AskScreen)
        assert "press a, x or esc" in lab.text()
        await lab.press("x")
        assert lab.app.screen is lab.screen


async def test_quitting_asks_about_changed_layers_first() -> None:
    async with a_lab(NARROW, shelf_of(digits()), chosen="digits") as lab:
        await opened(lab)
        await lab.press("d", "q")
        assert isinstance(lab.app.screen, AskScreen) and "The layers were changed." in lab.text()
        await lab.press("a")
        assert lab.app.screen is lab.screen and lab.app.next_run.edits_of(0)


async def test_escape_with_nothing_changed_asks_nothing() -> None:
    async with a_lab(NARROW, shelf_of(digits()), chosen="digits") as lab:
        await opened(lab)
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def test_v_looks_inside_the_network_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Experiment] = []

    def inside(question: AskedOf, kind: object) -> ForwardProbed:
        seen.append(question.experiment)
        return ForwardProbed(0, 0, ())

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(inside))
    async with a_lab(NARROW, shelf_of(digits()), chosen="digits") as lab:
        await opened(lab)
        await lab.press("d", "v")
        assert isinstance(lab.app.screen, LookScreen)
        lab.app.screen.wait()
        assert seen[0].model.layers == CONVS[1:]
        assert lab.app.next_run.edits_of(0) == 0
        await lab.press("escape", "enter", "ctrl+u", "x", "enter", "v")
        assert "fix this first" in lab.text()


async def test_memory_is_told_and_what_does_not_fit_is_warned_of() -> None:
    async with a_lab(NARROW, shelf_of(digits()), chosen="digits") as lab:
        await opened(lab)
        assert "memory for a run: " in lab.text()
        assert "of 8.0 GB free" in lab.text()
        await lab.press("end", "i")
        await lab.type("linear 1000000")
        await lab.press("enter", "i")
        await lab.type("linear 1000000")
        await lab.press("enter")
        assert "⚠ training needs about 20.0 TB" in lab.text()
        assert "make the widest layer smaller" in " ".join(lab.text().split())


async def test_data_that_cannot_be_read_leaves_shapes_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(experiment: object) -> DataLoaded:
        raise InputError("/data/binary.csv: no such file")

    monkeypatch.setattr("tui_lab.session.queries.tables.look_at", refuse)
    async with a_lab(NARROW, chosen="binary") as lab:
        await opened(lab)
        assert "no such file" in " ".join(lab.text().split())
        assert row(lab, "1 linear 8")[-1] == "?"
        await lab.press("d", "a")
        assert lab.app.next_run.experiment().model.layers == ("activation",)


async def test_what_a_run_told_of_the_data_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "tui_lab.session.queries.tables.look_at", lambda experiment: pytest.fail("read again")
    )
    async with a_lab(NARROW, chosen="binary") as lab:
        await lab.train()
        await opened(lab)
        assert row(lab, "1 linear 8")[-2:] == ["8", "40"]
        assert "for the next run" in lab.lines()[0]


async def test_the_preset_is_written_with_its_layers(tmp_path: Path) -> None:
    async with a_lab(NARROW, shelf_of(digits()), chosen="digits") as lab:
        lab.app.next_run.set("lr", 0.005)
        await opened(lab)
        await lab.press("d", "w")
        lab.app.screen.query_one(Input).value = str(tmp_path / "Mine 1")
        await lab.press("enter")
        assert "saved:" in lab.text()
        written = load_preset(tmp_path / "Mine 1.toml")
        assert written.model.layers == CONVS[1:]
        assert written.hyperparameters.lr == 0.005
        assert written.name == "mine-1"
        assert preset_text(written)
        await lab.press("w")
        lab.app.screen.query_one(Input).value = str(tmp_path / "Mine 1.toml")
        await lab.idle()
        await lab.press("enter")
        assert "already exists" in " ".join(lab.text().split())
        lab.app.screen.query_one(Input).value = str(tmp_path / "none" / "x.toml")
        await lab.idle()
        await lab.press("enter")
        assert "cannot write" in " ".join(lab.text().split())


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_marked_and_shown_escaped(text: str) -> None:
    async with a_lab(NARROW, shelf_of(digits()), chosen="digits") as lab:
        screen = await opened(lab)
        await lab.press("enter")
        screen.list.editor.field.value = text
        await lab.idle()
        await lab.press("enter")
        assert "✗" in lab.text()
        assert "\x1b" not in lab.text()
        assert "\u202e" not in lab.text()
        assert all(len(line) <= 80 for line in lab.lines())


@pytest.mark.parametrize("size", [(1, 1), (20, 8), (40, 10), (59, 15), (100, 30)])
async def test_it_works_in_any_size(size: tuple[int, int]) -> None:
    async with a_lab(NARROW, shelf_of(digits()), chosen="digits") as lab:
        await opened(lab)
        await lab.resize(*size)
        await lab.press("end", "i", "r", "e", "l", "u", "enter", "left_square_bracket", "w", "escape")
        assert all(len(line) <= size[0] for line in lab.lines())
        await lab.resize(*NARROW)
        assert row(lab, "last linear")[-1] == "5,130"


async def test_a_long_list_follows_the_line_in_focus() -> None:
    shelf = shelf_of(digits(("flatten", *("linear 8", "relu") * 30)))
    async with a_lab(NARROW, shelf, chosen="digits") as lab:
        await opened(lab)
        for key in ("end", "home", "pagedown", "pagedown", "pageup"):
            await lab.press(key)
            assert sum(line.startswith(" ›") for line in lab.lines()) == 1
        await lab.press("end", "i")
        assert "› layer 62" in lab.text()


async def test_two_hundred_layers_are_the_most() -> None:
    async with a_lab(NARROW, shelf_of(digits(("relu",) * 200)), chosen="digits") as lab:
        await opened(lab)
        await lab.press("i")
        assert "at most 200 layers" in lab.text()


async def test_the_classes_are_not_known_before_the_data_is() -> None:
    async with a_lab(NARROW, shelf_of(digits()), chosen="digits") as lab:
        lab.app.screen_stack[0].known.clear()  # type: ignore[attr-defined]
        await lab.press("e")
        screen = lab.app.screen
        assert isinstance(screen, LayersScreen)
        screen.draft.data = screen._background_task = None
        screen.sync()
        await lab.idle()
        assert "one output per class" in lab.text()


@pytest.mark.parametrize(
    ("model", "words"),
    [
        (ModelSpec(source="torchvision", name="resnet18"), "torchvision's resnet18"),
        (
            ModelSpec(source="torchvision", name="resnet18", pretrained=True),
            "torchvision's resnet18, pretrained",
        ),
        (ModelSpec(source="module", name="/home/me/[red]net.py:Net"), "[red]net.py:Net (user code)"),
    ],
)
async def test_a_network_that_is_no_list_is_named_and_not_edited(model: ModelSpec, words: str) -> None:
    other = digits().model_copy(update={"model": model})
    async with a_lab(HUGE, shelf_of(other), chosen="digits") as lab:
        await lab.press("e")
        assert not isinstance(lab.app.screen, LayersScreen)
        assert f"the network is {words}: it has no layer list" in lab.text()
    pane = about(other, None, other.hyperparameters, 200)
    assert words in "\n".join("".join(span for span, _ in line) for line in pane)
