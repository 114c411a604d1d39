"""`python -m tests.pictures [FOLDER]`: picture every screen, for docs/screens.md.

From real runs, but for sweeps, which are made up; `--sweeps` pictures only these.
"""

import asyncio
import os
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from textual.pilot import Pilot

from tests.pictures.scenes import SCENES, Scene
from tests.pictures.svg import picture
from tests.tui.sweep.made_sweep import THREE, a_feed
from tests.tui.sweep.open_sweep import a_sweep_screen
from tui_lab.cli.main import main as shell
from tui_lab.experiment.presets import all_presets
from tui_lab.runs.folder.finding import find
from tui_lab.session.clients.attached import RemoteSession
from tui_lab.session.clients.trainers import InProcess, Trainers
from tui_lab.session.queries.tables import look_at
from tui_lab.sweep.edges import edge_warnings
from tui_lab.tui.app import Contents, LabApp
from tui_lab.tui.state.background import busy
from tui_lab.tui.sweep.shares import shares_of

SIZES = ((80, 24), (120, 40), (200, 60))
RUNS = {"binary": ("0", "1", "2"), "regression": ("0",), "cnn": ("0",), "moons": ("0",)}
"""The presets that are trained, and with which seeds."""
DOCS = Path(__file__).parents[2] / "docs"


def main(arguments: list[str]) -> int:
    """Train, and write a picture of each scene at each size."""
    arguments, only_sweeps = [text for text in arguments if text != "--sweeps"], "--sweeps" in arguments
    folder = Path(arguments[0]) if arguments else DOCS / "pictures"
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as home:
        for name in ("TUI_LAB_RUNS", "XDG_CONFIG_HOME", "XDG_CACHE_HOME"):
            os.environ[name] = str(Path(home) / name)
        for preset, seeds in RUNS.items() if not only_sweeps else ():
            for seed in seeds:
                options = ["--seed", seed, "--name", f"{preset} {seed}", "--quiet"]
                assert shell(["train", preset, *options]) == 0
        root, trainers = Path(os.environ["TUI_LAB_RUNS"]), InProcess()
        trainers.load()
        for size in SIZES:
            for scene in SCENES:
                if only_sweeps and not scene.sweep:
                    continue
                text = asyncio.run(shot(scene, size, root, trainers))
                (folder / f"{scene.name}-{size[0]}x{size[1]}.svg").write_text(text, "utf-8")
                print(f"{scene.name} {size[0]}x{size[1]}", flush=True)
    if not arguments:
        (DOCS / "screens.md").write_text(page(), "utf-8")
    return 0


async def shot(scene: Scene, size: tuple[int, int], root: Path, trainers: Trainers) -> str:
    """A picture of one scene."""
    if scene.sweep:
        return await sweep_shot(scene, size)
    run = find(root, f"{scene.preset} 0")
    session = RemoteSession(run, long=True)
    app = LabApp(Contents(all_presets(), root, trainers, scene.preset, attached=session, read=look_at))
    async with app.run_test(size=size) as pilot:
        await idle(pilot)
        while app.watch_run.view is None or app.watch_run.view.status == "running":
            await idle(pilot)
        for key in scene.keys:
            await pilot.press(key)
            await idle(pilot)
        return picture(app)


async def sweep_shot(scene: Scene, size: tuple[int, int]) -> str:
    """A picture of a sweep that was made up: 300 trials, two thirds of them over."""
    async with a_sweep_screen(a_feed(THREE, 300, part=0.7), size, shares_of, edge_warnings) as sweep:
        await sweep.press(*scene.keys)
        return picture(sweep.lab.app)


async def idle(pilot: Pilot[int]) -> None:
    """Until whatever a key has started is done, and has been shown."""
    await pilot.pause(0.5)
    while busy():
        await pilot.pause(0.1)
    await pilot.pause(0.5)


def page() -> str:
    """The page that shows them."""
    parts = [
        "# Screens",
        "Made by `python -m tests.pictures` at 80x24, and larger: from real runs of the presets; the "
        "sweep is made up.",
    ]
    for scene in SCENES:
        larger = " ".join(f"[{w}x{h}](pictures/{scene.name}-{w}x{h}.svg)" for w, h in SIZES[1:])
        width, height = SIZES[0]
        keys = " ".join(f"`{key}`" for key in scene.keys).replace("question_mark", "?")
        how = f"Press {keys}. " if keys else ""
        parts += [
            f"## {scene.title}",
            f"{how}Larger: {larger}",
            f"![{scene.title}](pictures/{scene.name}-{width}x{height}.svg)",
        ]
    return "\n\n".join(parts) + "\n"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
