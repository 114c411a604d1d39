"""Trying rows with a network that does not train; what was loaded for one is kept for the next.

Loads torch. What is kept is only of the process that answers, until it is asked something else.
"""

from pathlib import Path
from typing import TYPE_CHECKING

from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Try
from tui_lab.protocol.steering_events import Tried
from tui_lab.runs.folder.folder import RunFolder

if TYPE_CHECKING:
    from tui_lab.engine.diagnostics.trying import Tryable

_kept: "dict[str, Tryable]" = {}


def try_at_rest(experiment: Experiment, run: str | None, wanted: Try, *, anew: bool) -> Tried:
    """A row with the best weights of a run, or with new ones; `anew`: the data are read again.

    Raises LabError as preparing, reading a checkpoint, and `tui-lab predict` do.
    """
    from tui_lab.engine.diagnostics.trying import try_row, untrained
    from tui_lab.engine.setup.determinism import repeatable

    key = f"{run} {experiment.model_dump_json()}"
    if anew or key not in _kept:
        forget()
        _kept[key] = untrained(experiment) if run is None else _ended(experiment, Path(run))
    subject = _kept[key]
    with repeatable(subject.part.y.device):
        return try_row(subject, wanted)


def forget() -> None:
    """Keep nothing: the memory is for whatever comes next."""
    _kept.clear()


def _ended(experiment: Experiment, folder: Path) -> "Tryable":
    """The network and the preprocessing of the newest checkpoint, as `tui-lab predict` uses them."""
    from tui_lab.data.sources import rows_of_split
    from tui_lab.engine.checkpoints.last_good import newest_point, skipped_notes
    from tui_lab.engine.diagnostics.trying import Tryable, refuse_user_code
    from tui_lab.engine.predict import make_predictor
    from tui_lab.engine.setup.device import choose_device
    from tui_lab.engine.setup.precision import forward_in

    refuse_user_code(experiment)
    device = choose_device(experiment.device)
    run = RunFolder(folder)
    view, point = newest_point(run, device)
    if view.data is None or view.experiment is None:
        raise InputError(f"run {run.run_id} ended before training began; there is nothing to try")
    predictor = make_predictor(view.experiment, point.state, device)
    rows = rows_of_split(view.experiment, predictor.recipe, "val", view.data.sha256)
    ended = view.history.at(predictor.epoch)
    return Tryable(
        predictor.network,
        forward_in(predictor.precision, predictor.network, device),
        predictor.part(rows),
        predictor.recipe,
        ended.step if ended else view.step,
        predictor.epoch,
        skipped_notes(point.skipped),
    )
