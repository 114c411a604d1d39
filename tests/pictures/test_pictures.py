"""The pictures in the docs are there, and one is made as it is seen."""

import xml.etree.ElementTree as ElementTree

from tests.pictures.__main__ import DOCS, SIZES, page
from tests.pictures.scenes import SCENES
from tests.pictures.svg import HEIGHT, WIDTH, picture
from tests.tui.fakes import NARROW, a_lab

SVG = "{http://www.w3.org/2000/svg}"


def test_every_screen_is_pictured_at_three_sizes_and_shown_on_the_page() -> None:
    assert (DOCS / "screens.md").read_text("utf-8") == page()
    wanted = {f"{scene.name}-{w}x{h}.svg" for scene in SCENES for w, h in SIZES}
    assert {file.name for file in (DOCS / "pictures").iterdir()} == wanted


async def test_a_picture_holds_what_is_on_the_screen_where_it_is() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        await lab.train()
        root = ElementTree.fromstring(picture(lab.app))
        rows = [[" "] * NARROW[0] for _ in range(NARROW[1])]
        for text in root.iter(f"{SVG}text"):
            y = (int(text.get("y", "0")) - 13) // HEIGHT
            x = int(text.get("x", "0")) // WIDTH
            rows[y][x : x + len(text.text or "")] = text.text or ""
        assert ["".join(row).rstrip() for row in rows] == [line.rstrip() for line in lab.lines()]
        assert all(rect.get("fill", "").startswith("#") for rect in root.iter(f"{SVG}rect"))
