"""The lab as a Textual application.

What is imported here is needed for the first frame; the rest, such as pydantic, is imported where it is used.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from rich.color import ColorSystem
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from tui_lab.experiment.preset_files import all_words
from tui_lab.tui.keys.table import KEYS
from tui_lab.tui.lab.opening import Opening
from tui_lab.tui.quitting import OnQuit, QuittingApp
from tui_lab.tui.state.preload import Preload
from tui_lab.tui.state.refresh_rate import FASTEST_S, LOW_BANDWIDTH_S, RefreshRate
from tui_lab.tui.state.settings import keep_setting, read_setting
from tui_lab.tui.style.theme import DARK, LIGHT, first_theme

if TYPE_CHECKING:
    from tui_lab.data.final_settings import FinalSettings
    from tui_lab.experiment.experiment import Experiment
    from tui_lab.experiment.presets import Preset, Presets
    from tui_lab.protocol.steering_events import Evaluated
    from tui_lab.session.clients.client import Client
    from tui_lab.session.clients.trainers import Trainers
    from tui_lab.tui.data_setup.settings import AskedData
    from tui_lab.tui.lab.preset_data import Read
    from tui_lab.tui.lab.screen import LabScreen
    from tui_lab.tui.state.shown_run import ShownRun

LAYERS_TAKEN = "layers set for the next run: t trains it, e edits them again"
NOT_SAVED = "the run has not been saved yet: try again in some seconds"
NO_IMAGES = "i shows images; the inputs here are table columns"


@dataclass(frozen=True, slots=True)
class Contents:
    """What the lab is opened with.

    `trainers` starts runs, whose folders go under `root`; `chosen` is the first preset, by name or as read
    from a file; `attached` is a run to show at once; `table` is a table or folder of images to set up first.
    `read` reads the data of an experiment. `tour`: offer a tour, unless it was taken before.
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


