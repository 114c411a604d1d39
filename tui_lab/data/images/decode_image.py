"""One image file, decoded to a given size.

Pillow decodes. What it gets wrong silently (16 bits clipped at 255, only a warning for decompression bombs,
EXIF rotation ignored) is handled here as one would expect.

Legend: C channels, H height, W width.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageOps, UnidentifiedImageError

from tui_lab.errors import LabError
from tui_lab.experiment.experiment import Fit
from tui_lab.safe import safe

MOST_PIXELS = 89_478_485
"""The number of pixels from which Pillow itself warns of a decompression bomb."""
Pixels = npt.NDArray[np.uint8]
_ORIENTATION = 0x0112  # the tag of EXIF
_SIXTEEN_BITS = ("I;16", "I;16B", "I;16L", "I;16N", "I")
_FAULTS = (OSError, SyntaxError, ValueError, EOFError, IndexError, TypeError, AttributeError, MemoryError,
           OverflowError, ZeroDivisionError, RuntimeError, KeyError, NotImplementedError)  # fmt: skip


class PictureError(LabError):
    """A file that is not a usable image; one sentence says why."""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """The header of an image file: its displayed size, and its mode as Pillow names it.

    `moves`: it has several frames, of which the first is used; known after decoding.
    """

    width: int
    height: int
    mode: str
    moves: bool = False

    @property
    def deep(self) -> bool:
        """Whether it has 16 bits per pixel."""
        return self.mode in _SIXTEEN_BITS

    @property
    def gray(self) -> bool:
        return self.deep or self.mode in ("1", "L", "LA", "La", "F")


def look_at(path: Path) -> ImageHeader:
    """Read the header of an image. Raises PictureError."""
    with _opened(path) as image:
        try:
            turned = image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8)
        except _FAULTS:
            turned = False
        width, height = image.size
        return ImageHeader(*((height, width) if turned else (width, height)), image.mode)


def decode(path: Path, shape: tuple[int, int, int], fit: Fit) -> tuple[Pixels, ImageHeader]:
    """The pixels `(C, H, W)` of an image, with 1 or 3 channels, and its header. Raises PictureError.

    `crop` fills height and width and cuts off the rest, `pad` fills up with black, `stretch` ignores the
    aspect ratio.
    """
    channels, height, width = shape
    with _opened(path) as image:
        size, mode = image.size, image.mode
        try:
            if image.format == "JPEG" and mode in ("L", "RGB"):
                longer = max(width, height)
                image.draft(mode, (longer, longer))  # decode at reduced size: many times faster
            image.load()
            flat = _eight_bits(image)
            if image.getexif().get(_ORIENTATION, 1) != 1:  # else it would be copied: 0.3 s for 81 megapixels
                flat = ImageOps.exif_transpose(flat) if flat is image else _turned(flat, image)
            wanted = "RGB" if channels == 3 else "L"
            flat = flat if flat.mode == wanted else flat.convert(wanted)
            flat = _resized(flat, (width, height), fit)
            moves = _moves(image)
        except PictureError:
            raise
        except _FAULTS as error:
            raise PictureError(_why(error)) from None
        pixels_HWC = np.asarray(flat, np.uint8).reshape(height, width, channels)
        return np.ascontiguousarray(pixels_HWC.transpose(2, 0, 1)), ImageHeader(*size, mode, moves)


def _opened(path: Path) -> Image.Image:
    try:
        if not path.stat().st_size:
            raise PictureError("it is empty (0 bytes)")
        image = Image.open(path)
    except PictureError:
        raise
    except Image.DecompressionBombError:
        raise PictureError(
            f"it has more than {MOST_PIXELS / 1e6:.0f} million pixels: too large, or a decompression bomb"
        ) from None
    except UnidentifiedImageError:
        raise PictureError("not a readable image") from None
    except _FAULTS as error:
        raise PictureError(_why(error)) from None
    if image.width * image.height > MOST_PIXELS:
        image.close()
        raise PictureError(
            f"{image.width} x {image.height} pixels are too many (at most {MOST_PIXELS / 1e6:.0f} million)"
        )
    return image


def _moves(image: Image.Image) -> bool:
    """Whether there is a second frame; a damaged one does not count."""
    try:
        return bool(getattr(image, "is_animated", False))
    except _FAULTS:
        return False


def _eight_bits(image: Image.Image) -> Image.Image:
    """The image itself, with 16 bits per pixel scaled to 8."""
    if image.mode == "F":
        raise PictureError("its pixels are floating-point numbers; save it with 8 or 16 bits")
    if image.mode not in _SIXTEEN_BITS:
        return image
    values_HW = np.asarray(image).astype(np.int64)
    if values_HW.min() < 0 or values_HW.max() > 65_535:
        raise PictureError("its pixels have 32 bits; save it with 8 or 16 bits")
    if image.mode == "I" and image.format == "TIFF" and 0 < values_HW.max() <= 255:
        raise PictureError(
            "its pixels have 32 bits but no value above 255: as 16-bit it would be black; save it with 8 bits"
        )
    return Image.fromarray(((values_HW + 128) // 257).astype(np.uint8), "L")


def _turned(flat: Image.Image, original: Image.Image) -> Image.Image:
    """Rotated as the original's EXIF data say."""
    flat.getexif()[_ORIENTATION] = original.getexif()[_ORIENTATION]
    return ImageOps.exif_transpose(flat)


def _resized(image: Image.Image, size: tuple[int, int], fit: Fit) -> Image.Image:
    if image.size == size:
        return image
    if fit == "crop":
        return ImageOps.fit(image, size, Image.Resampling.BILINEAR)
    if fit == "pad":
        return ImageOps.pad(image, size, Image.Resampling.BILINEAR)
    return image.resize(size, Image.Resampling.BILINEAR)


def _why(error: BaseException) -> str:
    text = getattr(error, "strerror", None) or str(error) or type(error).__name__
    return f"it cannot be decoded: {safe(text, 100)}"
