"""The screen of a sweep: one view of all its trials at a time."""

from collections.abc import Callable
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tui_lab.experiment.catalogue import catalogue, format_value
from tui_lab.experiment.explanations import of_hyperparameter
from tui_lab.sweep.edges import edge_warnings
from tui_lab.tui.chart.actions import SETTING
from tui_lab.tui.chart.curves.lens import Lens
from tui_lab.tui.keys.key import When
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.state.settings import keep_setting, read_setting
from tui_lab.tui.state.sweeps import FollowedSweep
from tui_lab.tui.style.text import Line, cut
from tui_lab.tui.sweep.answer import Answer
from tui_lab.tui.sweep.edge import Edge, Edges
from tui_lab.tui.sweep.head import Head
from tui_lab.tui.sweep.selected import SelectedLines
from tui_lab.tui.sweep.shares import Shares, shares_of
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.steering import SteeringScreen
from tui_lab.tui.sweep.tabs import ViewTabs
from tui_lab.tui.sweep.texts import sweep_title
from tui_lab.tui.sweep.views.in_order import all_views
from tui_lab.tui.sweep.wishes import ForkTrial, OpenTrial, SavePreset, Wish
from tui_lab.tui.terminal.compositor import SparingCompositor
from tui_lab.tui.widgets.canvas import TextCanvas
from tui_lab.tui.widgets.explained import Explained
from tui_lab.tui.widgets.lines import set_title
from tui_lab.tui.widgets.prompt import FilterPrompt

TICK_S, FILL_S = 0.25, 0.05
"""How often new records are looked for, and how soon what is not drawn yet is."""
TALL = 30
"""From so many rows on there is a fourth line above the view."""
FILTER_HINT = "conditions, all must hold: lr<0.01 status=finished test_acc>0.9 seed=0"


