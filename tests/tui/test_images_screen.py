"""What the network sees: asked of the run that goes on or of the next one, drawn as pixels."""

from base64 import b64encode

import pytest
from rich.segment import Segment

from tests.tui.fakes import HUGE, NARROW, WIDE, FakeTrainers, Lab, a_lab, preset, same_as_before
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.presets import Preset, Presets
from tui_lab.protocol.commands import Show
from tui_lab.protocol.events import DataLoaded
from tui_lab.protocol.steering_events import CommandRefused, Paused, Sample, SamplesShown
from tui_lab.session.queries.subprocess import Query
from tui_lab.tui.inspect.images_screen import SamplesScreen
from tui_lab.tui.lab.panes.presets import about
from tui_lab.tui.widgets.gallery import Gallery, GalleryLayout, plan
from tui_lab.tui.widgets.picture import PixelImage, braille, half_blocks, picture_of, scaled

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}
BLACK, WHITE, RED = (0, 0, 0), (255, 255, 255), (255, 0, 0)


def photos(**hyper: object) -> Preset:
    spec = DataSpec(file="/data/photos", target="class", source="images", shape=(3, 64, 64))
    return preset("photos", task="multiclass", **hyper).model_copy(update={"data": spec})


def shelf(**hyper: object) -> Presets:
    return Presets({item.name: item for item in (preset("plain"), photos(**hyper))}, ())


def disc(side: int, colour: tuple[int, int, int], shift: int = 0) -> bytes:
    middle, radius = (side - 1) / 2 + shift, side / 3
    inside = ((x - middle) ** 2 + (y - middle) ** 2 < radius**2 for y in range(side) for x in range(side))
    return b"".join(bytes(colour if lit else (10, 10, 40)) for lit in inside)


def shown(step: int = 90, draw: int = 0, side: int = 28, *, augmented: bool = True) -> SamplesShown:
    def text(colour: tuple[int, int, int], shift: int) -> str:
        return b64encode(disc(side, colour, shift)).decode()

    samples = (
        Sample(f"kind {k}", text((20 * k, 200, 90), 0), text((20 * k, 200, 90), 4) if augmented else "")
        for k in range(12)
    )
    return SamplesShown(step, 9, draw, side, side, 3, tuple(samples))


async def look(lab: Lab) -> SamplesScreen:
    screen = lab.app.screen
    assert isinstance(screen, SamplesScreen)
    screen.wait()
    await lab.idle()
    return screen


