"""The set of the preset `shapes`: drawn on first use, the same every time."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from tui_lab.data.images.drawn import EACH, SHAPES, SIDE, draw_shapes, drawn_folder
from tui_lab.data.images.source import read_images
from tui_lab.errors import InputError
from tui_lab.experiment.network.shapes import plan
from tui_lab.experiment.presets import all_presets

pytestmark = pytest.mark.slow  # 840 images are drawn


def test_seven_classes_that_are_the_same_every_time(tmp_path: Path) -> None:
    (tmp_path / "again").mkdir()
    folder = drawn_folder("shapes", tmp_path)
    draw_shapes(tmp_path / "again")
    files = sorted(folder.rglob("*.png"))
    assert len(files) == len(SHAPES) * EACH == 840
    seen = set()
    for file in files:
        image = np.asarray(Image.open(file))
        assert image.shape == (SIDE, SIDE, 3)
        assert (image == np.asarray(Image.open(tmp_path / "again" / file.relative_to(folder)))).all()
        seen.add(image.tobytes())
    assert len(seen) == 840


def test_it_is_drawn_once(tmp_path: Path) -> None:
    folder = drawn_folder("shapes", tmp_path)
    (folder / "circle" / "000.png").unlink()
    assert drawn_folder("shapes", tmp_path) == folder
    assert not (folder / "circle" / "000.png").exists()
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]


def test_what_cannot_be_drawn_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="the only one is drawn:shapes"):
        drawn_folder("cats", tmp_path)
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="cannot write images there"):
        drawn_folder("shapes", tmp_path / "file")


def test_the_preset_is_the_network_of_the_notes() -> None:
    preset = all_presets()["shapes"]
    assert preset.data.shape == (3, 64, 64)
    planned = plan(preset.model.layers, preset.hyperparameters, (3, 64, 64), len(SHAPES))
    kinds = ("conv", "elu", "max_pool")
    assert [(p.layer.kind, p.output_shape) for p in planned if p.layer.kind in kinds] == [
        ("conv", (32, 64, 64)), ("elu", (32, 64, 64)), ("max_pool", (32, 32, 32)),
        ("conv", (64, 32, 32)), ("elu", (64, 32, 32)), ("max_pool", (64, 16, 16)),
    ]  # fmt: skip
    assert planned[-1].parameters == 64 * 16 * 16 * 7 + 7
    found = read_images(preset.experiment())
    assert found.classes == SHAPES
    assert not found.warnings
