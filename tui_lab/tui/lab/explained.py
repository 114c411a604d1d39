"""What the help explains first in the lab: the selected hyperparameter, or the metrics of the run."""

from tui_lab.experiment.catalogue import Value, entry, format_value
from tui_lab.experiment.explanations import of_hyperparameter, of_metric
from tui_lab.protocol.view import RunView
from tui_lab.tui.style.format import number, score
from tui_lab.tui.widgets.explained import Explained


def hyperparameter(name: str, value: Value) -> tuple[Explained, ...]:
    """The selected hyperparameter, with its value."""
    unit = entry(name).unit_of(value)
    return (Explained(of_hyperparameter(name), f"{format_value(value)} {unit}".rstrip()),)


def metrics(view: RunView | None, shown: str) -> tuple[Explained, ...]:
    """The metrics of a run, that on the chart first, with their values of the latest and the best epoch."""
    last = view.history[-1] if view is not None and view.history else None
    known = ["loss", *(name for name in (last.metrics if last else {}) if name != "loss")]
    ordered = [name for name in known if name == shown] + [name for name in known if name != shown]
    return tuple(Explained(of_metric(name), _values(view, name)) for name in ordered if of_metric(name).words)


def _values(view: RunView | None, name: str) -> str:
    """On validation, in the latest and the best epoch."""
    if view is None or not view.history:
        return ""
    found = [(f"epoch {view.history[-1].epoch:,}", view.history[-1])]
    if view.best is not None:
        found.append((f"best, epoch {view.best.epoch:,}", view.best))
    return "   ".join(
        f"{number(epoch.val_loss) if name == 'loss' else score(name, epoch.metrics.get(name))} ({words})"
        for words, epoch in found
    )
