"""A folder of images as tensors: dealt to splits, scaled by the training split, decoded once."""

import os
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from tests.data.images.folders import asked, folder, load_images, picture
from tui_lab.data.images import cache
from tui_lab.data.images import decode_all as decoding
from tui_lab.data.images.decode_all import decode_all
from tui_lab.data.images.listing import list_images
from tui_lab.data.images.source import read_images
from tui_lab.data.images.statistics import mean_and_deviation, sums
from tui_lab.data.local_file import FractionRead, part_of

CPU = torch.device("cpu")


def test_inputs_have_mean_0_and_deviation_1_by_the_training_split(tmp_path: Path) -> None:
    data = load_images(asked(folder(tmp_path / "p", each=30)), CPU)
    assert data.train.x.dtype == torch.uint8
    x = data.train.inputs(data.train.x)
    assert x.dtype == torch.float32
    torch.testing.assert_close(x.mean((0, 2, 3)), torch.zeros(3), atol=1e-5, rtol=0)
    torch.testing.assert_close(x.std((0, 2, 3), correction=0), torch.ones(3), atol=1e-5, rtol=0)
    assert (data.val.inputs(data.val.x).mean((0, 2, 3)).abs() > 1e-3).any(), "not centred on itself"


def test_mean_and_deviation_are_those_of_numpy() -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (700, 3, 5, 4), np.uint8)
    rows = np.random.default_rng(1).permutation(700)[:600]
    mean, std = mean_and_deviation(np.stack([sums(image) for image in pixels])[rows], 20)
    np.testing.assert_allclose(mean, pixels[rows].mean((0, 2, 3)) / 255, rtol=1e-12)
    np.testing.assert_allclose(std, pixels[rows].std((0, 2, 3)) / 255, rtol=1e-12)


def test_images_of_one_colour_are_scaled_to_zero(tmp_path: Path) -> None:
    for name, shade in (("dark", 20), ("light", 20)):
        (tmp_path / "p" / name).mkdir(parents=True)
        for number in range(10):
            Image.new("L", (8, 8), shade).save(tmp_path / "p" / name / f"{number}.png")
    data = load_images(asked(tmp_path / "p", shape=(1, 8, 8)), CPU)
    assert float(data.train.inputs(data.train.x).abs().max()) < 1e-5


def test_splits_are_stratified_and_follow_the_seed(tmp_path: Path) -> None:
    root = folder(tmp_path / "p", each=30)
    one, same, other = (read_images(asked(root, seed=seed)) for seed in (0, 0, 1))
    assert one.rows.train.tolist() == same.rows.train.tolist()
    assert one.rows.train.tolist() != other.rows.train.tolist()
    for part, count in ((one.rows.train, 21), (one.rows.val, 6), (one.rows.test, 3)):
        assert np.bincount(one.labels_N[part]).tolist() == [count, count]


@pytest.mark.parametrize(
    ("own", "words"),
    [
        (("train", "val", "test"), None),
        (("train", "val"), "no test/"),
        (("train", "test"), "no val/"),
        (("train", "Validation"), "no test/"),
        (("train",), "no val/ and no test/"),
    ],
)
def test_splits_of_the_folder_are_kept_and_missing_ones_dealt_from_train(
    tmp_path: Path, own: tuple[str, ...], words: str | None
) -> None:
    for place, name in enumerate(own):
        folder(tmp_path / "p" / name, each=20, first=1000 * place)
    found = read_images(asked(tmp_path / "p"))
    above = {
        name: {found.files[row].split("/")[0] for row in getattr(found.rows, name)}
        for name in ("train", "val", "test")
    }
    named = {name.lower().replace("validation", "val"): name for name in own}
    assert above == {name: {named.get(name, "train")} for name in ("train", "val", "test")}
    assert sorted(np.concatenate([found.rows.train, found.rows.val, found.rows.test])) == list(
        range(len(found.files))
    )
    dealt = [said for said in found.warnings if "split off from train/" in said]
    assert bool(dealt) == (words is not None)
    assert words is None or words in dealt[0]


def test_a_class_may_be_called_train(tmp_path: Path) -> None:
    root = folder(tmp_path / "p", classes=["car", "plane", "train"])
    (root / "train" / "link.png").symlink_to("0.png")
    found = read_images(asked(root, "multiclass"))
    assert found.classes == ("car", "plane", "train")
    assert not any("outside a class folder" in said for said in found.warnings)
    assert any("1 link within the folder is not followed" in said for said in found.warnings)


def test_classes_are_numbered_by_name_and_folders_in_them_belong_to_them(tmp_path: Path) -> None:
    root = folder(tmp_path / "p", classes=["b", "a"])
    folder(root / "a", classes=["deeper"], each=3, first=500)
    found = read_images(asked(root))
    assert found.classes == ("a", "b")
    labels = dict(zip(found.files, found.labels_N.tolist(), strict=True))
    assert labels["a/deeper/0.png"] == labels["a/0.png"] == 0
    assert labels["b/0.png"] == 1


def test_copies_in_two_splits_and_two_classes_are_told(tmp_path: Path) -> None:
    root = folder(tmp_path / "p")
    for number in range(10):
        picture(number).save(root / "cats" / f"copy-{number}.png")
    picture(0).save(root / "dogs" / "torn.png")
    said = "\n".join(read_images(asked(root)).warnings)
    assert "are also among those for training" in said
    assert "1 image is in more than one class" in said


