"""The windows over the lab: what is asked about a network, its data and the machine.

Each is imported when it is opened, so that the first frame does not wait for it.
"""

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_lab.protocol.fit import ONLY_NUMBERS
from tui_lab.tui.screens import ScreensApp

if TYPE_CHECKING:
    from tui_lab.experiment.experiment import Experiment
    from tui_lab.session.machine import Machine
    from tui_lab.tui.inspect.fit.screen import AtRest
    from tui_lab.tui.lab.screen import LabScreen

NOT_SAVED = "the run has not been saved yet: try again in some seconds"
NO_IMAGES = "i shows images; the inputs here are table columns"


class WindowsApp(ScreensApp):
    """Opens windows over the lab."""

    machine: "Machine"

    def _at_rest(self, lab: "LabScreen") -> "tuple[Experiment, Path | None, int] | None":
        """The experiment, folder and journal length of the run that has ended, or else of the next one.

        The next one has no folder. None if its preset is not valid.
        """
        if (ended := lab.ended_run()) is not None:
            return ended
        experiment = self.next_run.experiment()
        return None if experiment is None else (experiment, None, 0)

    def _experiment(self, lab: "LabScreen") -> "Experiment | None":
        """What the run on the screen, or else the next one, trains; None if its preset is not valid."""
        if (live := self.watch_run.live) is not None:
            return live.experiment
        found = self._at_rest(lab)
        return None if found is None else found[0]

    def action_look_inside(self) -> None:
        """Pass one batch through the network of the run on the screen, or of the next one."""
        if (lab := self._lab_in_front()) is None:
            return
        from tui_lab.tui.inspect.activations_screen import LookScreen

        if self.watch_run.live is not None:
            self.push_screen(LookScreen(self.watch_run))
        elif (found := self._at_rest(lab)) is not None:
            self.look(*found)

    def action_draw_fit(self) -> None:
        """Draw what the network of the run on the screen, or of the next one, makes of its inputs."""
        if (lab := self._lab_in_front()) is None:
            return
        from tui_lab.tui.inspect.fit.screen import FitScreen

        watch, live, experiment = self.watch_run, self.watch_run.live, self._experiment(lab)
        if experiment is None:
            return
        data = live.data if live is not None else None
        if experiment.data.inputs != "columns":
            lab.say(f"{ONLY_NUMBERS}; the inputs here are images or user code")
        elif data is not None and data.features > 2:
            lab.say(f"{ONLY_NUMBERS}; there are {data.features} here")
        else:
            rest = self._fit_at_rest(lab) if live is None else None
            self.push_screen(FitScreen(watch, rest, lambda: self._fit_at_rest(lab)))

    def _fit_at_rest(self, lab: "LabScreen") -> "AtRest | None":
        found = self._at_rest(lab)
        if found is None:
            return None
        ask = partial(self.answers.fit, *found)
        return lambda asked, anew: ask(asked, anew=anew)

    def action_show_samples(self) -> None:
        """Show images of the run on the screen, or of the next one, with augmentation."""
        if (lab := self._lab_in_front()) is None:
            return
        from tui_lab.tui.inspect.images_screen import SamplesScreen

        watch, live, experiment = self.watch_run, self.watch_run.live, self._experiment(lab)
        if experiment is None:
            return
        if experiment.data.inputs == "columns":
            lab.say(NO_IMAGES)
        elif live is not None:
            self.push_screen(SamplesScreen(watch, experiment))
        else:
            ask = partial(self.answers.show, experiment)
            self.push_screen(SamplesScreen(watch, experiment, lambda show, anew: ask(show, anew=anew)))

    def action_find_rate(self) -> None:
        """Try learning rates from the weights of the run on the screen, or from those of the next one."""
        if (lab := self._lab_in_front()) is None:
            return
        from tui_lab.tui.inspect.lr_screen import LearningRateScreen

        watch, live = self.watch_run, self.watch_run.live
        if live is None or live.experiment is None or watch.run_id is None:
            found = self._at_rest(lab)
        elif live.checkpoints:
            found = live.experiment, watch.home / watch.run_id, len(live.checkpoints)
        else:
            lab.say(NOT_SAVED)
            return
        if found is not None:
            ask, use = partial(self.answers.rates, *found), partial(lab.use_value, "lr")
            lr = float(lab.lab.board.value("lr"))
            self.push_screen(LearningRateScreen(watch, lr, lambda anew: ask(anew=anew), use))

    def action_try_one(self) -> None:
        """Change the values of a row, or choose an image, and see the prediction change."""
        if (lab := self._lab_in_front()) is None:
            return
        from tui_lab.tui.inspect.try_one.asking import Asking
        from tui_lab.tui.inspect.try_one.screen import TryScreen

        watch, live = self.watch_run, self.watch_run.live
        if live is not None:
            if live.experiment is not None:
                self.push_screen(TryScreen(Asking(watch), live.experiment))
        elif (found := self._at_rest(lab)) is not None:
            experiment, run, _ = found
            ask = partial(self.answers.try_row, experiment, run)
            asking = Asking(watch, lambda wanted, anew: ask(wanted, anew=anew))
            self.push_screen(TryScreen(asking, experiment, ended=run is not None))

    def action_check_start(self) -> None:
        """Check the experiment of the run on the screen, or the next one, with new weights."""
        if (lab := self._lab_in_front()) is None:
            return
        from tui_lab.tui.inspect.checks_screen import ChecksScreen
        from tui_lab.tui.lab.form.ended_run import asked_again

        live = self.watch_run.live
        found = self._at_rest(lab) if live is None else None
        experiment = asked_again(live) if live is not None else found[0] if found is not None else None
        if experiment is not None:
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
