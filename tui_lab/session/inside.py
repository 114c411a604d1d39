"""One batch through a network that nobody trains yet: in a process of its own, which loads torch and ends."""

import json
import subprocess
import sys

from pydantic import TypeAdapter
from pydantic_core import to_json

from tui_lab.errors import InputError, LabError, RunError
from tui_lab.protocol.steering import ForwardProbed
from tui_lab.safe import safe
from tui_lab.session.failures import explain_failure
from tui_lab.spec.experiment import Experiment

_LONG_S = 300.0


def look_inside(experiment: Experiment, *, in_process: bool = False) -> ForwardProbed:
    """The first batch of an experiment on its way through its untrained network.

    Takes as long as loading torch and the data: to be called on a thread. `in_process`: load torch here,
    where no process may be started. Raises InputError if it could not be trained, RunError if the process
    fails.
    """
    if in_process:
        return _look(experiment)
    try:
        done = subprocess.run(
            [sys.executable, "-m", "tui_lab.session.inside"],
            input=experiment.model_dump_json().encode(),
            capture_output=True,
            cwd="/",
            timeout=_LONG_S,
            check=False,
        )
        if done.returncode == 0:
            return TypeAdapter(ForwardProbed).validate_json(done.stdout)
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


def _look(experiment: Experiment) -> ForwardProbed:
    from tui_lab.engine.look import look_at_start

    return look_at_start(experiment)


def main() -> int:
    """Read an experiment from stdin, write what is in its network to stdout."""
    try:
        found = _look(Experiment.model_validate_json(sys.stdin.buffer.read()))
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
