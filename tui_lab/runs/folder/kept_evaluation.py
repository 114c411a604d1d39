"""The evaluation that is kept in a run's folder, and the label errors that were found for it."""

from dataclasses import replace

from pydantic import TypeAdapter
from pydantic_core import to_json

from tui_lab.protocol.evaluation import Evaluation
from tui_lab.protocol.label_errors import LabelErrors
from tui_lab.protocol.steering_events import Evaluated
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.large_answers import latest_evaluation, set_aside


def read_evaluation(answer: Evaluated) -> Evaluation | None:
    """The evaluation in an answer; None if it is of another version."""
    try:
        return TypeAdapter(Evaluation).validate_json(answer.report)
    except ValueError:
        return None


def with_label_errors(answer: Evaluated, found: LabelErrors) -> Evaluated:
    """An evaluation together with label errors; unchanged if it is of another version."""
    whole = read_evaluation(answer)
    if whole is None:
        return answer
    report = to_json(replace(whole, label_errors=found), inf_nan_mode="strings").decode()
    return replace(answer, report=report)


def keep_evaluation(folder: RunFolder, answer: Evaluated) -> Evaluated:
    """Keep a new evaluation of a run that has ended in place of the previous one; the evaluation.

    Label errors are of no split, and take long to find: those of the previous one go with it, if the best
    epoch is still the same.
    """
    known = latest_evaluation(folder)
    previous = None if known is None else read_evaluation(known)
    if previous and previous.label_errors and previous.label_errors.best_epoch == answer.epoch:
        answer = with_label_errors(answer, previous.label_errors)
    set_aside(folder, answer)
    return answer


def keep_label_errors(folder: RunFolder, found: LabelErrors) -> None:
    """Add label errors to the evaluation that is kept, if there is one."""
    known = latest_evaluation(folder)
    if known is not None:
        set_aside(folder, with_label_errors(known, found))
