"""Random keys and bytes at random times, from the first millisecond on: the lab neither dies nor hangs.

By default a few; `TUI_LAB_TYPED=100000` types so many at each size, with real runs in between, and
`TUI_LAB_SEED` says which ones.
"""

import json
import os
import random
import re
import select
import signal
import time
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

import pexpect
import pytest

from tests.terminal import watched_lab
from tests.terminal.terminal import Terminal
from tests.terminal.test_lab import endless
from tests.tui.test_folder_screen import photos
from tui_lab.runs.folder.folder import run_ids

pytestmark = pytest.mark.slow
TYPED, SEED = int(os.environ.get("TUI_LAB_TYPED", "80")), int(os.environ.get("TUI_LAB_SEED", "0"))
SESSION = 2_500
"""Pieces typed into one lab, at most."""
ARROWS = [b"\x1b[A", b"\x1b[B", b"\x1b[C", b"\x1b[D", b"\x1b[H", b"\x1b[F", b"\x1b[5~", b"\x1b[6~", b"\x1b[Z"]
PLAIN = [b"\r", b"\t", b"\x1b", b"\x7f", b" ", b"0", b".", b"5", *(bytes([code]) for code in range(33, 127))]
OPENERS = [
    b"t",
    b"t",
    b"r",
    b"c",
    b"e",
    b"v",
    b"i",
    b"?",
    b"\x10",
    b"f",
    b"1",
    b"2",
    b"3",
    b"4",
    b"z",
    b">",
    b"x",
]
ESCAPE = b"\x1b[27u"
"""As terminals send it that tell it from the beginning of a sequence: the next key is no part of it."""
LEAVES_THE_SET_UP = (ESCAPE, b"\x1b", b"\r")
SIGNALS_WHILE_COOKED = {b"\x03", b"\x1a", b"\x1c"}
ENDS_SOON = 240.0
PAUSES = [0.0] * 140 + [0.001] * 30 + [0.01] * 20 + [0.05] * 6 + [0.1] * 3 + [0.6]


class Found(NamedTuple):
    """What the lab saw of itself: how many keys arrived in which place, how long one waited."""

    places: Counter[str]
    slowest_s: float
    hangs: str


class Typed(Terminal):
    """A lab into which anything is typed; what it draws is kept, not drawn."""

    def __init__(self, *arguments: str, width: int, height: int, folder: Path) -> None:
        self.watched = folder / "watched.json"
        self.watched.unlink(missing_ok=True)
        super().__init__(
            *arguments, width=width, height=height, folder=folder,
            program=("-P", watched_lab.__file__), TUI_LAB_WATCHED=str(self.watched),
        )  # fmt: skip
        self.process.ptyproc.delayafterterminate = 2.0

    def found(self) -> Found:
        """What the lab saw of itself, if it came so far."""
        told = json.loads(self.watched.read_text()) if self.watched.exists() else {}
        return Found(Counter(told.get("places", {})), told.get("slowest_s", 0.0), told.get("hangs", ""))

    def read(self, seconds: float) -> bool:
        try:
            self.raw += self.process.read_nonblocking(65_536, timeout=seconds)
        except pexpect.TIMEOUT:
            state = Path(f"/proc/{self.process.pid}/stat").read_text().rsplit(")")[-1].split()[0]
            if state == "T":  # control-Z was among the keys
                self.process.kill(signal.SIGCONT)
        except pexpect.EOF:
            return False
        return True

    def type(self, piece: bytes) -> bool:
        """Whether anybody was there. What is drawn meanwhile is read, as by a real terminal."""
        end = time.monotonic() + ENDS_SOON
        while not select.select([], [self.process.child_fd], [], 0)[1]:
            assert time.monotonic() < end, "takes no keys"
            if not self.read(0.05):
                return False
        try:
            os.write(self.process.child_fd, piece)
        except OSError:
            return False
        return True


def piece(draw: random.Random) -> bytes:
    """A key, a letter, a byte, a report of the mouse, or a paste. A `q` is rare: nothing comes behind it."""
    kind = draw.random()
    if kind < 0.05:
        chosen = ESCAPE
    elif kind < 0.30:
        chosen = draw.choice(OPENERS)
    elif kind < 0.50:
        chosen = draw.choice(ARROWS)
    elif kind < 0.80:
        chosen = draw.choice(PLAIN)
    elif kind < 0.90:
        chosen = bytes([draw.randrange(256)])
    elif kind < 0.94:
        where = draw.randint(1, 130), draw.randint(1, 50)
        chosen = b"\x1b[<%d;%d;%d%c" % (draw.choice((0, 0, 0, 32, 35, 64, 65)), *where, draw.choice(b"Mm"))
    elif kind < 0.96:
        chosen = b"\x1b[M" + draw.randbytes(3)
    elif kind < 0.98:
        chosen = (
            b"\x1b[200~" + draw.randbytes(draw.randint(0, 60)) + draw.choice((b"\x1b[201~",) * 9 + (b"",))
        )
    else:
        chosen = draw.randbytes(draw.randint(2, 80))
    return chosen if draw.random() < 0.001 else chosen.replace(b"q", b"r").replace(b"\x11", b"")


