"""The set-up of a folder of images: looked through, shown, settled, and taken to the lab. Real files."""

import threading
from pathlib import Path

import pytest
from PIL import Image
from textual.widgets import Input

from tests.tui.fakes import HUGE, NARROW, WIDE, Lab, a_lab, same_as_before
from tui_lab.cli.arguments.parser import parse
from tui_lab.cli.commands.lab import _to_set_up
from tui_lab.data.images.survey import FolderSurvey
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.presets import load_preset
from tui_lab.experiment.sources import CLASS, GUESS_SHAPE
from tui_lab.safe import safe
from tui_lab.session.queries import folders
from tui_lab.tui.data_setup.folder_rows import about_images, bar, class_heading, class_line, image_setting
from tui_lab.tui.data_setup.folder_screen import FolderScreen
from tui_lab.tui.data_setup.folder_settings import SETTINGS, ImagesSetup
from tui_lab.tui.data_setup.settings import AskedData
from tui_lab.tui.lab.screen import LabScreen
from tui_lab.tui.style.text import width_of
from tui_lab.tui.widgets.gallery import Gallery

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}
COLOURS = {"cats": (200, 120, 40), "dogs": (40, 120, 200), "hens": (30, 200, 90)}


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


def photos(root: Path, count: int = 20, mixed: bool = True) -> Path:
    """Three classes of a colour each, with a white square; some are gray, and of other sizes."""
    for name, colour in COLOURS.items():
        (root / name).mkdir(parents=True)
        for k in range(count):
            gray = mixed and k % 4 == 3
            image = Image.new(
                "L" if gray else "RGB", (40 + 8 * (mixed and k % 2), 40), 90 if gray else colour
            )
            image.paste(255 if gray else (255, 255, 255), (4, 4, 12 + k, 20))
            image.save(root / name / f"{k}.png")
    return root


def asked(root: Path, **fields: object) -> AskedData:
    spec = {"source": "images", "file": str(root), "target": CLASS, "shape": GUESS_SHAPE} | fields
    return AskedData(DataSpec.model_validate(spec))


async def settled(lab: Lab) -> FolderScreen:
    screen = lab.app.screen
    assert isinstance(screen, FolderScreen)
    screen.wait()
    await lab.idle()
    return screen


async def press(lab: Lab, *keys: str) -> FolderScreen:
    await lab.press(*keys)
    return await settled(lab)


def row(lab: Lab, label: str) -> list[str]:
    return next(line for line in lab.lines() if line[3:].startswith(label)).strip(" ›").split()


