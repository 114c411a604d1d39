"""What `train --seeds` and `--folds` print: a line a run, then the spread over the runs."""

from collections.abc import Sequence
from dataclasses import asdict

from tui_lab.cli.output.text_table import Column, number, table, wrapped
from tui_lab.data.messages import counted
from tui_lab.experiment.folds import Member
from tui_lab.experiment.metrics import main_metric
from tui_lab.protocol.spread import Spread
from tui_lab.protocol.view import RunView
from tui_lab.runs.files.strict_json import Json, strict
from tui_lab.runs.index.seed_groups import BEST_LOSS, SeedGroup, figures_of
from tui_lab.runs.index.seed_words import members_named

_COLUMNS = (
    Column(""),
    Column("MEAN", right=True),
    Column("STD", right=True),
    Column("95 % OF THE MEAN"),
    Column("MIN", right=True),
    Column("MAX", right=True),
)
_PLAIN = tuple(column for column in _COLUMNS if not column.title.startswith("95"))
_OF_FOLDS = (
    "Each row of training and validation was validated once{each}, by a network that was not trained on it. "
    "So the means of validation say how well one training of this experiment does on rows that it has not "
    "seen, if slightly too well, as they are of the best epochs. "
)
_NO_INTERVAL = (
    " Folds share training rows, so their scores are not independent, and the means have no 95 % interval."
)


def run_line(words: str, run_id: str, view: RunView, how: str = "") -> str:
    """A run that has ended; `words`: its seed and fold; `how` it came about: `trained before`, `resumed`."""
    said = [f"{view.status} after {counted(view.epochs_done, 'epoch', 'epochs')}"]
    if view.best is not None:
        said.append(f"best epoch {view.best.epoch}, val loss {number(view.best.val_loss)}")
    told = main_metric(view.tested.metrics) if view.tested else None
    if view.tested is not None and told is not None:
        said.append(f"test {told} {number(view.tested.metrics[told])}")
    return f"{words}  {run_id}  {', '.join(said)}{f' ({how})' if how else ''}"


def series_text(group: SeedGroup) -> str:
    """The spread of the best validation loss and of the scores, as a text for `put`.

    Of seeds the test scores; of folds, whose mean is about all rows, also the validation scores.
    """
    if group.folds is not None:
        return f"\n{wrapped(f'{members_named(group)}:')}\n{_table(group)}\n{wrapped(_about_folds(group))}"
    split = (
        "all on the same rows"
        if group.same_rows
        else "each with its own split of the rows, which adds to the spread"
    )
    return f"\n{wrapped(f'{members_named(group)}, {split}')}\n{_table(group)}"


def _table(group: SeedGroup) -> str:
    """Validation before test; of folds without an interval, which they do not have."""
    rows = [
        (_title(name), *_cells(spread, interval=group.folds is None))
        for name, spread in sorted(group.spreads.items(), key=lambda item: item[0].startswith("test_"))
        if group.folds is not None or name == BEST_LOSS or name.startswith("test_")
    ]
    return table(_COLUMNS if group.folds is None else _PLAIN, rows)


def _title(name: str) -> str:
    return "best val loss" if name == BEST_LOSS else name.replace("_", " ")


def _cells(spread: Spread, *, interval: bool) -> Sequence[str]:
    ends = "-" if spread.low is None else f"{number(spread.low)} to {number(spread.high)}"
    return (
        number(spread.mean), number(spread.deviation), *([ends] if interval else []), number(spread.minimum),
        number(spread.maximum),
    )  # fmt: skip


def _about_folds(group: SeedGroup) -> str:
    """What the figures of folds are."""
    several = len(group.seeds) > 1
    validated = _OF_FOLDS.format(each=" for each seed" if several else "") if group.whole else ""
    same = "on the same rows for all folds of a seed" if several else "all on the same rows"
    return f"{validated}Test scores are those of each fold's best weights, {same}.{_NO_INTERVAL}"


def run_json(member: Member, run_id: str, view: RunView, how: str = "") -> Json:
    """A run that has ended, for `--json`."""
    found = {
        **_member_json(member),
        "id": run_id,
        "status": view.status,
        "epochs": view.epochs_done,
        "best_epoch": view.best.epoch if view.best else None,
        "trained_before": how == "trained before",
        "figures": figures_of(view),
    }
    return strict({"run": found}, [])


def series_json(group: SeedGroup | None) -> Json:
    """The spread of every figure, for `--json`; null if no run counts. Folds are counted from 0."""
    if group is None:
        return {"series": None}
    found = {
        "runs": [{**_member_json(member), "id": run_id} for member, run_id in group.runs],
        **({} if group.folds is None else {"folds": group.folds}),
        "same_rows": group.same_rows,
        "spreads": {name: asdict(spread) for name, spread in group.spreads.items()},
    }
    return strict({"series": found}, [])


def _member_json(member: Member) -> dict[str, int]:
    return {"seed": member.seed, **({} if member.fold is None else {"fold": member.fold})}
