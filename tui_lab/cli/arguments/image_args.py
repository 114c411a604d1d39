"""An image folder given on the command line, and the preset made from it."""

from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from tui_lab.cli.arguments.table_args import asked_of_data, checked
from tui_lab.cli.output.output import complain
from tui_lab.cli.output.waiting import meanwhile
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import GUESS_SHAPE, DataSpec
from tui_lab.experiment.presets import Preset

if TYPE_CHECKING:
    from tui_lab.data.images.guess import ImagesGuess

_OF_FOLDERS = {"split", "shape", "fit", "broken"}


def asked_of_images(path: Path, args: Namespace) -> DataSpec:
    """The data spec of a folder, with `GUESS_SHAPE` if no shape was given. Raises InputError."""
    try:
        folder = str(path.expanduser().resolve())
        folder.encode()
    except (OSError, RuntimeError):
        folder = str(path)
    except ValueError:
        raise InputError(f"{path}: the path is not UTF-8; rename it") from None
    fields = asked_of_data(args)
    if extra := fields.keys() - _OF_FOLDERS:
        raise InputError(
            f"{path}: {', '.join(sorted(extra))}: only for tables; an image folder takes "
            f"{', '.join(sorted(_OF_FOLDERS))}"
        )
    return checked({"source": "images", "shape": GUESS_SHAPE} | fields | {"file": folder})


def guess_of_images(path: Path, args: Namespace) -> "ImagesGuess":
    """Look at the images of a folder and choose how to use them. Raises InputError."""
    spec = asked_of_images(path, args)
    quiet = getattr(args, "quiet", False)
    with meanwhile(f"scanning {path.name}", quiet=quiet) as progress:
        from tui_lab.data.images.guess import guess_images  # Pillow takes a tenth of a second

        return guess_images(spec, getattr(args, "task", None), progress)


def preset_of_images(path: Path, args: Namespace) -> Preset:
    """The preset made from a folder; the automatic choices are printed to stderr. Raises InputError."""
    guess = guess_of_images(path, args)
    if not getattr(args, "quiet", False):
        for sentence in guess.said:
            complain(sentence)
    return guess.preset
