"""Finding the run that a few words on a command line mean."""

from pathlib import Path

import pytest

from tests.runs.samples import HOSTILE
from tui_lab.errors import InputError
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.labels import Label, write_label

A, B, C = "20261123-101502-wine-0a1b", "20261123-101502-wine-3f2a", "20261124-090000-cnn-ffff"


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name in (A, B, C):
        (tmp_path / name).mkdir(mode=0o700)
    return tmp_path


def test_runs_are_found_by_id_by_a_unique_beginning_and_as_the_last(root: Path) -> None:
    assert find(root, A).path == root / A
    assert find(root, "20261123-101502-wine-3").path == root / B
    assert find(root, "20261124").path == root / C
    assert find(root, "last").path == root / C
    assert run_ids(root) == [C, B, A]


def test_an_ambiguous_beginning_lists_what_it_could_mean(root: Path) -> None:
    with pytest.raises(InputError) as caught:
        find(root, "20261123")
    first, *listed = caught.value.problems
    assert "is the beginning of 2 runs" in first
    assert [line.split()[0] for line in listed] == [B, A]


@pytest.mark.parametrize(
    "ref",
    [
        "",
        "../x",
        "..",
        ".",
        "/",
        "/etc",
        "x" * 300,
        "\0",
        HOSTILE,
        "-x",
        f"{A}/",
        f"./{A}",
        f"../r/{A}",
        "*",
        "2?",
    ],
)
def test_nothing_but_a_run_of_this_root_is_ever_found(root: Path, ref: str) -> None:
    with pytest.raises(InputError) as caught:
        find(root, ref)
    message = str(caught.value)
    assert message.isprintable() and "tui-lab runs" in message


def test_there_is_nothing_to_find_yet(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no runs yet"):
        find(tmp_path / "none", "last")


def test_a_name_finds_its_run_whatever_its_case_and_its_blanks(root: Path) -> None:
    write_label(RunFolder(root / A), Label("Wine base"))
    write_label(RunFolder(root / B), Label("wine wider"))
    assert find(root, "wine base").run_id == A
    assert find(root, "  WINE   base ").run_id == A
    assert find(root, "base").run_id == A, "a part of one name only"
    with pytest.raises(InputError, match="beginning of the name of 2 runs") as caught:
        find(root, "wine")
    assert [line.split() for line in caught.value.problems[1:]] == [[B, "wine", "wider"], [A, "Wine", "base"]]


def test_a_name_that_several_runs_have_lists_them(root: Path) -> None:
    for run_id in (A, C):
        write_label(RunFolder(root / run_id), Label("twin"))
    with pytest.raises(InputError, match="is the name of 2 runs") as caught:
        find(root, "twin")
    assert [line.split()[0] for line in caught.value.problems[1:]] == [C, A]


def test_an_exact_name_comes_before_a_beginning(root: Path) -> None:
    write_label(RunFolder(root / A), Label("20261124"))
    assert find(root, "20261124").run_id == A
    write_label(RunFolder(root / A), Label(C))
    assert find(root, C).run_id == C, "nobody can take away another run's id by a name"


def test_a_short_ending_finds_its_run(root: Path) -> None:
    assert find(root, "3f2a").run_id == B
    assert find(root, "fff").run_id == C
    assert find(root, "wine-0a1b").run_id == A
    with pytest.raises(InputError, match="no run 'ff' in"):
        find(root, "ff")
    (root / "20261125-000000-cnn-3f2a").mkdir()
    with pytest.raises(InputError, match="is the end of 2 runs"):
        find(root, "3f2a")


def test_a_run_without_a_name_is_found_by_what_the_list_calls_it(root: Path) -> None:
    assert find(root, "wine 3f2a").run_id == B
    assert find(root, "CNN").run_id == C
    with pytest.raises(InputError, match="'wine' is the preset of 2 runs") as caught:
        find(root, "wine")
    assert [line.split() for line in caught.value.problems[1:]] == [[B], [A]]
    write_label(RunFolder(root / A), Label("cnn"))
    assert find(root, "cnn").run_id == A, "a name comes before a preset"
