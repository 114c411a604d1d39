"""The keys of the coach: apply its advice, read all of it, dismiss it."""

from tui_lab.coach.advice import Advice, edits_text
from tui_lab.tui.keys.key import When
from tui_lab.tui.lab.form.ended_run import asked_again
from tui_lab.tui.lab.run_actions import SteeredScreen
from tui_lab.tui.state.coaching import Coaching
from tui_lab.tui.widgets.confirm import AskScreen, Choice

NOTHING = "the coach has nothing to say about this run"
_DISMISS: Choice = ("d", "dismiss", "Do not say this again about this run.")
_BACK: Choice = ("escape", "back", "Leave it as it is.")


class CoachedScreen(SteeredScreen):
    """A screen with a coach."""

    coaching: Coaching

    def _coach_conditions(self) -> set[When]:
        advice = self.coaching.advice
        if advice is None:
            return set()
        return {"advised", "applicable"} if advice.finding.edits else {"advised"}

    def _be_coached(self) -> None:
        """Let the coach look at the run, if an epoch has ended."""
        outcome = self.coaching.follow(self._watch.run_id or "", self._watch.view)
        if outcome:
            self.notices.say(outcome)

    def action_advice(self) -> None:
        """Show the advice in full as of now, with what can be done about it."""
        self.coaching.renew(self._watch.view)
        advice = self.coaching.advice
        if advice is None:
            self.say(NOTHING)
            return
        apply: tuple[Choice, ...] = ()
        if advice.finding.edits:
            apply = (("A", "apply", self._meaning(advice)),)

        def answer(given: str | None) -> None:
            if given == "apply":
                self.action_apply_advice()
            elif given == "dismiss":
                self.coaching.silence()
                self.sync()

        self.app.push_screen(AskScreen("Coach", advice_text(advice), (*apply, _DISMISS, _BACK)), answer)

    def action_apply_advice(self) -> None:
        """Make the edits that the coach proposes, or keep them for the next run."""
        advice = self.coaching.advice
        if advice is None:
            self.say(NOTHING)
        elif not advice.finding.edits:
            self.action_advice()
        elif self._edits_run(advice):
            self._edit_run(advice)
        else:
            self._keep_for_next(advice)

    def _edits_run(self, advice: Advice) -> bool:
        return self._watch.live is not None and advice.live

    def _meaning(self, advice: Advice) -> str:
        what = edits_text(advice.finding.edits)
        return f"Set {what} {'now' if self._edits_run(advice) else 'for the next run'}."

    def _edit_run(self, advice: Advice) -> None:
        if not all(self._watch.edit(name, value, advice.why) for name, value in advice.finding.edits):
            self._say_unheard()
            return
        self.coaching.silence()
        self.say(f"coach: set {edits_text(advice.finding.edits)}; watch for this: {advice.finding.watch}")

    def _keep_for_next(self, advice: Advice) -> None:
        view = self._watch.view
        asked = asked_again(view) if view is not None else None
        if asked is None:
            self.say(NOTHING)
            return
        hyper = asked.hyperparameters.model_copy(update=dict(advice.finding.edits))
        words = self._next_run.keep(asked.model_copy(update={"hyperparameters": hyper}))
        self._of_run = False
        self.coaching.silence()
        self.say(words + (" · u reverts this" if self._next_run.kept and self._watch.live is None else ""))


def advice_text(advice: Advice) -> str:
    """The whole advice as a text."""
    finding = advice.finding
    first, last = finding.epochs
    where = f"epoch {last}" if first == last else f"epochs {first} to {last}"
    parts = [f"{advice.rule.title.capitalize()} ({where}): {finding.evidence}."]
    if finding.edits or finding.instead:
        parts.append(f"What would help: {advice.action}.")
    if finding.watch:
        parts.append(f"Then watch for this: {finding.watch}.")
    parts.append(f"The rule is from {advice.rule.source}.")
    return " ".join(parts)
