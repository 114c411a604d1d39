"""The studies of a database, as sweeps of the lab: they are looked at and steered, not started or removed."""

from pathlib import Path
from typing import TYPE_CHECKING

from tui_lab.errors import InputError
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.tui.state.sweeps import SweepLine, line_of

if TYPE_CHECKING:  # Optuna takes a second
    from tui_lab.session.cluster.feed import StudyFeed

_ELSEWHERE = "a study is started with `tui-lab sweep ... --study`, joined with `tui-lab sweep join`"


class StudyStore:
    """What the lab knows of the studies at `url`; trials that this machine trained have runs under `root`."""

    def __init__(self, url: str, root: Path) -> None:
        self._url, self._root = url, root

    def lines(self) -> list[SweepLine]:
        from tui_lab.session.cluster.feed import read_studies

        return [line_of(name, view) for name, view in read_studies(self._url)]

    def start(self, sweep: Sweep) -> str:
        raise InputError(_ELSEWHERE)

    def resume(self, sweep_id: str) -> None:
        raise InputError(_ELSEWHERE)

    def remove(self, sweep_id: str) -> None:
        raise InputError("a study belongs to everybody who uses the database: it is not removed from here")

    def follow(self, sweep_id: str) -> "StudyFeed":
        from tui_lab.session.cluster.feed import StudyFeed

        return StudyFeed(self._url, sweep_id, self._root)

    def trials(self, sweep_id: str) -> Path:
        from tui_lab.session.cluster.training import trials_folder

        return trials_folder(self._root, sweep_id)
