"""Folders of images looked at for the screen, which must know neither Pillow nor numpy: on a thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tui_lab.data.images.survey import FolderSettled, FolderSurvey
from tui_lab.spec.experiment import DataSpec, Task

_LOOKING = 0.2
"""The share of the time that looking at heads takes; the rest is decoding."""


@dataclass(frozen=True, slots=True)
class OpenedFolder:
    """A folder that was looked at, and what would be trained of it. `raw` is for `open_folder` alone."""

    survey: FolderSurvey
    settled: FolderSettled
    raw: Any


def open_folder(
    spec: DataSpec, task: Task | None, progress: Callable[[float], None], before: OpenedFolder | None = None
) -> OpenedFolder:
    """List the images of `spec`, decode them and judge the whole; what is not said is guessed.

    `before`: the same folder as it was opened last; it is listed again, but its heads are looked at again
    only if any file is another. Raises InputError if nothing can be made of it; what else is wrong is in
    `settled.problems`.
    """
    from tui_lab.data.images.listing import list_images
    from tui_lab.data.images.reading import image_folder
    from tui_lab.data.images.surveying import settle, survey
    from tui_lab.data.source import part_of

    listing = list_images(image_folder(spec.file))
    if before is not None and before.raw.fingerprint == listing.fingerprint:
        found = before.survey
    else:
        found = survey(listing, lambda share: progress(part_of(share, 0, _LOOKING)))
    settled = settle(
        listing, found, spec, task, lambda share: progress(part_of(share, _LOOKING, 1 - _LOOKING))
    )
    return OpenedFolder(found, settled, listing)
