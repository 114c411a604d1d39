"""What was observed beside the training, as a view remembers it."""

from tests.journals import fold
from tests.protocol.test_view import BUILT, LOADED, STARTED, ended
from tui_lab.protocol.events import Event, Record
from tui_lab.protocol.observed_events import MOST_OBSERVED, GpuObserved, LinearFitted
from tui_lab.protocol.steering_events import Undone
from tui_lab.protocol.view import RunView

LINEAR = LinearFitted(0.4, 0.5, "least squares on the inputs")


def seen(*events: Event) -> RunView:
    return fold([Record(seq, float(seq), event) for seq, event in enumerate(events, 1)])


def gpu(step: int) -> GpuObserved:
    return GpuObserved(1 + step // 100, step, 30.0, 0.5, 1.0)


def test_the_linear_model_stays_whatever_happens_to_the_run() -> None:
    assert seen(STARTED, LOADED, BUILT, ended(1)).linear is None
    undone = Undone(0, 0, "lr", 0.1, 0.01, 200, 0, 100)
    assert seen(STARTED, LOADED, BUILT, ended(1), LINEAR, undone).linear == LINEAR


def test_the_latest_looks_at_the_gpu_are_remembered() -> None:
    many = [gpu(10 * k) for k in range(3 * MOST_OBSERVED)]
    assert seen(STARTED, LOADED, BUILT, *many).gpu == many[-MOST_OBSERVED:]


def test_looks_at_the_gpu_in_an_undone_part_are_forgotten() -> None:
    undone = Undone(100, 1, "lr", 0.1, 0.01, 200, 0, 100)
    view = seen(STARTED, LOADED, BUILT, gpu(50), ended(1), gpu(150), ended(2), undone)
    assert view.gpu == [gpu(50)]
