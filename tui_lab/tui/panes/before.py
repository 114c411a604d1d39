"""In place of the chart while there is nothing to draw: the data and the network that would be trained."""

from collections.abc import Callable
from dataclasses import dataclass

from tui_lab.protocol.events import DataLoaded
from tui_lab.safe import safe
from tui_lab.spec.presets import Preset
from tui_lab.tui.facts import data_facts, network_facts
from tui_lab.tui.panes.lines import Lines
from tui_lab.tui.text import Line, line, wrap

MOST = 72
"""No wider: figures must stand near the names that they belong to."""


@dataclass(frozen=True, slots=True)
class Before:
    """What would be trained next, or is being started; `words` says how, or what is going on.

    `data` is None while the data was not read, and `problem` says why it could not be.
    """

    words: str
    preset: Preset
    data: DataLoaded | None = None
    problem: str = ""


def before_lines(before: Before, width: int, height: int) -> list[Line]:
    """What the key does, then data and network: as much as fits, the first layers before the last ones."""
    width, preset = min(width, MOST), before.preset
    data = before.data if before.data is not None and before.data.target == preset.data.target else None
    lines = [line((before.words, "accent")), (), *data_facts(preset, data, width)]
    if before.problem and data is None:
        lines += wrap(f"cannot read the data: {safe(before.problem, 400)}", width, "warn", first="⚠ ")
    network = network_facts(preset, data, preset.hyperparameters, width, joined=True)
    room = height - len(lines) - 1
    if len(network) > room >= 3:
        network = [*network[: room - 1], line((f"  … {len(network) - room + 1} more", "dim"))]
    return [*lines, (), *network][:height]


class BeforeRun(Lines):
    """Shows what `about` gives; nothing while that is None."""

    def __init__(self, about: Callable[[], Before | None]) -> None:
        super().__init__(id="before")
        self._about = about
        self.display = False

    def sync(self) -> None:
        """Take a new look, and the room only while there is something to say."""
        self.display = self._about() is not None
        super().sync()

    def lines(self, width: int) -> list[Line]:
        """Data and network."""
        before = self._about()
        height = self.parent.size.height if self.parent is not None else 0  # type: ignore[attr-defined]
        return before_lines(before, width, height) if before is not None else []
