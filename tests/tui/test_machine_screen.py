"""The machine in a window and in the status line."""

from dataclasses import replace

import pytest

from tests.session.test_machine import GPU
from tests.tui.fakes import NARROW, WIDE, a_lab, same_as_before
from tui_lab.protocol.view import RunView
from tui_lab.session.machine import Machine, Usage
from tui_lab.tui.inspect.machine_screen import MachineScreen
from tui_lab.tui.inspect.machine_text import machine_lines, waiting_load
from tui_lab.tui.lab.panes.status import status_line

BUSY = Usage(
    16, 3.2, 9 << 30, 128 << 30, 4123, 0.97, 612_000_000, (GPU, replace(GPU, name="[/x]\x1b[31m", load=0.0))
)


@pytest.fixture(autouse=True)
def no_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Machine, "start", lambda self: None)


@pytest.mark.parametrize(("name", "size"), [("80x24", NARROW), ("120x40", WIDE)])
async def test_the_window(name: str, size: tuple[int, int]) -> None:
    async with a_lab(size, chosen="binary") as lab:
        run = await lab.train()
        loads = (0.0, 0.2, 0.5, 0.83)
        lab.app.machine.history += [
            replace(BUSY, trainer_cores=load * 10, gpus=(replace(GPU, load=load), *BUSY.gpus[1:]))
            for load in loads
        ]
        await lab.tick()
        await lab.press("M")
        assert isinstance(lab.app.screen, MachineScreen)
        same_as_before(f"machine-{name}", lab.text())
        await lab.press("M")
        assert lab.app.screen is lab.screen
        assert not run.sent


async def test_the_status_line_tells_it_while_training_if_there_is_room() -> None:
    async with a_lab((160, 40), chosen="binary") as lab:
        run = await lab.train()
        lab.app.machine.history.append(BUSY)
        await lab.tick()
        assert "cpu 97%" in lab.text()
        run.end()
        await lab.tick()
        assert "cpu 97%" not in lab.text()


def text(history: list[Usage], *, on_gpu: bool = False) -> str:
    return "\n".join("".join(part for part, _ in line) for line in machine_lines(history, 76, on_gpu=on_gpu))


def test_a_gpu_that_waits_is_pointed_out_once_it_is_sure() -> None:
    slow = replace(BUSY, gpus=(replace(GPU, load=0.35),))
    assert waiting_load([slow] * 14) is None
    assert waiting_load([slow] * 15) == 0.35
    assert "computes 35% of the time" in text([slow] * 15, on_gpu=True)
    assert "computes" not in text([slow] * 15)
    assert waiting_load([replace(slow, trainer_cores=0.3)] * 15) is None, "then it waits for something else"
    assert waiting_load([BUSY] * 15) is None


def test_without_a_trainer_or_a_gpu_that_is_said() -> None:
    assert text([]) == "looking…"
    alone = text([Usage(2, 0.0, 1 << 30, 2 << 30)])
    assert "none on this machine" in alone
    assert "no NVIDIA GPU" in alone
    assert "idle of 2" in alone


@pytest.mark.parametrize(
    ("environment", "says"),
    [
        ({"device": "cuda:0"}, "device cuda:0"),
        ({"device": "cuda:0", "ranks": 4}, "device 4 × cuda"),
        ({"device": "cpu", "ranks": 2}, "device 2 × cpu"),
        ({}, "device auto"),
    ],
)
def test_the_status_line_counts_the_ranks(environment: dict[str, str | int], says: str) -> None:
    told = status_line("running", RunView(environment=environment), "auto", True, 80)
    assert says in "".join(part for part, _ in told)
