"""The set-up of a table: read, shown, guessed, settled, and taken to the lab. The tables are real files."""

import gzip
import threading
from pathlib import Path

import pytest
from textual.widgets import Input

from tests.tui.fakes import HUGE, NARROW, WIDE, Lab, a_lab, same_as_before
from tui_lab.data.table.guess import guess_preset
from tui_lab.data.table.preview import settle
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.presets import load_preset
from tui_lab.safe import safe
from tui_lab.session.queries import tables
from tui_lab.tui.data_setup.settings import AskedData
from tui_lab.tui.data_setup.table_screen import SetupScreen
from tui_lab.tui.widgets.help import HelpScreen

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}
HOSTILE = ("[/x]", "\x1b[31mred\x07", "\u202eabc", "x" * 300, "[red]wide 字字字字字字字字字字字字字字字字")


def houses(folder: Path, rows: int = 60) -> Path:
    """Six columns, of each kind one; some cells are blank."""
    lines = ["id,area,city,garden,built,price"]
    for k in range(rows):
        area = "" if k % 10 == 3 else f"{40 + (k * 37) % 100}"
        city = "" if k % 15 == 4 else ("Oslo", "Bergen", "Tromsø")[k % 3]
        lines.append(
            f"{1000 + k},{area},{city},{('yes', 'no')[k % 2]},2001-02-{k % 28 + 1:02},{100 + k * 7.5}"
        )
    path = folder / "houses.csv"
    path.write_text("\n".join(lines) + "\n", "utf-8")
    return path


def asked(path: Path, **fields: object) -> AskedData:
    return AskedData(DataSpec.model_validate({"file": str(path), "target": " "} | fields))


async def settled(lab: Lab) -> SetupScreen:
    """The set-up screen, once all is read."""
    screen = lab.app.screen
    assert isinstance(screen, SetupScreen)
    screen.wait()
    await lab.idle()
    return screen


async def press(lab: Lab, *keys: str) -> SetupScreen:
    screen = lab.app.screen
    await lab.press(*keys)
    assert isinstance(screen, SetupScreen)
    screen.wait()
    await lab.idle()
    return screen


async def type_in(lab: Lab, text: str) -> SetupScreen:
    await lab.press("e")
    lab.app.screen.query_one(Input).value = text
    await lab.idle()
    return await press(lab, "enter")


def row(lab: Lab, label: str) -> list[str]:
    return next(line for line in lab.lines() if line[3:].startswith(label)).strip(" ›").split()


@pytest.mark.parametrize("name", SIZES)
async def test_a_table_is_shown_with_what_would_be_made_of_it(tmp_path: Path, name: str) -> None:
    async with a_lab(SIZES[name], table=asked(houses(tmp_path))) as lab:
        await settled(lab)
        await press(lab, *["down"] * 9)
        same_as_before(f"setup-{name}", lab.text())


async def test_columns_have_type_blanks_values_histogram_and_use(tmp_path: Path) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        await settled(lab)
        assert "60 rows, 6 columns · ready: 5 inputs" in lab.lines()[0]
        assert row(lab, "id")[1:3] == ["whole", "60"]
        assert " ".join(row(lab, "id")).endswith("left out")
        assert row(lab, "area")[1:3] == ["whole", "6"]
        assert row(lab, "area")[-1] == "number"
        assert row(lab, "city")[1:] == ["text", "4", "3", "██▇", "one-hot"]
        assert row(lab, "garden")[1:] == ["yes/no", "2", "██", "number"]
        assert row(lab, "built")[1] == "dates"
        assert row(lab, "price")[-1] == "TARGET"
        assert row(lab, "target")[1] == "price"
        assert row(lab, "task")[1] == "regression"
        assert " ".join(row(lab, "splits")[1:]) == "70 / 20 / 10 % train 42, val 12, test 6"


async def test_all_guesses_are_said(tmp_path: Path) -> None:
    wanted = (
        "the target is 'price', the last column", "the task is regression", "named like an id",
        "dates or times", "one-hot encoded", "6 missing values filled with",
    )  # fmt: skip
    async with a_lab((100, 50), table=asked(houses(tmp_path))) as lab:
        screen = await settled(lab)
        said = screen.setup.opened.settled.said
        for words in wanted:
            assert any(words in sentence for sentence in said), words
        await press(lab, "end", "up", "up", "up")
        text = " ".join(lab.text().split())
        assert "text with 3 different values" in text
        assert "--" not in text.replace("──", "").split("· column 'id'")[0]


