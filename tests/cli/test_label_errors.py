"""`tui-lab evaluate --label-errors`."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import jsonschema
import pytest
from pydantic import TypeAdapter

from tests.cli.test_commands import _own_folders  # noqa: F401 - the fixture is for all tests here
from tests.engine.helpers import table
from tests.runs.test_export import schema
from tui_lab.cli.main import main
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.folder import EVALUATION

pytestmark = pytest.mark.slow


def test_rows_and_pairs_are_printed_and_exported(
    mine: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, "--quiet", "--epochs", "12"]) == 0
    run = find(root, "last").path
    before = contents(run)
    capsys.readouterr()
    assert main(["evaluate", "last", "--label-errors", "--folds", "3", "--json"]) == 0
    found = TypeAdapter(Evaluation).validate_json(capsys.readouterr().out)
    errors = found.label_errors
    assert errors is not None and errors.flagged > 0
    assert (errors.folds, errors.rows) == (3, 81)

    assert main(["evaluate", "last", "--label-errors", "--folds", "3"]) == 0
    said = capsys.readouterr()
    assert "label errors: 3 folds of " in said.err and "Ctrl+C cancels" in said.err
    text = said.out[said.out.index("Label errors:") :]
    assert text.startswith(f"Label errors: {errors.flagged} of 81 rows")
    heads, *rows = text[text.index("\n\n") :].strip().splitlines()
    assert heads.split()[:4] == ["row", "given", "likely", "confidence"]
    assert {"a", "b", "c", "d"} == set(heads.split()[4:])
    assert [int(row.split()[0]) for row in rows] == [one.number for one in errors.examples]
    pair = errors.pairs[0]
    assert [str(pair.given), str(pair.likely), str(pair.rows)] in [line.split() for line in text.splitlines()]

    capsys.readouterr()
    assert main(["export", "last"]) == 0
    exported = json.loads(capsys.readouterr().out)
    jsonschema.validate(exported, schema())
    kept = exported["summary"]["evaluation"]["label_errors"]
    assert kept["flagged"] == errors.flagged
    assert [row["number"] for row in kept["listed"]] == [one.number for one in errors.examples]
    assert {**contents(run), EVALUATION: b""} == {**before, EVALUATION: b""}


def test_they_stay_with_the_evaluation_of_another_split(
    mine: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, "--quiet"]) == 0
    assert main(["evaluate", "last", "--label-errors", "--fold-epochs", "2"]) == 0
    capsys.readouterr()
    assert main(["evaluate", "last", "--split", "val", "--json"]) == 0
    found = TypeAdapter(Evaluation).validate_json(capsys.readouterr().out)
    assert found.label_errors is not None and found.label_errors.epochs == 2
    assert main(["resume", "last", "--quiet", "--epochs", "30"]) == 0
    capsys.readouterr()
    assert main(["evaluate", "last", "--json"]) == 0
    found = TypeAdapter(Evaluation).validate_json(capsys.readouterr().out)
    assert found.label_errors is None, "its best epoch is another one now"


def test_an_evaluation_of_an_earlier_version_can_be_read() -> None:
    old = {"split": "val", "rows": 1, "epoch": 1, "step": 1, "task": "binary", "target": "y", "classes": []}
    assert TypeAdapter(Evaluation).validate_python(old).label_errors is None


def test_numbers_have_no_label_errors(tmp_path: Path, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = str(table(tmp_path, "regression"))
    assert main(["train", data, "--target", "y", "--quiet", "--epochs", "2"]) == 0
    capsys.readouterr()
    assert main(["evaluate", "last", "--label-errors", "--json"]) == 0
    said = capsys.readouterr()
    assert "there are no label errors: the target of this run is a number" in said.err
    assert TypeAdapter(Evaluation).validate_json(said.out).label_errors is None


def test_bad_input_is_answered_in_words(mine: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", mine, "--quiet"]) == 0
    for more, why in (
        (["--label-errors", "--folds", "1"], "--folds: must be a whole number of at least 2 (given: 1)"),
        (["--label-errors", "--folds", "two"], "(given: two)"),
        (["--label-errors", "--folds", "81"], "folds: 81 are more than the "),
        (["--label-errors", "--fold-epochs", "0"], "--fold-epochs: must be a whole number of at least 1"),
        (["--label-errors", "--against", "last"], "give only one of them"),
        (["--folds", "3"], "--folds: needs --label-errors"),
    ):
        capsys.readouterr()
        assert main(["evaluate", "last", *more]) == 2
        assert why in capsys.readouterr().err
    data = Path("multiclass-90-0.csv")
    data.write_text(data.read_text().replace("0.", "1.", 1))
    assert main(["evaluate", "last", "--label-errors"]) == 2
    assert "the data have changed" in capsys.readouterr().err
    data.unlink()
    assert main(["evaluate", "last", "--label-errors"]) == 2
    assert "no such file" in capsys.readouterr().err


def test_ctrl_c_leaves_no_process(mine: str, root: Path) -> None:
    assert main(["train", mine, "--quiet", "--epochs", "12"]) == 0
    run = find(root, "last").path
    before = contents(run)
    asked = ["evaluate", "last", "--label-errors", "--folds", "8"]
    code = (
        "import sys, tui_lab.engine.out_of_fold as o, tui_lab.engine.short_runs as s\n"
        "from time import sleep\n"
        "from tui_lab.cli.main import main\n"
        "s.TOLD_EVERY = 1\n"
        "real = o.FoldProgress\n"
        "def slowly(*values):\n"
        "    print('training', file=sys.stderr, flush=True)\n"
        "    sleep(0.05)\n"
        "    return real(*values)\n"
        "o.FoldProgress = slowly\n"
        f"sys.exit(main({asked!r}))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        stderr=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    assert process.stderr is not None
    for line in process.stderr:
        if line == b"training\n":
            break
    process.send_signal(signal.SIGINT)
    process.stderr.read()
    assert process.wait(30) == 130
    with pytest.raises(ProcessLookupError):
        os.killpg(process.pid, 0)
    assert {**contents(run), EVALUATION: b""} == {**before, EVALUATION: b""}


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
