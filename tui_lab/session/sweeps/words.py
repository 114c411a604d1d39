"""What a sweep says of its trials."""

from tui_lab.experiment.catalogue import format_value
from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.runs.folder.labels import MAX_NAME


def counts_of(view: SweepView) -> str:
    """How its trials ended: `16 trials: 12 finished, 4 given up`."""
    counts = {
        status: sum(trial.status == status for trial in view.trials)
        for status in ("finished", "given_up", "dropped", "diverged", "failed", "stopped", "waiting")
    }
    said = [f"{count:,} {status.replace('_', ' ')}" for status, count in counts.items() if count]
    return f"{len(view.trials):,} trials: {', '.join(said) or 'none begun'}"


def run_name(trial: TrialView) -> str:
    """The name of the run of a trial: `trial 17 lr 0.01 momentum 0.9`."""
    values = " ".join(f"{name} {format_value(value)}" for name, value in trial.values.items())
    return f"trial {trial.number} {values}".strip()[:MAX_NAME].strip()
