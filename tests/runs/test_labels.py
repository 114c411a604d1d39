"""Names and notes of runs."""

import json
import stat
from pathlib import Path

import pytest

from tests.runs.samples import HOSTILE, experiment, whole_run
from tests.runs.test_listing import make_run
from tui_lab.errors import InputError, RunError
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.folder.labels import MAX_NAME, MAX_NOTE, Label, check_label, read_label, write_label
from tui_lab.runs.index.listing import describe_run


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return create(tmp_path, experiment())


def test_a_run_without_a_label_has_an_empty_one(run: RunFolder) -> None:
    assert read_label(run) == Label()


@pytest.mark.parametrize("summary", ["before", "after", "made anew"])
def test_a_label_that_is_gone_is_reported(tmp_path: Path, summary: str) -> None:
    """The summary knows of it, whichever was first, and also once the journal has grown."""
    run = make_run(tmp_path, whole_run())
    if summary == "before":
        describe_run(run)
    write_label(run, Label("wide"))
    if summary != "before":
        assert not describe_run(run).problem
    run.label.unlink()
    if summary == "made anew":
        with run.journal.open("ab") as journal:
            journal.write(b"\n")
        describe_run(run)
    assert "label.json: the name of the run cannot be read: the file is gone" in describe_run(run).problem
    write_label(run, Label("wide"))
    assert "label.json" not in describe_run(run).problem


def test_what_is_written_is_read_again(run: RunFolder) -> None:
    write_label(run, Label("  a   wider net ", "né à Paris [red] <b>"))
    assert read_label(run) == Label("a wider net", "né à Paris [red] <b>")
    assert stat.S_IMODE(run.label.stat().st_mode) == 0o600
    assert [path.name for path in run.path.iterdir() if path.name.startswith(".")] == []


@pytest.mark.parametrize("name", ["../x", "/", "[red]", "[/x]", "-rf", "x" * MAX_NAME, ".", "名前"])
def test_a_name_is_text_and_nothing_else(run: RunFolder, name: str) -> None:
    before = sorted(run.path.parent.rglob("*"))
    write_label(run, Label(name))
    assert read_label(run).name == name
    assert sorted(run.path.parent.rglob("*")) == sorted([*before, run.label])


@pytest.mark.parametrize("bad", ["\x1b[31m", "a\nb", "a\0b", "\u202egnp.exe", "a\tb", "\u2028", "\udcff"])
def test_what_a_terminal_would_act_on_is_refused_by_its_name(run: RunFolder, bad: str) -> None:
    with pytest.raises(InputError, match="remove ") as refusal:
        write_label(run, Label(name=bad))
    assert str(refusal.value).isprintable()
    with pytest.raises(InputError, match="a note must be printable text"):
        write_label(run, Label(note=bad))
    assert not run.label.exists()


def test_all_that_is_wrong_is_said_at_once() -> None:
    with pytest.raises(InputError) as refusal:
        check_label(Label("x" * (MAX_NAME + 1), "y" * (MAX_NOTE + 1)))
    assert len(refusal.value.problems) == 2
    assert f"(given: {MAX_NAME + 1})" in refusal.value.problems[0]


@pytest.mark.parametrize(
    "content",
    [
        b"", b"[]", b"[" * 5000, b"\xff\0", b"null", b'{"format": "x", "name": "a", "note": ""}',
        b'{"format": "tui-lab.label", "name": 3, "note": ""}', b'{"format": "tui-lab.label", "name": "a"}',
    ],
)  # fmt: skip
def test_a_spoilt_file_is_no_label(run: RunFolder, content: bytes) -> None:
    run.label.write_bytes(content)
    assert read_label(run) == Label()


def test_what_others_wrote_is_made_safe_and_short(run: RunFolder) -> None:
    text = {"format": "tui-lab.label", "version": 1, "name": HOSTILE * 9, "note": "\x1b" * 5000}
    run.label.write_text(json.dumps(text))
    label = read_label(run)
    assert label.name.isprintable() and len(label.name) == MAX_NAME
    assert label.note.isprintable() and len(label.note) == MAX_NOTE


def test_a_folder_that_has_gone_is_said(run: RunFolder, tmp_path: Path) -> None:
    gone = RunFolder(tmp_path / "nowhere")
    with pytest.raises(RunError, match="cannot be written"):
        write_label(gone, Label("x"))
