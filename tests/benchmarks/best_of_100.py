"""What 100 trials of each preset find: the best combination against the preset's own values, over seeds.

100 trials are 25 combinations, each with four seeds and so four splits; the best is that with the best mean.
It is still the luckiest of them, so that mean does not count here: the best combination and the preset's own
values are both trained with eight seeds that the sweep did not have.
"""

import tempfile
from collections.abc import Sequence
from pathlib import Path
from time import sleep
from typing import NamedTuple

from tui_lab.experiment.catalogue import Value, format_value
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.presets import all_presets
from tui_lab.experiment.sweeps.axis import parse_axis
from tui_lab.experiment.sweeps.sweep import Sweep, experiment_of
from tui_lab.protocol.spread import Spread, spread_of
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.runs.sweeps.folder import SweepFolder, sweeps_root
from tui_lab.runs.sweeps.reading import load_sweep
from tui_lab.session.sweeps.client import SweepClient
from tui_lab.session.sweeps.jobs import NewSweep
from tui_lab.session.sweeps.start import start_sweep
from tui_lab.sweep.groups import best_combination

TRIALS, SWEPT_SEEDS = 100, 4
SEEDS, FIRST_SEED = 8, 1000
_SHAPE = ("dropout=0..0.6", "weight_decay=1e-5..1e-1:log", "width1=8..128:log")


class Case(NamedTuple):
    """A preset, and what varies in its sweep."""

    preset: str
    over: tuple[str, ...]


CASES = (
    Case("regression", ("lr=1e-4..1e-1:log", *_SHAPE)),
    Case("binary", ("lr=1e-4..1e-1:log", *_SHAPE)),
    Case("multiclass", ("lr=1e-4..1e-1:log", *_SHAPE)),
    Case("cnn", ("lr=1e-4..1e-2:log", "dropout=0..0.6", "weight_decay=1e-5..1e-1:log")),
    Case("curve", ("lr=1e-4..1e-1:log", "width1=8..128:log", "width2=8..128:log")),
    Case("moons", ("lr=1e-4..1e-1:log", "width1=8..64:log", "width2=8..64:log")),
    Case("spirals", ("lr=1e-4..1e-1:log", "width1=8..128:log", "width2=8..128:log")),
)


def report(presets: Sequence[str] = ()) -> None:
    """Train, and print a row for each preset."""
    print("| preset | best combination | its val loss | the preset's | sweep, s |")
    print("|---|---|---|---|---|")
    for case in CASES:
        if not presets or case.preset in presets:
            print(_row(case), flush=True)


def _row(case: Case) -> str:
    asked = all_presets()[case.preset].experiment(device="cpu")
    with tempfile.TemporaryDirectory() as root:
        axes = tuple(parse_axis(text, asked) for text in case.over)
        view = _trained(Sweep(experiment=asked, axes=axes, trials=TRIALS, seeds=SWEPT_SEEDS), Path(root))
        best = best_combination(view)
        assert best is not None and view.sweep is not None
        found = experiment_of(view.sweep, best.values, asked.hyperparameters.seed, None)
        ours, presets_own = (_over_seeds(each, Path(root)) for each in (found, asked))
    cells = [f"`{case.preset}`", _words(best.values), _text(ours), _text(presets_own), f"{view.seconds:.0f}"]
    return f"| {' | '.join(cells)} |"


def _over_seeds(asked: Experiment, root: Path) -> Spread:
    hyper = asked.hyperparameters.model_copy(update={"seed": FIRST_SEED})
    asked = asked.model_copy(update={"hyperparameters": hyper})
    view = _trained(Sweep(experiment=asked, trials=SEEDS, seeds=SEEDS, sampler="grid"), root)
    spread = spread_of(trial.best for trial in view.trials)
    assert spread is not None
    return spread


def _trained(sweep: Sweep, root: Path) -> SweepView:
    folder = SweepFolder(sweeps_root(root) / start_sweep(NewSweep(sweep=sweep, root=str(root))))
    client = SweepClient(folder)
    while client.alive:
        client.poll()
        sleep(0.1)
    return load_sweep(folder)


def _words(values: dict[str, Value]) -> str:
    return ", ".join(f"{name} {format_value(_short(value))}" for name, value in values.items())


def _short(value: Value) -> Value:
    return float(f"{value:.2g}") if isinstance(value, float) else value


def _text(spread: Spread) -> str:
    return f"{spread.mean:.3g} ± {spread.deviation or 0:.2g}"
