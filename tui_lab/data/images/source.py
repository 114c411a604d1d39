"""The images of an experiment, from a folder or from torchvision."""

from tui_lab.data.images.reading import Images, read_folder
from tui_lab.data.local_file import Progress
from tui_lab.experiment.code import NO_CODE, Code
from tui_lab.experiment.experiment import Experiment


def read_images(experiment: Experiment, progress: Progress | None = None, code: Code = NO_CODE) -> Images:
    """Read, decode and split them. `code`: whether a set may be downloaded. Raises InputError."""
    if experiment.data.record.is_path:
        return read_folder(experiment, progress)
    from tui_lab.data.images.library import read_set  # it imports torch

    return read_set(experiment, download=code.download)
