"""Rows of images as pixels to be shown.

Legend: B images, C channels, H height, W width.
"""

from base64 import b64encode

import torch

from tui_lab.data.dataset import Part
from tui_lab.data.pixels import pixel_bytes, shown_pixels
from tui_lab.protocol.example import Picture


def pictures_of(some: Part, side: int) -> list[Picture | None]:
    """All images of a part, of at most `side` pixels per side; None for each where they cannot be shown.

    They can with one channel (gray) or three (colour). Numbers of a table are scaled from their minimum and
    maximum over these images to 0 and 255.
    """
    if len(some.x.shape) != 4 or some.x.shape[1] not in (1, 3):
        return [None] * len(some)
    x_BCHW, channels = some.take(torch.arange(len(some))), int(some.x.shape[1])
    if some.scale is not None:
        pixels_BCHW = shown_pixels(x_BCHW, side)
    else:
        low, high = x_BCHW.amin(), x_BCHW.amax()
        pixels_BCHW = shown_pixels(x_BCHW, side, low, low + (high - low).clamp(min=1e-12))
    _, _, height, width = pixels_BCHW.shape
    texts = (b64encode(pixels).decode() for pixels in pixel_bytes(pixels_BCHW))
    return [Picture(height, width, channels, text) for text in texts]
