"""What the lab shows: presets, chart with scores, hyperparameters, and the lines at the bottom."""

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content

from tui_lab.experiment.metrics import metric
from tui_lab.experiment.presets import Preset
from tui_lab.protocol.events import DataLoaded
from tui_lab.protocol.ledger import undoable
from tui_lab.protocol.progress import after_divergence
from tui_lab.protocol.view import RunView
from tui_lab.safe import safe
from tui_lab.tui.chart.actions import LookingScreen
from tui_lab.tui.chart.run_series import Tracks, chart_data
from tui_lab.tui.keys.key import Key, Place, When
from tui_lab.tui.keys.table import around
from tui_lab.tui.lab.before_training import Before, BeforeRun
from tui_lab.tui.lab.form_models import Board, NextRunValues
from tui_lab.tui.lab.hyperparameters import HyperparametersPane
from tui_lab.tui.lab.layout import LabChart, LayoutScreen
from tui_lab.tui.lab.ledger import Ledger, LedgerScroll
from tui_lab.tui.lab.message import MessageLine
from tui_lab.tui.lab.metrics import Metrics, headline
from tui_lab.tui.lab.next_run_actions import NextRunScreen
from tui_lab.tui.lab.preset_data import Read, Survey
from tui_lab.tui.lab.presets import PresetsPane
from tui_lab.tui.lab.run_actions import SteeredScreen
from tui_lab.tui.lab.small import TooSmall
from tui_lab.tui.lab.status import StatusLine, hint
from tui_lab.tui.state.next_run import NextRun, preset_of_run
from tui_lab.tui.state.preload import Preload
from tui_lab.tui.state.runs_feed import RunsFeed
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.widgets.footer import Footer, FooterState
from tui_lab.tui.widgets.lines import Scroll

_SOON_S = 0.02
"""Until the next frame of a chart that has not taken in all epochs yet."""


