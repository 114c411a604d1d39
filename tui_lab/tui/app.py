"""The lab as a Textual application.

What is imported here is needed for the first frame; the rest, such as pydantic, is imported where it is used.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.color import ColorSystem
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui_lab.experiment.preset_files import all_words
from tui_lab.tui.keys.table import KEYS
from tui_lab.tui.lab.opening import Opening
from tui_lab.tui.quitting import OnQuit
from tui_lab.tui.state.preload import Preload
from tui_lab.tui.state.refresh_rate import FASTEST_S, LOW_BANDWIDTH_S, RefreshRate
from tui_lab.tui.state.settings import keep_setting, read_setting
from tui_lab.tui.style.theme import DARK, LIGHT, first_theme
from tui_lab.tui.sweep_actions import SweepsApp

if TYPE_CHECKING:
    from tui_lab.data.final_settings import FinalSettings
    from tui_lab.experiment.presets import Preset, Presets
    from tui_lab.session.clients.client import Client
    from tui_lab.session.clients.trainers import Trainers
    from tui_lab.tui.data_setup.settings import AskedData
    from tui_lab.tui.lab.preset_data import Read
    from tui_lab.tui.lab.screen import LabScreen
    from tui_lab.tui.state.sweeps import Sweeps


@dataclass(frozen=True, slots=True)
class Contents:
    """What the lab is opened with.

    `trainers` starts runs, whose folders go under `root`; `chosen` is the first preset, by name or as read
    from a file; `attached` is a run to show at once; `table` is a table or folder of images to set up first.
    `read` reads the data of an experiment. `tour`: offer a tour if this is the first session. `sweeps`: what
    starts and lists sweeps, by default those under `root`; `sweep`: one to show at once, by its id;
    `trial`: the run of a trial of it to show at once.
    """

    presets: "Presets"
    root: Path
    trainers: "Trainers"
    chosen: "str | Preset | None" = None
    device: str = "auto"
    attached: "Client | None" = None
    on_quit: OnQuit = "ask"
    table: "AskedData | None" = None
    read: "Read | None" = None
    tour: bool = False
    sweeps: "Sweeps | None" = None
    sweep: str = ""
    trial: str = ""


class LabApp(SweepsApp):
    """The application: presets, hyperparameters, a run to watch."""

    TITLE = "tui-lab"
    CSS_PATH = Path(__file__).parent / "lab.tcss"
    ENABLE_COMMAND_PALETTE = True
    COMMAND_PALETTE_BINDING = "ctrl+p"
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+c", "say_quit", show=False, system=True)]
    failed: Exception | None = None
    """Why the contents could not be had."""

    def __init__(self, contents: Contents | Callable[[], Contents], *, low_bandwidth: bool = False) -> None:
        """`contents`, if they have yet to be made, are made after the first frame, which shows the presets.

        With `low_bandwidth` training changes the screen once a second or less, and nothing is animated.
        Raises InputError if the chosen preset is the name of none.
        """
        super().__init__()
        for theme in (DARK, LIGHT):
            self.register_theme(theme)
        chosen_last = read_setting("theme")
        self._kept = chosen_last if chosen_last in self.available_themes else first_theme()
        self._begin_with(self._kept)
        self._rate = RefreshRate(FASTEST_S)
        if low_bandwidth:
            self._rate = RefreshRate(LOW_BANDWIDTH_S)
            self._rate.sent = lambda: self.sent_bytes
            self.animation_level = "none"
            if self.console._color_system == ColorSystem.TRUECOLOR:
                self.console._color_system = ColorSystem.EIGHT_BIT  # half as many bytes
        self._make = contents if callable(contents) else None
        if isinstance(contents, Contents):
            self._furnish(contents)

    @property
    def sent_bytes(self) -> int:
        """How much the terminal was sent so far."""
        return getattr(self._driver, "sent_bytes", 0)

    def _furnish(self, contents: Contents) -> None:
        """Make the lab's screen and everything behind it."""
        from tui_lab.session.machine import Machine
        from tui_lab.tui.lab.screen import LabScreen
        from tui_lab.tui.runs.run_list import RunList
        from tui_lab.tui.state.answer_cache import AnswerCache
        from tui_lab.tui.state.next_run import NextRun
        from tui_lab.tui.state.run_or_trial import RunOrTrial
        from tui_lab.tui.state.runs_feed import RunsFeed
        from tui_lab.tui.state.sweep_store import SweepStore
        from tui_lab.tui.state.sweeps import SweepsFeed
        from tui_lab.tui.state.tour import Tour

        trainers, chosen, device = contents.trainers, contents.chosen, contents.device
        self.next_run = NextRun(contents.presets, chosen, device)
        self.preload = Preload(None if trainers.loaded else trainers.load)
        self.watch_run = RunOrTrial(trainers, contents.root)
        if contents.attached is not None:
            self.watch_run.attach(contents.attached)
        self.feed = RunsFeed(contents.root)
        self.run_list = RunList()
        self._sweep = contents.sweep, contents.trial
        self.sweeps = SweepsFeed(contents.sweeps or SweepStore(contents.root))
        self._sweep_forms = {}
        self.trainers = trainers
        self.answers = AnswerCache(trainers)
        self._on_quit, self._table = contents.on_quit, contents.table
        self.preload.held = contents.table is not None
        self.lab = LabScreen(
            self.next_run, self.watch_run, self.preload, self.feed, device,
            "presets" if chosen is None else "hyperparameters", contents.read,
        )  # fmt: skip
        self.lab.rate, self.lab.sweeps = self._rate, self.sweeps
        self.tour = Tour(contents.root if contents.tour else None)
        self.lab.guide(self.tour)
        self.machine = self.lab.machine = Machine(self.watch_run.trainer)
        self.furnished = True

    def _begin_with(self, theme: str) -> None:
        """Set the first theme; a plain assignment would parse all styles twice."""
        self.set_reactive(App.theme, theme)
        self.set_class(self.current_theme.dark, "-dark-mode")
        self.set_class(not self.current_theme.dark, "-light-mode")
        self.stylesheet.set_variables(self.get_css_variables())

    def get_default_screen(self) -> Screen[Any]:
        return self.lab if self.furnished else Opening(all_words(), "auto")

    @property
    def screen_is_there(self) -> bool:
        return self.furnished and super().screen_is_there

    def on_opening_painted(self) -> None:
        """Put the lab in the place of its first frame."""
        if self._make is None or self.furnished:
            return
        try:
            self._furnish(self._make())
        except Exception as error:  # is raised again once the terminal is restored
            self.failed = error
            self.exit(return_code=1)
        else:
            self.switch_screen(self.lab)
            self.ready()

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """The entries of the command palette: what can be done now."""
        everywhere = [key for key in KEYS if key.action in ("help", "app.quit")]
        for key in self.lab.offered() if screen is self.lab else everywhere:
            if key.command:
                yield SystemCommand(f"{key.command} ({key.cap})", key.help, self._runner(key.action))
        if self.tour.words:
            yield SystemCommand("End the tour", "Show no more of its steps", self.tour.end)
        else:
            yield SystemCommand("Tour in six steps", "What to press first, step by step", self.tour.begin)
        yield SystemCommand("Light theme", "Dark text on a light background", lambda: self._use(LIGHT.name))
        yield SystemCommand("Dark theme", "Light text on a dark background", lambda: self._use(DARK.name))
        yield SystemCommand("Other themes", "Pick from all themes", self.action_change_theme)

    def action_command_palette(self) -> None:
        from tui_lab.tui.command_palette import Palette

        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    def _runner(self, action: str) -> Callable[[], None]:
        def run() -> None:
            self.call_later(self.run_action, action, self.screen_stack[0])

        return run

    def _use(self, theme: str) -> None:
        self.theme = theme

    def watch_theme(self, theme: str) -> None:
        """Remember the theme for the next session."""
        if theme != self._kept:
            self._kept = theme
            keep_setting("theme", theme)

    def on_mount(self) -> None:
        if self.furnished:
            self.ready()

    def on_unmount(self) -> None:
        """End what runs beside the screen."""
        if self.furnished:
            self.machine.stop()

    def ready(self) -> None:
        """Everything is there: start with the set-up, if there is data to set up, or with a sweep."""
        self.set_up()
        if self._sweep[0]:
            self.open_sweep(*self._sweep)

    def set_up(self) -> None:
        """Open the set-up screen, if the lab was started with a table or folder."""
        asked, self._table = self._table, None
        if asked is None:
            return
        if asked.spec.pictures:
            from tui_lab.tui.data_setup.folder_screen import FolderScreen

            folder = FolderScreen(asked)
            self.push_screen(folder, lambda settled: self._set_up(settled, folder.unsaved))
        else:
            from tui_lab.tui.data_setup.table_screen import SetupScreen

            table = SetupScreen(asked)
            self.push_screen(table, lambda settled: self._set_up(settled, table.unsaved))

    def on_data_setup_screen_first_read(self) -> None:
        self.preload.release()

    def _set_up(self, settled: "FinalSettings | None", changed: bool) -> None:
        self.preload.release()
        lab = self.lab
        if settled is not None:
            if settled.data is not None:
                lab.known[settled.preset.data.file] = settled.data
            self.next_run.add(settled.preset, changed=changed)
            lab.show_first()

    def on_lab_screen_run_ended(self, ended: "LabScreen.RunEnded") -> None:
        """Ring the terminal's bell, if that is asked for."""
        from tui_lab.session.notify.bell import bell

        if self._driver is not None and (sequence := bell(ended.title)):
            self._driver.write(sequence)

    def action_redraw(self) -> None:
        """Send the whole screen, as the terminal may show something else than was sent."""
        self.refresh()

    def action_say_quit(self) -> None:
        """Ctrl+C does not quit, so that nobody quits by accident: show the key that does."""
        say = getattr(self.screen, "say", None)  # a question box has none
        if say is not None:
            say("q quits")
