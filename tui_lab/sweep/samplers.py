"""Makes the sampler that a sweep asks for."""

from collections.abc import Sequence
from importlib.util import find_spec

from tui_lab.errors import InputError
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.sweep.sampler import Combination, Sampler
from tui_lab.sweep.sampling.by_optuna import OptunaSampler
from tui_lab.sweep.sampling.cma import CmaSampler
from tui_lab.sweep.sampling.points import GridSampler, RandomSampler, SobolSampler

_NEEDS = {
    "tpe": {"optuna": "Optuna"},
    "gp": {"optuna": "Optuna", "scipy": "SciPy"},
    "cma": {"cmaes": "the package cmaes"},
}
"""The packages of the extra `sweep`, and what they are called."""


def make_sampler(
    sweep: Sweep, asked: Sequence[Combination], results: Sequence[tuple[Combination, float]]
) -> Sampler:
    """The sampler of a sweep that has asked for some combinations, and was told some results, in that order.

    It goes on exactly as the one that asked for them, if the axes are the same. After they have changed it
    goes on with the new ones; results outside them are not used. Raises InputError if a package is missing,
    or if the sampler cannot work with such axes.
    """
    needed = _NEEDS.get(sweep.sampler, {})
    if missing := [name for package, name in needed.items() if find_spec(package) is None]:
        raise InputError(
            f"the sampler {sweep.sampler} needs {' and '.join(missing)}: pip install 'tui-lab[sweep]'"
        )
    if not sweep.axes:
        return GridSampler(sweep, asked, results)
    match sweep.sampler:
        case "grid":
            return GridSampler(sweep, asked, results)
        case "random":
            return RandomSampler(sweep, asked, results)
        case "sobol":
            return SobolSampler(sweep, asked, results)
        case "cma":
            return CmaSampler(sweep, asked, results)
        case "tpe" | "gp":
            return OptunaSampler(sweep, asked, results)
