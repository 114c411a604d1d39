"""User code and downloads, which are allowed only if named on the command line."""

from typing import Annotated

from pydantic import Field

from tui_lab.experiment.base import SpecModel

_Named = Annotated[str, Field(min_length=1, max_length=4096)] | None


class Code(SpecModel):
    """User code to run: it is passed along with a job, and never read from a preset or a run folder.

    `module`: an `nn.Module` or a function that makes one, `dataset`: a Dataset or a function that makes one,
    both as `/path/file.py:Name`. `download`: data sets and weights may be downloaded.
    """

    module: _Named = None
    dataset: _Named = None
    download: bool = False


NO_CODE = Code()
OWN_MODULE = "tui_lab_own_"
"""Prefix of the module name under which a user's file is imported."""
