"""The data and the network that would be trained, shown in place of an empty chart."""

from dataclasses import dataclass

from tui_lab.experiment.presets import Preset
from tui_lab.protocol.events import DataLoaded
from tui_lab.tui.lab.panes.facts import data_facts, network_facts
from tui_lab.tui.style.text import Line, line, wrap
from tui_lab.tui.widgets.lines import Lines

MOST = 72
"""The maximum width: numbers stay close to the names they belong to."""


@dataclass(frozen=True, slots=True)
class Before:
    """The preset that would be trained next, or is being started; `words` is the heading.

    `data` is None until the data have been read; `problem` says why they could not be.
    """

    words: str
    preset: Preset
    data: DataLoaded | None = None
    problem: str = ""


def before_lines(before: Before, width: int, height: int) -> list[Line]:
    """Heading, data and network. If the network does not fit, its last layers are only counted."""
    width, preset = min(width, MOST), before.preset
    data = before.data if before.data is not None and before.data.target == preset.data.target else None
    lines = [line((before.words, "accent")), (), *data_facts(preset, data, width)]
    if before.problem and data is None:
        lines += wrap(f"cannot read the data: {before.problem}", width, "warn", first="⚠ ")
    network = network_facts(preset, data, preset.hyperparameters, width, joined=True)
    room = height - len(lines) - 1
    if len(network) > room >= 3:
        network = [*network[: room - 1], line((f"  … {len(network) - room + 1} more", "dim"))]
    return [*lines, (), *network][:height]


class BeforeRun(Lines):
    """Hidden while there is nothing to show."""

    def __init__(self) -> None:
        super().__init__(id="before")
        self._before: Before | None = None
        self.display = False

    def show(self, before: Before | None) -> None:
        self._before = before
        self.display = before is not None
        self.sync()

    def lines(self, width: int) -> list[Line]:
        before = self._before
        height = self.parent.size.height if self.parent is not None else 0  # type: ignore[attr-defined]
        return before_lines(before, width, height) if before is not None else []
