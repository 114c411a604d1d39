"""The functions of torchmetrics, without the rest of it.

`import torchmetrics` imports all its metrics, and for some that are not used here torchvision, torch's
compiler, and scipy and transformers where they are installed: two to four seconds. The submodules with the
functions need a tenth of one.
"""

import logging
import sys
from collections.abc import Callable
from functools import cache
from importlib import import_module
from importlib.util import find_spec
from types import ModuleType

from torch import Tensor

_ROOT = "torchmetrics"


@cache
def torchmetrics_function(name: str) -> Callable[..., Tensor]:
    """A function of `torchmetrics.functional`, such as `regression.r2_score`."""
    module, _, function = name.rpartition(".")
    found: Callable[..., Tensor] = getattr(_submodule(f"{_ROOT}.functional.{module}"), function)
    return found


@cache
def _submodule(path: str) -> ModuleType:
    """A submodule, imported without running the `__init__` of the packages around it.

    Python forgets it again: user code that imports torchmetrics gets all of it.
    """
    if _ROOT in sys.modules:
        return import_module(path)
    try:
        for package in (_ROOT, f"{_ROOT}.functional"):
            sys.modules[package] = _bare(package)
        return import_module(path)
    finally:
        for name in [name for name in sys.modules if name.partition(".")[0] == _ROOT]:
            del sys.modules[name]


def _bare(name: str) -> ModuleType:
    """A package that knows where its modules are, and has what these import from it: its logger."""
    spec = find_spec(name)
    if spec is None:
        raise ModuleNotFoundError(f"No module named {name!r}", name=name)
    package = ModuleType(name)
    package.__path__ = list(spec.submodule_search_locations or ())
    package._logger = logging.getLogger(_ROOT)  # type: ignore[attr-defined]
    return package
