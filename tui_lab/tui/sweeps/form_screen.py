"""The form of a sweep: mark what varies, give ranges, choose the settings, start it."""

from collections.abc import Callable
from time import monotonic
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Vertical

from tui_lab.errors import InputError
from tui_lab.experiment.sweeps.axis import is_width
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.tui.keys.key import When
from tui_lab.tui.keys.table import bindings
from tui_lab.tui.lab import explained
from tui_lab.tui.state.background import BackgroundTask, problem_of
from tui_lab.tui.style.text import cut
from tui_lab.tui.sweeps.form_model import UNSWEPT, SweepForm
from tui_lab.tui.sweeps.form_rows import field_hint
from tui_lab.tui.sweeps.form_widgets import AxisList, FormSummary, OptionLines
from tui_lab.tui.widgets.explained import Explained
from tui_lab.tui.widgets.lines import set_title
from tui_lab.tui.widgets.prompt import Prompt
from tui_lab.tui.widgets.prompt_screen import PromptedScreen

TICK_S = 0.1
STARTING = "starting the sweep: loading torch and trying a trial…"
_CHANGES = frozenset({"mark", "turn", "type", "reset", "start"})


class SweepFormScreen(PromptedScreen[str | None]):
    """Ends with the id of the sweep that was started, or with None.

    `start` starts it, on a thread, and returns its id; it raises InputError if it is refused.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings("sweep_form")]
    AUTO_FOCUS = None
    PLACE = "sweep_form"

    def __init__(self, form: SweepForm, start: Callable[[Sweep], str]) -> None:
        super().__init__()
        self.form, self._start = form, start
        self._background_task: BackgroundTask[str] | None = None
        self._began = 0.0
        self.home = self._list = AxisList(form)
        self._options = OptionLines(form, self._list)
        self.notices = self._summary = FormSummary(form)

    def compose(self) -> ComposeResult:
        with Vertical(id="sweep-form", classes="pane"):
            yield self._list
            yield self._options
            yield self._summary
        yield self._footer

    def on_mount(self) -> None:
        self.set_focus(self._list)
        self.call_after_refresh(self.sync)
        self.set_interval(TICK_S, self.tick)

    def on_resize(self) -> None:
        """Where there is little room, the list comes first."""
        self._summary.display = self.size.height >= 14
        self._options.display = self.size.height >= 9 or self.form.option is not None
        self.call_after_refresh(self.sync)

    def tick(self) -> None:
        """Leave once the sweep has been started, or say why it was not."""
        if self._background_task is None:
            return
        if not self._background_task.done:
            seconds = int(monotonic() - self._began)
            self.say(f"{STARTING} {seconds} s" if seconds else STARTING)
            return
        task, self._background_task = self._background_task, None
        try:
            sweep_id = task.result()
        except Exception as error:
            self.say("; ".join(problem_of(error)))
        else:
            self.dismiss(sweep_id)

    def wait(self) -> None:
        """Wait until the start has been answered; for tests."""
        if self._background_task is not None:
            self._background_task.wait()
        self.tick()

    def sync(self) -> None:
        if not self.is_mounted:
            return
        marked = len(self.form.marked)
        name = cut(self.form.experiment.preset, 40)
        set_title(
            self.query_one("#sweep-form"), f" Sweep · {name} · {marked} of {len(self.form.names)} vary "
        )
        for part in (self._list, self._options, self._summary):
            part.sync()
        self._footer.show(self._place(), self._conditions())

    def _conditions(self) -> frozenset[When]:
        return frozenset({"always", "axis" if self.form.option is None else "setting"})

    def _explained(self) -> tuple[Explained, ...]:
        name = self.form.selected
        if not name or is_width(name):
            return ()
        return explained.hyperparameter(name, self.form.row(name).value)

    # Keys

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Nothing can be changed any more while the sweep is being started."""
        return self._background_task is None or action not in _CHANGES

    def action_move(self, key: str) -> None:
        page, every = max(1, self._list.size.height - 2), 1000
        steps = {"up": -1, "down": 1, "pageup": -page, "pagedown": page, "home": -every, "end": every}
        self.form.move(steps[key])
        self.say("")

    def action_jump(self) -> None:
        """Go to the settings, or back."""
        self.form.jump()
        self.say("")

    def action_mark(self) -> None:
        """Let the selected hyperparameter vary, or not any more; of a setting, the next choice."""
        if not (name := self.form.selected):
            self.action_turn("right")
            return
        self._try(lambda: self.form.mark(name))

    def action_turn(self, key: str) -> None:
        """The next or previous value of the selected setting."""
        if (option := self.form.option) is None:
            return
        try:
            auto = self.form.trials()
        except InputError:
            auto = self.form.options.repeats
        self.form.options.turn(option, 1 if key == "right" else -1, auto)
        self.say("")

    def action_reset(self) -> None:
        """Go back to the typical range, or empty the setting."""
        option, name = self.form.option, self.form.selected
        if option is None:
            self.form.reset(name)
        elif not self.form.options.choices(option):
            self.form.options.type(option, "")
        self.say("")

    def action_type(self) -> None:
        """Open a field for the range or the setting; of a choice, take the next one."""
        form = self.form
        if form.selected in UNSWEPT:
            self.action_mark()
        elif (option := form.option) is None:
            name = form.selected
            self._field(
                name, form.text(name), field_hint(form, name), lambda text: form.set_range(name, text)
            )
        elif form.options.choices(option):
            self.action_turn("right")
        else:
            chosen = option
            hint = form.options.help(chosen)
            self._field(chosen, form.options.text(chosen), hint, lambda text: form.options.type(chosen, text))

    def _field(self, label: str, text: str, hint: str, take: Callable[[str], object]) -> None:
        self._open_prompt(Prompt(label, text, hint, 2000, take))

    def action_start(self) -> None:
        """Start the sweep."""
        try:
            sweep = self.form.sweep()
        except InputError as error:
            self.say("; ".join(error.problems))
            return
        self._began = monotonic()
        self._background_task = BackgroundTask(lambda: self._start(sweep))
        self.say(STARTING)

    def action_back(self) -> None:
        """Back to the lab; the form stays as it is."""
        if self._background_task is None:
            self.dismiss(None)

    def _try(self, change: Callable[[], object]) -> None:
        try:
            change()
        except InputError as error:
            self.say("; ".join(error.problems))
        else:
            self.say("")
