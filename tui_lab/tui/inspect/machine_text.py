"""The machine in lines: processor, memory and GPUs, each with its last ten minutes."""

from collections.abc import Sequence
from statistics import median

from tui_lab.experiment.network.memory import bytes_text
from tui_lab.session.machine import GpuUsage, Usage
from tui_lab.tui.style.text import Line, cut, fill, wrap
from tui_lab.tui.widgets.lines import Lines

BLOCKS = " ▁▂▃▄▅▆▇█"
NAME, FIGURE = 10, 24
"""Columns of the names and the figures; the history takes the rest."""
WAITS, BUSY, LOOKS = 0.7, 0.9, 15
"""A GPU that computes less than this fraction of the time, beside a core that is busy more than that, over at
least so many looks, waits for it."""
GPU_WAITS = (
    "The GPU computes {load:.0%} of the time, while the process that trains keeps a core busy: it waits for "
    "the processor. Larger batches help, and data that fit in its memory."
)


class MachineText(Lines):
    """Shows a history."""

    def __init__(self, history: Sequence[Usage], on_gpu: bool) -> None:
        super().__init__()
        self._history, self._on_gpu = history, on_gpu

    def lines(self, width: int) -> list[Line]:
        return machine_lines(list(self._history), width, on_gpu=self._on_gpu)


def machine_lines(history: Sequence[Usage], width: int, *, on_gpu: bool) -> list[Line]:
    """A line for each quantity."""
    if not history:
        return wrap("looking…", width, "dim")
    now = history[-1]
    lines: list[Line] = [(("process that trains", "head"),)]
    if now.trainer:
        own = [usage.trainer_cores for usage in history]
        lines += [
            _row("processor", own, now.cores, f"{_cores(own[-1])} of {now.cores}", width),
            _row(
                "memory",
                [u.trainer_memory for u in history],
                now.memory_total,
                bytes_text(now.trainer_memory),
                width,
            ),
        ]
    else:
        lines.append((("  none on this machine", "dim"),))
    used = [usage.memory for usage in history]
    lines += [
        (),
        (("machine", "head"),),
        _row(
            "processor",
            [u.cores_used for u in history],
            now.cores,
            f"{_cores(now.cores_used)} of {now.cores}",
            width,
        ),
        _row(
            "memory",
            used,
            now.memory_total,
            f"{bytes_text(used[-1])} of {bytes_text(now.memory_total)}",
            width,
        ),
    ]
    for number in range(len(now.gpus)):
        lines += [
            (),
            *_gpu([usage.gpus[number] for usage in history if number < len(usage.gpus)], number, width),
        ]
    if not now.gpus:
        lines += [(), (("no NVIDIA GPU", "dim"),)]
    if on_gpu and (load := waiting_load(history)) is not None:
        lines += [(), *wrap(GPU_WAITS.format(load=load), width, "warn")]
    return lines


def waiting_load(history: Sequence[Usage]) -> float | None:
    """How much the busiest GPU computes, if it waits for the process that trains; else None."""
    recent = [usage for usage in history if usage.trainer and usage.gpus][-LOOKS:]
    if len(recent) < LOOKS or median(usage.trainer_cores for usage in recent) < BUSY:
        return None
    load = median(max(gpu.load or 0.0 for gpu in usage.gpus) for usage in recent)
    return load if load < WAITS else None


def _gpu(history: Sequence[GpuUsage], number: int, width: int) -> list[Line]:
    now = history[-1]
    more = [f"{now.celsius} °C"] if now.celsius is not None else []
    more += [f"{now.watts:.0f} W"] if now.watts is not None else []
    lines: list[Line] = [((f"GPU {number}", "head"), (cut(f"  {now.name}", width - 8), "dim"))]
    if now.load is not None:
        figure = "  ".join([f"{now.load:.0%}", *more])
        lines.append(_row("load", [gpu.load or 0.0 for gpu in history], 1.0, figure, width))
    if now.memory is not None and now.memory_total:
        figure = f"{bytes_text(now.memory)} of {bytes_text(now.memory_total)}"
        lines.append(_row("memory", [gpu.memory or 0 for gpu in history], now.memory_total, figure, width))
    return lines


def _row(name: str, values: Sequence[float], most: float, figure: str, width: int) -> Line:
    room = max(0, width - NAME - FIGURE - 4)
    shown = values[-room:] if room else ()
    bars = "".join(_block(value / most if most else 0.0) for value in shown).rjust(room)
    return (("  ", ""), (fill(name, NAME), "dim"), (bars, "bar"), ("  ", ""), (fill(figure, FIGURE), ""))


def _block(share: float) -> str:
    return BLOCKS[min(len(BLOCKS) - 1, max(int(share > 0), round(share * (len(BLOCKS) - 1))))]


def _cores(value: float) -> str:
    return f"{value:.1f} cores" if value >= 0.05 else "idle"
