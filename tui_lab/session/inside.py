"""A question about a run that nobody trains yet, answered by a process of its own that loads torch and ends.

One is what a batch is on its way through the untrained network, another what the images look like.
"""

import json
import subprocess
import sys
from typing import TypeVar

from pydantic import BaseModel, Field, TypeAdapter
from pydantic_core import to_json

from tui_lab.errors import InputError, LabError, RunError
from tui_lab.protocol.commands import Look, Show
from tui_lab.protocol.steering import ForwardProbed, SamplesShown
from tui_lab.safe import safe
from tui_lab.session.failures import explain_failure
from tui_lab.spec.experiment import Experiment

_LONG_S = 300.0
Answer = TypeVar("Answer", ForwardProbed, SamplesShown)


class Question(BaseModel):
    """An experiment, and the command that a run of it would be given before its first step."""

    experiment: Experiment
    command: Look | Show = Field(discriminator="command")


def look_inside(experiment: Experiment, *, in_process: bool = False) -> ForwardProbed:
    """The first batch of an experiment on its way through its untrained network.

    Takes as long as loading torch and the data: to be called on a thread. `in_process`: load torch here,
    where no process may be started. Raises InputError if it could not be trained, RunError if the process
    fails.
    """
    return _ask(Question(experiment=experiment, command=Look()), ForwardProbed, in_process)


def show_samples(experiment: Experiment, show: Show, *, in_process: bool = False) -> SamplesShown:
    """Images of an experiment, also augmented; takes as long as `look_inside`, and raises the same."""
    return _ask(Question(experiment=experiment, command=show), SamplesShown, in_process)


def _ask(question: Question, kind: type[Answer], in_process: bool) -> Answer:
    if in_process:
        found = _answer(question)
        assert isinstance(found, kind)
        return found
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tui_lab.session.inside"],
            input=question.model_dump_json().encode(),
            capture_output=True,
            cwd="/",
            timeout=_LONG_S,
            check=False,
        )
        if done.returncode == 0:
            return TypeAdapter(kind).validate_json(done.stdout)
        refused = json.loads(done.stdout)["refused"] if done.stdout else []
    except subprocess.TimeoutExpired:
        raise RunError(f"it took more than {_LONG_S:.0f} s") from None
    except (OSError, ValueError) as error:
        raise RunError(f"the process that should look has failed: {safe(error, 300)}") from None
    if refused:
        raise InputError(refused)
    last = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
    raise RunError(
        f"the process that should look has ended: {safe(last, 300)}; `tui-lab doctor` may tell why"
    )


def _answer(question: Question) -> ForwardProbed | SamplesShown:
    match question.command:
        case Look():
            from tui_lab.engine.look import look_at_start

            return look_at_start(question.experiment)
        case Show() as show:
            from tui_lab.engine.show import show_at_start

            return show_at_start(question.experiment, show)


def main() -> int:
    """Read a question from stdin, write the answer to stdout."""
    try:
        found = _answer(Question.model_validate_json(sys.stdin.buffer.read()))
    except LabError as error:
        sys.stdout.write(json.dumps({"refused": error.problems}))
        return 1
    except Exception as error:  # whoever waits must hear of it, whatever it is
        sys.stdout.write(json.dumps({"refused": [" ".join(filter(None, explain_failure(error)))]}))
        return 1
    sys.stdout.buffer.write(to_json(found, inf_nan_mode="strings"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