async def test_enter_goes_on_to_the_lab_with_the_preset(tmp_path: Path) -> None:
    async with a_lab(WIDE, table=asked(houses(tmp_path))) as lab:
        await settled(lab)
        await lab.press("enter")
        assert lab.app.screen is lab.screen
        assert "● houses" in lab.text()
        shown = " ".join(lab.text().split())
        assert "linear 64 · relu · dropout 0.1 384 64" in shown, "shapes are known without a run"
        await lab.press("t")
        experiment = lab.run.experiment
        assert experiment.preset == "houses"
        assert experiment.data.target == "price"
        assert experiment.task == "regression"


async def test_the_target_is_changed_by_keys_and_the_task_follows(tmp_path: Path) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        await settled(lab)
        screen = await press(lab, "right")
        assert screen.setup.target == "id", "past the last column comes the first"
        await press(lab, "left", "left", "left")
        assert row(lab, "target")[1:3] == ["garden", "•"]
        assert row(lab, "task")[1] == "binary"
        assert "2 classes" in lab.text()
        await press(lab, *["down"] * 9, "t")
        assert row(lab, "city")[-1] == "TARGET"
        assert screen.setup.opened.settled.problems, "four answers are blank"
        assert "is missing in 4 rows" in lab.text()
        await press(lab, "home", "d")
        assert row(lab, "target")[1] == "price"


async def test_d_on_the_target_among_the_columns_makes_it_automatic_again(tmp_path: Path) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        await settled(lab)
        screen = await press(lab, *["down"] * 8, "t")
        assert row(lab, "area")[-1] == "TARGET"
        await press(lab, "d")
        assert screen.setup.target == "price" and not screen.setup.changed
        assert row(lab, "area")[-1] == "number"


async def test_a_constant_column_is_not_shown_as_an_input(tmp_path: Path) -> None:
    path = tmp_path / "flat.csv"
    path.write_text("first,flat,y\n" + "".join(f"{k % 13},5,{k * 0.5}\n" for k in range(60)), "utf-8")
    async with a_lab(NARROW, table=asked(path)) as lab:
        await settled(lab)
        assert "ready: 1 input " in lab.lines()[0]
        assert row(lab, "flat")[-2:] == ["left", "out"]
        assert row(lab, "first")[-1] == "number"


async def test_a_target_that_was_asked_for_and_is_none_is_said_and_another_chosen(tmp_path: Path) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path), target="prise")) as lab:
        await settled(lab)
        assert "no column 'prise' (did you mean 'price'?)" in " ".join(lab.text().split())
        await press(lab, "end", "t")
        assert "ready" in lab.lines()[0]
        assert row(lab, "target")[1:3] == ["price", "•"]


async def test_torch_is_not_loaded_beside_the_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, loaded, real = threading.Event(), threading.Event(), tables.open_table

    def slow(*words):  # type: ignore[no-untyped-def]
        go_on.wait(60)
        return real(*words)

    monkeypatch.setattr("tui_lab.tui.data_setup.table_screen.open_table", slow)
    async with a_lab(NARROW, preload=loaded.set, table=asked(houses(tmp_path))) as lab:
        await lab.idle()
        assert not loaded.is_set()
        go_on.set()
        await settled(lab)
        assert loaded.wait(10)


async def test_what_cannot_be_trained_on_is_said_and_mended_by_keys(tmp_path: Path) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        await settled(lab)
        await type_in(lab, "city")
        assert "not ready to train" in lab.lines()[0]
        assert "⏎ to the lab" not in lab.footer()
        await lab.press("enter", "w")
        assert "nothing to save" in lab.text()
        await press(lab, *["down"] * 6, "right")
        assert "ready" in lab.lines()[0]
        assert row(lab, "missing target")[2:5] == ["left", "out", "•"]
        await lab.press("enter")
        data = lab.app.next_run.preset.data
        assert (data.target, data.blank_target) == ("city", "drop")
        assert lab.app.next_run.preset.task == "multiclass"