class LabView(LookingScreen, LayoutScreen, NextRunScreen, SteeredScreen):
    """The panes and how they are updated."""

    def __init__(
        self,
        next_run: NextRun,
        watch: ShownRun,
        preload: Preload,
        feed: RunsFeed,
        device: str,
        pane: Place,
        read: Read | None = None,
    ) -> None:
        """`read` reads the data of an experiment before it is trained; None: do not read ahead."""
        super().__init__(watch)
        self._next_run, self._preload, self._feed = next_run, preload, feed
        self._pane: Place = pane
        watch.advice = lambda view: after_divergence(view, next_run.presets)
        self._stood: tuple[object, ...] = ()
        self._answered = ""
        self._drawn: tuple[object, ...] = ()
        self._presets = PresetsPane(next_run)
        self._next = NextRunValues(next_run)
        self._knobs = HyperparametersPane(self._next)
        self._ledger = Ledger(watch, self.notices)
        self._chart, self._tracks = LabChart(id="loss"), Tracks()
        self._before = BeforeRun(self.before)
        self._survey = Survey(self._presets.known, read)
        self._metrics = Metrics(watch)
        self._message = MessageLine(watch, feed, self.notices)
        self._status = StatusLine(watch, device)
        self._status.loaded = preload.done
        self._small = TooSmall(watch, preload)
        self._footer = Footer()

    def compose(self) -> ComposeResult:
        """Three columns above the lines at the bottom; and what is shown if there is no room for them."""
        with Horizontal(id="body"):
            yield self._presets
            with Vertical(id="ledger", classes="pane"), LedgerScroll(id="ledger-scroll"):
                yield self._ledger
            with Vertical(id="centre"):
                with Vertical(id="chart", classes="pane"):
                    yield self._before
                    yield self._chart
                with Vertical(id="scores", classes="pane"), Scroll(id="scores-scroll"):
                    yield self._metrics
            yield self._knobs
        yield self._small
        yield self._message
        yield self._status
        yield self._footer

    @property
    def known(self) -> dict[str, DataLoaded]:
        """What is known about data files, by name."""
        return self._presets.known

    def shown(self) -> RunView | None:
        return self._watch.shown

    def _take_answer(self) -> None:
        """Show the run's answer, until the next command."""
        answer, before = self._watch.steer.answer, self._answered
        self._answered = answer
        if answer and answer != before:
            self.notices.say(answer)
        elif not answer and before and self.notices.text == before:
            self.notices.say("")

    def _stands(self) -> tuple[object, ...]:
        """What the panes depend on besides the run; while it is unchanged, they need no update."""
        view, steer = self._watch.shown, self._watch.steer
        steered = (
            (view.paused, view.advancing, view.hyper, len(view.ledger), len(view.queued)) if view else ()
        )
        asked = (steer.held, *steer.asked.items(), *steer.refused.items(), steer.answer)
        return self._watch.phase, self._watch.run_id, len(self._presets.known), steered, asked

    def sync(self) -> None:
        """Update everything; only what differs is repainted."""
        self._stood = self._stands()
        self._follow_run()
        self._sync_run()
        self._knobs.show(self._board())
        self._ledger.sync()
        self.query_one(LedgerScroll).follow()
        self._title("#ledger", "4 Ledger")
        self._presets.sync()
        self._footer.state = FooterState(self._place(), self._conditions())
        self._footer.sync()

    def _board(self) -> Board:
        """Whose hyperparameters are edited."""
        return self._draft if self._draft is not None else self._own_board()

    def _sync_run(self) -> None:
        view = self._watch.shown
        self._take_answer()
        self._sync_chart()
        self._sync_scores(view)
        self._metrics.sync()
        self._message.sync()
        self._status.sync()
        self._small.sync()

    def _sync_scores(self, view: RunView | None) -> None:
        """If the scores take one row, the chart's title also holds what their title would say."""
        self._metrics.brief = self._whole_chart
        whose = f" · {safe(view.experiment.preset, 40)}" if view and view.experiment else ""
        name = f"2 {metric(self._lens.metric).title}"
        (far, brief), compact = headline(view), self._metrics.compact
        titles = [f"{name}{whose} · {far}", f"{name}{whose} · {brief}"] if compact and far else []
        room = self.query_one("#chart").outer_size.width - len("━ 2  ━")
        self._title("#chart", next((text for text in titles if len(text) <= room), name + whose))
        scores = self.query_one("#scores")
        scores.set_class(compact, "-compact")
        self._title("#scores", "" if compact else far or "Scores")
        scores.display = bool(self._metrics.lines(60))

    def _sync_chart(self) -> None:
        """Redraw the curves, if anything about them changed: other keys must not wait for that."""
        view, parent = self._watch.shown, self._watch.parent
        told = self.before() is not None
        words = "" if told else hint(self._watch, self._status.loaded, self._next_preset())
        self._presets.about.facts = not told
        self._before.sync()
        runs = self._watch.run_id, id(view), view and view.seq, id(parent), parent and parent.seq
        drawn = *runs, words, self._lens
        if drawn != self._drawn or self._tracks.behind:
            self._drawn = drawn
            self._chart.show(chart_data(view, words, self._lens, parent, self._tracks))
            if self._tracks.behind:
                self.set_timer(_SOON_S, self._sync_chart)

    def _next_preset(self) -> Preset | None:
        """The preset being started, or the one `t` would train: in the list of presets the selected one."""
        coming = self._watch.coming if self._watch.begins else None
        if coming is not None and coming.experiment is not None:
            return preset_of_run(coming.experiment)
        place = self._presets.list.chosen
        if self._pane != "presets" or not self._presets.list.usable:
            place = self._next_run.chosen
        return self._next_run.edited_preset(place)

    def before(self) -> Before | None:
        """The preset to show in place of the chart; None if there are curves, or no preset could be read."""
        view = self._watch.shown
        if self._watch.parent is not None or (view is not None and view.model is not None):
            return None
        preset = self._next_preset()
        if preset is None:
            return None
        words = hint(self._watch, self._status.loaded, preset)
        return Before(words, preset, self.known.get(preset.data.file), self._survey.problem(preset))

    def _title(self, selector: str, text: str) -> None:
        pane = self.query_one(selector)
        title = Content(f" {text} ")
        if pane._border_title != title:
            pane.border_title = title

    def _conditions(self) -> frozenset[When]:
        if self._draft is not None:
            return frozenset({"always", "draft"})
        view = self._watch.shown
        found: set[When] = {"always", *self._next_conditions()}
        if self._watch.phase != "rest":
            found.add("busy")
        if view is not None and view.model is not None:
            found.add("shown")
        if self._lens.moved:
            found.add("moved")
        if self._board().inputs != "columns":
            found.add("images")
        if self._presets.list.usable:
            found.add("usable")
        if self._watch.live is not None and view is not None:
            if undoable(view) or self._watch.steer.asked or self._watch.steer.held:
                found.add("undoable")
            found.add("paused" if view.paused and not view.advancing else "going")
        return frozenset(found)

    def offered(self) -> list[Key]:
        """The keys that work now."""
        conditions = self._conditions()
        return [key for key in around(self._pane) if key.when in conditions]

    def _place(self) -> Place:
        return "editor" if self._knobs.form.editor is not None else self._pane
