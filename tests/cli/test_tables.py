"""`tui-lab train FILE.csv`, `predict`, `presets --from`: a table of one's own on the command line."""

import csv
import hashlib
import random
from pathlib import Path

import pytest

from tests.cli.test_commands import _own_folders, refused  # noqa: F401 - the fixture is for all tests here
from tests.data.test_recipe import houses
from tui_lab.cli.main import main
from tui_lab.cli.output.summary import closing_text
from tui_lab.data import local_file
from tui_lab.data.table import guess
from tui_lab.data.table.reading.raw_table import RawTable
from tui_lab.data.table.table import Table, understand
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.presets import load_preset
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.events import CheckpointSaved, Tested
from tui_lab.protocol.view import RunView
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.folder import run_ids
from tui_lab.runs.folder.reading import load_run

pytestmark = pytest.mark.slow

QUICK = ("--epochs", "3")


@pytest.fixture
def table(tmp_path: Path) -> Path:
    return houses(tmp_path / "houses.csv")


def test_a_table_is_trained_and_every_guess_is_said(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "houses.csv", *QUICK]) == 0
    out, err = capsys.readouterr()
    assert "status  finished after 3 epochs" in out
    for words in ("'price', the last column", "the task is regression", "'city': text with 3", "'area': "):
        assert words in err
    view = load_run(find(table.parent / "runs", "last")).view
    assert view.experiment is not None
    assert view.experiment.preset == "houses"
    assert view.experiment.data.file == str(table)
    assert any("missing values filled" in warning for warning in view.warnings)


def test_a_table_is_read_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, rng = tmp_path / "wide.csv", random.Random(0)
    rows = [[f"{rng.random():.6f}" for _ in range(400)] for _ in range(600)]
    heads = [f"x{k}" for k in range(400)]
    path.write_text("\n".join(map(",".join, [heads, *rows])) + "\n")
    read: list[int] = []
    close = local_file._Hashing.close

    def closed(file: local_file._Hashing) -> None:
        read.append(file.count)
        close(file)

    monkeypatch.setattr(local_file._Hashing, "close", closed)
    assert main(["train", str(path), *QUICK, "--quiet"]) == 0
    size, beginning = path.stat().st_size, 2**19  # of which the format is guessed
    assert size > 2 * beginning
    assert [count == size for count in read].count(True) == 1
    assert sum(read) < size + 2 * beginning
    view = load_run(find(tmp_path / "runs", "last")).view
    assert view.data is not None
    assert view.data.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_table_written_while_it_is_guessed_at_is_read_again(
    table: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def understood(raw: RawTable, spec: DataSpec, task: Task) -> Table:
        lines = table.read_text().splitlines(keepends=True)
        table.write_text("".join([*lines, lines[-1]]))
        return understand(raw, spec, task)

    monkeypatch.setattr(guess, "understand", understood)
    assert main(["train", str(table), *QUICK, "--quiet"]) == 0
    view = load_run(find(table.parent / "runs", "last")).view
    assert view.data is not None
    assert view.data.sha256 == hashlib.sha256(table.read_bytes()).hexdigest()


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
    assert "change it with" not in capsys.readouterr().err
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
        (["some.csv"], "row 4, column 'price': 'n/k' is not a finite number"),
        (["houses.csv", "--task", "binary"], "use the task 'regression'"),
        (["houses.csv", "--data", "leave_out=nothing"], "no column 'nothing'"),
        (["houses.csv", "--data", "leaveout=area"], "did you mean 'leave_out'?"),
        (["houses.csv", "--data", "encoding=klingon"], "--data: encoding: must be"),
        (["houses.csv", "--data", "split=1,2"], "--data: split"),
        (["houses.csv", "--data", "one_hot_up_to=many"], "--data: one_hot_up_to"),
        (["houses.csv", "--data", "header=perhaps"], "--data: header"),
        (["houses.csv", "--set", "lr=0"], "lr: must be greater than 0"),
        (["runs"], "no class folder"),
        (["notes.txt"], "neither a preset (.toml) nor a table"),
        (["empty.csv"], "the file is empty"),
        (["binary.csv"], "byte 0"),
        (["book.xlsx"], "an Excel workbook or another zip archive: save the table as CSV"),
        (["http://example.org/t.csv"], "http://example.org/t.csv: this is a web address, not a local file"),
        (["https://example.org/t"], "download it first"),
    ],
)
def test_what_cannot_be_used_is_refused(
    table: Path, capsys: pytest.CaptureFixture[str], argv: list[str], words: str
) -> None:
    folder = table.parent
    (folder / "notes.txt").write_text("hello")
    (folder / "empty.csv").write_text("")
    (folder / "binary.csv").write_bytes(b"\xff\x00\x01")
    text = table.read_text().splitlines()
    text[3] = text[3].rpartition(",")[0] + ",n/k"
    (folder / "some.csv").write_text("\n".join(text))
    (folder / "book.xlsx").write_bytes(b"PK\3\4" + bytes(40))
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
        (["last"], "give either a file"),
        (["last", "houses.csv", "--split", "test"], "give either"),
        (["last", "new.csv"], "missing: 'area', 'city', 'garden', 'rooms'"),
        (["last", "none.csv"], "no such file"),
        (
            ["last", "https://example.org/t.csv"],
            "https://example.org/t.csv: this is a web address, not a local file",
        ),
        (["last", "houses.csv", "-o", "/no/such/folder/x.csv"], "no folder"),
        (["last", "houses.csv", "--data", "leave_out=area"], "cannot change for a trained run"),
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
    assert "'city': text with 3" in err
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
    lines = ["a\x1b[31m\x9b31m,b,\u202e\U000e0041y"]
    words, labels = ["x\x1b[2J", "z"], ["p\x1b[0m", "q"]
    lines += [f"{rng.random()},{rng.choice(words)},{rng.choice(labels)}" for _ in range(60)]
    (tmp_path / "bad.csv").write_text("\n".join(lines))
    assert main(["train", "bad.csv", *QUICK]) == 0
    out, err = capsys.readouterr()
    assert "\x1b" not in out + err
    assert "\u202e" not in out + err
    assert main(["presets", "--from", "bad.csv"]) == 0
    out, err = capsys.readouterr()
    assert all(char.isprintable() or char == "\n" for char in out + err)
    (tmp_path / "bad.toml").write_text(out)
    assert load_preset(tmp_path / "bad.toml").data.target == "\u202e\U000e0041y"