@pytest.mark.slow
async def test_settings_are_typed_and_what_is_wrong_is_said_at_the_line(tmp_path: Path) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        screen = await settled(lab)
        cases = (
            ("target", "prise", "did you mean 'price'", "area"),
            ("task", "guess", "regression, binary, multiclass", "regression"),
            ("splits", "80 20", "three percentages", "80 10 10"),
            ("text columns", "one", "whole number", "2"),
            ("rare values", "-1", "whole number", "5"),
            ("blank cells", "x" * 0, "", "-, unknown"),
            ("missing target", "skip", "'refuse' or 'drop'", "drop"),
        )
        for label, wrong, words, right in cases:
            if words:
                await type_in(lab, wrong)
                assert words in " ".join(lab.text().split()), label
                lab.app.screen.query_one(Input).value = right
                await lab.idle()
                await press(lab, "enter")
            else:
                await type_in(lab, right)
            await press(lab, "down")
        spec = screen.setup.spec
        assert spec.target == "area"
        assert (spec.split.train, spec.split.val, spec.split.test) == (0.8, 0.1, 0.1)
        assert (spec.one_hot_up_to, spec.other_below) == (2, 5)
        assert spec.missing == ("-", "unknown")
        assert spec.blank_target == "drop"
        assert screen.setup.task == "regression"


@pytest.mark.parametrize(
    "text", ["", "nan nan nan", "1 2", "1e400 0 0", "-10 60 50", "0 50 50", "a b c", "70;20;10"]
)
async def test_splits_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        screen = await settled(lab)
        await press(lab, "down", "down")
        await type_in(lab, text)
        assert "splits" in lab.text()
        assert screen.setup.spec.split.train == 0.7
        await lab.press("escape", "enter")
        assert lab.app.screen is lab.screen


async def test_what_was_changed_is_not_left_by_one_key(tmp_path: Path) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        screen = await settled(lab)
        await press(lab, "down", "down", "right")
        changed = screen.setup.spec.split
        assert changed.train != 0.7
        await lab.press("escape")
        assert "You have made changes here." in lab.text()
        await lab.press("escape")
        assert lab.app.screen is screen and screen.setup.spec.split == changed
        await lab.press("escape", "x")
        assert lab.app.screen is lab.screen
        assert len(lab.app.next_run.presets) == 3


async def test_quitting_asks_about_a_changed_set_up_first(tmp_path: Path) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        screen = await settled(lab)
        await press(lab, "down", "down", "right")
        await lab.press("q")
        assert "You have made changes here." in lab.text()
        await lab.press("escape")
        assert lab.app.screen is screen


@pytest.mark.parametrize("changed", [True, False])
async def test_a_changed_set_up_that_was_not_trained_is_not_lost_by_quitting_the_lab(
    tmp_path: Path, changed: bool
) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        await settled(lab)
        if changed:
            await press(lab, "down", "down", "right")
        await lab.press("enter")
        assert lab.app.screen is lab.screen
        assert list(lab.app.next_run.unused()) == (["houses: set-up"] if changed else [])
        await lab.train()
        assert not lab.app.next_run.unused()


async def test_shares_that_do_not_add_up_are_told_as_they_were_typed(tmp_path: Path) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        await settled(lab)
        await press(lab, "down", "down")
        await type_in(lab, "80/10/20")
        assert "must add up to 100 %, not 110 (given: 80 / 10 / 20)" in " ".join(lab.text().split())


async def test_the_use_of_a_column_is_turned_and_guessed_again(tmp_path: Path) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        screen = await settled(lab)
        await press(lab, *["down"] * 7, "right")
        assert row(lab, "id")[-2:] == ["number", "•"]
        assert "6 inputs" in lab.lines()[0]
        await press(lab, "down", "right")
        assert row(lab, "area")[-2:] == ["one-hot", "•"]
        await press(lab, "right")
        assert row(lab, "area")[-3:] == ["+", "other", "•"]
        await press(lab, "right")
        assert row(lab, "area")[-3:] == ["left", "out", "•"]
        await press(lab, "d", "up", "d")
        assert not screen.setup.spec.columns
        await press(lab, "end", "left")
        assert row(lab, "price")[-1] == "TARGET", "the target has one use"


