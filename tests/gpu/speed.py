"""Steps a second of each preset against the eager floor on the same device, in turns."""

import tempfile
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median

import torch

from tests.benchmarks.contestants import loops
from tests.benchmarks.turns import in_turns, ratio
from tests.gpu.size import Size
from tui_lab.session.recorder import prepare


def report(device: torch.device, size: Size) -> None:
    """Print a line for each preset."""
    ways = loops.LAB
    print("\nspeed: steps a second, and times the floor's (in brackets what is wanted of a GPU)")
    print(f"{'preset':<12}{'floor/s':>10}" + "".join(f"{name + '/s':>12}{'of floor':>16}" for name in ways))
    for preset in size.presets:
        asked = loops.endless(preset, str(device))
        with tempfile.TemporaryDirectory() as folder, ExitStack() as ending:
            running = {"floor": loops.floor(prepare(asked))}
            for name, way in ways.items():
                asked = loops.endless(preset, str(device), **way.hyper)
                running[name] = loops.lab(prepare(asked), Path(folder))
            turns = {name: loops.turn_of(ending.enter_context(closing(it))) for name, it in running.items()}
            rates = in_turns(turns, size.turns, size.turn_s, device)
        line = f"{preset:<12}{median(rates['floor']):>10.0f}"
        for name, way in ways.items():
            wanted = way.on_images if asked.data.shape else way.on_tables
            share = f"{ratio(rates[name], rates['floor']):.2f} ({wanted:g})"
            line += f"{median(rates[name]):>12.0f}{share:>16}"
        print(line, flush=True)
