"""The commands of the shell: what they print where, what they refuse, and with which exit status."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pandas as pd
import pytest

from tests.engine.helpers import table
from tests.journals import schema
from tui_lab.cli.doctor.checks import devices
from tui_lab.cli.main import main
from tui_lab.engine.native.compiler import find_compiler
from tui_lab.errors import RunError
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.labels import Label, read_label, write_label

HOSTILE = ["\x1b[31m", "\u202egnp.exe", "a\nb", "[red]", "[/x]", "x" * 300]


@pytest.fixture(autouse=True)
def _own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TUI_LAB_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("XDG_CONFIG_HOME", raising=False)
    monkeypatch.chdir(tmp_path)


def refused(capsys: pytest.CaptureFixture[str], *argv: str) -> list[str]:
    """The complaints about a command line that is refused before anything starts."""
    assert main(list(argv)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert "Traceback" not in err
    assert all(char.isprintable() or char == "\n" for char in err)
    return err.splitlines()


def test_train_says_what_came_of_it_and_export_is_valid(
    preset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(preset), "--export", "out.json"]) == 0
    out = capsys.readouterr().out
    assert "status  finished after 3 epochs" in out
    assert "BASELINE ON VALIDATION" in out
    document = json.loads((tmp_path / "out.json").read_text())
    jsonschema.validate(document, schema())
    assert document["experiment"]["preset"] == "mine"
    assert [row["epoch"] for row in document["history"]] == [1, 2, 3]


def test_history_only_is_one_row_an_epoch_for_pandas(
    preset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["train", str(preset), "--quiet"])
    assert main(["export", "last", "--history-only", "-o", "h.json"]) == 0
    frame = pd.read_json(tmp_path / "h.json")
    assert frame["epoch"].tolist() == [1, 2, 3]
    assert {"train_loss", "val_loss", "lr", "val_accuracy", "val_recall[0]"} <= set(frame.columns)
    capsys.readouterr()
    assert main(["export", "last"]) == 0
    jsonschema.validate(json.loads(capsys.readouterr().out), schema())


@pytest.mark.slow
def test_every_bundled_preset_trains_and_exports_validly(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("regression", "binary", "multiclass", "cnn"):
        assert main(["train", name, "--epochs", "2", "--quiet", "--export", f"{name}.json"]) == 0
        jsonschema.validate(json.loads((tmp_path / f"{name}.json").read_text()), schema())
    assert capsys.readouterr() == ("", "")


def test_json_puts_one_event_a_line_on_stdout(preset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", str(preset), "--json"]) == 0
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [line["seq"] for line in lines] == list(range(1, len(lines) + 1))
    kinds = [line["event"]["kind"] for line in lines]
    assert kinds[0] == "run_started"
    assert kinds[-1] == "run_ended"
    assert kinds.count("epoch_ended") == 3


def test_a_diverged_run_ends_with_3_and_says_what_to_do(
    preset: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = ["--set", "lr=100", "--set", "optimizer=sgd", "--set", "momentum=0.99", "--set", "epochs=500"]
    regression = preset.with_name("r.toml")
    data = table(preset.parent, "regression")
    text = preset.read_text().replace("multiclass", "regression")
    regression.write_text(text.replace("regression-90-0.csv", data.name))
    assert main(["train", str(regression), *settings]) == 3
    assert "lower lr from 100 to the preset's 0.01" in capsys.readouterr().err


def test_resume_gives_a_finished_run_more_epochs(preset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    main(["train", str(preset), "--quiet"])
    assert "--epochs" in refused(capsys, "resume", "last")[0]
    assert main(["resume", "last", "--epochs", "5", "--export", "more.json"]) == 0
    assert "finished after 5 epochs" in capsys.readouterr().out
    document = json.loads(Path("more.json").read_text())
    assert [row["epoch"] for row in document["history"]] == [1, 2, 3, 4, 5]
    jsonschema.validate(document, schema())


@pytest.mark.parametrize(
    ("argv", "words"),
    [
        (["train", "wine"], "neither a preset nor a file"),
        (["train", "multiclas"], "did you mean 'multiclass'"),
        (["trian", "cnn"], "did you mean 'train'"),
        (["train", "cnn", "--set", "lr=0"], "lr: must be greater than 0"),
        (["train", "cnn", "--set", "lr=nan"], "finite"),
        (["train", "cnn", "--set", "lr=0,1"], "a decimal point, not a comma"),
        (["train", "cnn", "--set", "lr"], "NAME=VALUE"),
        (["train", "cnn", "--set", "learning_rate=1"], "not a hyperparameter (did you mean 'lr'?)"),
        (["train", "cnn", "--epochs", "1.5"], "whole number"),
        (["train", "cnn", "--seed", "-1"], "seed"),
        (["train", "cnn", "--device", "cuda:99"], "Available: "),
        (["train", "cnn", "--device", "gpu"], "unknown device 'gpu'"),
        (["train", "cnn", "--export", "/no/such/folder/x.json"], "no folder"),
        (["train", "cnn", "--detach", "--export", "x.json"], "--detach"),
        (["train", "cnn", "--notify", "ftp://x"], "--notify: not an http or https address"),
        (["train"], "give either"),
        (["train", "cnn", "--no-such"], "unrecognized"),
        (["train", "cnn", "--epoch=3"], "--epoch=3 (did you mean '--epochs'?); see `tui-lab train --help`"),
        (["train", "cnn", "--lr", "0.1"], "(did you mean '--set lr=VALUE'?)"),
        (["train", "cnn", "--batch-size=8"], "(did you mean '--set batch_size=8'?)"),
        (["train", "cnn", "--name", "x" * 61], "--name: a name can have at most 60 characters"),
        (["train", "cnn", "--name", " "], "--name: empty"),
        (["train", "cnn", "twice"], "unrecognized arguments: twice; see `tui-lab train --help`"),
        (["export", "last"], "no runs yet"),
        (["export", "../x"], "no runs yet"),
        (["resume", "last"], "no runs yet"),
        (["cnn"], "needs a terminal"),
        (["table.csv"], "no such file"),
        (["train", "cnn", "--set", "batch_size=1", "--set", "batch_norm=true"], "batch norm"),
    ],
)
def test_what_cannot_be_done_is_refused_in_words(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, argv: list[str], words: str
) -> None:
    complaints = refused(capsys, *argv)
    assert words in "\n".join(complaints)
    assert all(line.startswith("tui-lab: ") for line in complaints)
    assert run_ids(tmp_path / "runs") == [], "nothing was started"


def test_all_problems_are_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["train", "cnnn", "--set", "lr=0", "--set", "x=1", "--export", "/no/such/folder/x.json"]
    said = "\n".join(refused(capsys, *argv))
    assert all(word in said for word in ("'cnnn'", "lr:", "'x'", "/no/such/folder"))


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("where", [["train"], ["export"], ["resume"], ["attach"], []])
def test_hostile_words_are_shown_not_obeyed(
    capsys: pytest.CaptureFixture[str], where: list[str], text: str
) -> None:
    refused(capsys, *where, text)


def test_runs_lists_and_its_json_is_strict(preset: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["runs"]) == 0
    assert "tui-lab train" in "".join(capsys.readouterr())
    main(["train", str(preset), "--quiet"])
    capsys.readouterr()
    assert main(["runs"]) == 0
    listed = capsys.readouterr().out
    assert "finished" in listed
    assert "-mine-" in listed
    assert main(["runs", "--json"]) == 0

    def no(constant: str) -> float:
        raise AssertionError(constant)

    (line,) = json.loads(capsys.readouterr().out, parse_constant=no)
    assert (line["status"], line["epochs"], line["preset"]) == ("finished", 3, "mine")


def test_runs_may_stand_before_or_after_the_command(preset: Path, tmp_path: Path) -> None:
    assert main(["--runs", str(tmp_path / "a"), "train", str(preset), "--quiet"]) == 0
    assert main(["train", str(preset), "--quiet", "--runs", str(tmp_path / "b")]) == 0
    assert len(run_ids(tmp_path / "a")) == len(run_ids(tmp_path / "b")) == 1


def test_a_broken_preset_spoils_only_itself(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    from tui_lab.experiment.preset_files import own_folder

    own_folder().mkdir(parents=True)
    (own_folder() / "broken.toml").write_text("x = = 1")
    assert main(["presets"]) == 0
    out, err = capsys.readouterr()
    assert all(name in out for name in ("regression", "binary", "multiclass", "cnn"))
    assert "broken.toml" in err
    assert "line 1" in err


@pytest.mark.slow
def test_doctor_reports_and_finds_what_training_needs(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    out = capsys.readouterr().out
    assert all(word in out for word in ("torch", "cpu", "terminal", "runs in", "logging out"))


def test_doctor_says_what_speed_fast_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    found = list(devices({}))
    assert any(f"C compiler {find_compiler()[0]}" in finding.what for finding in found)
    monkeypatch.setenv("CC", "no-such-compiler")
    (without,) = (finding for finding in devices({}) if "no C compiler" in finding.what)
    assert "gcc" in without.remedy and not without.essential


@pytest.mark.slow
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_ends_a_run_in_order(preset: Path, tmp_path: Path, number: int, status: int) -> None:
    process = subprocess.Popen(
        [sys.executable, "-m", "tui_lab", "train", str(preset), "--set", "epochs=1000000", "--json"],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    try:
        for line in process.stdout:
            if "epoch_ended" in line:
                break
        process.send_signal(number)
        rest, err = process.communicate(timeout=60)
    finally:
        process.kill()
    assert process.returncode == status
    assert "Traceback" not in err
    last = json.loads(rest.splitlines()[-1])["event"]
    assert (last["kind"], last["status"]) == ("run_ended", "stopped")
    assert "checkpoint_saved" in rest


@pytest.mark.slow
@pytest.mark.parametrize("argv", [["--help"], ["train", "--help"], ["presets"], ["runs"], ["export", "last"]])
def test_quick_commands_never_load_torch(argv: list[str]) -> None:
    code = (
        "import sys\nfrom tui_lab.cli.main import main\n"
        f"try: main({argv!r})\nexcept SystemExit: pass\n"
        "print('LOADED', *({'torch', 'pandas', 'numpy', 'textual', 'plotext'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=dict(os.environ)
    )
    assert done.stdout.splitlines()[-1] == "LOADED"


@pytest.mark.parametrize(
    "command", ["runs", "train multiclass", "train multiclass --detach", "doctor", "export last"]
)
def test_a_runs_folder_that_is_no_place_is_refused_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    (tmp_path / "a").symlink_to("b")
    (tmp_path / "b").symlink_to("a")
    libraries: dict[str, object] = {}  # found out in a process of its own, with torch
    monkeypatch.setattr("tui_lab.cli.commands.doctor.probe", lambda: libraries)
    for named in ("~no-such-user-here/runs", str(tmp_path / "a")):
        monkeypatch.setenv("TUI_LAB_RUNS", named)
        assert main(command.split()) == (1 if command == "doctor" else 2)
        out, err = capsys.readouterr()
        assert "bug in tui-lab" not in out + err
        assert "no home folder" in out + err or "circle" in out + err or "symbolic links" in out + err


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError(), "memory ran out"),
        (ImportError("libtorch_cpu.so: failed to map segment from shared object"), "ulimit -v"),
        (RuntimeError("can't start new thread"), "memory ran out"),
        (OSError(24, "Too many open files"), "ulimit -n"),
        (FileNotFoundError(2, "No usable temporary directory found in ['/tmp']"), "TMPDIR"),
    ],
)
def test_a_machine_that_has_too_little_is_no_defect(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], error: Exception, words: str
) -> None:
    def fail(args: object) -> int:
        raise error

    monkeypatch.setattr("tui_lab.cli.commands.presets.run", fail)
    assert main(["presets"]) == 1
    err = capsys.readouterr().err
    assert words in err and "bug in tui-lab" not in err


def test_a_run_is_named_by_its_name_or_the_end_of_its_id(
    preset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        main(["train", str(preset), "--quiet"])
    newer, older = run_ids(tmp_path / "runs")
    write_label(RunFolder(tmp_path / "runs" / older), Label("wine base"))
    for ref in ("wine base", older[-4:]):
        assert main(["export", ref]) == 0
        assert json.loads(capsys.readouterr().out)["run"]["id"] == older
    told = refused(capsys, "export", newer[:4])
    assert newer in told[1] and older in told[2] and "wine base" in told[2]


def test_a_run_is_named_where_it_is_trained_or_forked(
    preset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", str(preset), "--name", " wine  base", "--set", "epochs=1", "--json"]) == 0
    assert "the only epoch is done" in capsys.readouterr().out
    assert main(["fork", "wine base", "--epochs", "2", "--name", "wine fork", "--quiet"]) == 0
    assert main(["train", "--replay", "wine base", "--name", "wine again", "--quiet"]) == 0
    names = [read_label(RunFolder(tmp_path / "runs" / run)).name for run in run_ids(tmp_path / "runs")]
    assert names == ["wine again", "wine fork", "wine base"]
    told = refused(capsys, "attach", "wine fork")
    assert "`tui-lab runs`" in told[0] and "train" not in told[0], "training is no help with a run"


def test_a_name_that_cannot_be_written_leaves_no_run(
    preset: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(folder: RunFolder, label: Label) -> None:
        raise RunError("the disk is full")

    monkeypatch.setattr("tui_lab.session.jobs.prepare_job.write_label", full)
    assert main(["train", str(preset), "--name", "base", "--quiet"]) == 1
    assert "the disk is full" in capsys.readouterr().err
    assert run_ids(tmp_path / "runs") == []
