"""A tour of the lab for its first session: six steps, each done by pressing what it names. No widgets."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tui_lab.errors import InputError
from tui_lab.protocol.steering_events import Edited
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.folder import run_ids
from tui_lab.tui.state.settings import keep_setting, read_setting

SETTING, TAKEN = "tour", "taken"
Done = Callable[[RunView | None, str], bool]
"""Whether a step is done, by the run on the screen and the name of the screen in front."""


@dataclass(frozen=True, slots=True)
class Step:
    """What to press, and what for."""

    words: str
    done: Done


def _at(screen: str) -> Done:
    return lambda _view, front: front == screen


STEPS = (
    Step("press > to train one epoch and pause", lambda view, _: view is not None and len(view.history) > 0),
    Step(
        "press 3, then → to change the learning rate of the run",
        lambda view, _: view is not None and any(isinstance(event, Edited) for _, event in view.ledger),
    ),
    Step(
        "press space to go on training",
        lambda view, _: view is not None and (not view.paused or view.status != "running"),
    ),
    Step("press E to see how good it is, and where it is wrong", _at("EvaluationScreen")),
    Step("press r for the list of runs; all are kept", _at("RunsScreen")),
    Step("press N for notes on what you see; ? has all keys", _at("NotesScreen")),
)


class Tour:
    """`words` is what to do next, empty once it is over.

    It is offered in one session, in which there are no runs yet in the folder `root`; or if it is asked for.
    """

    def __init__(self, root: Path | None = None) -> None:
        self._step = len(STEPS)
        if root is not None and read_setting(SETTING) != TAKEN and _empty(root):
            self._step = 0
            keep_setting(SETTING, TAKEN)

    @property
    def words(self) -> str:
        if self._step == len(STEPS):
            return ""
        return f"tour {self._step + 1} of {len(STEPS)}: {STEPS[self._step].words}"

    def begin(self) -> None:
        """Take it from its first step."""
        self._step = 0

    def end(self) -> None:
        """Say no more."""
        self._step = len(STEPS)

    def look(self, view: RunView | None, screen: str) -> None:
        """Go on, if what was named has been done."""
        if self._step < len(STEPS) and STEPS[self._step].done(view, screen):
            self._step += 1


def _empty(root: Path) -> bool:
    """Whether there are no runs; a folder that cannot be read is reported elsewhere."""
    try:
        return not run_ids(root)
    except InputError:
        return False