class SweepScreen(SteeringScreen):
    """Follows a feed. What it cannot do itself it asks of `want`, which may close it."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("sweep")]
    AUTO_FOCUS = None
    PLACE = "sweep"

    def __init__(
        self,
        feed: FollowedSweep,
        want: Callable[[Wish], object],
        *,
        shares: Shares = shares_of,
        edges: Edges = edge_warnings,
    ) -> None:
        super().__init__()
        self._compositor = SparingCompositor()
        self.feed, self._want = feed, want
        self.trials = SweepShown(feed.view, log_y=Lens.remembered(read_setting(SETTING)).log_y)
        self.edge, self.shares = Edge(edges), Answer(shares)
        self.views = all_views(self.shares)
        self.view = self.views[0]
        self._head = Head(feed, self.trials, self.edge)
        self._tabs = ViewTabs(self.views, lambda: self.view)
        self.canvas = TextCanvas(self._drawn, id="sweep-view")
        self._selected = SelectedLines(self.trials)
        self.home, self.notices = self.canvas, self._selected
        self._filling = False

    def compose(self) -> ComposeResult:
        with Vertical(id="sweep", classes="pane -focused"):
            yield self._head
            yield self._tabs
            yield self.canvas
            yield self._selected
        yield self._footer

    def on_mount(self) -> None:
        """Look for what is new, and draw on what was too much for one frame."""
        self.edge.follow(self.feed.view)
        self.sync()
        self.set_interval(TICK_S, self.tick)
        self.set_interval(FILL_S, self.fill)

    def on_resize(self) -> None:
        self.call_after_refresh(self.sync)

    # Updates

    def tick(self) -> None:
        """Show what happened since the last call."""
        changed = self.feed.poll()
        if changed:
            self.trials.follow()
            self.edge.follow(self.feed.view)
        answers = [self.shares.tick(), self.edge.tick()]
        if changed or any(answers):
            self.sync()

    def fill(self) -> None:
        """Draw more of a picture that took too long for one frame."""
        if self.view.unfinished:
            self.canvas.sync()

    def wait(self) -> None:
        """Wait for what is computed on a thread, and draw all; for tests."""
        self.shares.wait()
        self.edge.wait()
        self.tick()
        while self.view.unfinished:
            self.fill()

    def sync(self) -> None:
        if not self.is_mounted:
            return
        self._head.tall = self.size.height >= TALL
        filtered = f" · {cut(self.trials.text, 40)}" if self.trials.text else ""
        title = sweep_title(self.feed.view, self.feed.name)
        set_title(self.query_one("#sweep"), f" Sweep {title} · {self.view.name}{filtered} ")
        self._head.sync()
        self._tabs.sync()
        self.canvas.sync()
        self._selected.sync()
        self._footer.show(self._place(), self._conditions())

    def _drawn(self, width: int, height: int) -> list[Line]:
        return self.view.lines(self.trials, width, height)

    def _conditions(self) -> frozenset[When]:
        found: set[When] = {"always", *self.view.conditions}
        if self.trials.view.trials:
            found.add("listed")
        if self.steered:
            found |= {"busy", "paused" if self.feed.view.status == "paused" else "going"}
            if self.edge.found:
                found.add("advised")
        return frozenset(found)

    def _explained(self) -> tuple[Explained, ...]:
        """The axes, with the values of the selected trial."""
        chosen, known = self.trials.chosen, catalogue()
        values = {} if chosen is None else chosen.values
        return tuple(
            Explained(of_hyperparameter(name), format_value(values[name]) if name in values else "")
            for name in self.trials.names
            if name in known
        )

    # Keys of the views

    def action_view(self, number: int) -> None:
        self._after(lambda: setattr(self, "view", self.views[number - 1]))

    def action_next_view(self, key: str) -> None:
        """Go to the next view; in a text field, submit it."""
        if self.prompt is not None:
            self.prompt.submit()
            return
        place = self.views.index(self.view) + (-1 if key == "shift+tab" else 1)
        self.action_view(place % len(self.views) + 1)

    def action_move(self, key: str) -> None:
        page, every = max(1, self.canvas.size.height - 3), self.trials.count
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "home": -every, "end": every}
        self._after(lambda: self.trials.move(steps[key]))

    def action_turn(self, key: str) -> None:
        self._after(lambda: self.view.turn(self.trials, -1 if key == "left" else 1))

    def action_turn_y(self, key: str) -> None:
        if "plane" in self.view.conditions:
            self._after(lambda: self.trials.turn_axis("y", -1 if key == "Y" else 1))

    def action_cells(self) -> None:
        """The best or the median of a cell."""
        if "plane" in self.view.conditions:
            self._after(lambda: setattr(self.trials, "median", not self.trials.median))

    def action_log(self) -> None:
        """A logarithmic axis of the metric, here and in the charts of runs."""
        if "curves" in self.view.conditions:
            self._after(lambda: setattr(self.trials, "log_y", not self.trials.log_y))
            lens = Lens.remembered(read_setting(SETTING))
            if lens.log_y != self.trials.log_y:
                words = {*lens.memory.split()} ^ {"log_y"}
                keep_setting(SETTING, " ".join(sorted(words)))

    def action_sort(self) -> None:
        self._in_table(self.trials.sort)

    def action_reverse(self) -> None:
        self._in_table(self.trials.turn)

    def action_group(self) -> None:
        self._in_table(self.trials.group)

    def _in_table(self, change: Callable[[], None]) -> None:
        if "table" in self.view.conditions:
            self._after(change)

    def action_filter(self) -> None:
        self._open_prompt(FilterPrompt(self.trials, FILTER_HINT))

    def _after(self, change: Callable[[], object]) -> None:
        self.notices.notice = ""
        change()
        self.sync()

    # Keys of a trial, and the way back

    @property
    def open_axis(self) -> str:  # type: ignore[override]
        names, view = self.trials.names, self.view.name
        if not names:
            return ""
        return names[(self.trials.axis if view == "one axis" else self.trials.x) % len(names)]

    def action_open(self) -> None:
        self._with_run(OpenTrial)

    def action_fork(self) -> None:
        self._with_run(ForkTrial)

    def _with_run(self, wish: Callable[[str], Wish]) -> None:
        trial = self.trials.chosen
        if trial is None:
            self.say("no trial has begun yet")
        elif not trial.run_id:
            self.say(f"trial #{trial.number} has not begun: there is no run to show")
        else:
            self._want(wish(trial.run_id))

    def action_preset(self) -> None:
        trial = self.trials.chosen
        if trial is None:
            self.say("no trial has begun yet")
        else:
            self._want(SavePreset(trial.number))

    def action_back(self) -> None:
        """Clear the filter, or leave."""
        if self.trials.text:
            self._after(lambda: self.trials.filter(""))
        else:
            self.dismiss(None)
