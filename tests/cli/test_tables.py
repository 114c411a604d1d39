"""`tui-lab train FILE.csv`, `predict`, `presets --from`: a table of one's own on the command line."""

import csv
import random
from pathlib import Path

import pytest

from tests.cli.test_commands import _own_folders, refused  # noqa: F401 - the fixture is for all tests here
from tests.data.test_recipe import houses
from tui_lab.cli.main import main
from tui_lab.runs.folder import find, run_ids
from tui_lab.runs.reading import load_run
from tui_lab.spec.presets import load_preset

QUICK = ("--epochs", "3")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return houses(tmp_path / "houses.csv")


def test_a_table_is_trained_and_every_guess_is_said(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "houses.csv", *QUICK]) == 0
    out, err = capsys.readouterr()
    assert "status  finished after 3 epochs" in out
    for words in ("'price', the last column", "the task is regression", "'city': text of 3", "'area': "):
        assert words in err
    view = load_run(find(table.parent / "runs", "last")).view
    assert view.experiment is not None
    assert view.experiment.preset == "houses"
    assert view.experiment.data.file == str(table)
    assert any("blank cells filled" in warning for warning in view.warnings)


def test_what_is_said_overrules_what_is_guessed(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = [
        "--target",
        "city",
        "--task",
        "multiclass",
        "--data",
        "leave_out=price",
        "--data",
        "blank_target=drop",
    ]
    assert main(["train", "houses.csv", *QUICK, *argv]) == 0
    assert "says another" not in capsys.readouterr().err
    view = load_run(find(table.parent / "runs", "last")).view
    assert view.data is not None
    assert (view.data.target, view.data.features) == ("city", 3)
    assert view.data.classes == ("Bergen", "Oslo", "Tromsø")


def test_it_holds_for_presets_as_well(tmp_path: Path) -> None:
    argv = ["--data", "leave_out=alcohol", "--data", "split=0.5,0.25,0.25", "--quiet"]
    assert main(["train", "multiclass", *QUICK, *argv]) == 0
    view = load_run(find(tmp_path / "runs", "last")).view
    assert view.data is not None
    assert view.data.features == 12
    assert view.data.split["train"] == 88


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["houses.csv", "--target", "prise"], "no column 'prise' (did you mean 'price'?)"),
        (["houses.csv", "--task", "ranking"], "ranking"),
        (["houses.csv", "--task", "binary"], "use the task 'regression'"),
        (["houses.csv", "--data", "leave_out=nothing"], "no column 'nothing'"),
        (["houses.csv", "--data", "leaveout=area"], "did you mean 'leave_out'?"),
        (["houses.csv", "--data", "encoding=klingon"], "--data: encoding: must be"),
        (["houses.csv", "--data", "split=1,2"], "--data: split"),
        (["houses.csv", "--data", "one_hot_up_to=many"], "--data: one_hot_up_to"),
        (["houses.csv", "--data", "header=perhaps"], "--data: header"),
        (["houses.csv", "--set", "lr=0"], "lr: must be greater than 0"),
        (["runs"], "a folder"),
        (["notes.txt"], "neither a preset (.toml) nor a table"),
        (["empty.csv"], "the file is empty"),
        (["binary.csv"], "byte 0"),
    ],
)
def test_what_cannot_be_used_is_refused(
    table: Path, capsys: pytest.CaptureFixture[str], argv: list[str], words: str
) -> None:
    folder = table.parent
    (folder / "notes.txt").write_text("hello")
    (folder / "empty.csv").write_text("")
    (folder / "binary.csv").write_bytes(b"\xff\x00\x01")
    (folder / "runs").mkdir(exist_ok=True)
    if argv == ["runs"]:
        argv = ["./runs"]
    assert words in "\n".join(refused(capsys, "train", *argv))
    assert run_ids(folder / "runs") == []


