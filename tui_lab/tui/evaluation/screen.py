"""The evaluation: a section at a time, on the whole screen."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tui_lab.experiment.explanations import of_metric
from tui_lab.tui.evaluation.feed import EvaluationFeed
from tui_lab.tui.evaluation.label_check import LabelCheck
from tui_lab.tui.evaluation.labels import LabelsSection
from tui_lab.tui.evaluation.section import SPLITS, noun_of
from tui_lab.tui.evaluation.sections import Sections
from tui_lab.tui.keys.key import When
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.style.format import count, score
from tui_lab.tui.style.text import Line, Span, clip, cut, width_of, wrap
from tui_lab.tui.widgets.closing_screen import ClosingScreen
from tui_lab.tui.widgets.explained import Explained
from tui_lab.tui.widgets.footer import Footer
from tui_lab.tui.widgets.gallery import Gallery, Tile
from tui_lab.tui.widgets.lines import Lines, set_title

TICK_S = 0.2
_SHORTEST = 3
_PAGES = {"pageup": -1, "pagedown": 1}
_OF, _SHORTEST_NAME, _LONGEST_NAME = "Evaluation of ", 12, 24


class SectionTabs(Lines):
    """The sections with their numbers, and below what there is to be told."""

    def __init__(self, feed: EvaluationFeed, sections: Sections) -> None:
        super().__init__(id="evaluation-tabs")
        self._feed, self._sections = feed, sections

    def lines(self, width: int) -> list[Line]:
        words = wrap(self._feed.words, width, "warn", first="» ") if self._feed.words else []
        return [*([self._tabs(width)] if self._sections.shown else []), *words]

    def _tabs(self, width: int) -> Line:
        """Short names if room is short, whichever is chosen; in still less room they are cut, but for its."""
        names = [section.name for section in self._sections.shown]
        short = [section.short or section.name for section in self._sections.shown]
        here = self._sections.shown.index(self._sections.chosen) if self._sections.chosen else 0
        cut_to = (
            [name if k == here else cut(name, most) for k, name in enumerate(short)]
            for most in range(max(map(len, short)), _SHORTEST - 1, -1)
        )
        for gap, tried in (("  ", names), (" ", names), *((" ", one) for one in cut_to)):
            found = self._made(tried, gap)
            if width_of(found) <= width:
                return found
        return clip(found, width)

    def _made(self, names: Sequence[str], gap: str) -> Line:
        spans: list[Span] = []
        for number, (name, section) in enumerate(zip(names, self._sections.shown, strict=True), 1):
            style = "cursor" if section is self._sections.chosen else ""
            spans += [(gap if spans else "", ""), (f"{number} ", "key"), (name, style)]
        return tuple(spans)


class SectionText(Lines):
    """The text of the section that is shown."""

    def __init__(self, sections: Sections) -> None:
        super().__init__(id="evaluation-text")
        self._sections = sections

    def lines(self, width: int) -> list[Line]:
        section = self._sections.chosen
        if section is None:
            return []
        height = max(1, self.container_height)
        return [clip(text, width) for text in section.lines(width, height)[:height]]

    @property
    def container_height(self) -> int:
        parent = self.parent
        return parent.size.height if isinstance(parent, Vertical) else self.size.height


class EvaluationScreen(ClosingScreen[None]):
    """Closes with nothing. A run that trains is evaluated as it is now, and again with E."""

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("evaluation")]
    AUTO_FOCUS = None

    def __init__(self, feed: EvaluationFeed, labels: LabelCheck, title: str) -> None:
        super().__init__()
        self.feed, self.labels, self._title = feed, labels, title
        self.sections = Sections(labels)
        self._tabs = SectionTabs(feed, self.sections)
        self._text = SectionText(self.sections)
        self._gallery = Gallery(id="evaluation-images")
        self._footer = Footer()
        self._tiles: tuple[Tile, ...] = ()

    def compose(self) -> ComposeResult:
        with Vertical(id="evaluation", classes="pane"):
            yield self._tabs
            with Vertical(id="evaluation-body"):
                yield self._text
                yield self._gallery
        yield self._footer

    def on_mount(self) -> None:
        """Ask, and look for the answer."""
        self.feed.ask()
        self.sync()
        self.set_interval(TICK_S, self.tick)

    def on_resize(self) -> None:
        self.call_after_refresh(self.sync)

    def tick(self) -> None:
        """Show what has come."""
        if self.feed.tick():
            self._take()
        if self.labels.tick():
            self.sync()
        self._set_name()
        self._show_keys()

    def wait(self) -> None:
        """Wait for what is done on a thread; for tests."""
        self.feed.wait()
        self.labels.wait()
        self._take()

    def on_unmount(self) -> None:
        """Nobody waits for label errors any more."""
        self.labels.cancel()

    def _take(self) -> None:
        if self.feed.shown is not None:
            self.sections.take(self.feed.shown, self.feed.others, live=self.feed.live)
        self.sync()

    def sync(self) -> None:
        if not self.is_mounted:
            return
        section = self.sections.chosen if self.feed.shown is not None else None
        if isinstance(section, LabelsSection) and not self.feed.live:
            self.labels.prepare()
        tiles = section.tiles() if section is not None else ()
        self._gallery.display = bool(tiles)
        self._text.set_class(not tiles, "-alone")
        if tiles != self._tiles:
            self._tiles = tiles
            self._gallery.show(tiles)
        self._text.display = self.feed.shown is not None
        self._set_name()
        self._tabs.sync()
        self._text.sync()
        self._show_keys()

    def _show_keys(self) -> None:
        self._footer.show("evaluation", self._conditions())

    def _set_name(self) -> None:
        found = self.feed.shown
        told = f" · {SPLITS[self.feed.split]}"
        if found is not None:
            when = f"step {found.step:,}" if self.feed.live else f"epoch {found.epoch:,}"
            when = f"{found.folds} folds" if found.folds else when
            told += f", {count(found.rows)} {noun_of(found)}s · {when}"
            if self.feed.behind:
                told += f", {self.feed.behind:,} ago"
        room = self.size.width - 6 - len(told)
        name = cut(self._title, min(_LONGEST_NAME, max(_SHORTEST_NAME, room - len(_OF))))
        set_title(
            self.query_one("#evaluation"), f" {_OF if room >= len(_OF) + len(name) else ''}{name}{told} "
        )

    def _conditions(self) -> frozenset[When]:
        found: set[When] = {"always"}
        if self.sections.chosen is not None:
            found |= self.sections.chosen.conditions
        if self._gallery.plan.seats >= len(self._tiles):
            found.discard("pictures")
        if not self.feed.live:
            found.add("splits")
        return frozenset(found)

    # Keys

    def action_section(self, number: int) -> None:
        self.sections.choose(number)
        self.sync()

    def action_next_section(self, key: str) -> None:
        self.sections.next(-1 if key == "shift+tab" else 1)
        self.sync()

    def action_move(self, key: str) -> None:
        """Up and down, to the ends, and by pages."""
        section = self.sections.chosen
        if key in _PAGES and section is not None and section.scroll(_PAGES[key]):
            self.sync()
        elif section is not None:
            page, every = max(1, self._text.container_height - 3), section.count()
            steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "home": -every, "end": every}
            section.move(steps[key])
            self.sync()

    def action_turn(self, key: str) -> None:
        """Left and right; they turn the pages of pictures."""
        direction = 1 if key == "right" else -1
        if self._tiles:
            self._gallery.turn(direction)
        elif self.sections.chosen is not None:
            self.sections.chosen.turn(direction)
        self.sync()

    def action_open(self) -> None:
        if self.sections.chosen is not None:
            self.sections.chosen.open()
            self.sync()

    def action_other_way(self) -> None:
        if self.sections.chosen is not None:
            self.sections.chosen.toggle()
            self.sync()

    def action_split(self) -> None:
        self.feed.turn()
        self._take()

    def action_again(self) -> None:
        self.feed.ask(anew=True)
        self.sync()

    def action_back(self) -> None:
        """Close what was opened, or else the screen; but first go to a search for label errors."""
        section = self.sections.chosen
        if section is not None and section.back():
            self.sync()
        elif self.labels.running:  # what took minutes is not thrown away unseen
            self.sections.choose_labels()
            self.sync()
        else:
            self.dismiss(None)

    def action_help(self) -> None:
        from tui_lab.tui.widgets.help import HelpScreen

        section = self.sections.chosen
        verdict = None if section is None else section.evaluation.verdict
        scores = {} if verdict is None else verdict.scores
        about = [Explained(of_metric(name), score(name, it.value)) for name, it in scores.items()]
        self.app.push_screen(HelpScreen("evaluation", about))

    def say(self, text: str) -> None:
        """Show a message until there is something newer."""
        self.feed.words = text
        self.sync()
