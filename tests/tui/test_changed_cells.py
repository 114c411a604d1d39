"""What is sent to the terminal: as little as possible, and what shows then is what Textual would show."""

import os
import random
from itertools import pairwise

import pyte
import pytest
from rich.cells import get_character_cell_size
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.geometry import Region
from textual.strip import Strip

from tui_lab.tui.terminal.changed_cells import _NARROW, SentCells

WIDTH, HEIGHT = 24, 5
ROUNDS = int(os.environ.get("TUI_LAB_FUZZ", "30"))
CONSOLE = Console(force_terminal=True, color_system="truecolor", legacy_windows=False)
TEXTS = (
    "ab",
    "x ",
    "   ",
    " y z ",
    "⡇⡇ ⡇",
    "●○",
    "│┤",
    "█",
    "é",
    "名前",
    "😀",
    "e\u0301x",
    "─" * 9,
    " " * 11,
)
LOOKS = (
    "#ff0000 on #101010", "bold #ff0000 on #101010", "#00ff00 on #101010", "on #101010", "underline #00ff00",
    "reverse", "bold underline on #202020", "italic red", "strike on #101010", "none",
    "dim #00ff00 on #202020", "color(130) on color(7)", "bright_blue on bright_black", "bold dim",
)  # fmt: skip
STYLES = [None, *(Style.parse(look) for look in LOOKS)]


class Shown:
    """A terminal of its own: pyte knows no attribute `dim`, and of wide characters no two halves."""

    def __init__(self) -> None:
        self.screen = pyte.Screen(WIDTH, HEIGHT)
        self.stream = pyte.Stream(self.screen)
        self.feed("\x1b[?7l")  # as the lab's driver does: nothing goes on in the next row

    def feed(self, sequence: str) -> None:
        self.stream.feed(sequence.replace("\n", "\r\n"))

    def cells(self) -> list[list[object]]:
        """Every cell; the colour and weight of a blank cannot be seen unless it is underlined or the like."""
        return [[self._seen(self.screen.buffer[y][x]) for x in range(WIDTH)] for y in range(HEIGHT)]

    @staticmethod
    def _seen(cell: pyte.screens.Char) -> object:
        marked = cell.underscore or cell.strikethrough or cell.reverse
        return cell._replace(fg="", bold=False, italics=False) if cell.data == " " and not marked else cell


def strip(rng: random.Random, width: int) -> Strip:
    segments = [Segment(rng.choice(TEXTS), rng.choice(STYLES)) for _ in range(rng.randint(1, 6))]
    return Strip(segments).adjust_cell_length(width, rng.choice(STYLES))


def whole(lines: list[list[Strip]]) -> LayoutUpdate:
    return LayoutUpdate([list(line) for line in lines], Region(0, 0, WIDTH, HEIGHT))


def painted(text: str, look: str = "#ff0000 on #101010", y: int = 0) -> ChopsUpdate:
    """One row of the screen, drawn again."""
    piece = Strip([Segment(text, Style.parse(look))]).adjust_cell_length(WIDTH, Style.parse(look))
    return ChopsUpdate([{0: piece}] * HEIGHT, [(y, 0, WIDTH)], [[WIDTH]] * HEIGHT)


def sent(shown: SentCells, update: CompositorUpdate) -> str:
    text: str = shown.changes(update).render_segments(CONSOLE)
    return text


