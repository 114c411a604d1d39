"""Where the pixels of a run are: on the device, or elsewhere and read ahead."""

from collections.abc import Iterator
from contextlib import contextmanager
from unittest.mock import patch

from tests.gpu.bits import Trained, trained
from tui_lab.experiment.experiment import Experiment

PLACES = ("device", "memory", "disk")
AUGMENTED = {"flip": 0.5, "rotation": 10.0, "crop": 0.1, "color_jitter": 0.2}


@contextmanager
def pixels_in(place: str) -> Iterator[None]:
    """Inside, what is prepared has its pixels there, as if no more had fitted."""
    no_room = {
        "tui_lab.data.off_device.device_budget": place != "device",
        "tui_lab.data.images.decode_all.free_memory": place == "disk",
    }
    targets = [name for name, chosen in no_room.items() if chosen]
    if not targets:
        yield
        return
    with patch(targets[0], lambda *_: 0.0), patch(targets[-1], lambda *_: 0.0):
        yield


def report(asked: Experiment, epochs: int) -> bool:
    """Print whether a run has the same bits wherever its pixels are, and in a second run; returns whether."""
    hyper = asked.hyperparameters.model_copy(update=AUGMENTED | {"epochs": epochs})
    asked = asked.model_copy(update={"hyperparameters": hyper})

    def result(place: str) -> Trained:
        with pixels_in(place):
            return trained(asked)

    reference = result("device")
    same = {"twice": reference == result("device")}
    same |= {f"from {place}": reference == result(place) for place in PLACES[1:]}
    cells = "  ".join(f"{name} {'equal' if equal else 'DIFFER'}" for name, equal in same.items())
    print(f"bits, augmented: {cells}", flush=True)
    return all(same.values())