async def test_what_to_beware_of_in_the_scores_is_said_before_all_guesses(tmp_path: Path) -> None:
    path = tmp_path / "fraud.csv"
    path.write_text("a,b,y\n" + "".join(f"{k},{k % 7},{int(k % 20 == 0)}\n" for k in range(200)))
    async with a_lab(NARROW, table=asked(path)) as lab:
        await settled(lab)
        text = lab.text()
        assert "⚠ 95% of the rows are of one class" in text
        assert text.index("⚠ 95%") < text.index("· the target is")
        await press(lab, "enter")
        preset = lab.app.next_run.preset
        assert preset.learn.startswith(
            "Made from fraud.csv, 200 rows. The target is 'y', by its name. Column"
        )
        assert "change it with" not in preset.learn


async def test_a_use_that_cannot_be_had_is_shown_as_wished_with_a_sign(tmp_path: Path) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path), columns={"built": "number"})) as lab:
        await settled(lab)
        assert row(lab, "built")[-3:] == ["number", "✗", "•"]
        assert "60 of 60 cells are not numbers" in " ".join(lab.text().split())
        await press(lab, *["down"] * 11, "right")
        assert row(lab, "built")[-2:] == ["one-hot", "•"]
        assert "ready" in lab.lines()[0]


async def test_it_is_the_preset_that_the_shell_would_make(tmp_path: Path) -> None:
    path = houses(tmp_path)
    guess = guess_preset(DataSpec(file=str(path), target=" "))
    async with a_lab(NARROW, table=asked(path)) as lab:
        await settled(lab)
        await lab.press("w")
        lab.app.screen.query_one(Input).value = str(tmp_path / "houses.toml")
        await lab.idle()
        await lab.press("enter")
        assert "» saved:" in lab.text()
        assert (
            load_preset(tmp_path / "houses.toml")
            == settle(guess.raw, guess.preset.data, guess.preset.task, guess.said).pinned
        )
        await lab.press("enter")
        assert lab.app.next_run.preset == guess.preset


async def test_a_file_is_read_again_only_when_it_must_be(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import tui_lab.data.table.guess as guess

    read: list[str] = []
    real = guess.read_raw
    monkeypatch.setattr(
        guess, "read_raw", lambda spec, *a, **k: read.append(spec.target) or real(spec, *a, **k)
    )
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        await settled(lab)
        await press(lab, "down", "right", "left", "down", "right", "down", "right", "end", "up", "right")
        assert read == ["price"]
        await press(lab, "t")
        assert read == ["price", "built"]


async def test_the_progress_of_reading_is_shown_and_the_lab_heeds_keys(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on, real = threading.Event(), tables.open_table

    def slow(spec, task, progress, before=None):  # type: ignore[no-untyped-def]
        progress(0.42)
        go_on.wait(60)
        return real(spec, task, progress, before)

    monkeypatch.setattr("tui_lab.tui.data_setup.table_screen.open_table", slow)
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        screen = lab.app.screen
        assert isinstance(screen, SetupScreen)
        screen.tick()
        await lab.idle()
        assert "reading houses.csv…" in lab.text()
        assert "42%" in lab.text()
        await lab.press("down", "right", "t", "e", "w", "p", "d", "enter", "question_mark")
        assert isinstance(lab.app.screen, HelpScreen)
        await lab.press("escape")
        go_on.set()
        await settled(lab)
        assert "ready" in lab.lines()[0]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "is empty"),
        (b"a,b\n1,2,3\n1,2,3\n", "more cells"),
        (b"a,a\n1,2\n", "more than one column is called 'a'"),
        (b"a,b\n\xff\xfe,2\n", "is not UTF-8"),
        (b"a,b\n1\0,2\n", "NUL"),
        (b'a,b\n"1,2\n' * 3, "quote"),
        (gzip.compress(b"a,b\n1,2\n", mtime=0)[:-6], "damaged gzip"),
        (b"a,b\n1,2\n", "too few"),
    ],
)
async def test_what_is_refused_stands_on_one_screen_with_the_way_out(
    tmp_path: Path, content: bytes, words: str
) -> None:
    path = tmp_path / "bad.csv"
    path.write_bytes(content)
    async with a_lab(NARROW, table=asked(path)) as lab:
        await settled(lab)
        text = " ".join(lab.text().split())
        assert words in text
        if "cannot use" in text:
            assert "press r to read it again" in text
            path.write_text(houses(tmp_path).read_text())
            await press(lab, "r")
            assert "ready" in lab.lines()[0]
        await lab.press("escape")
        assert lab.app.screen is lab.screen
        assert len(lab.app.next_run.presets) == 3


