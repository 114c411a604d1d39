"""The keys that steer a sweep: what they ask, and what they send."""

from math import isfinite

from tui_lab.errors import InputError
from tui_lab.experiment.sweeps.axis import Axis, parse_axis
from tui_lab.experiment.sweeps.sweep import MOST_TRIALS
from tui_lab.protocol.sweeps.commands import (
    ChangeAxis,
    ContinueSweep,
    DropTrial,
    KeepTrial,
    MoreTrials,
    PauseSweep,
    StopSweep,
    SweepCommand,
)
from tui_lab.protocol.sweeps.view import SweepView, TrialView
from tui_lab.tui.state.sweeps import FollowedSweep
from tui_lab.tui.style.format import plural
from tui_lab.tui.sweep.edge import Edge
from tui_lab.tui.sweep.shown import SweepShown
from tui_lab.tui.sweep.texts import metric_text, status_text, sweep_title
from tui_lab.tui.widgets.confirm import AskScreen
from tui_lab.tui.widgets.prompt_screen import PromptedScreen

STOPPING = (
    ("x", "stop", "stop now; trials in training save a checkpoint, and `resume` takes all up again"),
    ("escape", "cancel", "let it go on"),
)
DROPPING = (("d", "drop", "end the trial now; it keeps its checkpoint, and k brings it back"),
            ("escape", "cancel", "let it go on"))  # fmt: skip
OVER_HINT = "as with --over: lr=1e-4..1:log or momentum=0.8,0.9,0.95; trials to come use it"
NOBODY = "nobody trains this sweep now, so there is nothing to steer; resume it first"


def axis_words(axis: Axis, view: SweepView) -> str:
    """Which trials have the values of an axis that was changed, and which do not."""
    to_come = max(0, (0 if view.sweep is None else view.sweep.trials) - len(view.trials))
    words = f"trials to come have {axis.text()}"
    if not to_come:
        return f"{words}; all {plural(len(view.trials), 'trial')} are chosen already: add more with +"
    waiting = sum(trial.status == "waiting" for trial in view.trials)
    if not waiting:
        return f"{words}: {to_come:,} of them"
    verb = "is" if waiting == 1 else "are"
    return f"{words}; {plural(waiting, 'waiting trial')} {verb} chosen already; add more with +"


class SteeringScreen(PromptedScreen[None]):
    """Each key says what it has asked for; what comes of it is seen in the trials."""

    feed: FollowedSweep
    trials: SweepShown
    edge: Edge
    open_axis: str = ""
    """The axis that the open view is about, if it is about one."""

    @property
    def steered(self) -> bool:
        """Whether somebody takes commands."""
        return self.feed.alive and self.feed.view.status in ("running", "paused")

    def send(self, command: SweepCommand, words: str) -> None:
        """Send it, and say so."""
        if not self.steered:
            self.say(NOBODY)
        elif self.feed.send(command):
            self.say(words)
        else:
            self.say("the sweep did not take the command; has it just ended?")

    def action_pause(self) -> None:
        if self.feed.view.status == "paused":
            self.send(ContinueSweep(), "the sweep goes on")
        else:
            self.send(PauseSweep(), "pausing after the epochs that are being trained")

    def action_stop(self) -> None:
        if not self.steered:
            self.say(NOBODY)
            return

        def answered(answer: str | None) -> None:
            if answer == "stop":
                self.send(StopSweep(), "stopping: trials in training save a checkpoint")

        going = sum(trial.status == "running" for trial in self.feed.view.trials)
        title = sweep_title(self.feed.view, self.feed.name)
        text = f"Stop the sweep {title}? {going:,} of its trials are in training."
        self.app.push_screen(AskScreen("Stop the sweep", text, STOPPING), answered)

    def action_drop(self) -> None:
        trial = self._trial()
        if trial is None:
            return
        if trial.over:
            self.say(f"trial #{trial.number} is {status_text(trial)} already")
            return

        def answered(answer: str | None) -> None:
            if answer == "drop":
                self.send(DropTrial(trial.number), f"dropping trial #{trial.number}")

        value = (
            f", {self.trials.metric} {metric_text(self.trials.metric, trial.best)}"
            if isfinite(trial.best)
            else ""
        )
        text = f"Drop trial #{trial.number}? {status_text(trial).capitalize()}, epoch {trial.epoch}{value}."
        self.app.push_screen(AskScreen("Drop a trial", text, DROPPING), answered)

    def action_keep(self) -> None:
        trial = self._trial()
        if trial is None:
            return
        if trial.kept:
            self.say(f"trial #{trial.number} is kept already")
        elif trial.status in ("finished", "diverged", "failed"):
            self.say(f"trial #{trial.number} is {status_text(trial)}: there is nothing to keep it from")
        else:
            again = " and goes on" if trial.over else ""
            self.send(KeepTrial(trial.number), f"trial #{trial.number} is kept{again}")

    def action_more(self) -> None:
        if not self.steered:
            self.say(NOBODY)
            return
        view = self.feed.view
        usual = 1 if view.sweep is None else view.sweep.repeats

        def take(text: str) -> None:
            count = int(text) if text.strip().isdecimal() else 0
            most = MOST_TRIALS - (0 if view.sweep is None else view.sweep.trials)
            if not 1 <= count <= most:
                raise InputError(f"type a number from 1 to {most:,}")
            self.send(MoreTrials(count), f"{count:,} more trial{'' if count == 1 else 's'} asked for")

        hint = "how many more trials" + (
            f"; a combination takes {usual}, with its seeds" if usual > 1 else ""
        )
        self._ask("more trials", str(8 * usual), hint, take)

    def action_axis(self) -> None:
        """Change an axis: that of the view that is open, at first."""
        sweep = self.feed.view.sweep
        if sweep is None or not self.steered:
            self.say(NOBODY)
            return
        if not sweep.axes:
            self.say("this sweep has no axis: only its seeds and folds vary")
            return
        names = [axis.name for axis in sweep.axes]
        first = sweep.axis(self.open_axis if self.open_axis in names else names[0])

        def take(text: str) -> None:
            now = self.feed.view.sweep or sweep
            axis = parse_axis(text, now.experiment)
            if axis.name not in names:
                raise InputError(f"{axis.name}: does not vary in this sweep; its axes are {', '.join(names)}")
            if axis.text() == now.axis(axis.name).text():
                raise InputError(f"{axis.name}: these are the values it has now")
            self.send(ChangeAxis(axis), axis_words(axis, self.feed.view))

        self._ask("axis", first.text(), OVER_HINT, take)

    def action_widen(self) -> None:
        """Add trials beyond the end of a range at which the best are."""
        command = self.edge.command(self.feed.view)
        if command is None or command.axis is None:
            self.say("no range has its best trials at an end")
        else:
            self.send(command, f"{command.count} more trials with {command.axis.text()} asked for")

    def _trial(self) -> TrialView | None:
        """The selected trial, if it can be steered."""
        trial = self.trials.chosen
        if trial is None:
            self.say("no trial has begun yet")
        elif not self.steered:
            self.say(NOBODY)
        else:
            return trial
        return None
