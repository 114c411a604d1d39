"""The images that a run was last asked to show: one file beside the journal, replaced each time.

A process that watches a run reads its journal; images in it would be read again every time the run is opened.
"""

from contextlib import suppress
from dataclasses import replace
from zlib import crc32

from pydantic import TypeAdapter
from pydantic_core import to_json

from tui_lab.protocol.steering_events import SamplesShown
from tui_lab.runs.folder.folder import SAMPLES, RunFolder

_MOST_BYTES = 1_000_000


def set_aside(folder: RunFolder, event: SamplesShown) -> SamplesShown:
    """Write the images to the folder, replacing the previous ones; the event for the journal.

    If they cannot be written, only this process sees them: a full disk must not end a run.
    """
    with suppress(OSError, ValueError):
        content = to_json(event)
        folder.files.replace(SAMPLES, b"%08x\n" % crc32(content) + content, durable=False)
    return replace(event, samples=())


def with_images(folder: RunFolder, event: SamplesShown) -> SamplesShown:
    """A journal event with its images, if they are still the most recent ones."""
    try:
        check, _, content = folder.files.read(SAMPLES, _MOST_BYTES).partition(b"\n")
        if int(check, 16) != crc32(content):
            return event
        found = TypeAdapter(SamplesShown).validate_json(content)
    except (OSError, ValueError):
        return event
    return found if replace(found, samples=()) == event else event
