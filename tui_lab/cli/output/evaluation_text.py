"""An evaluation as tables for the shell."""

from collections.abc import Iterator, Sequence

from tui_lab.cli.output.label_errors_text import label_errors_text, shown_columns
from tui_lab.cli.output.text_table import Column, number, table, wrapped
from tui_lab.experiment.metrics import METRICS
from tui_lab.protocol.class_evaluation import Calibration, Confusion
from tui_lab.protocol.evaluation import Evaluation, Interval, Residuals, RunsCompared, Verdict
from tui_lab.protocol.example import Example
from tui_lab.safe import safe

_MOST_CLASSES, _MOST_ROWS, _MOST_COLUMNS, _NAME = 12, 10, 8, 24
_SPLITS = {
    "val": "validation split",
    "test": "test split",
    "train": "training split",
    "out of fold": "out of fold (training and validation)",
}


def evaluation_text(found: Evaluation, *, running: bool) -> Iterator[str]:
    """Section by section, each with a heading."""
    if found.folds:
        weights = (
            f"each predicted by the fold, of {found.folds}, that was not trained on it, with its best weights"
        )
    elif running:
        weights = f"weights as they are after step {found.step}"
    else:
        weights = f"weights of epoch {found.epoch}"
    yield wrapped(f"{_SPLITS[found.split]}, {found.rows:,} rows, {weights}")
    if found.verdict is not None:
        yield "\n" + wrapped(found.verdict.sentence)
        yield "\n" + _scores(found.verdict)
    if found.class_scores:
        yield "\n" + _classes(found)
    if found.confusion is not None and len(found.confusion.counts) <= _MOST_CLASSES:
        yield "\n" + _confusion(found.confusion, found.classes)
    if found.calibration is not None:
        yield "\n" + wrapped(_calibrated(found.calibration, found))
    if found.residuals is not None:
        yield "\n" + _residuals(found.residuals)
    if found.worst:
        yield "\n" + _worst(found)
    if found.slices_tested:
        yield "\n" + _slices(found)
    if found.importance:
        yield "\n" + _importance(found)
    if found.label_errors is not None:
        yield from label_errors_text(found, found.label_errors)


def compared_text(found: RunsCompared) -> Iterator[str]:
    """Two runs on the same rows."""
    yield wrapped(f"{_SPLITS[found.split]}, {found.rows:,} rows, weights of the best epoch of each run")
    yield "\n" + wrapped(found.sentence)
    columns = [
        Column("score"), Column("this run", right=True), Column("the other", right=True),
        Column("difference", right=True), Column("95% interval"),
    ]  # fmt: skip
    rows = []
    for name, score in sorted(found.scores.items(), key=lambda item: _order(item[0])):
        gap, other = found.rival.difference[name], found.rival.scores[name]
        rows.append([name, *map(number, (score.value, other.value, gap.value)), _interval(gap)])
    yield "\n" + table(columns, rows)


def _scores(verdict: Verdict) -> str:
    columns = [
        Column("score"), Column("network", right=True), Column("95% interval"),
        Column("training", right=True, spare=1), Column("baseline", right=True),
        Column("linear model", right=True),
    ]  # fmt: skip
    constant, linear = verdict.rivals
    rows = [
        [
            name,
            number(score.value),
            _interval(score),
            number(verdict.train_scores.get(name)),
            number(constant.scores[name].value),
            number(linear.scores[name].value),
        ]
        for name, score in sorted(verdict.scores.items(), key=lambda item: _order(item[0]))
    ]
    return table(columns, rows)


def _order(name: str) -> int:
    """The loss first, then the order in which a run reports its metrics."""
    known = ["loss", *(metric for metric in METRICS if metric != "loss")]
    return known.index(name) if name in known else len(known)


def _interval(score: Interval) -> str:
    return f"{number(score.low)} to {number(score.high)}"


def _classes(found: Evaluation) -> str:
    columns = [
        Column("class"), Column("precision", right=True), Column("recall", right=True),
        Column("f1", right=True), Column("rows", right=True), Column("auroc", right=True, spare=2),
        Column("average precision", right=True, spare=3),
    ]  # fmt: skip
    rows = [
        [
            safe(name, _NAME),
            *map(number, (score.precision, score.recall, score.f1)),
            str(score.support),
            number(score.auroc),
            number(score.average_precision),
        ]
        for name, score in zip(found.classes, found.class_scores, strict=True)
    ]
    rows += [
        [f"({one.name} average)", *map(number, (one.precision, one.recall, one.f1)), str(found.rows), "", ""]
        for one in found.averages
    ]
    gaps = any(None in (one.precision, one.recall, one.f1) for one in found.class_scores)
    said = "-: undefined, as of a class that is never predicted; averages leave it out."
    return table(columns, rows) + (wrapped(said) if gaps else "")


