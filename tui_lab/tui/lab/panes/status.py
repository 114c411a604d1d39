"""The two lines at the bottom of the screen: the state of the run, and the keys that work now."""

from tui_lab.experiment.presets import Preset
from tui_lab.protocol.view import RunView
from tui_lab.tui.state.run_state import Phase
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.style.format import count, duration
from tui_lab.tui.style.marks import MARKS
from tui_lab.tui.style.text import Line, Span, cut, line, width_of
from tui_lab.tui.widgets.lines import Lines

_PHASES: dict[Phase, str] = {"starting": "starting…", "training": "running", "stopping": "stopping…"}
WAITED = ("loading torch…", "starting…")
"""Slow states, shown with the elapsed time."""
BAR = 8
"""The minimum width of the progress bar."""


def state(watch: ShownRun, loaded: bool) -> str:
    """The state, one of `MARKS`."""
    if watch.forking:
        return "forking…"
    if watch.phase == "training" and watch.view is not None and watch.view.paused:
        return "stepping…" if watch.view.advancing else "paused"
    if watch.phase != "rest":
        return _PHASES[watch.phase]
    if watch.refused:
        return "not started"
    if not loaded:
        return "loading torch…"
    return watch.status or "ready"


def hint(watch: ShownRun, loaded: bool, preset: Preset | None) -> str:
    """The text in the chart before there is a curve."""
    match state(watch, loaded):
        case "starting…":
            return "starting…"
        case "running" | "stepping…" | "stopping…":
            return "waiting for the first losses"
        case _ if preset is None:
            return "no preset to train"
        case _:
            return f"press t to train {preset.name}"


def status_line(
    word: str,
    view: RunView | None,
    device: str,
    busy: bool,
    width: int,
    silence: str = "",
    said: str = "",
    machine: str = "",
) -> Line:
    """State, device, epoch, step, speed, time left and a progress bar; what does not fit is left out.

    `said` replaces the name of the state, if given. `machine`: how busy it is.
    """
    mark, style = MARKS[word]
    head: Line = ((f"{mark} ", style), (said or word, style))
    device = cut(_device(view, device), 20)
    parts: list[tuple[int, Line]] = [(3, line(("device ", "dim"), device))]
    done: float | None = None
    if silence:
        parts.insert(0, (0, line((silence, "warn"))))
    elif view is not None and view.checkpoint_failed:
        parts.insert(0, (0, line(("⚠ checkpoint failed", "warn"))))
    if view is not None and view.hyper is not None and view.model is not None:
        total, epochs = view.total_steps or 0, view.hyper.epochs
        done = min(1.0, view.step / total) if total else 0.0
        epoch = min(epochs, max(view.under_way, 1 if busy else 0))
        parts.append((0, line(("epoch ", "dim"), f"{count(epoch)}/{count(epochs)}")))
        parts.append((4, line(("step ", "dim"), f"{count(view.step)}/{count(total)}")))
        rate, left = (None, None) if silence else (view.steps_per_second, view.seconds_left)
        if busy and rate:
            parts.append((2, pace(rate)))
        if busy and machine:
            parts.append((5, line((machine, "dim"))))
        if busy and left is not None:
            parts.append((1, line(duration(left), (" left", "dim"))))
        if not busy and view.ended is not None and (trained := view.seconds_trained) is not None:
            parts.append((1, line((f"trained {duration(trained)}", "dim"))))
    return _fitted(head, parts, done if busy else None, width)


def _device(view: RunView | None, device: str) -> str:
    """What the run trains on; `device` while that is not known. Ranks are counted."""
    if view is None:
        return device
    device, ranks = str(view.environment.get("device", device)), view.environment.get("ranks", 1)
    return device if ranks == 1 else f"{ranks} × {device.partition(':')[0]}"


def pace(rate: float) -> Line:
    """Steps per second, or seconds per step if there is less than one a second."""
    if rate < 1:
        return line(f"{1 / rate:.2g}" if rate > 0.01 else count(1 / rate), (" s/step", "dim"))
    steps = f"{rate:.1f}".removesuffix(".0") if rate < 9.95 else count(rate)
    return line(steps, (" step/s" if steps == "1" else " steps/s", "dim"))


def _fitted(head: Line, parts: list[tuple[int, Line]], done: float | None, width: int) -> Line:
    bar = 0 if done is None else BAR + 7
    while parts and width_of(head) + sum(3 + width_of(part) for _, part in parts) + bar > width:
        parts.remove(max(parts, key=lambda item: item[0]))
    spans: list[Span] = list(head) if width_of(head) <= width else [(cut(head[1][0], width), head[1][1])]
    for _, part in parts:
        spans += [("   ", ""), *part]
    room = width - width_of(spans) - 7
    if done is not None and room >= BAR:
        filled = round(done * room)
        spans += [
            ("  ", ""),
            ("━" * filled, "bar"),
            ("─" * (room - filled), "track"),
            (f" {done:4.0%}", "dim"),
        ]
    return tuple(spans)


class StatusLine(Lines):
    """The status line."""

    def __init__(self, watch: ShownRun, device: str) -> None:
        super().__init__(id="status")
        self._watch, self._device = watch, device
        self.loaded = False
        self.machine = ""
        self._waiting, self._since = "", 0.0

    @property
    def moves(self) -> bool:
        """Whether it changes as time passes."""
        return self._watch.phase == "training" or state(self._watch, self.loaded) in WAITED

    def _waited(self, word: str) -> str:
        """What is being waited for, and for how many seconds; empty if nothing is."""
        if word != self._waiting:
            self._waiting, self._since = word, self._watch.clock()
        if word not in WAITED:
            return ""
        seconds = int(self._watch.clock() - self._since)
        what = word if self.loaded or word != "starting…" else "starting: loading torch…"
        return f"{what} {seconds} s" if seconds else what

    def lines(self, width: int) -> list[Line]:
        word = state(self._watch, self.loaded)
        busy = self._watch.phase in ("training", "stopping")
        shown = self._watch.view if word != "starting…" else None
        silence = self._watch.silence.words if busy and not self._watch.of_sweep else ""
        said = self._waited(word)
        return [status_line(word, shown, self._device, busy, width, silence, said, self.machine)]
