"""The images that a run was last asked to show: one file beside the journal, each time written anew.

Whoever watches a run that another process trains reads its journal; images in it would be read again with
every opening of the run, for ever.
"""

from contextlib import suppress
from dataclasses import replace
from zlib import crc32

from pydantic import TypeAdapter
from pydantic_core import to_json

from tui_lab.protocol.steering import SamplesShown
from tui_lab.runs.folder import SAMPLES, RunFolder

_MOST_BYTES = 1_000_000


def set_aside(folder: RunFolder, event: SamplesShown) -> SamplesShown:
    """Write the images into the folder, in place of those before; what the journal is to say of them.

    Where they cannot be written, nobody but this process sees them: a full disk must not end a run.
    """
    with suppress(OSError, ValueError):
        content = to_json(event)
        folder.files.replace(SAMPLES, b"%08x\n" % crc32(content) + content, durable=False)
    return replace(event, samples=())


def with_images(folder: RunFolder, event: SamplesShown) -> SamplesShown:
    """The event of a journal with its images, if they are still the last that were shown."""
    try:
        check, _, content = folder.files.read(SAMPLES, _MOST_BYTES).partition(b"\n")
        if int(check, 16) != crc32(content):
            return event
        found = TypeAdapter(SamplesShown).validate_json(content)
    except (OSError, ValueError):
        return event
    return found if replace(found, samples=()) == event else event