def _confusion(matrix: Confusion, classes: tuple[str, ...]) -> str:
    names = [safe(classes[k], _NAME) for k in matrix.classes] + ["others"] * matrix.others
    columns = [Column("true \\ predicted"), *(Column(name, right=True) for name in names)]
    rows = [[name, *map(str, counts)] for name, counts in zip(names, matrix.counts, strict=True)]
    return table(columns, rows)


def _calibrated(found: Calibration, whole: Evaluation) -> str:
    rows = whole.rows
    if found.ece <= found.floor_high:
        said = f"within what a perfectly calibrated network has by chance on {rows:,} rows, up to"
    else:
        said = f"more than a perfectly calibrated network has by chance on {rows:,} rows, up to"
    fitted_on = "the same rows" if whole.folds else "the validation split"
    scaled = (
        f"With its logits divided by {found.temperature:.3g} (fitted on {fitted_on}) the error is "
        f"{found.scaled_ece:.3f} and the loss {found.scaled_loss:.4g} instead of {found.loss:.4g}."
    )
    return f"Calibration error {found.ece:.3f}: {said} {found.floor_high:.3f}. {scaled}"


def _residuals(found: Residuals) -> str:
    """Residuals are true minus predicted."""
    columns = [Column("percentile"), *(Column(f"{at}%", right=True) for at in found.quantiles)]
    rows = [
        [name, *map(number, values.values())]
        for name, values in (
            ("true", found.true_quantiles),
            ("predicted", found.predicted_quantiles),
            ("true minus predicted", found.quantiles),
        )
    ]
    return table(columns, rows)


def _worst(found: Evaluation) -> str:
    """With the most important columns, as many as there is room for."""
    shown = [found.examples[worst.example] for worst in found.worst[:_MOST_ROWS]]
    places = shown_columns(found)[:_MOST_COLUMNS]
    columns = [
        Column("image" if shown[0].name else "row", right=not shown[0].name),
        Column("true"), Column("predicted"),
        Column("probability" if found.classes else "true minus predicted", right=True, spare=1),
        *(Column(safe(found.columns[k], _NAME), spare=2 + rank) for rank, k in enumerate(places)),
    ]  # fmt: skip
    rows = [[*_example(found, one), *(one.values[k] for k in places)] for one in shown]
    return "Worst errors\n" + table(columns, rows)


def _example(found: Evaluation, one: Example) -> list[str]:
    number_of = "-" if one.number is None else str(one.number)
    last = one.probability if found.classes else one.true - one.predicted
    return [one.name or number_of, found.label(one.true), found.label(one.predicted), number(last)]


def _slices(found: Evaluation) -> str:
    clear = [one for one in found.slices if one.clear]
    if not clear:
        return wrapped(
            f"No slice is clearly worse than the whole: {found.slices_tested} categories and quarters of "
            "columns were looked at."
        )
    score = "accuracy" if found.classes else "RMSE"
    columns = [
        Column("rows", right=True), Column(score, right=True), Column("whole", right=True),
        Column("p", right=True), Column("slice"),
    ]  # fmt: skip
    rows: list[Sequence[str]] = [
        [
            str(one.rows),
            number(one.score),
            number(one.whole),
            f"{one.p_value:.3f}",
            f"{safe(one.column, _NAME)}: {safe(one.label, _NAME)}",
        ]
        for one in clear
    ]
    return "Where it does clearly worse\n" + table(columns, rows)


def _importance(found: Evaluation) -> str:
    score = "accuracy lost" if found.classes else "RMSE gained"
    columns = [Column("loss gained", right=True), Column(score, right=True), Column("columns")]
    rows = [
        [
            number(one.loss),
            number(one.score),
            ", ".join(safe(name, _NAME) for name in one.columns[:4]) + (", ..." if one.columns[4:] else ""),
        ]
        for one in found.importance[:_MOST_ROWS]
    ]
    return "Importance: how much worse it gets if columns are shuffled together\n" + table(columns, rows)