def opened_on(draw: random.Random, folder: Path) -> list[str]:
    """What the lab is opened on."""
    places = [[], ["binary"], [str(endless(folder))], ["--in-process", "binary"], ["table.csv"], ["photos"]]
    if run_ids(folder / "runs"):
        places.append(["attach", "last"])
    return draw.choice(places)


def typed_session(draw: random.Random, size: tuple[int, int], folder: Path, count: int) -> tuple[int, Found]:
    """Open a lab, type, end it by keys or by a signal, look at what is left; how many pieces, and where."""
    words = opened_on(draw, folder)
    lab = Typed(*words, width=size[0], height=size[1], folder=folder)
    there, typed, by_signal = True, 0, draw.random() < 0.4
    stays = words[:1] in (["table.csv"], ["photos"]) and draw.random() < 0.7
    log: list[bytes] = []
    try:
        while there and typed < count:
            chosen = piece(draw)
            if stays and chosen in LEAVES_THE_SET_UP:
                continue
            if b"\x1b[?1049h" not in lab.raw and any(byte in chosen for byte in SIGNALS_WHILE_COOKED):
                continue
            log.append(chosen)
            there = lab.type(chosen)
            typed += 1
            pause = draw.choice(PAUSES)
            end = time.monotonic() + pause
            while there:
                there = lab.read(max(0.0, end - time.monotonic()))
                if time.monotonic() >= end:
                    break
        if there and by_signal:
            lab.process.kill(signal.SIGTERM)
        end = time.monotonic() + ENDS_SOON
        while there and not by_signal and time.monotonic() < end:
            there = all(lab.type(key) and lab.read(0.3) for key in (ESCAPE, ESCAPE, ESCAPE, b"q", b"x", b"q"))
        status = lab.ends(within=ENDS_SOON)
        assert not lab.found().hangs, lab.found().hangs
        assert b"Traceback" not in lab.raw, traceback_in(lab.raw)
        began = b"\x1b[?1049h" in lab.raw
        expected = (0, 143 if began else -signal.SIGTERM) if by_signal else (0,)
        assert status in expected, f"exit status {status}"
        if began:
            assert lab.restored()
    except BaseException:
        (folder / "typed.log").write_text(f"{words} {size}\n" + "\n".join(map(repr, log)))
        (folder / "written.raw").write_bytes(lab.raw)
        raise
    finally:
        lab.kill()
        end_hosts(folder)
    return typed, lab.found()


def traceback_in(raw: bytes) -> str:
    """The files and lines of a traceback among what was drawn, and its last words."""
    plain = re.sub(r"\x1b\[[0-9;?<>]*[A-Za-z]", "", raw[raw.index(b"Traceback") :].decode(errors="replace"))
    bare = [text.strip("│╭╰╮╯─ ") for text in plain.splitlines()]
    text = "\n".join(filter(None, bare))
    return f"{text[:2_000]}\n...\n{text[-500:]}"


def end_hosts(folder: Path) -> None:
    """Nothing trains on, nor begins to: what was started with this home is ended."""
    home = f"HOME={folder}".encode()
    for process in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if int(process.name) != os.getpid() and home in (process / "environ").read_bytes().split(b"\0"):
                os.kill(int(process.name), signal.SIGKILL)


@pytest.mark.timeout(120 + TYPED)
@pytest.mark.parametrize("size", [(80, 24), (20, 6)], ids=["80x24", "20x6"])
def test_whatever_is_typed_the_lab_neither_dies_nor_hangs(tmp_path: Path, size: tuple[int, int]) -> None:
    photos(tmp_path / "photos")
    (tmp_path / "table.csv").write_text("x,y,who\n" + "".join(f"{k},{k % 3},p{k % 5}\n" for k in range(90)))
    left, seed = TYPED, SEED * 1_000_000 + size[0]
    places: Counter[str] = Counter()
    while left > 0:
        seed += 1
        typed, found = typed_session(random.Random(seed), size, tmp_path, min(left, SESSION))
        left -= max(typed, 1)
        places += found.places
        if TYPED > SESSION:
            print(f"seed {seed}: {typed} pieces, {left} left, slowest {found.slowest_s} s", flush=True)
    if TYPED > SESSION:
        print(f"{places.total()} keys in {len(places)} places, {seed - SEED * 1_000_000 - size[0]} labs")
        print("\n".join(f"{count:7} {place}" for place, count in places.most_common()))