@pytest.mark.parametrize("name", SIZES)
async def test_images_of_the_run_that_goes_on(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with a_lab(SIZES[name], shelf=shelf(rotation=45.0, flip=0.5), chosen="photos") as lab:
        assert name == "80x24" or "i images" in lab.footer()
        run = await lab.train()
        run.say(Paused(90, 9))
        await lab.tick()
        await lab.press("i")
        (asked,) = run.sent
        assert isinstance(asked, Show)
        assert "waiting for the run" in lab.text()
        run.say(shown(side=asked.side))
        await lab.tick()
        await look(lab)
        assert "waiting for the run" not in lab.text()
        same_as_before(f"samples-{name}", lab.text())


async def test_with_colours_a_cell_is_two_pixels() -> None:
    async with a_lab(WIDE, shelf=shelf(), chosen="photos") as lab:
        run = await lab.train()
        await lab.press("i")
        run.say(shown(augmented=False))
        await lab.tick()
        await look(lab)
        assert "▀" * 20 in lab.text()
        assert "no augmentation" in lab.text()


async def test_space_draws_others_and_the_arrows_turn_the_page() -> None:
    async with a_lab(NARROW, shelf=shelf(crop=0.1), chosen="photos") as lab:
        run = await lab.train()
        await lab.press("i")
        run.say(shown())
        await lab.tick()
        await look(lab)
        assert "1–4 of 12" in lab.text()
        assert "kind 0" in lab.text()
        await lab.press("right", "right", "right")
        assert "9–12 of 12" in lab.text()
        assert "kind 11" in lab.text()
        await lab.press("left")
        assert "5–8 of 12" in lab.text()
        await lab.press("space", "r")
        assert [command.draw for command in run.sent if isinstance(command, Show)] == [0, 1, 2]
        run.say(shown(step=120, draw=2))
        await lab.tick()
        await look(lab)
        assert "1–4 of 12" in lab.text()
        assert "after step 120" in lab.text()
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def test_a_run_that_refuses_or_cannot_be_asked_or_ends_says_so() -> None:
    async with a_lab(NARROW, shelf=shelf(), chosen="photos") as lab:
        run = await lab.train()
        await lab.press("i")
        run.say(CommandRefused(90, "show", "images of [/x]\x1b[31m channels cannot be shown"))
        await lab.tick()
        await look(lab)
        assert "images of [/x]\\x1b[31m channels" in lab.text()
        run.deaf = True
        await lab.press("space")
        assert "does not accept commands" in lab.text()
        run.say(SamplesShown(90, 9, 0, 2, 2, 3, (Sample("broken", "////", ""),)))
        run.end()
        await lab.tick()
        screen = await look(lab)
        screen.tick()
        await lab.idle()
        assert "the run has ended" in lab.text()
        assert not lab.app.screen.query_one(Gallery).tiles


async def test_at_rest_they_are_those_of_the_next_run(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[tuple[Experiment, Show]] = []

    def show(question: Query, kind: object) -> SamplesShown:
        command = question.command
        assert isinstance(command, Show)
        seen.append((question.experiment, command))
        if command.draw:
            raise InputError("/data/photos: there is no such folder")
        return shown(0)

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(show))
    async with a_lab(WIDE, shelf=shelf(), chosen="photos") as lab:
        lab.app.next_run.set("rotation", 30.0)
        await lab.press("i")
        await look(lab)
        assert "augmented: rotation 30 degrees" in lab.text()
        assert seen[0][0].hyperparameters.rotation == 30
        await lab.press("space")
        await look(lab)
        assert [command.draw for _, command in seen] == [0, 1]
        assert "there is no such folder" in lab.text()
        assert "kind 0" in lab.text()


async def test_columns_of_a_table_are_no_images() -> None:
    async with a_lab(WIDE, shelf=shelf(), chosen="plain") as lab:
        assert "i images" not in lab.footer()
        await lab.press("i")
        assert lab.app.screen is lab.screen
        assert "i shows images" in lab.text()
        assert "the inputs here are table columns" in lab.text()


async def test_another_size_lays_them_out_anew() -> None:
    async with a_lab(NARROW, shelf=shelf(), chosen="photos") as lab:
        run = await lab.train()
        await lab.press("i")
        run.say(shown(augmented=False))
        await lab.tick()
        await look(lab)
        await lab.press("right")
        await lab.resize(200, 60)
        gallery = lab.app.screen.query_one(Gallery)
        assert gallery.first % gallery.plan.seats == 0
        assert "kind 0" in lab.text() or gallery.first
        await lab.resize(30, 8)
        await lab.resize(80, 24)


def checked(width: int, height: int) -> PixelImage:
    return PixelImage(
        width, height, tuple(WHITE if (x + y) % 2 else BLACK for y in range(height) for x in range(width))
    )


def colours(segment: Segment) -> tuple[object, object]:
    style = segment.style
    assert style is not None
    return tuple(None if c is None else tuple(c.get_truecolor()) for c in (style.color, style.bgcolor))


def test_half_blocks_hold_two_pixels_and_join_what_is_alike() -> None:
    picture = PixelImage(3, 3, (RED, RED, WHITE, BLACK, BLACK, RED, WHITE, WHITE, WHITE))
    first, second = half_blocks(picture)
    assert [(segment.text, *colours(segment)) for segment in first] == [("▀▀", RED, BLACK), ("▀", WHITE, RED)]
    assert [(segment.text, *colours(segment)) for segment in second] == [("▀▀▀", WHITE, None)]


def test_braille_tells_light_from_dark() -> None:
    picture = PixelImage(3, 2, (BLACK, WHITE, (100, 100, 100), BLACK, BLACK, WHITE))
    ((segment,),) = braille(picture)
    assert segment.text == "⠀⠛" + chr(0x2800 + 0x01 + 0x10 + 0xE4)
    assert segment.style is None
    assert braille(PixelImage(1, 1, (RED,)))[0][0].text == "⠀"


def test_small_pictures_are_enlarged_by_whole_factors_and_large_ones_reduced_by_the_mean() -> None:
    assert scaled(checked(2, 2), 5) == PixelImage(
        4, 4, (*[BLACK, BLACK, WHITE, WHITE] * 2, *[WHITE, WHITE, BLACK, BLACK] * 2)
    )
    assert scaled(checked(8, 4), 4) == PixelImage(4, 2, ((127, 127, 127),) * 8)
    assert scaled(checked(7, 3), 5).width == 5
    assert scaled(checked(100, 1), 10).height == 1


@pytest.mark.parametrize(
    ("text", "size"),
    [("AAAA", (1, 1, 1)), ("AAAA", (1, 1, 4)), ("AAAA", (3, 0, 1)), ("A", (1, 1, 3)), ("!!!!", (1, 1, 3))],
)
def test_pixels_that_are_not_as_many_as_they_should_be_are_refused(
    text: str, size: tuple[int, int, int]
) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        picture_of(text, *size)


def test_gray_and_colour_are_read() -> None:
    assert picture_of(b64encode(b"\x01\x02").decode(), 2, 1, 1).pixels == ((1, 1, 1), (2, 2, 2))
    assert picture_of(b64encode(b"\x01\x02\x03").decode(), 1, 1, 3).pixels == ((1, 2, 3),)


def test_the_plan_fills_the_room_and_never_exceeds_it() -> None:
    assert plan((74, 21), (28, 28), 2, 12) == GalleryLayout(2, 2, 17)
    assert plan((114, 36), (8, 8), 2, 12).side == 16
    for width in range(20, 200, 9):
        for height in range(5, 60, 4):
            for side in (4, 8, 28, 40):
                for abreast in (1, 2):
                    found = plan((width, height), (side, side), abreast, 12)
                    if found.seats > 1:
                        assert found.columns * (abreast * found.side + abreast - 1 + 3) - 3 <= width
                        assert found.rows * (found.side // 2 + 1) <= height


def test_the_presets_pane_counts_images_and_says_their_shape() -> None:
    data = DataLoaded("/data/photos", "ab", 120, 12_288, (3, 64, 64), "class", ("a", "b"), {"train": 84})
    pane = about(photos(), data, photos().hyperparameters, 60)
    assert "120 images of 3×64×64" in "\n".join("".join(span for span, _ in line) for line in pane)
