"""Many trials as one against one after another: steps of all trials in a second of the processor.

Each contestant is the engine alone, without journal and checkpoints, on one thread: trials of one preset that
differ by their seed, in one stack; one trial alone; and one with `speed=fast`, in C if there is a compiler.
"""

from collections.abc import Callable, Iterator
from queue import SimpleQueue
from statistics import median
from time import process_time

from tests.benchmarks.contestants.loops import endless, turn_of
from tests.benchmarks.turns import in_turns, ratio
from tui_lab.engine.loop import run
from tui_lab.engine.setup.device import choose_device
from tui_lab.engine.setup.prepare import prepare
from tui_lab.engine.stacked.together import Together, Trial
from tui_lab.protocol.events import EpochEnded

TRIALS, TURNS, TURN_S = 64, 3, 0.5
PRESETS = ("regression", "binary", "multiclass")


def report() -> None:
    """Print a line for each preset, with its dropout and without."""
    print(f"{TRIALS} trials as one, against one after another; thousand steps a second of the processor")
    print(f"{'preset':<14}{'alone':>8}{'stacked':>9}{'ratio':>7}{'in C':>8}{'ratio':>7}")
    for preset in PRESETS:
        for name, hyper in ((preset, {}), (f"{preset}*", {"dropout": 0.0})):
            rates = rates_of(preset, **hyper)
            alone, stacked, fast = (median(rates[way]) / 1000 for way in ("alone", "stacked", "fast"))
            times, in_c = (ratio(rates[way], rates["alone"]) for way in ("stacked", "fast"))
            print(f"{name:<14}{alone:>8.1f}{stacked:>9.1f}{times:>7.2f}{fast:>8.1f}{in_c:>7.2f}", flush=True)
    print("*: without dropout")


def rates_of(
    preset: str,
    trials: int = TRIALS,
    turns: int = TURNS,
    seconds: float = TURN_S,
    time: Callable[[], float] = process_time,
    **hyper: object,
) -> dict[str, list[float]]:
    """Steps a second of each way, one for each turn."""
    ways = {
        "alone": _alone(preset, hyper),
        "fast": _alone(preset, hyper | {"speed": "fast"}),
        "stacked": _stacked(preset, trials, hyper),
    }
    contestants = {name: turn_of(steps) for name, steps in ways.items()}
    return in_turns(contestants, turns, seconds, choose_device("cpu"), time)


def _alone(preset: str, hyper: dict[str, object]) -> Iterator[int]:
    for event in run(prepare(endless(preset, "cpu", **hyper)), SimpleQueue()):
        if isinstance(event, EpochEnded):
            yield event.step


def _stacked(preset: str, trials: int, hyper: dict[str, object]) -> Iterator[int]:
    """The steps of all, whenever all have ended an epoch."""
    prepared = [prepare(endless(preset, "cpu", seed=seed, **hyper)) for seed in range(trials)]
    for number, event in Together([Trial(one) for one in prepared]):
        if number == trials - 1 and isinstance(event, EpochEnded):
            yield trials * event.step
