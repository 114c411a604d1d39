"""What the screen of a sweep costs: processor time of a redraw with 1,000 curves of 100 points, of a key."""

import asyncio
import gc
from statistics import median
from time import process_time

from tests.tui.fakes import a_lab
from tests.tui.sweep.made_sweep import THREE, MadeFeed, a_sweep, events, records
from tui_lab.tui.sweep import screen as sweep_screen
from tui_lab.tui.sweep.screen import SweepScreen

SIZES = ((80, 24), (120, 40))
TRIALS, REDRAWS = 1_000, 60
KEYS = ("down", "2", "3", "4", "5", "6", "s", "g", "1", "l")


def report(trials: int = TRIALS, redraws: int = REDRAWS) -> None:
    """Print a line for each size, with painting: medians, what 95 of 100 redraws stay below, the longest."""
    print(f"{trials:,} curves: milliseconds of processor time, from new records to the painted screen")
    print(f"{'size':>8}{'frames to fill':>16}{'redraw':>8}{'95 %':>6}{'longest':>9}{'key':>7}{'longest':>9}")
    for size in SIZES:
        opening, growing, keys = asyncio.run(measured(size, trials, redraws))
        nearly_all = sorted(growing)[int(0.95 * (len(growing) - 1))]
        print(
            f"{f'{size[0]}x{size[1]}':>8}{len(opening):>16}{median(growing):>8.1f}{nearly_all:>6.1f}"
            f"{max(growing):>9.1f}{median(keys):>7.1f}{max(keys):>9.1f}",
            flush=True,
        )


async def measured(
    size: tuple[int, int], trials: int, redraws: int
) -> tuple[list[float], list[float], list[float]]:
    """Milliseconds of each frame until all curves are drawn; of each redraw with new records; of each key."""
    made = records(events(a_sweep(THREE, trials)))
    feed = MadeFeed(made, len(made) - redraws - 1)
    gc.collect()
    gc.freeze()  # what was made here is not searched for garbage: a lab does not have it
    sweep_screen.TICK_S = sweep_screen.FILL_S = 3600.0  # each redraw is asked for here
    async with a_lab(size) as lab:
        screen = SweepScreen(feed, lambda wish: None)
        held, feed.left = feed.left, []
        lab.app.push_screen(screen)
        opening = [await timed(lab.idle())]
        while screen.view.unfinished:
            began = process_time()
            screen.fill()
            await lab.idle()
            opening.append(1000 * (process_time() - began))
        feed.left = held
        growing = []
        for _ in range(redraws):
            began = process_time()
            screen.tick()
            await lab.idle()
            growing.append(1000 * (process_time() - began))
        while screen.view.unfinished:
            screen.fill()
        keys = []
        for key in KEYS:
            keys.append(await timed(lab.press(key)))
            while screen.view.unfinished:
                screen.fill()
        return opening, growing, keys


async def timed(done: object) -> float:
    """Milliseconds of processor time that something takes."""
    began = process_time()
    await done  # type: ignore[misc]
    return 1000 * (process_time() - began)


if __name__ == "__main__":
    report()
