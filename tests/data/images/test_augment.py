"""Every image of a batch is turned, shifted, mirrored and coloured on its own, as torchvision does one."""

from pathlib import Path

import pytest
import torch
from torchvision.transforms import InterpolationMode
from torchvision.transforms.v2 import functional as v2

from tests.data.images.folders import asked, folder, load_images
from tui_lab.data.dataset import Part
from tui_lab.data.images.augment import (
    check_augmentation,
    flipped,
    jittered,
    matrices,
    moved,
    seeing,
    sent,
    spread,
)
from tui_lab.errors import InputError
from tui_lab.experiment.hyperparameters import Hyperparameters

X = torch.randint(0, 256, (5, 3, 20, 14), generator=torch.Generator().manual_seed(0)).float()
ZERO = torch.zeros(5)


def test_turned_as_torchvision_turns_one() -> None:
    angles = torch.tensor([0.0, 10.0, -25.0, 90.0, 180.0])
    found = moved(X, matrices(angles, torch.zeros(5, 2), (20, 14)))
    for x, angle, turned in zip(X, angles, found, strict=True):
        wanted = v2.rotate(x, float(angle), InterpolationMode.BILINEAR, fill=None)
        inside = v2.rotate(torch.ones_like(x), float(angle), InterpolationMode.BILINEAR) > 0.999
        torch.testing.assert_close(turned[inside], wanted[inside], atol=0.05, rtol=0)


def test_shifted_by_whole_pixels_and_the_edge_repeated() -> None:
    shifts = torch.tensor([[2 / 14, 0.0], [0.0, -3 / 20], [0, 0], [0, 0], [0, 0]])
    found = moved(X, matrices(ZERO, shifts, (20, 14)))
    torch.testing.assert_close(found[0, :, :, :-2], X[0, :, :, 2:], atol=1e-2, rtol=0)
    torch.testing.assert_close(found[0, :, :, -1], X[0, :, :, -1], atol=1e-2, rtol=0)
    torch.testing.assert_close(found[1, :, 3:], X[1, :, :-3], atol=1e-2, rtol=0)
    torch.testing.assert_close(found[2:], X[2:], atol=1e-2, rtol=0)


def test_mirrored_are_those_that_are_chosen() -> None:
    which = torch.tensor([True, False, True, False, False])
    found = flipped(X, which)
    assert torch.equal(found[which], v2.horizontal_flip(X[which]))
    assert torch.equal(found[~which], X[~which])


def test_coloured_as_torchvision_colours_one() -> None:
    brightness, contrast, saturation = (torch.tensor([1.0, 0.7, 1.3, 1.0, 0.9]) + d for d in (0, 0.1, -0.2))
    found = jittered(X, brightness, contrast, saturation)
    for k in range(5):
        wanted = v2.adjust_brightness(X[k] / 255, float(brightness[k]))
        wanted = v2.adjust_contrast(wanted, float(contrast[k]))
        wanted = v2.adjust_saturation(wanted, float(saturation[k]))
        torch.testing.assert_close(found[k] / 255, wanted, atol=1e-5, rtol=0)


def part(tmp_path: Path) -> Part:
    return load_images(asked(folder(tmp_path / "p")), torch.device("cpu")).train


def test_without_augmentation_the_network_sees_what_is_there(tmp_path: Path) -> None:
    train = part(tmp_path)
    see = seeing(train, Hyperparameters())
    assert see is not None
    assert torch.equal(see(train.x), train.inputs(train.x))
    assert seeing(Part(torch.zeros(3, 4), torch.zeros(3)), Hyperparameters(flip=0.5)) is None


@pytest.mark.parametrize(
    "asked_for", [{"flip": 0.5}, {"rotation": 20.0}, {"crop": 0.2}, {"color_jitter": 0.3}]
)
def test_each_changes_what_is_seen_the_same_way_for_the_same_random_state(
    tmp_path: Path, asked_for: dict[str, float]
) -> None:
    train = part(tmp_path)
    see = seeing(train, Hyperparameters(**asked_for))
    assert see is not None
    torch.manual_seed(3)
    first, second = see(train.x), see(train.x)
    torch.manual_seed(3)
    assert torch.equal(see(train.x), first)
    assert not torch.equal(first, second)
    assert first.shape == train.x.shape
    assert bool(first.isfinite().all())


def test_pixels_of_a_table_can_be_moved_but_not_coloured() -> None:
    pixels = Part(torch.randn(6, 1, 8, 8), torch.zeros(6))
    for name in ("flip", "rotation", "crop"):
        check_augmentation(pixels, name)
    with pytest.raises(InputError, match="image files"):
        check_augmentation(pixels, "color_jitter")
    with pytest.raises(InputError, match="table columns"):
        check_augmentation(Part(torch.randn(6, 3), torch.zeros(6)), "flip")
    assert seeing(pixels, Hyperparameters(color_jitter=0.5)) is None
    assert seeing(pixels, Hyperparameters(crop=0.2)) is not None


@pytest.mark.parametrize("without", [None, "flip", "rotation", "crop", "color_jitter"])
def test_random_numbers_are_drawn_in_the_order_of_earlier_versions(
    tmp_path: Path, without: str | None
) -> None:
    train = part(tmp_path)
    asked_for = {"flip": 0.5, "rotation": 20.0, "crop": 0.2, "color_jitter": 0.3} | (
        {without: 0.0} if without else {}
    )
    hyper = Hyperparameters(**asked_for)
    see = seeing(train, hyper)
    assert see is not None
    torch.manual_seed(5)
    found, after = see(train.x), torch.get_rng_state()
    torch.manual_seed(5)
    x, rows = train.x.float(), len(train.x)
    if hyper.flip:
        x = flipped(x, torch.rand(rows) < hyper.flip)
    angles = spread(rows, hyper.rotation)
    shifts = torch.stack([spread(rows, hyper.crop), spread(rows, hyper.crop)], 1)
    x = moved(x, matrices(angles, shifts, (8, 8)))
    if hyper.color_jitter:
        x = jittered(x, *[1 + spread(rows, hyper.color_jitter) for _ in range(3)])
    assert torch.equal(found, train.inputs(x))
    assert torch.equal(after, torch.get_rng_state())


class FakeNumbers:
    """Notes how it is sent."""

    def __init__(self) -> None:
        self.log: list[str] = []

    def pin_memory(self) -> "FakeNumbers":
        self.log.append("pinned")
        return self

    def to(self, device: torch.device, *, non_blocking: bool = False) -> "FakeNumbers":
        self.log.append(f"{device} {non_blocking}")
        return self


def test_a_gpu_is_not_waited_for_when_random_numbers_are_sent() -> None:
    numbers = FakeNumbers()
    sent(numbers, torch.device("cuda"))  # type: ignore[arg-type]
    assert numbers.log == ["pinned", "cuda True"]