async def test_a_defect_in_reading_does_not_end_the_lab(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("[/x] \x1b[31m")

    monkeypatch.setattr("tui_lab.tui.data_setup.table_screen.open_table", fail)
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        await settled(lab)
        assert "RuntimeError: [/x] \\x1b[31m" in lab.text()


async def test_a_file_that_vanishes_meanwhile_is_said_and_what_was_read_stays(tmp_path: Path) -> None:
    path = houses(tmp_path)
    async with a_lab(NARROW, table=asked(path)) as lab:
        await settled(lab)
        path.unlink()
        await press(lab, "left")
        assert "no such file" in " ".join(lab.text().split())
        assert row(lab, "target")[1:3] == ["price", "automatic,"]


@pytest.mark.slow
async def test_hostile_names_and_cells_are_shown_escaped(tmp_path: Path) -> None:
    path = tmp_path / "b\x1b[31m[x].csv"
    cells = [f'{k},"{HOSTILE[k % 5]}",{k % 7},{k},{k * k},{k * 1.5}' for k in range(40)]
    path.write_text("\n".join([",".join(f'"{name}"' for name in (*HOSTILE, "y")), *cells]), "utf-8")
    async with a_lab(NARROW, table=asked(path)) as lab:
        screen = await settled(lab)
        assert screen.setup.opened is not None
        for _ in range(screen.setup.total):
            for key in ("p", "right", "down"):
                await lab.press(key)
                text = lab.text()
                assert "\x1b" not in text
                assert "\u202e" not in text
                assert all(len(line) <= 80 for line in lab.lines())
        await press(lab, "home")
        for name in HOSTILE[:4]:
            await type_in(lab, safe(name, 400))
            assert screen.setup.target == name, "typed as it is shown"


async def test_escape_closes_the_first_rows_before_it_leaves(tmp_path: Path) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        screen = await settled(lab)
        await press(lab, "p")
        assert "first rows" in lab.text()
        await press(lab, "escape")
        assert lab.app.screen is screen and "first rows" not in lab.text()
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def test_columns_below_the_last_row_are_counted(tmp_path: Path) -> None:
    async with a_lab((80, 18), table=asked(houses(tmp_path))) as lab:
        screen = await settled(lab)
        starts = [line[3:].split(" ")[0] for line in lab.lines()]
        hidden = [column for column in screen.setup.columns if column.name not in starts]
        assert f"↓ {len(hidden)} more" in lab.lines()[0]
        await press(lab, "end")
        assert "more" not in lab.lines()[0]


@pytest.mark.parametrize("size", [(1, 1), (20, 8), (40, 10), (59, 15), (100, 30)])
async def test_it_works_in_any_size(tmp_path: Path, size: tuple[int, int]) -> None:
    async with a_lab(NARROW, table=asked(houses(tmp_path))) as lab:
        await settled(lab)
        await lab.resize(*size)
        await press(lab, "end", "p", "left_square_bracket", "home", "e", "escape", "w", "escape")
        assert all(len(line) <= size[0] for line in lab.lines())
        if size[0] >= 40:
            assert "target" in lab.text()
        await lab.resize(*NARROW)
        assert row(lab, "target")[1] == "price"


@pytest.mark.slow
async def test_a_table_of_a_thousand_columns_is_walked_through(tmp_path: Path) -> None:
    path = tmp_path / "wide.csv"
    names = [f"c{k}" for k in range(1000)]
    rows = [",".join(str((k * j) % 11) for k in range(1000)) for j in range(30)]
    path.write_text("\n".join([",".join(names), *rows]))
    async with a_lab(NARROW, table=asked(path)) as lab:
        screen = await settled(lab)
        for key in ("end", "up", "pageup", "home", "pagedown", "pagedown"):
            await lab.press(key)
            assert sum(line.startswith(" ›") for line in lab.lines()) == 1
        await lab.press("end")
        assert screen.setup.column.name == "c999"
        await press(lab, "up", "t")
        assert screen.setup.target == "c998"