@pytest.mark.parametrize("seed", range(3))
def test_the_terminal_shows_what_it_would_show(seed: int) -> None:
    """Random updates, all that Textual sends for them on one terminal, and what is sent on another."""
    rng = random.Random(seed)
    shown, plain, brief = SentCells(), Shown(), Shown()
    cuts = [0, 7, 15, WIDTH]
    lines = [[strip(rng, b - a) for a, b in pairwise(cuts)] for _ in range(HEIGHT)]
    plain_bytes = brief_bytes = 0
    for k in range(ROUNDS):
        if k % 15 == 0:
            update: LayoutUpdate | ChopsUpdate = whole(lines)
        else:
            for _ in range(rng.randint(0, 3)):
                y, place = rng.randrange(HEIGHT), rng.randrange(3)
                lines[y][place] = strip(rng, cuts[place + 1] - cuts[place])
            chops = [dict(zip(cuts, line, strict=False)) for line in lines]
            spans = [(y, rng.choice(cuts[:2]), rng.choice((11, WIDTH))) for y in range(HEIGHT)]
            if any(row_is_cut_in_a_wide_character(lines[y], last) for y, _, last in spans):
                spans = [(y, first, WIDTH) for y, first, _ in spans]
            update = ChopsUpdate(chops, spans, [cuts[1:]] * HEIGHT)
        before = update.render_segments(CONSOLE)
        after = sent(shown, update)
        plain.feed(before)
        brief.feed(after)
        plain_bytes, brief_bytes = plain_bytes + len(before), brief_bytes + len(after)
        assert brief.cells() == plain.cells(), k
    assert brief_bytes < plain_bytes


def row_is_cut_in_a_wide_character(line: list[Strip], last: int) -> bool:
    """Half a character is a blank, and pyte and Textual differ on which."""
    texts = [segment.text for piece in line for segment in piece]
    return last < WIDTH and any(get_character_cell_size(char) != 1 for text in texts for char in text)


def test_nothing_is_sent_for_what_is_there_already() -> None:
    shown = SentCells()
    assert "abc" in sent(shown, painted("abc"))
    assert sent(shown, painted("abc")) == ""
    assert sent(shown, painted("abc", "bold #ff0000 on #101010")).count("H") == 1
    assert sent(shown, painted("abc", "bold #ff0000 on #101010")) == ""


def test_a_changed_cell_is_sent_without_its_row() -> None:
    shown = SentCells()
    sent(shown, painted("⡇⡇ ⡇ 12.5"))
    assert sent(shown, painted("⡇⡇ ⡇ 12.6")) == "\x1b[1;9H\x1b[38;2;255;0;0;48;2;16;16;16m6\x1b[m"
    two = sent(shown, painted("⡧⡇ ⡇ 12.7"))
    assert two == "\x1b[1;1H\x1b[38;2;255;0;0;48;2;16;16;16m⡧\x1b[7C7\x1b[m"


def test_colours_are_sent_where_they_change_and_blanks_take_any() -> None:
    red, green = Style.parse("bold #ff0000 on #101010"), Style.parse("#00ff00 on #101010")
    row = [
        Segment("⡇", red),
        Segment("  ", green),
        Segment("⡇", red),
        Segment(" ", green),
        Segment("●", green),
    ]
    update = ChopsUpdate([{0: Strip(row)}], [(0, 0, 6)], [[6]])
    text = sent(SentCells(), update)
    assert text == "\x1b[1;1H\x1b[1;38;2;255;0;0;48;2;16;16;16m⡇  ⡇ \x1b[22;38;2;0;255;0m●\x1b[m"


def test_a_layout_of_the_whole_screen_is_sent_whole() -> None:
    """After a resize or a stop, nobody knows what the terminal shows."""
    shown, terminal = SentCells(), Shown()
    lines = [[strip(random.Random(k), WIDTH)] for k in range(HEIGHT)]
    first = sent(shown, whole(lines))
    assert sent(shown, whole(lines)) == first
    terminal.feed(first)
    expected = terminal.cells()
    terminal.screen.erase_in_display(2)
    terminal.feed(sent(shown, whole(lines)))
    assert terminal.cells() == expected


def test_an_update_that_is_dropped_is_still_to_be_sent() -> None:
    shown = SentCells()
    sent(shown, painted("abc"))
    shown.changes(painted("abd"))
    assert "d" in sent(shown, painted("abd"))


def test_what_is_no_update_is_left_alone() -> None:
    assert SentCells().changes(None) is None
    assert SentCells().changes("text") == "text"


def test_characters_counted_as_narrow_take_one_cell() -> None:
    narrow = [char for char in map(chr, range(0x20, 0x3000)) if _NARROW.fullmatch(char)]
    assert len(narrow) > 1_500
    assert {char for char in narrow if get_character_cell_size(char) != 1} == set()
