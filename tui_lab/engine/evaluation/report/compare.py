"""Two runs on the same rows: which is better, and is that luck?"""

from tui_lab.data.dataset import Part
from tui_lab.engine.evaluation.report.judge import Judge, deciding_metric, intervals
from tui_lab.engine.evaluation.report.metric_samples import metric_samples
from tui_lab.engine.evaluation.report.row_scores import RowScores, check_task
from tui_lab.engine.evaluation.report.subject import Subject
from tui_lab.engine.evaluation.report.verdict_words import compared_words, noun_of
from tui_lab.engine.evaluation.scoring import metrics_for
from tui_lab.errors import InputError
from tui_lab.protocol.evaluation import RunsCompared
from tui_lab.protocol.example import SplitName


def compare(first: Subject, second: Subject, split: SplitName, names: tuple[str, str]) -> RunsCompared:
    """The first run against the second; `names`: what they are called.

    Raises InputError if they do not predict the same target for the same rows.
    """
    check_task(first.task)
    if (first.task, first.dataset.about.classes) != (second.task, second.dataset.about.classes):
        raise InputError("the two runs predict different things: their task or their classes differ")
    parts: tuple[Part, Part] = getattr(first.dataset, split), getattr(second.dataset, split)
    own, other = first.scores(parts[0]), second.scores(parts[1])
    if not _same_rows(parts, own, other):
        raise InputError(
            f"the two runs do not have the same {split} rows: their data, or the seeds or folds of their "
            "splits, differ"
        )
    metrics = [metric.name for metric in metrics_for(first.task, first.dataset)]
    main = deciding_metric(metrics)
    of_own, of_other = metric_samples([own, other], metrics)
    rival = Judge(own, of_own, main).against("run", names[1], other, of_other)
    scores = intervals(of_own, own)
    return RunsCompared(
        split=split,
        rows=len(own),
        metric=main,
        sentence=compared_words(names[0], main, scores, rival, own, noun_of(first.dataset.about)),
        scores=scores,
        rival=rival,
    )


def _same_rows(parts: tuple[Part, Part], own: RowScores, other: RowScores) -> bool:
    numbers = [part.numbers_B for part in parts]
    if numbers[0] is not None and numbers[1] is not None and numbers[0].tolist() != numbers[1].tolist():
        return False
    if len(own) != len(other):
        return False
    apart_B, spread = (own.true_B - other.true_B).abs(), float(own.true_B.double().std(correction=0))
    return float(apart_B.max()) <= 1e-4 * spread  # scaled and unscaled as float32
