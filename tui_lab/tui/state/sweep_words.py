"""What the lab says of sweeps that train beside it."""

from collections.abc import Sequence

from tui_lab.tui.state.sweeps import SweepLine
from tui_lab.tui.style.format import count, plural
from tui_lab.tui.style.marks import MARKS
from tui_lab.tui.style.text import cut

_WHERE = "`tui-lab sweeps` or W in the lab"


def training_words(sweeps: Sequence[SweepLine]) -> str:
    """That sweeps are running, and how to see them; empty if none is."""
    if not sweeps:
        return ""
    first, many = sweeps[0], len(sweeps) > 1
    doing = "paused" if all(sweep.state == "paused" for sweep in sweeps) else "running"
    mark, _ = MARKS[doing]
    head = f"{mark} {plural(len(sweeps), 'sweep')} {'are' if many else 'is'} {doing}"
    done = f"{count(first.over)} of {plural(first.trials, 'trial')} done{', …' if many else ''}"
    return f"{head}: {cut(first.title, 40)} ({done}) · W shows {'them' if many else 'it'}"


def left_words(sweeps: Sequence[SweepLine]) -> str:
    """What is said of sweeps when the lab is left; empty if none is running."""
    if not sweeps:
        return ""
    if len(sweeps) > 1:
        return f"{len(sweeps)} sweeps keep running in their own processes; {_WHERE} lists them"
    first = sweeps[0]
    goes_on = "stays paused" if first.state == "paused" else "keeps running"
    return f"sweep {first.id} {goes_on} in its own process; {_WHERE} shows it"
