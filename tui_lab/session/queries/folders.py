"""Surveys of image folders for the screens, which must import neither Pillow nor numpy; run on a thread."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tui_lab.data.images.survey import FolderFinalSettings, FolderSurvey
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.tasks import Task

_LOOKING = 0.2
"""The fraction of the time spent reading image headers; the rest is decoding."""


@dataclass(frozen=True, slots=True)
class OpenedFolder:
    """A surveyed folder, and what would be trained on. `raw` is for `open_folder` only."""

    survey: FolderSurvey
    settled: FolderFinalSettings
    raw: Any


def open_folder(
    spec: DataSpec, task: Task | None, progress: Callable[[float], None], before: OpenedFolder | None = None
) -> OpenedFolder:
    """List the images of `spec`, decode and check them; settings that are not given are chosen automatically.

    `before`: the same folder as last opened; it is listed again, but the headers are read again only if a
    file has changed. Raises InputError if the folder is unusable; other problems are in `settled.problems`.
    """
    from tui_lab.data.images.listing import list_images
    from tui_lab.data.images.preview import settle, survey
    from tui_lab.data.images.reading import image_folder
    from tui_lab.data.local_file import part_of

    listing = list_images(image_folder(spec.file))
    if before is not None and before.raw.fingerprint == listing.fingerprint:
        found = before.survey
    else:
        found = survey(listing, lambda share: progress(part_of(share, 0, _LOOKING)))
    settled = settle(
        listing, found, spec, task, lambda share: progress(part_of(share, _LOOKING, 1 - _LOOKING))
    )
    return OpenedFolder(found, settled, listing)