def test_the_lab_takes_a_table_too(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert "needs a terminal" in refused(capsys, "houses.csv", "--target", "price")[-1]


def test_predict_writes_a_line_for_each_row(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["--target", "city", "--data", "blank_target=drop", "--data", "leave_out=price"]
    assert main(["train", "houses.csv", *QUICK, *argv, "--quiet"]) == 0
    capsys.readouterr()
    assert main(["predict", "last", "houses.csv", "-o", "out.csv"]) == 0
    out, err = capsys.readouterr()
    assert out == ""
    assert "120 rows" in err
    assert "accuracy" in err
    with Path("out.csv").open() as file:
        lines = list(csv.DictReader(file))
    assert [line["row"] for line in lines] == [str(k) for k in range(2, 122)]
    names = ["Bergen", "Oslo", "Tromsø"]
    for line in lines:
        chances = [float(line[f"probability of {name}"]) for name in names]
        assert sum(chances) == pytest.approx(1, abs=1e-4)
        assert line["prediction"] == names[chances.index(max(chances))]


def test_predict_on_the_held_out_rows_says_the_score_of_the_run(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["train", "houses.csv", *QUICK, "--quiet"])
    view = load_run(find(table.parent / "runs", "last")).view
    capsys.readouterr()
    assert main(["predict", "last", "--split", "test"]) == 0
    out, err = capsys.readouterr()
    assert len(out.splitlines()) == 1 + 12
    assert view.tested is not None
    assert f"mae {view.tested.metrics['mae']:.4g}" in err


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["last"], "name a file"),
        (["last", "houses.csv", "--split", "test"], "one of the two"),
        (["last", "new.csv"], "missing: 'area', 'city', 'garden', 'rooms'"),
        (["last", "none.csv"], "no such file"),
        (["last", "houses.csv", "-o", "/no/such/folder/x.csv"], "no folder"),
        (["last", "houses.csv", "--data", "leave_out=area"], "settled when the run was trained"),
        (["2", "houses.csv"], "no run"),
    ],
)
def test_predict_refuses_in_words(
    table: Path, capsys: pytest.CaptureFixture[str], argv: list[str], words: str
) -> None:
    main(["train", "houses.csv", *QUICK, "--quiet"])
    Path("new.csv").write_text("x,y\n1,2\n")
    capsys.readouterr()
    if argv[0] == "2":
        argv = ["nope", *argv[1:]]
    assert words in "\n".join(refused(capsys, "predict", *argv))


def test_guesses_become_a_preset_that_trains_the_same(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["presets", "--from", "houses.csv", "-o", "mine.toml"]) == 0
    err = capsys.readouterr().err
    assert "'city': text of 3" in err
    preset = load_preset(Path("mine.toml"))
    assert preset.data.columns == {"city": "one_hot"}
    assert main(["train", "houses.csv", *QUICK, "--quiet", "--export", "a.json"]) == 0
    assert main(["train", "mine.toml", *QUICK, "--quiet", "--export", "b.json"]) == 0
    root = table.parent / "runs"
    one, two = (load_run(find(root, run_id)).view for run_id in run_ids(root))
    assert [e.val_loss for e in one.history] == [e.val_loss for e in two.history]
    assert main(["presets", "--from", "houses.csv"]) == 0
    assert capsys.readouterr().out == Path("mine.toml").read_text()


def test_hostile_names_reach_no_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(0)
    lines = ["a\x1b[31m,b,\u202ey"]
    words, labels = ["x\x1b[2J", "z"], ["p\x1b[0m", "q"]
    lines += [f"{rng.random()},{rng.choice(words)},{rng.choice(labels)}" for _ in range(60)]
    (tmp_path / "bad.csv").write_text("\n".join(lines))
    assert main(["train", "bad.csv", *QUICK]) == 0
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert "\u202e" not in out + err


def test_a_table_that_changed_is_not_gone_on_with(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """BAD-INPUT row 28; one that is deleted while it is trained on does no harm: it is in memory."""
    main(["train", "houses.csv", *QUICK, "--quiet"])
    text = table.read_text()
    table.write_text(text.replace("area", "size", 1))
    assert "has changed since the run began" in refused(capsys, "resume", "last", "--epochs", "5")[0]
    table.write_text(text.replace("Oslo", "Bergen"))
    words = refused(capsys, "resume", "last", "--epochs", "5", "--changed-data")[0]
    assert "other inputs or classes" in words
    assert "6 inputs then, 5 now" in words
    table.unlink()
    assert "no such file" in refused(capsys, "resume", "last", "--epochs", "5")[0]