def test_the_hash_follows_pixels_and_classes_not_times(tmp_path: Path) -> None:
    root = folder(tmp_path / "p")
    before = read_images(asked(root)).sha256
    os.utime(root / "cats" / "0.png", (1, 1))
    assert read_images(asked(root)).sha256 == before
    assert read_images(asked(root, shape=(3, 9, 8))).sha256 != before
    picture(77).save(root / "cats" / "0.png")
    changed = read_images(asked(root)).sha256
    (root / "cats").rename(root / "kittens")
    assert len({before, changed, read_images(asked(root)).sha256}) == 3


@pytest.fixture
def kept(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Everything is worth keeping, in a place of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.setattr(decoding, "WORTH_KEEPING_S", -1.0)
    return tmp_path / "cache" / "tui-lab" / "images"


def test_what_was_decoded_is_not_decoded_again(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder(tmp_path / "p")
    (root / "cats" / "broken.png").write_bytes(b"")
    first = read_images(asked(root, broken="skip"))
    with monkeypatch.context() as patch:
        patch.setattr(decoding, "decode", None)
        again = read_images(asked(root, broken="skip"))
    assert (again.decoded.pixels_NCHW == first.decoded.pixels_NCHW).all()
    assert (again.sha256, again.files, again.warnings) == (first.sha256, first.files, first.warnings)
    picture(5).save(root / "cats" / "0.png")
    with monkeypatch.context() as patch, pytest.raises(TypeError):
        patch.setattr(decoding, "decode", None)
        read_images(asked(root, broken="skip"))


def test_what_looks_the_same_by_name_size_and_time_is_not_taken_for_one_another(
    kept: Path, tmp_path: Path
) -> None:
    """A BMP is as long as any other of its size, and an archive may give all files one time."""

    def settle(root: Path, first: int) -> None:
        for number in range(10):
            picture(first + number).save(root / f"{number}.bmp")
            os.utime(root / f"{number}.bmp", (0, 0))

    pixels = []
    for place, name in enumerate(("one", "other")):
        root = folder(tmp_path / name, each=1)
        settle(root / "cats", 100 * place)
        pixels.append(read_images(asked(root)).decoded.pixels_NCHW.copy())
    assert (pixels[0] != pixels[1]).any()
    settle(tmp_path / "one" / "cats", 100)
    assert (read_images(asked(tmp_path / "one")).decoded.pixels_NCHW[:10] == pixels[1][:10]).all()


def test_what_was_decoded_is_told_of_the_folder_by_the_name_it_has_now(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = folder(tmp_path / "p")
    whole = read_images(asked(root)).warnings
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(decoding, "decode", None)
    near = read_images(asked(Path("p"))).warnings
    assert near == tuple(said.replace(str(root), "p") for said in whole)
    assert any(said.startswith("p: images of 12 x 10") for said in near)


@pytest.mark.parametrize("spoilt", ["", "{}", "[]", '{"format": 1, "shape": [1], "used": 3, "digests": []}'])
def test_a_damaged_cache_is_made_anew(kept: Path, tmp_path: Path, spoilt: str) -> None:
    root = folder(tmp_path / "p")
    first = read_images(asked(root))
    for about in kept.glob("*.json"):
        about.write_text(spoilt)
    assert read_images(asked(root)).sha256 == first.sha256
    for pixels in kept.glob("*.npy"):
        pixels.write_bytes(b"\x93NUMPY" + spoilt.encode())
    assert (read_images(asked(root)).decoded.pixels_NCHW == first.decoded.pixels_NCHW).all()


def test_the_cache_lets_go_of_the_oldest(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = folder(tmp_path / "p")
    monkeypatch.setattr(cache, "MOST_BYTES", 8448)
    for side in (8, 7, 6):
        read_images(asked(root, shape=(3, 8, side)))
        for age, about in enumerate(sorted(kept.glob("*.json"), key=lambda path: -path.stat().st_mtime)):
            os.utime(about, (1000 - age, 1000 - age))
    assert len(list(kept.glob("*.json"))) == len(list(kept.glob("*.npy"))) == 2


def test_what_a_killed_process_has_left_in_the_cache_goes_after_a_day(kept: Path, tmp_path: Path) -> None:
    kept.mkdir(parents=True)
    old, new = kept / ".old.tmp", kept / ".new.tmp"
    old.touch()
    new.touch()
    os.utime(old, (1000, 1000))
    read_images(asked(folder(tmp_path / "p")))
    assert not old.exists()
    assert new.exists()


def test_without_room_for_a_cache_it_is_read_all_the_same(
    kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept.parent.parent.mkdir(parents=True)
    kept.parent.write_text("a file where the folder should be")
    assert len(read_images(asked(folder(tmp_path / "p"))).files) == 20


def test_it_is_said_which_image_is_being_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding, "_TOLD_S", 0)
    told: list[float] = []
    given = asked(folder(tmp_path / "photos"))
    decode_all(list_images(Path(given.data.file)), given.data, told.append)
    names = [share.doing for share in told if isinstance(share, FractionRead)]
    assert len(names) == 20, "few images: each of them is told of"
    assert "dogs/3.png" in names
    assert told == sorted(told)
    assert part_of(told[9], 0.5, 0.5) == 0.5 + told[9] / 2
    assert part_of(told[9], 0.5, 0.5).doing == names[9]
