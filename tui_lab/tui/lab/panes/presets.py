"""The presets pane: a list to choose from, and below it details of the selected one."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.message import Message
from textual.reactive import var

from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.presets import Preset
from tui_lab.protocol.events import DataLoaded
from tui_lab.tui.keys.lab import PaneName
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.lab.panes.facts import data_facts, network_facts
from tui_lab.tui.lab.panes.pane import LabState, Pane, Side
from tui_lab.tui.lab.panes.preset_rows import learn_lines, preset_lines, problem_lines
from tui_lab.tui.state.next_run import NextRun
from tui_lab.tui.style.text import Line, wrap
from tui_lab.tui.widgets.lines import Lines, Scroll


def about(
    preset: Preset, data: DataLoaded | None, values: Hyperparameters, width: int, *, facts: bool = True
) -> list[Line]:
    """What it teaches; with `facts` also the task, the data, the network with hyperparameters filled in."""
    lines = learn_lines(preset.title, preset.learn, width)
    if not facts:
        return lines
    lines += [(), *data_facts(preset, data, width)]
    return [*lines, (), *network_facts(preset, data, values, width)]


class PresetLines(Lines):
    """All presets, then those with errors."""

    def __init__(self, owner: "PresetList") -> None:
        super().__init__()
        self._owner = owner

    def lines(self, width: int) -> list[Line]:
        return [row for k in range(self._owner.total) for row in self._owner.item_lines(k, width)]


class PresetList(Scroll, can_focus=True):
    """The list of presets."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("presets")]
    chosen: var[int] = var(0)

    class Moved(Message):
        """The selection moved."""

    class Taken(Message):
        """The selected preset is to be used."""

    def __init__(self, next_run: NextRun) -> None:
        super().__init__(id="preset-list")
        self._next_run = next_run
        self.run: Preset | None = None
        """The run shown in place of the preset it was made from, and the index of that preset."""
        self.run_place: int | None = None
        self.set_reactive(PresetList.chosen, next_run.chosen)

    def compose(self) -> ComposeResult:
        yield PresetLines(self)

    @property
    def total(self) -> int:
        return len(self._next_run.presets) + len(self._next_run.problems)

    @property
    def usable(self) -> bool:
        """Whether the selected entry is a preset without errors."""
        return self.chosen < len(self._next_run.presets)

    def item_lines(self, place: int, width: int) -> list[Line]:
        """The lines of one entry."""
        next_run, chosen = self._next_run, place == self.chosen
        if place < len(next_run.presets):
            taken = place == (next_run.chosen if self.run is None else self.run_place)
            edits, preset = next_run.edits_of(place), next_run.presets[place]
            return preset_lines(preset.name, preset.title, taken, chosen, self.has_focus, edits, width)
        return problem_lines(next_run.problems[place - len(next_run.presets)], chosen, self.has_focus, width)

    def watch_chosen(self) -> None:
        """Show the selected entry."""
        if self.is_mounted:
            self.sync()
            self.post_message(self.Moved())
            first = sum(len(self.item_lines(k, 20)) for k in range(self.chosen))
            self.reveal(first, first + len(self.item_lines(self.chosen, 20)) - 1)

    def action_move(self, key: str) -> None:
        steps = {"up": self.chosen - 1, "down": self.chosen + 1, "home": 0, "end": self.total - 1}
        self.chosen = max(0, min(steps[key], self.total - 1))

    def action_take(self) -> None:
        """Use the selected preset."""
        if self.usable:
            self.post_message(self.Taken())


class PresetAbout(Lines):
    """Details of the selected preset."""

    def __init__(self, lab: LabState, owner: PresetList) -> None:
        super().__init__(id="preset-about")
        self._lab, self._owner = lab, owner

    def lines(self, width: int) -> list[Line]:
        next_run, known, facts = self._lab.next_run, self._lab.known, self._lab.before is None
        place, run = self._owner.chosen, self._owner.run
        unlisted = self._owner.run_place is None and not self._owner.has_focus
        if run is not None and (unlisted or self._owner.run_place == place):
            return about(run, known.get(run.data.file), run.hyperparameters, width, facts=facts)
        if self._owner.usable:
            preset = next_run.preset_of(place)
            data, values = known.get(preset.data.file), next_run.values_of(place)
            return about(preset, data, values, width, facts=facts)
        if not self._owner.total:
            return wrap("No presets found.", width, "warn", first="⚠ ")
        problem = next_run.problems[place - len(next_run.presets)]
        head = wrap("This preset has errors", width, "bad")
        return [*head, (), *wrap(problem, width)]


class PresetsPane(Pane):
    """The list and the details."""

    NAME: ClassVar[PaneName] = "presets"
    SIDE: ClassVar[Side] = "left"

    def __init__(self, lab: LabState) -> None:
        super().__init__(lab)
        self.list = PresetList(lab.next_run)
        self.about = PresetAbout(lab, self.list)

    def compose(self) -> ComposeResult:
        yield self.list
        with Scroll(id="preset-words"):
            yield self.about

    def title(self, room: int) -> str:
        problems = self.lab.next_run.problems
        return f"Presets · ✗ {len(problems)} broken" if problems else "Presets"

    def follow(self, run: Preset | None, place: int | None, *, jump: bool) -> None:
        """Show a run in place of the preset it was made from; None: show the presets.

        `jump`: also move the cursor there.
        """
        self.list.run, self.list.run_place = run, place
        if jump and place is not None:
            self.list.chosen = place

    @on(PresetList.Moved)
    def _read_from_the_top(self) -> None:
        self.text.scroll_home(animate=False)
