"""What the shell says of a sweep."""

from tui_lab.cli.output.best_text import best_text, epochs_to_fork
from tui_lab.cli.output.text_table import duration, number, wrapped
from tui_lab.data.messages import counted
from tui_lab.experiment.catalogue import format_value
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.safe import safe
from tui_lab.session.sweeps.messages import Measured

_BEST = 5


def plan_text(sweep: Sweep) -> str:
    """`60 trials: 20 combinations of lr and momentum x 3 seeds`."""
    names = [axis.name for axis in sweep.axes]
    parts = []
    if names:
        of = names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
        parts.append(
            f"{counted(sweep.combinations, 'combination', 'combinations')} of {of} ({sweep.sampler})"
        )
    if sweep.seeds > 1:
        parts.append(counted(sweep.seeds, "seed", "seeds"))
    if sweep.folds:
        parts.append(counted(sweep.folds, "fold", "folds"))
    return f"{counted(sweep.trials, 'trial', 'trials')}: {' x '.join(parts)}"


def started_text(name: str, view: SweepView) -> str:
    """What is trained, and how."""
    assert view.sweep is not None
    return f"sweep {name}: {plan_text(view.sweep)}; {view.how}"


def measured_text(sweep: Sweep, found: Measured, workers: int | None) -> str:
    """What a dry run found."""
    count = min(workers or found.workers, sweep.trials)
    epochs = sweep.experiment.hyperparameters.epochs
    whole_s = found.epoch_s * epochs * sweep.trials / count
    memory = found.memory_bytes * count / 2**20
    stop = (
        ""
        if sweep.stop == "none"
        else f"; {sweep.stop} ends many of them earlier, from epoch {sweep.warm_up} on"
    )
    lines = [
        plan_text(sweep),
        f"trained: {f'{count} at a time, as asked' if workers else found.how}",
        f"each trial: up to {counted(epochs, 'epoch', 'epochs')} of {found.epoch_s * 1000:.3g} ms",
        f"time: about {duration(whole_s)} of training if every trial trains all its epochs{stop}",
        f"memory: about {memory:,.0f} MiB ({count} x {found.memory_bytes / 2**20:,.0f})",
    ]
    return "".join(wrapped(line) for line in lines)


def progress_text(view: SweepView) -> str:
    """`12 of 64 trials, best val_loss 0.5233 (trial 9: lr 0.063, width1 27)`."""
    assert view.sweep is not None
    done = sum(trial.over for trial in view.trials)
    text = f"{done:,} of {counted(view.sweep.trials, 'trial', 'trials')}"
    if (best := view.best()) is not None:
        text += f", best {view.sweep.metric} {number(best.best)} (trial {best.number}{_values(best, ': ')})"
    return text


def closing_text(name: str, view: SweepView, goes_on: str = "") -> str:
    """How the sweep ended, its best trials, and how to go on.

    `goes_on`: how to, for a sweep whose trials are on many machines.
    """
    assert view.sweep is not None
    status, message = view.status, view.message
    said = message if message.startswith(status) else f"{status}: {message}"
    table = best_text(view, _BEST) if view.best() is not None else ""
    return table + wrapped(f"{said}; {duration(view.seconds)}") + "".join(_further(name, view, goes_on))


def _further(name: str, view: SweepView, goes_on: str) -> list[str]:
    """Commands to go on with, each in a line of its own, so that it can be copied."""
    if goes_on:
        return [wrapped(goes_on)] if view.status != "finished" else []
    if view.status != "finished":
        return ["to go on:\n", f"  tui-lab sweep resume {safe(name)}\n"]
    if (best := view.best()) is None:
        return []
    commands = (
        f"best {name}",
        f"export {name}/{best.number}",
        f"fork {name}/{best.number} {epochs_to_fork(view, best)}",
    )
    return [
        "more, and what to do with the best trial:\n",
        *(f"  tui-lab {safe(each)}\n" for each in commands),
    ]


def _values(trial: TrialView, before: str) -> str:
    said = ", ".join(f"{name} {format_value(value)}" for name, value in trial.values.items())
    return f"{before}{said}" if said else ""