def test_a_table_that_changed_is_not_gone_on_with(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """BAD-INPUT row 28; one that is deleted while it is trained on does no harm: it is in memory."""
    main(["train", "houses.csv", *QUICK, "--quiet"])
    text = table.read_text()
    table.write_text(text.replace("area", "size", 1))
    assert "has changed since the run started" in refused(capsys, "resume", "last", "--epochs", "5")[0]
    for again in (["fork", "last", "--epochs", "5"], ["train", "--replay", "last"]):
        words = refused(capsys, *again)[0]
        assert "has changed since the run started" in words
        assert "--changed-data" in words
    table.write_text(text.replace("Oslo", "Bergen"))
    words = refused(capsys, "resume", "last", "--epochs", "5", "--changed-data")[0]
    assert "its inputs or classes have changed" in words
    assert "6 inputs then, 5 now" in words
    table.unlink()
    assert "no such file" in refused(capsys, "resume", "last", "--epochs", "5")[0]


@pytest.mark.parametrize("way", ["as it is", "a link", "a hard link", "another path"])
@pytest.mark.parametrize("command", ["predict", "train", "presets"])
def test_what_is_read_is_never_written_over(
    table: Path, capsys: pytest.CaptureFixture[str], command: str, way: str
) -> None:
    main(["train", "houses.csv", *QUICK, "--quiet"])
    out = {"as it is": "houses.csv", "another path": "../" + table.parent.name + "/houses.csv"}.get(
        way, "o.csv"
    )
    if way == "a link":
        Path(out).symlink_to(table)
    elif way == "a hard link":
        Path(out).hardlink_to(table)
    before = table.read_bytes()
    argv = {
        "predict": ["predict", "last", "houses.csv", "-o", out],
        "train": ["train", "houses.csv", "--export", out],
        "presets": ["presets", "--from", "houses.csv", "-o", out],
    }[command]
    capsys.readouterr()
    assert "the command reads this file and would overwrite it" in refused(capsys, *argv)[-1]
    assert table.read_bytes() == before


def test_only_a_file_of_the_kind_that_is_written_is_replaced(
    table: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["train", "houses.csv", *QUICK, "--quiet"])
    commands = {
        "o.json": ["export", "last", "-o"],
        "h.json": ["export", "last", "--history-only", "-o"],
        "o.safetensors": ["export", "last", "--to", "safetensors", "-o"],
        "o.csv": ["predict", "last", "houses.csv", "-o"],
        "o.toml": ["presets", "--from", "houses.csv", "-o"],
    }
    for name, argv in commands.items():
        Path(name).touch()
        assert main([*argv, name]) == 0, "an empty file is nobody's"
        before = Path(name).read_bytes()
        assert main([*argv, name]) == 0
        assert Path(name).read_bytes() == before
    assert main(["train", "houses.csv", *QUICK, "--quiet", "--export", "o.json"]) == 0
    capsys.readouterr()
    Path("notes").write_text("mine")
    for argv in commands.values():
        for other in ("notes", "houses.csv"):
            assert "overwrit" in refused(capsys, *argv, other)[-1]
    assert "is not an exported run" in refused(capsys, "train", "houses.csv", "--export", "o.toml")[-1]
    assert Path("notes").read_text() == "mine"


def test_the_summary_says_what_its_figures_are_of(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rng = random.Random(0)
    lines = [f"{rng.random():.3f},{rng.random():.3f}" for _ in range(14)]
    Path("few.csv").write_text("\n".join(["a,y", *lines]))
    assert main(["train", "few.csv", *QUICK, "--data", "split=0.5,0.4,0.1"]) == 0
    out = capsys.readouterr().out
    assert "BASELINE ON VALIDATION" in out
    assert "the test split has only 1 row, so these scores are noisy" in out
    assert next(line for line in out.splitlines() if "r2" in line).split()[:2] == ["r2", "undefined"]


def test_auroc_of_a_single_class_is_not_defined() -> None:
    view = RunView()
    view.tested = Tested(3, {"loss": 0.5, "accuracy": 1.0, "auroc": 0.0}, (1.0, float("nan")))
    row = next(line for line in closing_text("r", view).splitlines() if "auroc" in line)
    assert row.split() == ["auroc", "undefined", "-"]


def test_a_run_that_was_stopped_says_how_it_goes_on() -> None:
    view = RunView()
    view.status = "stopped"
    assert "resume" not in closing_text("r", view), "there is nothing to go on from"
    view.checkpoints.append(CheckpointSaved("a.pt", "0" * 64, 4, 1, "end"))
    assert "tui-lab resume r" in closing_text("r", view)


def test_a_web_address_is_no_file_for_a_preset_either(capsys: pytest.CaptureFixture[str]) -> None:
    address = "https://example.org/t.csv"
    assert (
        f"{address}: this is a web address, not a local file"
        in refused(capsys, "presets", "--from", address)[0]
    )


def test_a_preset_is_made_of_what_can_be_trained_only(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("rare.csv").write_text("a,y\n" + "".join(f"{k},{'ab'[k % 2]}\n" for k in range(40)) + "41,rare\n")
    argv = ["rare.csv", "--task", "multiclass", "--data", "split=0.2,0.5,0.3"]
    trained = refused(capsys, "train", *argv)[-1]
    assert "no training rows of class 'rare'" in trained
    assert refused(capsys, "presets", "--from", *argv, "-o", "rare.toml") == [trained]
    assert not Path("rare.toml").exists()


def test_a_device_that_is_none_is_told_with_all_else(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    said = "\n".join(
        refused(capsys, "train", "houses.csv", "--device", "gpu", "--set", "lr=0", "--data", "x=y")
    )
    assert all(
        words in said for words in ("--device: unknown device 'gpu'", "lr: must be", "--data 'x=y'")
    ), said


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,y\n{x},{k}\n", []),
        ("größe,y\n{x},{k}\n", ["encoding=latin-1"]),
        ("{x},{k},u{k}\n", ["header=false"]),
        ("a b y\n{x} {c} {k}\n", ["delimiter=blank"]),
        ('a,y\n"1,00{c}",{k}\n', ["decimal=."]),
        ("a,y\n{x},{k}\n-,{k}\n", ["missing=-"]),
    ],
)
def test_what_was_said_of_the_table_holds_for_new_rows(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str, said: list[str]
) -> None:
    rng = random.Random(0)
    head, line = content.split("\n", 1) if "=false" not in str(said) else ("", content)
    lines = [line.format(x=f"{rng.random():.3f}", k=k, c=rng.randrange(9)) for k in range(40)]
    text = "".join([head + "\n" if head else "", *lines])
    target = "y" if head else "column_2"
    Path("t.csv").write_bytes(text.encode("latin-1"))
    data = [word for setting in said for word in ("--data", setting)]
    assert main(["train", "t.csv", "--target", target, *QUICK, *data, "--quiet"]) == 0
    Path("new.csv").write_bytes(text.encode("latin-1"))
    assert main(["predict", "last", "new.csv", "-o", "p.csv"]) == 0
    assert len(Path("p.csv").read_text().splitlines()) == len(text.splitlines()) + bool(not head)


def test_new_rows_may_be_written_otherwise(table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["--data", "encoding=latin-1", "--data", "delimiter=,", "--data", "header=true"]
    text = table.read_text()
    table.write_bytes(text.replace("Tromsø", "Tromso").encode("latin-1"))
    assert main(["train", "houses.csv", *QUICK, *argv, "--quiet"]) == 0
    Path("new.csv").write_text(text.replace("Tromsø", "Tromso").replace(",", ";"))
    assert main(["predict", "last", "new.csv", "-o", "p.csv"]) == 0
    assert len(Path("p.csv").read_text().splitlines()) == len(text.splitlines())
