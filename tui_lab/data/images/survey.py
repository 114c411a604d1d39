"""The preview of an image folder, as plain data."""

from dataclasses import dataclass

from tui_lab.data.final_settings import FinalSettings

SAMPLE_SIDE, SAMPLES = 32, 6
"""Pixels per side, and images per class, of the preview."""


@dataclass(frozen=True, slots=True)
class FolderSurvey:
    """The content of a folder, from names and the headers of `looked` of its images.

    `shown` names it; `counts` has the images of each class, `splits` the folder's own splits. `sizes` (width,
    height) and `modes` (Pillow's words) are counted, most frequent first.
    `shape` and `shape_said` are the automatic shape and why.
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
        return sum(count for _, count in self.counts)


@dataclass(frozen=True, slots=True)
class FolderFinalSettings(FinalSettings):
    """What would be trained, and a few images of each class as the network would get them.

    `dealt`: per class the number of images for training, validation and test. `samples`: per class, uint8
    pixels row by row with interleaved channels; `sample_shape` is their channels, height and width. `broken`:
    how many images cannot be decoded.
    """

    dealt: tuple[tuple[int, int, int], ...] = ()
    broken: int = 0
    sample_shape: tuple[int, int, int] = (1, 1, 1)
    samples: tuple[tuple[bytes, ...], ...] = ()
