"""What `train --seeds` prints: a line a run, then the spread over the seeds."""

from collections.abc import Sequence
from dataclasses import asdict

from tui_lab.cli.output.text_table import Column, number, table, wrapped
from tui_lab.data.messages import counted
from tui_lab.experiment.metrics import main_metric
from tui_lab.protocol.spread import Spread
from tui_lab.protocol.view import RunView
from tui_lab.runs.files.strict_json import Json, strict
from tui_lab.runs.index.seed_groups import BEST_LOSS, SeedGroup, figures_of
from tui_lab.runs.index.seed_words import seeds_named

_COLUMNS = (
    Column(""),
    Column("MEAN", right=True),
    Column("STD", right=True),
    Column("95 % OF THE MEAN"),
    Column("MIN", right=True),
    Column("MAX", right=True),
)


def run_line(seed: int, run_id: str, view: RunView, how: str = "") -> str:
    """A run that has ended; `how` it came about: `trained before`, `resumed`."""
    said = [f"{view.status} after {counted(view.epochs_done, 'epoch', 'epochs')}"]
    if view.best is not None:
        said.append(f"best epoch {view.best.epoch}, val loss {number(view.best.val_loss)}")
    told = main_metric(view.tested.metrics) if view.tested else None
    if view.tested is not None and told is not None:
        said.append(f"test {told} {number(view.tested.metrics[told])}")
    return f"seed {seed}  {run_id}  {', '.join(said)}{f' ({how})' if how else ''}"


def series_text(group: SeedGroup) -> str:
    """The spread of the best validation loss and the test scores, as a text for `put`."""
    shown = {n: spread for n, spread in group.spreads.items() if n == BEST_LOSS or n.startswith("test_")}
    rows = [(_title(name), *_cells(spread)) for name, spread in shown.items()]
    split = (
        "all on the same rows"
        if group.same_rows
        else "each with its own split of the rows, which adds to the spread"
    )
    said = f"{counted(len(group.runs), 'seed', 'seeds')} ({seeds_named(group.seeds)}), {split}"
    return f"\n{wrapped(said)}\n{table(_COLUMNS, rows)}"


def _title(name: str) -> str:
    return "best val loss" if name == BEST_LOSS else name.replace("_", " ")


def _cells(spread: Spread) -> Sequence[str]:
    interval = "-" if spread.low is None else f"{number(spread.low)} to {number(spread.high)}"
    return (
        number(spread.mean), number(spread.deviation), interval, number(spread.minimum),
        number(spread.maximum),
    )  # fmt: skip


def run_json(seed: int, run_id: str, view: RunView, how: str = "") -> Json:
    """A run that has ended, for `--json`."""
    found = {
        "seed": seed,
        "id": run_id,
        "status": view.status,
        "epochs": view.epochs_done,
        "best_epoch": view.best.epoch if view.best else None,
        "trained_before": how == "trained before",
        "figures": figures_of(view),
    }
    return strict({"run": found}, [])


def series_json(group: SeedGroup | None) -> Json:
    """The spread of every figure, for `--json`; null if no run counts."""
    if group is None:
        return {"series": None}
    runs = [{"seed": seed, "id": run_id} for seed, run_id in group.runs]
    spreads = {name: asdict(spread) for name, spread in group.spreads.items()}
    return strict({"series": {"runs": runs, "same_rows": group.same_rows, "spreads": spreads}}, [])
