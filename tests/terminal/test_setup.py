"""A table in a real terminal: set up, its layers changed, looked inside, trained; and one that is refused."""

import random
from pathlib import Path

import pytest

from tests.terminal.terminal import terminal
from tests.tui.test_table_screen import HOSTILE, houses

pytestmark = [pytest.mark.slow, pytest.mark.usefixtures("warm_labs")]
DOWN, ESC = "\x1b[B", "\x1b"


def test_a_table_is_set_up_given_other_layers_and_trained(tmp_path: Path) -> None:
    houses(tmp_path)
    with terminal("houses.csv", width=80, height=24, folder=tmp_path) as lab:
        lab.shows("60 rows, 6 columns · ready: 5 inputs", "area +whole +6 +54", "⏎ to the lab", "esc presets")
        lab.press(*[DOWN] * 7, "\x1b[C")
        lab.shows("ready: 6 inputs", "id +whole.* number •")
        lab.press("\r")
        lab.shows("press t to train houses", "3 Hyperparameters · houses")
        lab.press("e")
        lab.shows("Layers · houses · for the next run", r"1 linear 64 +64 +448", "last linear 1")
        lab.press("i", *"linear 16")
        lab.shows("→ 16, 1,040 weights")
        lab.press("\r")
        lab.shows("2 linear 16 +16 +1,040", "a accept")
        lab.press("a")
        lab.shows(r"layers edited \(e\)")
        lab.press("v")
        lab.shows("untrained, as the next run starts", r"2 linear 16 +16×16 .* 0%")
        lab.press("\r")
        lab.shows(r"optimizer +adam")
        lab.press("t")
        lab.shows("finished", "t train")
        lab.press("q")
        assert lab.ends() == 0
        assert lab.restored()


def test_a_refused_table_says_why_and_is_read_again(tmp_path: Path) -> None:
    path = tmp_path / "bad.csv"
    path.write_text("a,b\n1,2,3\n4,5,6\n7,8\n")
    with terminal("bad.csv", width=80, height=24, folder=tmp_path) as lab:
        lab.shows("cannot use bad.csv", "row 2: more cells", "r read again")
        path.write_text(houses(tmp_path).read_text())
        lab.press("r")
        lab.shows("ready: 5 inputs")
        lab.press(ESC)
        lab.shows("press t to train regression")
        lab.press("q")
        assert lab.ends() == 0


def test_hostile_names_reach_no_terminal(tmp_path: Path) -> None:
    rng = random.Random(0)
    names = ",".join(f'"{name}"' for name in (*HOSTILE, "y"))
    cells = "\n".join(",".join(f'"{rng.choice(HOSTILE[:3])}{k % 4}"' for _ in range(6)) for k in range(40))
    (tmp_path / "h[x].csv").write_text(f"{names}\n{cells}\n", "utf-8")
    with terminal("h[x].csv", width=80, height=24, folder=tmp_path) as lab:
        lab.shows(r"h\[x\].csv · 40 rows, 6 columns", "✗ cannot train|ready")
        lab.press(*[DOWN] * 8, "p", "p", "w")
        lab.shows("› save as")
        lab.press(ESC)
        lab.shows(r"\\x1b\[31mred", "esc presets")
        assert b"\x1b[31mred" not in lab.raw
        assert "\u202e".encode() not in lab.raw
        lab.press("q")
        assert lab.ends() == 0
