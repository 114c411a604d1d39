"""Names, counts and many sentences in words; ways out that can be typed."""

import subprocess

import pytest

from tui_lab.data.messages import counted, few, flag, named


def test_counts_agree_with_their_words() -> None:
    assert [counted(k, "row", "rows") for k in (0, 1, 2, 1200)] == ["0 rows", "1 row", "2 rows", "1,200 rows"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("a", "'a'"),
        ("y\nunit", r"'y\nunit'"),
        ("it's", '"it\'s"'),
        ("a\\b", r"'a\b'"),
        ("\x1b[m", r"'\x1b[m'"),
    ],
)
def test_a_name_is_escaped_once(name: str, words: str) -> None:
    assert named(name) == words


@pytest.mark.parametrize(
    "name",
    ["a", "a b", "it's", "y\nunit", "y\tunit's \\ n", "ä\u202e\x1b[m", "größe\u2028\x85", "\U000e0001"],
)
def test_what_is_to_be_typed_gives_the_name_back(name: str) -> None:
    typed = flag("leave_out", name)
    assert typed.isprintable()
    argv = subprocess.run(
        ["bash", "-c", f"printf '%s\\0' {typed}"], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}
    ).stdout
    assert argv.decode().split("\0")[:2] == ["--data", f"leave_out={name}"]


def test_of_sentences_that_differ_in_names_alone_ten_are_kept() -> None:
    many = [f"t.csv: column 'c{k}': dates; --data number=c{k} keeps it" for k in range(3000)]
    rare = ["t.csv: column 'z' is the target"]
    said = few([*many[:5], *rare, *many[5:], "the end"], "t.csv")
    assert said == [*many[:5], *rare, *many[5:10], "t.csv: and 2,990 more like this", "the end"]
    assert few(rare, "t.csv") == rare
