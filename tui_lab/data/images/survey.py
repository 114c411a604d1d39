"""A folder of images as a person is shown it, in plain data."""

from dataclasses import dataclass

from tui_lab.data.survey import Settled

SAMPLE_SIDE, SAMPLES = 32, 6
"""Pixels a side, and images of a class, of what is shown."""


@dataclass(frozen=True, slots=True)
class FolderSurvey:
    """What lies in a folder, by names and by the heads of `looked` of its images.

    `shown` names it; `counts` has the images of each class, `splits` the folder's own splits. `sizes` (width,
    height) and `modes` (Pillow's words) are counted, most frequent first.
    `shape` and `shape_said` are the guess and why.
    """

    shown: str
    counts: tuple[tuple[str, int], ...]
    splits: tuple[str, ...]
    sizes: tuple[tuple[tuple[int, int], int], ...]
    modes: tuple[tuple[str, int], ...]
    looked: int
    shape: tuple[int, int, int]
    shape_said: str

    @property
    def images(self) -> int:
        """How many images there are."""
        return sum(count for _, count in self.counts)


@dataclass(frozen=True, slots=True)
class FolderSettled(Settled):
    """What would be trained, and images of it as the network would get them, a few of each class.

    `dealt`: of each class the images for training, validation and test. `samples`: of each class uint8, row
    by row, each pixel its channels; `sample_shape` is their channels, height and width. `broken`: how
    many images cannot be decoded.
    """

    dealt: tuple[tuple[int, int, int], ...] = ()
    broken: int = 0
    sample_shape: tuple[int, int, int] = (1, 1, 1)
    samples: tuple[tuple[bytes, ...], ...] = ()
