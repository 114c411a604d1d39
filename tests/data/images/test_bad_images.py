"""BAD-INPUT.md, image folders: what people will feed it, and what they must get. The numbers are its rows."""

import os
import struct
import zlib
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from PIL import Image

from tests.data.images.folders import asked, folder, picture
from tui_lab.data.images.decode_image import MOST_PIXELS
from tui_lab.data.images.reading import Images
from tui_lab.data.images.source import read_images
from tui_lab.errors import InputError

Spoil = Callable[[Path], object]


def read(root: Path, **spec: object) -> Images:
    return read_images(asked(root, "multiclass", **spec))


def png(width: int, height: int) -> bytes:
    """The head of a PNG that claims to be so large."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", b"") + chunk(b"IEND", b"")


def truncated_jpeg(root: Path) -> None:
    picture(99, size=(64, 64)).save(root / "cats" / "x.jpg")
    content = (root / "cats" / "x.jpg").read_bytes()
    (root / "cats" / "x.jpg").write_bytes(content[: len(content) // 2])


def floating(root: Path) -> None:
    Image.fromarray(np.zeros((8, 8), np.float32)).save(root / "cats" / "x.tif")


def dark(root: Path) -> None:
    Image.fromarray(np.full((8, 8), 200, np.int32)).save(root / "cats" / "x.tif")


REFUSED: dict[str, tuple[Spoil, tuple[str, ...]]] = {
    "32 empty file": (
        lambda root: (root / "cats" / "x.png").touch(),
        ("cats/x.png", "0 bytes", "broken=skip"),
    ),
    "32 junk": (
        lambda root: (root / "dogs" / "x.jpg").write_bytes(b"no image"),
        ("dogs/x.jpg", "not a readable image"),
    ),
    "32 what a Mac leaves": (
        lambda root: (root / "dogs" / "._1.png").write_bytes(b"\0\5\26\7\0\2\0\0Mac OS X"),
        ("dogs/._1.png", "not a readable image"),
    ),
    "32 truncated": (truncated_jpeg, ("cats/x.jpg", "truncated")),
    "35 floating point": (floating, ("cats/x.tif", "floating-point")),
    "35 eight bits in 32": (dark, ("cats/x.tif", "32 bits but no value above 255")),
    "37 a bomb": (
        lambda root: (root / "cats" / "x.png").write_bytes(png(10_000, 10_000)),
        ("cats/x.png", "10000 x 10000", "89 million"),
    ),
    "37 a larger bomb": (
        lambda root: (root / "cats" / "x.png").write_bytes(png(60_000, 60_000)),
        ("cats/x.png", "89 million"),
    ),
    "38 a link out of the folder": (
        lambda root: (root / "cats" / "x.png").symlink_to(root.parent / "elsewhere.png"),
        ("1 link points out", "cats/x.png"),
    ),
    "38 a folder that is a link out": (
        lambda root: (root / "birds").symlink_to(root.parent),
        ("1 link points out", "birds"),
    ),
    "29 an empty class": (lambda root: (root / "birds").mkdir(), ("birds/", "no image", "photos/cats/1.jpg")),
}


@pytest.mark.filterwarnings("ignore::PIL.Image.DecompressionBombWarning")
@pytest.mark.parametrize("case", REFUSED)
def test_refused_with_place_and_way_out(case: str, tmp_path: Path) -> None:
    spoil, words = REFUSED[case]
    root = folder(tmp_path / "photos")
    picture(7).save(tmp_path / "elsewhere.png")
    spoil(root)
    with pytest.raises(InputError) as refused:
        read(root)
    text = "\n".join(refused.value.problems)
    assert "photos" in text
    for word in words:
        assert word in text, text


def test_29_what_is_no_folder_of_classes(tmp_path: Path) -> None:
    picture(1).save(tmp_path / "1.png")
    (tmp_path / "none").mkdir()
    for root, words in (
        (tmp_path / "missing", "no such folder"),
        (tmp_path / "1.png", "a file, not a folder"),
        (tmp_path / "none", "no class folder"),
        (folder(tmp_path / "one", classes=["cats"]), "only one class, 'cats'"),
    ):
        with pytest.raises(InputError, match=words) as refused:
            read(root)
        assert "photos/cats/1.jpg" in str(refused.value)


def test_30_folders_of_tools_are_no_classes(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos")
    for name in (".git", ".ipynb_checkpoints", "__MACOSX", "@eaDir", "$RECYCLE.BIN"):
        folder(root, classes=[name], each=1)
    (root / "cats" / ".ipynb_checkpoints").mkdir()
    picture(3).save(root / "cats" / ".ipynb_checkpoints" / "1-checkpoint.png")
    found = read(root)
    assert found.classes == ("cats", "dogs")
    assert len(found.labels_N) == 20


def test_31_classes_of_train_and_val_must_be_the_same(tmp_path: Path) -> None:
    folder(tmp_path / "p" / "train", classes=["cats", "dogs"])
    folder(tmp_path / "p" / "val", classes=["cats", "mice"], first=50)
    with pytest.raises(InputError) as refused:
        read(tmp_path / "p")
    assert "val/ has no folder for class 'dogs', which train/ has" in str(refused.value)
    assert "val/ has a folder for class 'mice', which train/ does not have" in str(refused.value)


@pytest.mark.parametrize(
    ("names", "words"),
    [
        (("val", "test"), "named like splits, 'test', 'val', with no train/ beside them"),
        (("train", "val", "valid"), "'val', 'valid' mean the same: keep only one"),
        (("train", "training"), "'train', 'training' mean the same"),
    ],
)
def test_31_splits_that_leave_a_doubt_are_refused(tmp_path: Path, names: tuple[str, ...], words: str) -> None:
    for place, name in enumerate(names):
        folder(tmp_path / "p" / name, first=50 * place)
    with pytest.raises(InputError) as refused:
        read(tmp_path / "p")
    assert words in str(refused.value)


def test_31_folders_called_as_splits_are_no_classes(tmp_path: Path) -> None:
    folder(tmp_path / "p" / "train")
    folder(tmp_path / "p", classes=["val"], first=50)
    with pytest.raises(InputError, match="'train', 'val', with 'val' without a folder for each class"):
        read(tmp_path / "p")


def test_32_broken_images_are_left_out_if_asked(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos")
    (root / "cats" / "3.png").write_bytes(b"")
    found = read(root, broken="skip")
    assert len(found.labels_N) == len(found.decoded.pixels_NCHW) == 19
    assert "cats/3.png" not in found.files
    assert any("1 broken image is left out, of 20" in said for said in found.warnings)


def test_32_all_broken_images_are_named_at_once_but_not_without_end(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos", each=30)
    for number in range(25):
        (root / "dogs" / f"{number}.png").write_bytes(b"")
    with pytest.raises(InputError) as refused:
        read(root)
    assert len(refused.value.problems) == 11
    assert "25 broken images in all" in refused.value.problems[-1]


def test_33_the_content_counts_not_the_suffix(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos")
    (root / "cats" / "0.png").rename(root / "cats" / "0.jpg")
    (root / "cats" / "1.png").rename(root / "cats" / "1.dat")
    (root / "cats" / "readme.txt").write_text("about")
    (root / "dogs" / "Thumbs.db").write_bytes(b"\xd0\xcf\x11\xe0")
    (root / "stray.png").write_bytes(b"")
    found = read(root)
    assert {"cats/0.jpg", "cats/1.dat"} < set(found.files)
    assert len(found.files) == 20
    assert any("2 files that are not images" in said for said in found.warnings)
    assert any("1 image outside a class folder is not used" in said for said in found.warnings)


def test_34_all_modes_become_one_and_it_is_said_once(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos")
    for number, mode in enumerate(("L", "RGBA", "P", "1", "CMYK")):
        suffix = "jpg" if mode == "CMYK" else "png"
        picture(100 + number, mode=mode).save(root / "cats" / f"m{number}.{suffix}")
    found = read(root)
    assert found.decoded.pixels_NCHW.shape == (25, 3, 8, 8)
    assert [said for said in found.warnings if "1, CMYK, L, P, RGB, RGBA" in said]
    gray = read(root, shape=(1, 8, 8))
    assert gray.decoded.pixels_NCHW.shape == (25, 1, 8, 8)


def test_35_sixteen_bits_are_scaled_not_cut_off(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos", mode="L")
    deep = np.linspace(0, 65_535, 64).round().astype(np.uint16).reshape(8, 8)
    Image.fromarray(deep).save(root / "cats" / "deep.png")
    found = read(root, shape=(1, 8, 8))
    pixels = found.decoded.pixels_NCHW[found.files.index("cats/deep.png"), 0]
    np.testing.assert_allclose(pixels, deep / 257, atol=0.51)
    assert any("1 image with 16 bits per pixel: scaled to 8" in said for said in found.warnings)


def test_35_one_mode_is_told_as_one(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos", each=0)
    for number, name in enumerate(("cats", "dogs") * 10):
        deep = np.full((8, 8), 3000 * number, np.uint16)
        Image.fromarray(deep).save(root / name / f"{number}.png")
    assert any(
        "images with mode I;16 are converted to gray" in said for said in read(root, shape=(1, 8, 8)).warnings
    )


def test_of_an_image_that_moves_the_first_frame_is_taken_and_that_is_said(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos")
    first, *others = (Image.new("L", (8, 8), shade) for shade in (200, 0, 90))
    first.save(root / "cats" / "moves.gif", save_all=True, append_images=others)
    found = read(root)
    assert (found.decoded.pixels_NCHW[found.files.index("cats/moves.gif")] == 200).all()
    assert any("1 image has several frames: only the first is used" in said for said in found.warnings)


@pytest.mark.parametrize(("fit", "left"), [("crop", 255), ("pad", 0), ("stretch", 0)])
def test_36_sizes_become_one_as_the_preset_says(tmp_path: Path, fit: str, left: int) -> None:
    root = folder(tmp_path / "photos")
    wide = np.zeros((16, 48), np.uint8)
    wide[:, 16:32] = 255  # black, white, black
    Image.fromarray(wide).save(root / "cats" / "wide.png")
    found = read(root, fit=fit)
    pixels = found.decoded.pixels_NCHW[found.files.index("cats/wide.png"), 0]
    assert pixels[4, 0] == pytest.approx(left, abs=40)
    assert pixels[4, 4] == pytest.approx(255, abs=40)
    assert pixels[0, 4] == pytest.approx(0 if fit == "pad" else 255, abs=40)
    assert any("to 48 x 16 pixels" in said for said in found.warnings)


def test_38_each_file_counts_once(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos")
    (root / "cats" / "all").symlink_to(root)
    (root / "again").symlink_to(root / "cats")
    (root / "dogs" / "same.png").symlink_to(root / "dogs" / "1.png")
    (root / "dogs" / "itself.png").symlink_to("itself.png")
    found = read(root)
    assert len(found.files) == 20
    assert any("4 links within the folder are not followed" in said for said in found.warnings)


def test_38_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos")
    os.mkfifo(root / "cats" / "pipe.png")
    assert len(read(root).files) == 20


def test_39_names_are_kept_and_can_be_written(tmp_path: Path) -> None:
    root = tmp_path / "photos"
    folder(root, classes=["\u202egnp", "\N{DOG}", "caf\udce9", "[red]\x1b[2J"])
    found = read(root)
    assert set(found.classes) == {"\u202egnp", "\N{DOG}", "caf\\xe9", "[red]\x1b[2J"}
    for name in found.classes:
        name.encode()
    assert not any("\x1b" in said or "\u202e" in said for said in found.warnings)


def test_39_a_hostile_name_in_a_refusal_is_harmless(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos", classes=["\x1b[2Jcats", "dogs"])
    (root / "\x1b[2Jcats" / "\u202ex.png").write_bytes(b"")
    with pytest.raises(InputError) as refused:
        read(root)
    assert "\x1b" not in str(refused.value)
    assert "\u202e" not in str(refused.value)


def test_40_exif_rotation_is_applied(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos")
    upright = np.zeros((8, 8), np.uint8)
    upright[0] = 255
    image = Image.fromarray(np.rot90(upright, 1).copy())  # as a camera held on its side stores it
    exif = Image.Exif()
    exif[0x0112] = 6
    image.save(root / "cats" / "side.png", exif=exif)
    found = read(root)
    pixels = found.decoded.pixels_NCHW[found.files.index("cats/side.png"), 0]
    assert (pixels == upright).all()


def test_40_exif_rotation_of_sixteen_bits_is_applied(tmp_path: Path) -> None:
    root = folder(tmp_path / "photos", mode="L")
    upright = np.zeros((8, 8), np.uint16)
    upright[0] = 65_535
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.fromarray(np.rot90(upright, 1).copy()).save(root / "cats" / "side.png", exif=exif)
    found = read(root, shape=(1, 8, 8))
    pixels = found.decoded.pixels_NCHW[found.files.index("cats/side.png"), 0]
    assert (pixels == upright // 257).all()


def test_what_neither_memory_nor_disk_holds_is_refused_with_both_sizes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui_lab.data.images.decode_all.free_memory", lambda: 1000)
    monkeypatch.setattr("shutil.disk_usage", lambda _path: SimpleNamespace(free=2e6))
    root = folder(tmp_path / "photos")
    with pytest.raises(InputError, match=r"20\.2 MB of pixels .* 2\.0 MB are free on the disk"):
        read(root, shape=(3, 600, 560))


def test_the_limit_is_where_pillow_begins_to_warn() -> None:
    assert Image.MAX_IMAGE_PIXELS == MOST_PIXELS