@pytest.mark.parametrize("name", SIZES)
async def test_a_folder_is_shown_with_what_would_be_made_of_it(
    tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    root = photos(tmp_path / "photos")
    (root / "readme.txt").write_text("none")
    (root / "dogs" / "notes.txt").write_text("none")
    async with a_lab(SIZES[name], table=asked(root)) as lab:
        await settled(lab)
        same_as_before(f"folder-{name}", lab.text())


async def test_counts_splits_sizes_and_modes_are_told(tmp_path: Path) -> None:
    async with a_lab(WIDE, table=asked(photos(tmp_path / "photos"))) as lab:
        await settled(lab)
        assert "60 images, 3 classes · ready: 64 x 64, colour" in lab.lines()[0]
        assert row(lab, "cats")[1:5] == ["20", "14", "4", "2"]
        assert " ".join(row(lab, "splits")[1:]) == "70 / 20 / 10 % train 42, val 12, test 6"
        text = " ".join(lab.text().split())
        assert "48 x 40 (30), 40 x 40 (30)" in text or "40 x 40 (30), 48 x 40 (30)" in text
        assert "RGB (45), L (15)" in text
        await lab.press("right_square_bracket")
        assert "the images differ in size" in lab.text()
        assert "--data" not in text


async def test_size_colour_fit_task_and_splits_are_changed_by_keys(tmp_path: Path) -> None:
    async with a_lab(WIDE, table=asked(photos(tmp_path / "photos"))) as lab:
        screen = await settled(lab)
        await press(lab, "left")
        assert row(lab, "size")[1:5] == ["48", "x", "48", "•"]
        assert "ready: 48 x 48" in lab.lines()[0]
        await press(lab, "right")
        assert screen.setup.spec.shape == GUESS_SHAPE, "back at the guess it is a wish no more"
        await press(lab, "down", "right")
        assert row(lab, "colour")[1:3] == ["gray", "•"]
        assert screen.setup.spec.shape == (1, 64, 64)
        await press(lab, "d")
        assert screen.setup.spec.shape == GUESS_SHAPE
        await press(lab, "down", "right")
        assert screen.setup.spec.fit == "pad"
        await press(lab, "down", "right")
        assert screen.setup.task == "binary"
        assert "not ready to train" in lab.lines()[0]
        assert "binary needs 2 classes" in lab.text()
        await lab.press("enter")
        assert isinstance(lab.app.screen, FolderScreen)
        await press(lab, "d", "down", "right")
        assert row(lab, "splits")[1:6] == ["80", "/", "10", "/", "10"]
        assert "ready" in lab.lines()[0]


@pytest.mark.parametrize(
    ("downs", "text", "shape", "words"),
    [
        (0, "20 x 30", (3, 20, 30), ""),
        (0, "32", (3, 32, 32), ""),
        (0, "many", GUESS_SHAPE, "type one side"),
        (0, "5000", GUESS_SHAPE, "at most 1024"),
        (1, "gray", (1, 64, 64), ""),
        (1, "red", GUESS_SHAPE, "must be gray or colour"),
        (3, "regression", GUESS_SHAPE, "must be binary or multiclass"),
        (4, "1 2", GUESS_SHAPE, "three percentages"),
        (5, "mend", GUESS_SHAPE, "broken"),
    ],
)
async def test_settings_are_typed(
    tmp_path: Path, downs: int, text: str, shape: tuple[int, int, int], words: str
) -> None:
    async with a_lab(NARROW, table=asked(photos(tmp_path / "photos", 10))) as lab:
        screen = await settled(lab)
        await lab.press(*["down"] * downs, "e")
        lab.app.screen.query_one(Input).value = text
        await lab.idle()
        await lab.press("enter")
        await settled(lab)
        assert screen.setup.spec.shape == shape
        assert words in " ".join(lab.text().split())
        assert bool(lab.app.screen.query(Input)) == bool(words)


async def test_enter_goes_on_to_the_lab_with_the_preset(tmp_path: Path) -> None:
    async with a_lab(WIDE, table=asked(photos(tmp_path / "my photos"))) as lab:
        await settled(lab)
        await lab.press("enter")
        assert isinstance(lab.app.screen, LabScreen)
        assert "● my-photos" in lab.text()
        lab.screen.hyperparameters.form.choose("flip")
        await lab.idle()
        assert "flip" in lab.text()
        await lab.press("t")
        experiment = lab.run.experiment
        assert (experiment.task, experiment.data.shape, experiment.data.source) == (
            "multiclass",
            (3, 64, 64),
            "images",
        )


async def test_the_preset_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    async with a_lab(WIDE, table=asked(photos(tmp_path / "photos"))) as lab:
        await settled(lab)
        await press(lab, "left")
        await lab.press("w")
        lab.app.screen.query_one(Input).value = str(tmp_path / "mine.toml")
        await lab.press("enter")
        preset = load_preset(tmp_path / "mine.toml")
        assert preset.data.shape == (3, 48, 48)
        assert preset.data.file == str(tmp_path / "photos")


async def test_broken_files_are_listed_and_skipped_on_request(tmp_path: Path) -> None:
    root = photos(tmp_path / "photos")
    (root / "cats" / "bad\x1b[31m.png").write_bytes(b"junk")
    (root / "cats" / "empty.png").write_bytes(b"")
    async with a_lab(WIDE, table=asked(root)) as lab:
        await settled(lab)
        text = " ".join(lab.text().split())
        assert "cats/bad\\x1b[31m.png: not a readable image" in text
        assert "cats/empty.png: it is empty (0 bytes)" in text
        assert "skip them: ← → on broken files" in text
        assert "2 unreadable files" in " ".join(row(lab, "broken files"))
        await press(lab, *["down"] * 5, "right")
        assert "ready" in lab.lines()[0]
        assert row(lab, "broken files")[2:4] == ["skipped", "•"]
        assert "60 of 62 images" in lab.lines()[0]
        assert "2 unreadable files" in " ".join(row(lab, "broken files"))
        assert row(lab, "cats")[1:5] == ["20", "14", "4", "2"]
        await lab.press("right_square_bracket")
        assert "2 broken images are left out, of 62" in lab.text()


async def test_own_splits_stay_and_the_missing_one_is_dealt(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    photos(root / "train", 20)
    photos(root / "test", 5)
    async with a_lab(WIDE, table=asked(root)) as lab:
        screen = await settled(lab)
        assert " ".join(row(lab, "splits")[1:5]) == "train/ test/ + random"
        assert row(lab, "cats")[1:5] == ["25", "16", "4", "5"]
        photos(root / "val", 4)
        await press(lab, "left")
        assert not screen.setup.dealt
        assert row(lab, "cats")[1:5] == ["29", "20", "4", "5"]
        await press(lab, *["down"] * 4, "right")
        assert screen.setup.spec.split == DataSpec.model_fields["split"].default
        assert "they are used as they are" in " ".join(lab.text().split())
        assert "change" not in lab.footer() and "type" not in lab.footer() and "guess" not in lab.footer()
        await lab.press("e")
        assert not lab.app.screen.query(Input)


async def test_images_take_the_place_of_the_words_and_are_of_the_class_in_focus(tmp_path: Path) -> None:
    async with a_lab(NARROW, table=asked(photos(tmp_path / "photos"))) as lab:
        screen = await settled(lab)
        gallery = screen.query_one(Gallery)
        assert not gallery.display
        await lab.press("p")
        assert [tile.caption for tile in gallery.tiles[:4]] == ["cats", "dogs", "hens", "cats"]
        assert "▀▀▀▀" in lab.text()
        await lab.press("end")
        assert {tile.caption for tile in gallery.tiles} == {"hens"}
        await lab.press("e")
        assert not lab.app.screen.query(Input)
        await lab.press("p")
        assert "▀▀▀▀" not in lab.text()
        assert "14 training, 4 validation, 2 test" in " ".join(lab.text().split())
        await lab.resize(120, 40)
        assert gallery.display


async def test_images_make_room_for_what_is_wrong(tmp_path: Path) -> None:
    async with a_lab(NARROW, table=asked(photos(tmp_path / "photos"))) as lab:
        screen = await settled(lab)
        gallery = screen.query_one(Gallery)
        await press(lab, "p", "down", "down", "down")
        assert gallery.display
        await press(lab, "right")
        assert not gallery.display
        assert "binary needs 2 classes" in lab.text()
        assert "p images" not in lab.footer()
        await press(lab, "p", "p")
        assert not gallery.display
        await press(lab, "d")
        assert gallery.display


async def test_what_is_no_folder_of_classes_is_refused_with_the_way_out(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    (root / "only").mkdir(parents=True)
    async with a_lab(NARROW, table=asked(root)) as lab:
        await settled(lab)
        text = " ".join(lab.text().split())
        assert "only one class" in text
        assert "contains no images" in text
        assert "Fix the folder and press r" in text
        (root / "only").rmdir()
        photos(root)
        await press(lab, "r")
        assert "ready" in lab.lines()[0]


async def test_progress_is_shown_and_escape_gives_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    go_on, real = threading.Event(), folders.open_folder

    def slow(spec: DataSpec, task: None, progress: object, before: None) -> folders.OpenedFolder:
        progress(0.4)  # type: ignore[operator]
        go_on.wait(20)
        return real(spec, task, progress, before)  # type: ignore[arg-type]

    monkeypatch.setattr("tui_lab.tui.data_setup.folder_screen.open_folder", slow)
    async with a_lab(NARROW, table=asked(photos(tmp_path / "photos"))) as lab:
        screen = lab.app.screen
        assert isinstance(screen, FolderScreen)
        screen.tick()
        await lab.idle()
        assert "reading photos" in lab.text()
        assert "40%" in lab.text()
        await lab.press("escape")
        assert lab.app.screen is lab.screen
        go_on.set()


def test_every_line_fits_and_is_printable(tmp_path: Path) -> None:
    root = photos(tmp_path / "photos", 8)
    (root / "cats").rename(root / "[x]\u202e\x1b[31m")
    (root / "dogs").rename(root / ("字" * 60))
    setup = ImagesSetup(asked(root))
    assert about_images(setup, 40) == [] == list(class_line(setup, 0, False, False, 40))
    setup.opened = folders.open_folder(setup.spec, None, lambda share: None)
    for width in range(1, 140, 7):
        lines = [class_heading(width)]
        for place in range(setup.total):
            setup.place = place
            lines += about_images(setup, width)
        lines += [image_setting(setup, name, True, True, width) for name in SETTINGS]
        lines += [class_line(setup, label, True, True, width) for label in range(3)]
        for text in lines:
            assert width_of(text) <= max(width, 6)
            assert all(safe(span) == span for span, _ in text)


def test_a_bar_shows_what_is_there_at_all() -> None:
    assert (bar(0, 9, 10), bar(1, 1000, 10), bar(1000, 1000, 10)) == ("", "━", "━" * 10)


def test_what_was_looked_at_is_not_looked_at_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = photos(tmp_path / "photos", 6)
    setup = ImagesSetup(asked(root))
    first = folders.open_folder(setup.spec, None, lambda share: None)
    looked: list[FolderSurvey] = []
    monkeypatch.setattr("tui_lab.data.images.preview.survey", lambda *_: looked.append(first.survey))
    again = folders.open_folder(setup.spec, "multiclass", lambda share: None, first)
    assert again.survey is first.survey
    assert not looked
    with pytest.raises(InputError, match="no such folder"):
        folders.open_folder(asked(tmp_path / "none").spec, None, lambda share: None, first)


def test_the_lab_sets_up_a_folder_but_not_one_that_is_called_as_a_preset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("photos", "cnn"):
        (tmp_path / name).mkdir()

    def opened(*words: str) -> object:
        return _to_set_up(parse(words))

    found = opened("photos", "--task", "binary", "--data", "fit=pad")
    assert found == AskedData(
        DataSpec(source="images", file=str(tmp_path / "photos"), target=CLASS, shape=GUESS_SHAPE, fit="pad"),
        "binary",
    )
    assert isinstance(opened("cnn/"), AskedData)
    assert opened("cnn") is None
    assert opened("none") is None
    assert opened() is None
