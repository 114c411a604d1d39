"""The verdict of an evaluation as a sentence."""

from collections.abc import Mapping, Sequence
from math import ceil, isnan

from tui_lab.data.messages import counted
from tui_lab.engine.evaluation.report.judge import CHANCE
from tui_lab.engine.evaluation.report.row_scores import RowScores
from tui_lab.experiment.metrics import metric
from tui_lab.protocol.evaluation import Interval, Rival
from tui_lab.protocol.events import DataLoaded

_FAR = 100  # times as many rows: nobody has them
_CALLED = {"constant": "its baseline", "linear": "a linear model"}


def verdict_words(
    main: str, scores: Mapping[str, Interval], rivals: Sequence[Rival], network: RowScores, noun: str = "row"
) -> str:
    """How good the network is, and whether it is better than each rival, or there are too few rows.

    `noun`: what a row of the data is called, `row` or `image`.
    """
    against = " ".join(_against(rival, main, network, noun) for rival in rivals)
    return f"{_how_good(main, scores, network, noun)}. {against}"


def compared_words(
    name: str, main: str, scores: Mapping[str, Interval], rival: Rival, network: RowScores, noun: str = "row"
) -> str:
    """Which of two runs is better."""
    return f"{name}: {_how_good(main, scores, network, noun)}. {_against(rival, main, network, noun)}"


def _how_good(main: str, scores: Mapping[str, Interval], network: RowScores, noun: str) -> str:
    rows, score = len(network), scores[main]
    measured = (
        f"{title(main)} {_value(score.value)}, 95% interval {_value(score.low)} to {_value(score.high)}"
    )
    if not network.classes:
        r2 = scores["r2"].value if "r2" in scores else float("nan")
        return f"{measured} on {_counted(rows, noun)}{_explained(r2)}"
    right = rows - int(network.wrong.sum())
    return f"Right on {right:,} of {_counted(rows, noun)} ({measured})"


def _explained(r2: float) -> str:
    """What the R² says; nothing if the target is constant."""
    if isnan(r2):
        return ""
    if r2 < 0:
        return f"; it is worse than always predicting their mean (R² {_value(r2)})"
    return f"; it explains {r2:.0%} of the variance"


def _against(rival: Rival, main: str, network: RowScores, noun: str) -> str:
    called, gap = _CALLED.get(rival.name, rival.about), rival.difference[main]
    theirs, ahead = f"{title(main)} {_value(rival.scores[main].value)}", _ahead(rival, network, noun)
    loss = _loss(rival, network)
    if rival.better == "network":
        return f"That is better than {called} ({theirs}): {ahead}{loss}."
    apart = main == "accuracy" and not gap.low <= 0 <= gap.high and rival.p_value >= CHANCE
    p = f"p = {rival.p_value:.3f}"
    if rival.better == "rival":
        unsure = f"; McNemar's test is less sure: {p}" if apart else ""
        return f"That is worse than {called} ({theirs}): {ahead}{unsure}."
    if not rival.network_only and not rival.rival_only and network.classes:
        return f"It is right and wrong on the same {noun}s as {called} ({theirs}){loss}."
    if not gap.value:
        return f"It is as good as {called} ({theirs}): {ahead}{loss}."
    few = f"{counted(len(network), f'{noun} is', f'{noun}s are')} too few to tell whether it is better than"
    test = f"; McNemar's test: {p}" if apart else ""
    return f"{few} {called} ({theirs}): {ahead}{test}{_needed(gap, len(network), noun)}{loss}."


def _loss(rival: Rival, network: RowScores) -> str:
    """That the loss is clearly worse where the predictions are not: wrong with a high probability."""
    gap = rival.difference.get("loss")
    if not network.classes or gap is None or gap.low <= 0:
        return ""
    theirs = rival.scores["loss"].value
    values = f"{_value(theirs + gap.value)} against {_value(theirs)}"
    return f", but its loss is worse ({values}): confident and wrong"


def _ahead(rival: Rival, network: RowScores, noun: str) -> str:
    """By how many rows."""
    ahead, only = rival.rows_ahead, f"{rival.network_only:,} to {rival.rival_only:,}"
    if network.classes:
        if not ahead:
            return f"as many {noun}s right ({only} where they differ)"
        more = "more" if ahead > 0 else "fewer"
        return f"{_counted(abs(ahead), noun)} {more} right ({only} where they differ)"
    return f"closer on {rival.network_only:,} of {_counted(len(network), noun)}"


def _needed(gap: Interval, rows: int, noun: str) -> str:
    """How many rows would tell a difference of this size: the interval shrinks with their square root."""
    half = (gap.high - gap.low) / 2
    if not gap.value or not half:
        return ""
    times = (half / abs(gap.value)) ** 2
    if times <= 1 or times > _FAR:
        return ""
    return f"; a difference of this size would need about {_rounded(rows * times):,} {noun}s"


def _counted(count: int, noun: str) -> str:
    return counted(count, noun, f"{noun}s")


def noun_of(data: DataLoaded) -> str:
    """What a row of some data is called: an input of more than one dimension is an image."""
    return "image" if len(data.shape) > 1 else "row"


def _rounded(rows: float) -> int:
    """Up, to two digits."""
    step = float(f"1e{max(0, len(str(int(rows))) - 2)}")
    return int(ceil(rows / step) * step)


def title(name: str) -> str:
    """A metric within a sentence: `RMSE`, `accuracy`."""
    record = metric(name)
    return record.title if record.acronym else record.title.lower()


def _value(value: float) -> str:
    return f"{value:.3g}"
