"""The images that a run was last asked to show: one file beside the journal, each time written anew.

Whoever watches a run that another process trains reads its journal; images in it would be read again with
every opening of the run, for ever.
"""

from contextlib import suppress
from dataclasses import replace

from pydantic import TypeAdapter, ValidationError
from pydantic_core import to_json

from tui_lab.protocol.steering import SamplesShown
from tui_lab.runs.atomic import write_atomically
from tui_lab.runs.folder import RunFolder

_MOST_BYTES = 1_000_000


def set_aside(folder: RunFolder, event: SamplesShown) -> SamplesShown:
    """Write the images into the folder, in place of those before; what the journal is to say of them.

    Where they cannot be written, nobody but this process sees them: a full disk must not end a run.
    """
    with suppress(OSError, ValueError):
        write_atomically(folder.samples, to_json(event), durable=False)
    return replace(event, samples=())


def with_images(folder: RunFolder, event: SamplesShown) -> SamplesShown:
    """The event of a journal with its images, if they are still the last that were shown."""
    try:
        with folder.samples.open("rb") as file:
            found = TypeAdapter(SamplesShown).validate_json(file.read(_MOST_BYTES))
    except (OSError, ValidationError):
        return event
    return found if replace(found, samples=()) == event else event
