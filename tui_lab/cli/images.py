"""A folder of images named on the command line: the preset that is made of it."""

from argparse import Namespace
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from tui_lab.cli.output import complain, meanwhile
from tui_lab.cli.tables import asked_of_data, checked
from tui_lab.errors import InputError
from tui_lab.safe import safe
from tui_lab.spec.experiment import GUESS_SHAPE, DataSpec
from tui_lab.spec.presets import Preset

if TYPE_CHECKING:
    from tui_lab.data.images.guess import ImagesGuess

_OF_FOLDERS = {"split", "shape", "fit", "broken"}


def asked_of_images(path: Path, args: Namespace) -> DataSpec:
    """What is asked of a folder; `GUESS_SHAPE` where its shape is to be guessed. Raises InputError."""
    try:
        folder = str(path.expanduser().resolve())
        folder.encode()
    except (OSError, RuntimeError):
        folder = str(path)
    except ValueError:
        raise InputError(f"{safe(path, 300)}: the path is not UTF-8; rename it") from None
    fields = asked_of_data(args)
    if extra := fields.keys() - _OF_FOLDERS:
        raise InputError(
            f"{safe(path, 300)}: {', '.join(sorted(extra))}: is for tables; a folder of images takes "
            f"{', '.join(sorted(_OF_FOLDERS))}"
        )
    return checked({"source": "images", "shape": GUESS_SHAPE} | fields | {"file": folder})


def guess_of_images(path: Path, args: Namespace) -> "ImagesGuess":
    """Look at the images of a folder and guess what to do with them. Raises InputError."""
    spec = asked_of_images(path, args)
    quiet = getattr(args, "quiet", False)
    with nullcontext() if quiet else meanwhile(f"looking at {safe(path.name, 40)}") as progress:
        from tui_lab.data.images.guess import guess_images  # Pillow takes a tenth of a second

        return guess_images(spec, getattr(args, "task", None), progress)


def preset_of_images(path: Path, args: Namespace) -> Preset:
    """The preset made of a folder; the guesses are said on stderr. Raises InputError."""
    guess = guess_of_images(path, args)
    if not getattr(args, "quiet", False):
        for sentence in guess.said:
            complain(sentence)
    return guess.preset
