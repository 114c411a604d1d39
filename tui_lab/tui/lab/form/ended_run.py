"""The hyperparameters of a run that has ended, from which it can be trained again."""

from collections.abc import Callable

from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.view import RunView
from tui_lab.tui.lab.form.form_models import NextRunValues, RunValues
from tui_lab.tui.style.text import cut


def asked_again(view: RunView) -> Experiment | None:
    """The experiment of a run with the values last in force, live edits included."""
    if view.experiment is None or view.hyper is None:
        return None
    return view.experiment.model_copy(update={"hyperparameters": view.hyper})


class EndedRun(RunValues):
    """Its values last in force. Changing one first takes all of them for the next run."""

    def __init__(self, view: RunView, following: NextRunValues, keep: Callable[[], None]) -> None:
        """`following`: the next run; `keep` copies the values of this run to it."""
        super().__init__(view)
        self._following, self._keep = following, keep

    @property
    def typed(self) -> dict[str, str]:
        return self._following.typed

    def title(self, room: int) -> str:
        whose = f" · {cut(self._view.experiment.preset, 40)}" if self._view.experiment else ""
        title = "Values of this run" + whose
        return title if len(title) <= room else "This run" + whose

    def set(self, name: str, value: Value, why: str = "") -> None:
        """Change it for the next run, which takes all other values of this one."""
        self._keep()
        self._following.set(name, value)

    def reset(self, name: str) -> None:
        self._keep()
        self._following.reset(name)
