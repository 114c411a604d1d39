"""The screens that are opened from the lab: runs, comparison, layers, layers over time, evaluation.

Each is imported when it is opened, so that the first frame does not wait for it.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_lab.tui.quitting import QuittingApp

if TYPE_CHECKING:
    from tui_lab.experiment.experiment import Experiment
    from tui_lab.protocol.evaluation import Evaluation
    from tui_lab.protocol.steering_events import Evaluated
    from tui_lab.tui.lab.screen import LabScreen
    from tui_lab.tui.runs.run_list import RunList
    from tui_lab.tui.state.answer_cache import AnswerCache
    from tui_lab.tui.state.runs_feed import RunsFeed
    from tui_lab.tui.state.shown_run import ShownRun

LAYERS_TAKEN = "layers set for the next run: t trains it, e edits them again"


class ScreensApp(QuittingApp):
    """Opens screens over the lab."""

    lab: "LabScreen"
    feed: "RunsFeed"
    run_list: "RunList"
    answers: "AnswerCache"

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

    def action_evaluate(self) -> None:
        """Evaluate the run on the screen of the lab."""
        watch = self.watch_run
        if self._lab_in_front() is not None and watch.run_id is not None and watch.view is not None:
            self._evaluate(watch.home / watch.run_id, watch.view.seq, watch)

    def action_evaluate_run(self, run_id: str, epochs: int) -> None:
        """Evaluate a run of the list, which had so many epochs."""
        watch = self.watch_run if run_id == self.watch_run.run_id else None
        self._evaluate(self.watch_run.root / run_id, epochs, watch)

    def _evaluate(self, folder: Path, seq: int, watch: "ShownRun | None") -> None:
        from tui_lab.protocol.label_errors import FindLabelErrors
        from tui_lab.protocol.label_plan import LabelPlan, plan_label_errors
        from tui_lab.runs.folder.folder import RunFolder
        from tui_lab.runs.folder.reading import load_run
        from tui_lab.runs.index.fold_runs import folds_if_whole
        from tui_lab.session.clients.label_search import LabelSearchProcess
        from tui_lab.tui.evaluation.feed import EvaluationFeed, Split
        from tui_lab.tui.evaluation.label_check import LabelCheck
        from tui_lab.tui.evaluation.screen import EvaluationScreen

        def at_rest(split: Split, anew: bool) -> "Evaluated | Evaluation":
            if split == "out of fold":
                return self.answers.evaluate_folds(folder, seq, anew=anew)
            return self.answers.evaluate(folder, split, seq, anew=anew)

        asked = watch.view.experiment if watch is not None and watch.view is not None else None
        preset = asked.preset if asked is not None else folder.name
        name = next((line.title for line in self.feed.lines if line.id == folder.name), preset)
        run = RunFolder(folder)

        def planned() -> LabelPlan:
            return plan_label_errors(load_run(run).view, FindLabelErrors(), len(folds_if_whole(run)))

        labels = LabelCheck(planned, partial(LabelSearchProcess, folder))
        self.push_screen(EvaluationScreen(EvaluationFeed(watch, at_rest, run), labels, name))
