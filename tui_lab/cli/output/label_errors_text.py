"""Rows whose label is probably wrong, as tables for the shell."""

from collections.abc import Iterator, Sequence

from tui_lab.cli.output.text_table import Column, number, table, wrapped
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.protocol.label_errors import LabelErrors
from tui_lab.safe import safe

_MOST_COLUMNS, _MOST_PAIRS, _NAME = 6, 10, 24


def label_errors_text(found: Evaluation, errors: LabelErrors) -> Iterator[str]:
    """How many there are by given and likely class, then the rows, most probable errors first."""
    yield "\n" + wrapped(
        f"Label errors: {errors.flagged:,} of {errors.rows:,} rows of training and validation probably have "
        f"another label (confident learning; {_predicted_by(errors)})."
    )
    for text in errors.notes:
        yield wrapped(text)
    if not errors.examples:
        return
    pairs = [
        [safe(found.classes[pair.given], _NAME), safe(found.classes[pair.likely], _NAME), f"{pair.rows:,}"]
        for pair in errors.pairs[:_MOST_PAIRS]
    ]
    yield table([Column("given"), Column("likely"), Column("rows", right=True)], pairs)
    if (more := len(errors.pairs) - _MOST_PAIRS) > 0:
        yield wrapped(f"and {more} more pairs of classes with fewer rows")
    yield "\n" + _rows(found, errors)
    if (more := errors.flagged - len(errors.examples)) > 0:
        yield wrapped(f"and {more:,} more rows that are less clear")


def _predicted_by(errors: LabelErrors) -> str:
    if errors.runs:
        return (
            f"each row predicted by the run, of the {errors.folds} of its cross-validation, that was not "
            "trained on it"
        )
    trained = f"{errors.folds} folds of {errors.epochs} epochs"
    return f"{trained}, each row predicted by a network that had not seen it"


def _rows(found: Evaluation, errors: LabelErrors) -> str:
    named = bool(errors.examples[0].name)
    places = shown_columns(found)[:_MOST_COLUMNS]
    columns = [
        Column("image" if named else "row", right=not named),
        Column("given"), Column("likely"), Column("confidence", right=True),
        *(Column(safe(found.columns[k], _NAME), spare=2 + rank) for rank, k in enumerate(places)),
    ]  # fmt: skip
    rows: list[Sequence[str]] = [
        [
            one.name or ("-" if one.number is None else str(one.number)),
            safe(found.label(one.true), _NAME),
            safe(found.label(one.predicted), _NAME),
            number(one.probability),
            *(one.values[k] for k in places),
        ]
        for one in errors.examples
    ]
    return table(columns, rows)


def shown_columns(found: Evaluation) -> list[int]:
    """The places of the columns in the order of their importance, if that is known."""
    order = [name for group in found.importance for name in group.columns if name in found.columns]
    return [found.columns.index(name) for name in order or found.columns]