class LabApp(QuittingApp):
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
        from tui_lab.tui.state.runs_feed import RunsFeed
        from tui_lab.tui.state.shown_run import ShownRun
        from tui_lab.tui.state.tour import Tour

        trainers, chosen, device = contents.trainers, contents.chosen, contents.device
        self.next_run = NextRun(contents.presets, chosen, device)
        self.preload = Preload(None if trainers.loaded else trainers.load)
        self.watch_run = ShownRun(trainers, contents.root)
        if contents.attached is not None:
            self.watch_run.attach(contents.attached)
        self.feed = RunsFeed(contents.root)
        self.run_list = RunList()
        self.trainers = trainers
        self.answers = AnswerCache(trainers)
        self._on_quit, self._table = contents.on_quit, contents.table
        self.preload.held = contents.table is not None
        self.lab = LabScreen(
            self.next_run, self.watch_run, self.preload, self.feed, device,
            "presets" if chosen is None else "hyperparameters", contents.read,
        )  # fmt: skip
        self.lab.rate = self._rate
        self.tour = Tour(offered=contents.tour)
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
        """Everything is there: start with the set-up, if there is data to set up."""
        self.set_up()

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

    def _lab_in_front(self) -> "LabScreen | None":
        """The lab, unless another screen is over it, or its field is open with an invalid text."""
        return self.lab if self.screen is self.lab and self.lab.leave_field() else None

    def action_runs(self) -> None:
        from tui_lab.runs.folder.settings import asked_of_preset
        from tui_lab.tui.runs.screen import RunsScreen

        if (lab := self._lab_in_front()) is not None:
            presets = {p.name: asked_of_preset(p.experiment()) for p in self.next_run.presets}
            self.run_list.compare_with(presets)
            self.push_screen(RunsScreen(self.feed, self.watch_run, self.run_list), lab.reopen)

    def action_compare(self) -> None:
        """Compare the run on the screen with the marked runs, its relatives, or runs of the same preset."""
        if (lab := self._lab_in_front()) is not None:
            self._compare(lab, self.feed.refresh())

    def _compare(self, lab: "LabScreen", version: int) -> None:
        """Wait until the folder has been read again: a run that just started must be in the list."""
        from tui_lab.tui.compare.comparison import companions
        from tui_lab.tui.compare.screen import CompareScreen

        self.feed.collect()
        if self.feed.version < version:
            self.set_timer(0.02, partial(self._compare, lab, version))
        elif self.screen is lab:
            runs = companions(self.watch_run.run_id, self.feed.lines, self.run_list.marked)
            self.push_screen(CompareScreen(runs, self.feed, self.watch_run), lab.reopen)

    def action_layers(self) -> None:
        """Show the layers of the next run."""
        from tui_lab.session.queries.tables import look_at
        from tui_lab.tui.layers.screen import LayersScreen
        from tui_lab.tui.style.format import network_name

        if (lab := self._lab_in_front()) is None or (preset := self.next_run.edited_preset()) is None:
            return
        if preset.model.source != "layers":
            lab.say(f"the network is {network_name(preset.model)}: it has no layer list to edit")
            return
        data = lab.known.get(preset.data.file)
        layers = LayersScreen(preset, data, lambda: look_at(preset.experiment()), self.look)

        def done(accepted: tuple[str, ...] | None) -> None:
            if layers.data is not None:
                lab.known[preset.data.file] = layers.data
            if accepted is not None:
                self.next_run.set_layers(accepted)
                lab.say(LAYERS_TAKEN)
            lab.sync()

        self.push_screen(layers, done)

    def action_layers_over_time(self) -> None:
        """Show how the layers of the run on the screen developed."""
        from tui_lab.tui.layers_over_time.screen import LayersOverTimeScreen

        if (lab := self._lab_in_front()) is not None:
            self.push_screen(LayersOverTimeScreen(self.watch_run), lambda _: lab.sync())

    def look(self, experiment: "Experiment", run: Path | None = None, seq: int = 0) -> None:
        """Pass one batch through a network: untrained, or with the best weights of a run."""
        from tui_lab.tui.inspect.activations_screen import LookScreen

        ask = partial(self.answers.look, experiment, run, seq)
        self.push_screen(LookScreen(self.watch_run, lambda anew: ask(anew=anew)))

    def action_look_inside(self) -> None:
        """Pass one batch through the network of the run on the screen, or of the next one."""
        if (lab := self._lab_in_front()) is None:
            return
        from tui_lab.tui.inspect.activations_screen import LookScreen

        ended = lab.ended_run()
        if self.watch_run.live is not None:
            self.push_screen(LookScreen(self.watch_run))
        elif ended is not None:
            self.look(*ended)
        elif (experiment := self.next_run.experiment()) is not None:
            self.look(experiment)

    def action_evaluate(self) -> None:
        """Evaluate the run on the screen of the lab."""
        watch = self.watch_run
        if self._lab_in_front() is not None and watch.run_id is not None and watch.view is not None:
            self._evaluate(watch.run_id, watch.view.seq, watch)

    def action_evaluate_run(self, run_id: str, epochs: int) -> None:
        """Evaluate a run of the list, which had so many epochs."""
        watch = self.watch_run if run_id == self.watch_run.run_id else None
        self._evaluate(run_id, epochs, watch)

    def _evaluate(self, run_id: str, seq: int, watch: "ShownRun | None") -> None:
        from tui_lab.tui.evaluation.feed import EvaluationFeed, Split
        from tui_lab.tui.evaluation.screen import EvaluationScreen

        folder = self.watch_run.root / run_id

        def at_rest(split: Split, anew: bool) -> "Evaluated":
            return self.answers.evaluate(folder, split, seq, anew=anew)

        asked = watch.view.experiment if watch is not None and watch.view is not None else None
        preset = asked.preset if asked is not None else run_id
        name = next((line.title for line in self.feed.lines if line.id == run_id), preset)
        self.push_screen(EvaluationScreen(EvaluationFeed(watch, at_rest), name))

    def action_show_samples(self) -> None:
        """Show images of the run on the screen, or of the next one, with augmentation."""
        watch = self.watch_run
        if (lab := self._lab_in_front()) is None:
            return
        from tui_lab.tui.inspect.images_screen import SamplesScreen

        ended = lab.ended_run()
        next_one = self.next_run.experiment() if ended is None else ended[0]
        experiment = watch.live.experiment if watch.live is not None else next_one
        if experiment is None:
            return
        if experiment.data.inputs == "columns":
            lab.say(NO_IMAGES)
        elif watch.live is not None:
            self.push_screen(SamplesScreen(watch, experiment))
        else:
            ask = partial(self.answers.show, experiment)
            self.push_screen(SamplesScreen(watch, experiment, lambda show, anew: ask(show, anew=anew)))

    def action_find_rate(self) -> None:
        """Try learning rates from the weights of the run on the screen, or from those of the next one."""
        if (lab := self._lab_in_front()) is None:
            return
        from tui_lab.tui.inspect.lr_screen import LearningRateScreen

        watch, live, found = self.watch_run, self.watch_run.live, lab.ended_run()
        if live is not None and live.experiment is not None and watch.run_id is not None:
            if not live.checkpoints:
                lab.say(NOT_SAVED)
                return
            found = live.experiment, watch.root / watch.run_id, len(live.checkpoints)
        experiment = self.next_run.experiment() if found is None else found[0]
        if experiment is None:
            return
        run, seq = (None, 0) if found is None else found[1:]
        ask = partial(self.answers.rates, experiment, run, seq)
        lr = float(lab.lab.board.value("lr"))
        use = partial(lab.use_value, "lr")
        self.push_screen(LearningRateScreen(watch, lr, lambda anew: ask(anew=anew), use))

    def action_check_start(self) -> None:
        """Check the experiment of the run on the screen, or the next one, with new weights."""
        if (lab := self._lab_in_front()) is None:
            return
        from tui_lab.tui.inspect.checks_screen import ChecksScreen
        from tui_lab.tui.lab.form.ended_run import asked_again

        live, ended = self.watch_run.live, lab.ended_run()
        experiment = asked_again(live) if live is not None else ended[0] if ended is not None else None
        if (experiment := experiment or self.next_run.experiment()) is not None:
            ask = partial(self.answers.check, experiment)
            self.push_screen(ChecksScreen(self.watch_run, lambda anew: ask(anew=anew)))

    def action_machine(self) -> None:
        """Show how busy the machine is."""
        if self._lab_in_front() is not None:
            from tui_lab.tui.inspect.machine_screen import MachineScreen
            from tui_lab.tui.state.run_state import on_gpu

            self.machine.start()
            self.push_screen(MachineScreen(self.machine, on_gpu=on_gpu(self.watch_run.view)))

    def action_notes(self) -> None:
        """Show the concepts of deep learning; press the keys of the one that is chosen."""
        if (lab := self._lab_in_front()) is None:
            return
        from tui_lab.tui.inspect.notes_screen import NotesScreen

        def go(keys: tuple[str, ...] | None) -> None:
            for key in keys or ():
                self.simulate_key(key)

        self.push_screen(NotesScreen(dict(lab.lab.board.values)), go)
