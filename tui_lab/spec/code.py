"""What may be done beyond reading plain data, since somebody named it on the command line."""

from typing import Annotated

from pydantic import Field

from tui_lab.spec.base import SpecModel

_Named = Annotated[str, Field(min_length=1, max_length=4096)] | None


class Code(SpecModel):
    """Python code that is run: it travels with a job, and is never taken from a preset or a run folder.

    `module`: an `nn.Module` or a function that makes one, `dataset`: a Dataset or a function that makes one,
    both as `/path/file.py:Name`. `download`: weights of a library may be fetched over the network.
    """

    module: _Named = None
    dataset: _Named = None
    download: bool = False


NO_CODE = Code()
OWN_MODULE = "tui_lab_own_"
"""How the name begins under which a file that was named is imported."""
