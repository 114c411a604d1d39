"""The whole evaluation of a split.

It changes neither weights nor random state; the network is left in training mode.
"""

from time import perf_counter

from tui_lab.engine.evaluation.report.linear_model import sample
from tui_lab.engine.evaluation.report.row_scores import check_task
from tui_lab.engine.evaluation.report.subject import Subject
from tui_lab.engine.evaluation.report.verdict import make_verdict
from tui_lab.protocol.evaluation import Evaluation, SplitName

_TRAIN_ROWS = 10_000


def evaluate(subject: Subject, split: SplitName, *, epoch: int, step: int) -> Evaluation:
    """Evaluate a network with the weights of `epoch`, asked for after `step` updates.

    Raises InputError if its task is unknown, or if its outputs are not finite.
    """
    began = perf_counter()
    check_task(subject.task)
    dataset, task = subject.dataset, subject.task
    part, train = getattr(dataset, split), sample(dataset.train, _TRAIN_ROWS)
    rows, training = subject.scores(part), subject.scores(train)
    return Evaluation(
        split=split,
        rows=len(rows),
        epoch=epoch,
        step=step,
        task=task,
        target=dataset.about.target,
        classes=dataset.about.classes,
        verdict=make_verdict(task, rows, training, part, dataset),
        seconds=round(perf_counter() - began, 3),
    )
