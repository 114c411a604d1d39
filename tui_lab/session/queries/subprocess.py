"""Questions that are answered outside a run: a batch's activations layer by layer, the images it sees,
its evaluation, a row that is tried, its fit, how learning rates do, which labels are probably wrong.

They are answered by a process that has torch loaded: the spare host for the next run.
"""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TypeVar

from pydantic import BaseModel, Field, TypeAdapter
from pydantic_core import to_json

from tui_lab.errors import InputError, LabError, RunError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Evaluate, Inspection, Look, Show, Try
from tui_lab.protocol.evaluation import Evaluation, RunsCompared
from tui_lab.protocol.fit import DrawFit, FitDrawn
from tui_lab.protocol.label_errors import FindLabelErrors, FoldProgress, LabelErrors
from tui_lab.protocol.lr_finder import FindRate, RatesTried
from tui_lab.protocol.start_checks import CheckStart, StartChecked
from tui_lab.protocol.steering_events import Evaluated, ForwardProbed, SamplesShown, Tried
from tui_lab.protocol.two_runs import CompareRuns, EvaluateFolds
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.kept_evaluation import keep_evaluation, keep_label_errors
from tui_lab.runs.index.fold_runs import all_folds
from tui_lab.session.failures import explain_failure

Found = (
    ForwardProbed
    | SamplesShown
    | Evaluated
    | Tried
    | RatesTried
    | StartChecked
    | RunsCompared
    | Evaluation
    | FitDrawn
    | LabelErrors
)
Answer = TypeVar("Answer", bound=Found)
Told = Callable[[FoldProgress], object]
_UNTRAINED = "there is nothing to evaluate: the network is untrained"


class Query(BaseModel):
    """An experiment, and the command a run of it would get before its first step.

    `run`: the folder of a run of it, whose best weights are loaded, or those of its last checkpoint to try
    learning rates; None: the network is untrained. `anew`: for rows that are tried, whether to read data and
    weights again.
    """

    experiment: Experiment
    command: Inspection | FindRate | CheckStart | CompareRuns | EvaluateFolds | FindLabelErrors = Field(
        discriminator="command"
    )
    run: str | None = None
    anew: bool = False


def is_question(line: bytes) -> bool:
    """Whether a line sent to a host is a question, not a job."""
    try:
        given = json.loads(line)
    except ValueError:
        return False
    return isinstance(given, dict) and "command" in given


def answer(question: Query, told: Told = lambda _: None) -> Found:
    """Answer in this process; loads torch. Raises LabError as preparing and reading a run do.

    `told` is called with how far it is, where an answer takes long.
    """
    from tui_lab.session.queries import trying

    if not isinstance(question.command, Try):
        trying.forget()
    match question.command:
        case Try() as wanted:
            return trying.try_at_rest(question.experiment, question.run, wanted, anew=question.anew)
        case Look():
            from tui_lab.engine.diagnostics.activations import look_at_best, look_at_start

            if question.run is not None:
                return look_at_best(question.experiment, Path(question.run))
            return look_at_start(question.experiment)
        case Show() as show:
            from tui_lab.engine.diagnostics.sample_images import show_at_start

            return show_at_start(question.experiment, show)
        case DrawFit() as asked:
            from tui_lab.engine.diagnostics.fit_drawing import draw_at_start, draw_best

            if question.run is None:
                return draw_at_start(question.experiment, asked)
            return draw_best(question.experiment, Path(question.run), asked)
        case FindRate() as wanted:
            from tui_lab.engine.lr_finder import find_rate

            run = None if question.run is None else Path(question.run)
            return find_rate(question.experiment, run, wanted)
        case CompareRuns(other):
            from tui_lab.engine.diagnostics.run_evaluation import compare_best

            if question.run is None:
                raise InputError(_UNTRAINED)
            return compare_best((Path(question.run), Path(other)), "test")[0]
        case EvaluateFolds():
            from tui_lab.engine.diagnostics.fold_evaluation import evaluate_folds

            if question.run is None:
                raise InputError(_UNTRAINED)
            return evaluate_folds([fold.path for fold in all_folds(RunFolder(Path(question.run)))])
        case Evaluate(split):
            from tui_lab.engine.diagnostics.run_evaluation import evaluate_best

            if question.run is None:
                raise InputError(_UNTRAINED)
            found = evaluate_best(question.experiment, Path(question.run), split)
            return keep_evaluation(RunFolder(Path(question.run)), found)
        case FindLabelErrors() as looked_for:
            from tui_lab.engine.label_check import find_label_errors

            if question.run is None:
                raise InputError(_UNTRAINED)
            errors = find_label_errors(Path(question.run), looked_for, told)
            keep_label_errors(RunFolder(Path(question.run)), errors)
            return errors
        case CheckStart():
            from tui_lab.engine.start_checks import check_start

            return check_start(question.experiment)


def answer_line(
    line: bytes, tell: Callable[[dict[str, object]], object] = lambda _: None
) -> dict[str, object]:
    """The reply of a host to a question: `answer`, or `unanswered` with the reasons.

    `tell` is given what goes before it: `progress`, as of a `FoldProgress`.
    """
    try:
        found = answer(Query.model_validate_json(line), lambda progress: tell({"progress": asdict(progress)}))
        return {"answer": to_json(found, inf_nan_mode="strings").decode()}
    except LabError as error:
        return {"unanswered": list(error.problems)}
    except Exception as error:  # the caller must be told, whatever it is
        return {"unanswered": [" ".join(filter(None, explain_failure(error)))]}


def read_answer(reply: dict[str, object], kind: type[Answer]) -> Answer:
    """The answer in a reply. Raises InputError with the reasons if there is none."""
    if "unanswered" in reply:
        reasons = reply["unanswered"]
        raise InputError([str(reason) for reason in reasons] if isinstance(reasons, list) else str(reasons))
    try:
        return TypeAdapter(kind).validate_json(str(reply.get("answer")))
    except ValueError as error:
        raise RunError(f"cannot read the answer: {error}") from None
