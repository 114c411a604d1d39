"""What would be trained, with every automatic choice."""

from dataclasses import dataclass

from tui_lab.experiment.experiment import Use
from tui_lab.experiment.presets import Preset
from tui_lab.protocol.events import DataLoaded


@dataclass(frozen=True, slots=True)
class FinalSettings:
    """What would be trained. `problems`: why it cannot be, one sentence each; then `data` is None.

    `said`: every automatic choice and what was done to columns; `doubts`: warnings about the scores. `uses`:
    how each column but the target is used, or should be used but cannot: those are `unfit`. `pinned`: the
    same preset with these uses spelled out, for a file.
    """

    preset: Preset
    pinned: Preset
    uses: dict[str, Use]
    said: tuple[str, ...]
    problems: tuple[str, ...] = ()
    data: DataLoaded | None = None
    unfit: frozenset[str] = frozenset()
    doubts: tuple[str, ...] = ()
