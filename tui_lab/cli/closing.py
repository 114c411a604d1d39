"""What a run came to, for the reader of a terminal."""

import textwrap

from tui_lab.cli.table import Column, number, table
from tui_lab.protocol.view import RunView
from tui_lab.safe import safe

_INDENT = " " * 8


def closing_text(run_id: str, view: RunView) -> str:
    """The run's id, how it ended, its best epoch, and the test figures beside those of a constant guess."""
    epochs = f"{len(view.history)} epoch{'' if len(view.history) == 1 else 's'}"
    why = safe(view.message, 400)
    lines = [f"run     {run_id}", f"status  {view.status} after {epochs}{': ' + why if why else ''}"]
    if view.best is not None:
        lines.append(f"best    epoch {view.best.epoch}, validation loss {number(view.best.val_loss)}")
    if view.tested is not None:
        lines.append("")
        lines.append(_scores(view.tested.metrics, view.model.baseline if view.model else {}))
    return "\n".join(lines)


def _scores(tested: dict[str, float], baseline: dict[str, float]) -> str:
    columns = (Column(""), Column("TEST", right=True), Column("CONSTANT GUESS", right=True))
    rows = [(name, number(value), number(baseline.get(name))) for name, value in tested.items()]
    return textwrap.indent(table(columns, rows), _INDENT)
