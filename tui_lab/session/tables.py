"""Tables looked at for the screen, which must not know pandas: to be called on a thread."""

from tui_lab.protocol.events import DataLoaded
from tui_lab.spec.experiment import Experiment


def look_at(experiment: Experiment) -> DataLoaded:
    """What a run would tell of its data. Takes as long as reading it; raises InputError."""
    from tui_lab.data.surveying import look_at

    return look_at(experiment)
