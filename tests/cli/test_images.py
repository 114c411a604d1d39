"""`tui-lab train FOLDER/`, `predict`, `presets --from`: images of one's own on the command line."""

import csv
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tests.cli.test_commands import _own_folders  # noqa: F401 - the fixture is for all tests here
from tests.cli.test_commands import refused as refused_lines
from tests.data.images.folders import folder, picture
from tui_lab.cli.main import main
from tui_lab.experiment.presets import load_preset
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.reading import load_run

pytestmark = pytest.mark.slow

QUICK = ("--epochs", "2")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Cats are light, dogs are dark; their images are of two sizes."""
    root = folder(tmp_path / "photos", each=20)
    for number in range(20):
        for name, low in (("cats", 120), ("dogs", 0)):
            pixels = np.asarray(picture(number, size=(10 + number % 2, 10)), np.uint8) // 2 + low
            Image.fromarray(pixels.astype(np.uint8)).save(root / name / f"{number}.png")
    return root


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> str:
    return "\n".join(refused_lines(capsys, *argv))


def last(photos: Path) -> RunView:
    return load_run(find(photos.parent / "runs", "last")).view


def test_a_folder_is_trained_and_every_guess_is_said(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "photos", *QUICK]) == 0
    out, err = capsys.readouterr()
    assert "status  finished after 2 epochs" in out
    for words in ("shape 3,64,64: colour", "the task is binary: there are 2 class folders"):
        assert words in err
    view = last(photos)
    assert view.data is not None
    assert view.data.classes == ("cats", "dogs")
    assert view.data.split == {"train": 28, "val": 8, "test": 4}
    assert view.experiment is not None
    assert view.experiment.data.file == str(photos)


def test_what_is_said_of_a_folder_overrules_what_is_guessed(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (photos / "cats" / "broken.png").write_bytes(b"")
    argv = [
        "--data",
        "shape=1x8x8",
        "--data",
        "fit=pad",
        "--data",
        "broken=skip",
        "--data",
        "split=0.5,0.3,0.2",
    ]
    assert main(["train", "photos", *QUICK, "--task", "multiclass", *argv]) == 0
    assert "change it with" not in capsys.readouterr().err
    view = last(photos)
    assert view.data is not None
    assert view.data.shape == (1, 8, 8)
    assert view.data.split == {"train": 20, "val": 12, "test": 8}


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["--data", "shape=2,8,8"], "1 channel (gray) or 3 (colour)"),
        (["--data", "shape=big"], "shape"),
        (["--data", "shape=3,8,5000"], "at most 1024 pixels a side"),
        (["--data", "fit=squeeze"], "fit"),
        (["--data", "decimal=,"], "only for tables"),
        (["--target", "class"], "only for tables"),
        (["--task", "regression"], "have classes"),
        (["--data", "broken=skip", "--set", "flip=2"], "flip"),
    ],
)
def test_what_cannot_be_is_refused_before_anything_is_made(
    photos: Path, argv: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert words in refused(capsys, "train", "photos", *argv)
    assert not (photos.parent / "runs").exists()


def test_predict_equals_the_test_metrics_of_the_run(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "photos", "--quiet", "--epochs", "4", "--data", "shape=3,8,8"]) == 0
    tested = last(photos).tested
    assert tested is not None
    capsys.readouterr()
    assert main(["predict", "last", "--split", "test"]) == 0
    out, err = capsys.readouterr()
    rows = list(csv.DictReader(out.splitlines()))
    assert len(rows) == 4
    assert list(rows[0]) == ["file", "prediction", "probability of cats", "probability of dogs"]
    right = sum(row["file"].split("/")[0] == row["prediction"] for row in rows)
    assert right / 4 == tested.metrics["accuracy"]
    for name, value in tested.metrics.items():
        assert f"{name} {value:.4g}" in err


def test_predict_takes_a_folder_of_any_kind_and_a_single_image(
    photos: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", "photos", "--quiet", "--data", "shape=3,8,8", "--epochs", "8"]) == 0
    new = photos.parent / "new"
    (new / "some").mkdir(parents=True)
    Image.new("RGB", (30, 20), (250, 250, 250)).save(new / "some" / "light.png")
    Image.new("RGB", (30, 20), (5, 5, 5)).save(new / "dark.jpg")
    capsys.readouterr()
    assert main(["predict", "last", "new", "-o", "out.csv"]) == 0
    rows = list(csv.DictReader((photos.parent / "out.csv").open()))
    assert {row["file"]: row["prediction"] for row in rows} == {"dark.jpg": "dogs", "some/light.png": "cats"}
    assert "answers" not in capsys.readouterr().err
    assert main(["predict", "last", "new/dark.jpg"]) == 0
    assert "dark.jpg,dogs," in capsys.readouterr().out
    assert main(["predict", "last", "photos"]) == 0
    assert "scores on the rows with a known target" in capsys.readouterr().err


def test_predict_says_what_it_cannot_use(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "photos", "--quiet", "--data", "shape=3,8,8", *QUICK]) == 0
    (photos.parent / "empty").mkdir()
    assert "no images in it" in refused(capsys, "predict", "last", "empty")
    (photos.parent / "t.csv").write_text("a,b\n1,2\n")
    assert "t.csv: not an image, but the run was trained on images" in refused(
        capsys, "predict", "last", "t.csv"
    )
    assert "no such image" in refused(capsys, "predict", "last", "missing")
    assert "cannot change for" in refused(capsys, "predict", "last", "photos", "--data", "shape=3,9,9")
    (photos / "cats" / "1.png").write_bytes(b"")
    assert "broken=skip" in refused(capsys, "predict", "last", "photos")
    picture(1).save(photos / "cats" / "1.png")
    assert "has changed since" in refused(capsys, "predict", "last", "--split", "test")


def test_a_resume_wants_the_images_of_before(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "photos", "--quiet", "--data", "shape=3,8,8", *QUICK]) == 0
    assert main(["resume", "last", "--quiet", "--epochs", "3"]) == 0
    Image.new("RGB", (10, 10)).save(photos / "cats" / "new.png")
    assert "--changed-data" in refused(capsys, "resume", "last", "--epochs", "4")


def test_a_preset_is_written_and_trains(photos: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["presets", "--from", "photos", "-o", "p.toml"]) == 0
    assert "1 channel" not in capsys.readouterr().err
    preset = load_preset(Path("p.toml"))
    assert preset.data.source == "images"
    assert preset.data.shape == (3, 64, 64)
    assert main(["train", "p.toml", "--quiet", "--epochs", "1"]) == 0


def test_a_preset_names_its_folder_from_where_it_lies(photos: Path) -> None:
    text = (
        'format = "tui-lab.preset"\nversion = 1\nname = "p"\ntitle = "P"\ntask = "binary"\n'
        '[data]\nsource = "images"\nfile = "photos"\nshape = [3, 8, 8]\n[model]\nlayers = ["flatten"]\n'
    )
    (photos.parent / "p.toml").write_text(text)
    assert main(["train", "p.toml", "--quiet", *QUICK]) == 0
    view = last(photos)
    assert view.data is not None
    assert view.data.target == "class"


def test_augmentation_is_part_of_a_run_as_any_hyperparameter(photos: Path) -> None:
    argv = ["--set", "flip=0.5", "--set", "rotation=10", "--data", "shape=3,8,8"]
    assert main(["train", "photos", "--quiet", *QUICK, *argv]) == 0
    view = last(photos)
    assert view.experiment is not None
    assert view.experiment.hyperparameters.flip == 0.5
    assert view.experiment.hyperparameters.rotation == 10.0
