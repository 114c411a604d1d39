"""The summary of a run, printed at its end."""

import textwrap
from math import isnan

from tui_lab.cli.output.text_table import Column, number, table
from tui_lab.coach.coach import advise
from tui_lab.data.messages import counted, named
from tui_lab.experiment.metrics import metric
from tui_lab.protocol.events import Tested
from tui_lab.protocol.progress import more_epochs, still_improving
from tui_lab.protocol.rare import found_of_rare
from tui_lab.protocol.view import RunView
from tui_lab.safe import safe

_INDENT = " " * 8
_FEW = 30  # rows
_NONE = "undefined"


def closing_text(run_id: str, view: RunView) -> str:
    """A text for `put`: the run's id, how it ended, its best epoch, the test scores beside the baseline."""
    epochs = counted(len(view.history), "epoch", "epochs")
    why = "" if _complete(view) else safe(view.message, 400)
    lines = [f"run     {run_id}", f"status  {view.status} after {epochs}{': ' + why if why else ''}"]
    if view.best is not None:
        lines.append(f"best    epoch {view.best.epoch}, validation loss {number(view.best.val_loss)}")
    if view.status == "stopped" and view.checkpoints:
        lines.append(f"resume  tui-lab resume {run_id}")
    if still_improving(view):
        lines += [
            f"{_INDENT}still improving when it ended; to train longer:",
            f"resume  tui-lab resume {run_id} --epochs {more_epochs(view)}",
        ]
    if told := _coach(view):
        lines.append(f"coach   {told}")
    if view.tested is not None:
        lines.append("")
        lines.append(_scores(view.tested, view.model.baseline if view.model else {}))
        rare = found_of_rare(view.data, view.tested)
        if rare is not None:
            right, of, name = rare
            lines += [
                "",
                f"{_INDENT}found {right} of {of} {named(name, 40)}; a constant prediction finds none",
            ]
        rows = view.data.split.get("test", 0) if view.data else 0
        if 0 < rows < _FEW:
            pictures = view.experiment is not None and view.experiment.data.pictures
            few = counted(rows, "image", "images") if pictures else counted(rows, "row", "rows")
            lines += ["", f"{_INDENT}the test split has only {few}, so these scores are noisy"]
    return "\n".join([*lines, ""])


def _coach(view: RunView) -> str:
    """What the coach says, in a line; that it was still improving, or diverged, is said already."""
    advice = advise(view, frozenset({"too_short", "not_finite"}))
    if advice is None or advice.rule.note:
        return ""
    return safe(f"{advice.rule.title}: {advice.finding.evidence} -> {advice.action}", 400)


def _complete(view: RunView) -> bool:
    """Whether all epochs were trained: the count says it already."""
    return view.status == "finished" and view.hyper is not None and view.epoch >= view.hyper.epochs


def _scores(tested: Tested, baseline: dict[str, float]) -> str:
    columns = (Column(""), Column("TEST", right=True), Column("BASELINE ON VALIDATION", right=True))
    one_class = any(map(isnan, tested.class_recall))
    undefined = [name for name in tested.metrics if one_class and metric(name).needs_both_classes]
    rows = [
        (name, _NONE if name in undefined else _figure(value), _figure(baseline.get(name)))
        for name, value in tested.metrics.items()
    ]
    return textwrap.indent(table(columns, rows), _INDENT).rstrip("\n")


def _figure(value: float | None) -> str:
    """A score; R2 is undefined for a constant target or a single row."""
    return _NONE if value is not None and isnan(value) else number(value)
