"""What tells runs apart in the list: changes, curves, forks, orders, and all of it in little room."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runs.samples import closing, epoch, opening
from tests.tui.fakes import NARROW, WIDE, a_lab
from tests.tui.kept import fixed_clock, make
from tests.tui.test_runs import names
from tui_lab.protocol.events import Origin, RunEnded, RunStarted
from tui_lab.runs.index.listing import RunLine
from tui_lab.tui.runs.columns import Layout, layout
from tui_lab.tui.runs.rows import heading, row
from tui_lab.tui.runs.run_list import RunList
from tui_lab.tui.style.text import tell_apart, width_of

NOW = 1_795_430_000.0
PRESET: dict[str, float | int | bool | str] = {
    "lr": 0.001, "batch_size": 32, "dropout": 0.0, "seed": 0, "epochs": 50, "optimizer": "adam",
    "model.layers": "linear 64, activation, linear 32", "task": "binary",
}  # fmt: skip


@pytest.fixture(autouse=True)
def _fixed_clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with fixed_clock(monkeypatch):
        yield


def a_run(
    number: int, name: str = "", parent: str = "", status: str = "finished", **changes: object
) -> RunLine:
    """A run of the preset `binary`; `model_layers` stands for `model.layers`."""
    asked = PRESET | {key.replace("model_", "model."): value for key, value in changes.items()}  # type: ignore[operator]
    run_id = f"20261128-0000{number:02}-binary-{number:04}"
    return RunLine(
        run_id, name or run_id, "binary", status, started=NOW - 60 * number, seconds=75.0, epochs=20 + number,
        best_epoch=9, best_val_loss=0.25 + number / 100, test={"loss": 0.3, "accuracy": 0.9 + number / 1000},
        parent=parent, val_losses=(0.9, 0.5, 0.3, 0.26, 0.25, 0.25, 0.27, 0.29),
        hyperparameters={k: v for k, v in asked.items() if k not in ("task", "model.layers")},
        settings={k: v for k, v in asked.items() if k in ("task", "model.layers")},
    )  # fmt: skip


def a_run_list(*runs: RunLine) -> RunList:
    run_list = RunList()
    run_list.compare_with({"binary": PRESET})
    run_list.take(list(runs))
    return run_list


def rows(run_list: RunList, width: int) -> list[str]:
    """The heading, and a row for each run."""
    fit = layout(run_list, width)
    lines = [
        heading(run_list, fit, width),
        *(row(run_list, fit, run, False, True, NOW, width) for run in run_list.shown),
    ]
    assert all(width_of(line) <= width for line in lines)
    return ["".join(text for text, _ in line) for line in lines]


def titles(fit: Layout) -> list[str]:
    return [item.title for item in fit.settings]


THIRTY = [
    a_run(
        k, lr=(0.001, 0.01, 0.1)[k % 3], batch_size=(32, 8, 64)[k // 3 % 3], dropout=(0.0, 0.3)[k // 9 % 2],
        seed=k // 18,
    )
    for k in range(30)
]  # fmt: skip


@pytest.mark.parametrize("width", [76, 78, 116, 196])
def test_no_two_of_thirty_runs_look_the_same(width: int) -> None:
    run_list = a_run_list(*THIRTY)
    fit = layout(run_list, width)
    assert len({tuple(item.texts[run.id] for item in fit.settings) for run in run_list.shown}) == len(THIRTY)
    head, *below = rows(run_list, width)
    assert all(title in head for title in ("NAME", "VAL LOSS", "BEST LOSS", "TEST"))
    assert all("acc 0.9" in line and "▇▄▁▁▁▁▁▁" in line for line in below)


def test_what_was_changed_has_columns_where_there_is_room_and_else_stands_together() -> None:
    run_list = a_run_list(
        a_run(1, lr=0.01), a_run(2, batch_size=8, lr=0.1), a_run(3), a_run(4, optimizer="sgd")
    )
    assert titles(layout(run_list, 196)) == ["lr", "batch", "optim"]
    assert titles(layout(run_list, 116)) == ["lr", "batch", "optim"]
    assert titles(layout(run_list, 50)) == ["CHANGED"]
    below = rows(run_list, 50)[1:]
    assert "lr=0.01 " in below[0] and "lr=0.1 batch=8 " in below[1] and "optim=sgd " in below[3]
    assert "=" not in below[2]


def test_a_changed_value_stands_out_among_those_of_the_preset() -> None:
    run_list = a_run_list(a_run(1, lr=0.01), a_run(2, batch_size=8))
    fit = layout(run_list, 116)
    styles = [
        {text.strip(): style for text, style in row(run_list, fit, run, False, True, NOW, 116)}
        for run in run_list.shown
    ]
    assert (styles[0]["0.01"], styles[0]["32"]) == ("changed", "dim")
    assert (styles[1]["0.001"], styles[1]["8"]) == ("dim", "changed")


def test_layers_and_long_values_that_differ_at_their_end_still_look_different() -> None:
    long = "linear 64, activation, dropout, linear 64, activation, linear "
    run_list = a_run_list(a_run(1, model_layers=long + "16"), a_run(2, model_layers=long + "8"), a_run(3))
    for width in (56, 76, 116):
        fit = layout(run_list, width)
        cells = {tuple(item.texts[run.id] for item in fit.settings) for run in run_list.shown}
        assert len(cells) == 3, (width, cells)
        assert any(text.endswith("16") for cell in cells for text in cell)


def test_names_that_differ_at_their_end_still_look_different() -> None:
    run_list = a_run_list(*(a_run(k, name=f"wine, wider network, take {k}") for k in range(4)))
    fit = layout(run_list, 56)
    assert len(set(fit.names.values())) == 4
    assert all(width_of([(name, "")]) <= fit.name for name in fit.names.values())


def test_the_column_that_the_list_is_sorted_by_is_never_left_out() -> None:
    run_list = a_run_list(*THIRTY)
    assert "TRAINED" not in rows(run_list, 76)[0]
    run_list.sort_by("trained")
    assert "▾TRAINED" in rows(run_list, 76)[0]
    run_list.sort_by("trained")
    assert "▴TRAINED" in rows(run_list, 76)[0]
    run_list.sort_by("setting:dropout")
    assert "▾dropout" in rows(run_list, 116)[0], "the first of the settings, whatever differs most often"
    assert [run.hyperparameters["dropout"] for run in run_list.shown[:9]] == [0.3] * 9


def test_s_comes_to_every_column_once_also_where_a_setting_is_called_as_a_column_is() -> None:
    run_list = a_run_list(a_run(1, epochs=7), a_run(2, lr=0.1), a_run(3, seed=4))
    seen: list[str] = []
    while run_list.order.words not in seen:
        seen.append(run_list.order.words)
        run_list.sort()
    assert seen[-3:] == ["highest lr first", "highest seed first", "highest epochs first"]
    assert len(seen) == 11 and run_list.order.words == "newest first"


@pytest.mark.parametrize("width", [1, 5, 20, 38, 56, 76, 98, 116, 148, 196])
def test_it_fits_into_any_width(width: int) -> None:
    wide = a_run(40, name="広い" * 20, parent=THIRTY[3].id, lr=1e-5, model_layers="x" * 200)
    run_list = a_run_list(
        wide, *THIRTY, replace(THIRTY[0], id="x", name="x", preset="", hyperparameters={}, status="broken")
    )
    rows(run_list, width)


def test_the_layout_says_where_its_columns_are() -> None:
    run_list = a_run_list(*THIRTY)
    fit, head = layout(run_list, 116), rows(run_list, 116)[0]
    for title, name in (
        ("STATUS", "status"),
        ("NAME", "name"),
        ("BEST LOSS", "best"),
        ("batch", "setting:batch_size"),
    ):
        assert fit.column_at(head.index(title)) == name
        assert fit.column_at(head.index(title) + len(title) - 1) == name
    assert fit.column_at(0) == fit.column_at(115) == ""


def test_texts_are_told_apart() -> None:
    assert tell_apart(["one", "two"], 3) == {"one": "one", "two": "two"}
    found = tell_apart([f"run with a long name {k}" for k in range(3)], 12)
    assert len(set(found.values())) == 3 and all(len(text) <= 12 for text in found.values())
    assert all(len(text) <= 4 for text in tell_apart(["abcdef", "abcdefg", "abcdefgh"], 4).values())


async def test_an_order_can_be_reversed_by_a_key_and_by_the_heading(tmp_path: Path) -> None:
    for number in (1, 2, 3):
        make(tmp_path, number, "cnn", [*opening(), epoch(1, 0.9 - number / 10), *closing()], 4 - number)
    async with a_lab(WIDE, root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("S")
        assert names(lab) == list("123")
        assert "oldest first" in lab.lines()[0] and "▴WHEN" in lab.text()
        await lab.press("s")
        assert names(lab) == list("321"), "another column begins in its own direction"
        await lab.press("S")
        assert names(lab) == list("123") and "worst loss first" in lab.lines()[0]
        place = lab.lines()[1].index("TEST")
        for said in ("best test score first", "worst test score first"):
            await lab.pilot.click(offset=(place, 1))
            await lab.idle()
            assert said in lab.lines()[0]


async def test_forks_stand_under_the_run_that_they_were_made_from(tmp_path: Path) -> None:
    half = [epoch(2, 0.8), RunEnded("stopped", "stopped on request")]
    first = make(tmp_path, 1, "binary", [*opening(), epoch(1), *half], 9)
    make(tmp_path, 2, "cnn", [*opening(), epoch(1), *half], 8)
    parents = ((3, first.run_id), (4, "20261123-101503-binary-0003"), (5, "20261101-000000-gone-0000"))
    for number, parent in parents:
        start, *rest = opening()
        assert isinstance(start, RunStarted)
        forked = replace(start, origin=Origin(parent, 4, 1))
        make(tmp_path, number, "binary", [forked, *rest, *half], 9 - number)
    async with a_lab(NARROW, root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("home")
        assert names(lab) == list("51342"), "a family is as new as its newest run"
        seen = [line[6:24].rstrip() for line in lab.lines()[2:7]]
        assert seen == ["↳ binary 0005", "binary 0001", "└ binary 0003", " └ binary 0004", "cnn"]
        await lab.press("down", "down")
        assert f"a fork of binary ({first.run_id})" in " ".join(lab.text().split())
        await lab.press("slash", *"id!=*0003", "enter")
        assert names(lab) == list("5142") and "4 of 5 match" in lab.lines()[0]
        assert "└ binary 0004" in lab.lines()[4], "under the nearest of its ancestors that is shown"
        await lab.press("escape", "s")
        assert "└" not in "".join(lab.lines()[:8]), "an order by value is not broken up"


async def test_runs_of_a_file_say_that_they_are_compared_with_each_other(tmp_path: Path) -> None:
    for number, lr in enumerate((0.25, 0.001, 0.001), 1):
        make(tmp_path, number, "houses", [*opening(), epoch(1, 0.3), *closing()], 4 - number, lr=lr)
    async with a_lab(NARROW, root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("end")
        assert "lr 0.25 (most runs of houses: 0.001)" in " ".join(lab.text().split())


async def test_the_run_in_focus_says_what_was_changed_and_from_what(tmp_path: Path) -> None:
    make(tmp_path, 1, "binary", [*opening(), epoch(1, 0.3), *closing()], 1, lr=0.25, epochs=7)
    async with a_lab(NARROW, root=tmp_path) as lab:
        await lab.open_runs()
        text = " ".join(lab.text().split())
        assert "lr 0.25 (preset: 0.001)" in text
        assert "lr=0.25" in lab.lines()[2]
        assert "1 epoch, 9 s of training" in text
