"""`tui-lab evaluate --out-of-fold`, and label errors of a cross-validation."""

import json
from pathlib import Path

import pytest
from pydantic import TypeAdapter

from tests.cli.test_commands import _own_folders  # noqa: F401 - the fixture is for all tests here
from tests.cli.test_label_errors import contents
from tui_lab.cli.main import main
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.reading import load_experiment


@pytest.fixture
def mine(preset: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """A preset whose three folds are trained."""
    assert main(["train", str(preset), "--folds", "3", "--quiet"]) == 0
    capsys.readouterr()
    return str(preset)


def test_all_rows_are_evaluated_and_no_run_is_changed(
    mine: str, capsys: pytest.CaptureFixture[str], root: Path
) -> None:
    before = [contents(root / run_id) for run_id in run_ids(root)]
    assert main(["evaluate", "last", "--out-of-fold"]) == 0
    out, err = capsys.readouterr()
    words = " ".join(out.split())
    assert words.startswith(
        "out of fold (training and validation), 81 rows, each predicted by the fold, of 3, that was not "
        "trained on it, with its best weights Right on "
    )
    for section in ("class ", "true \\ predicted", "Calibration error", "Worst errors", "linear model"):
        assert section in out
    assert "(fitted on the same rows)" in words
    assert "note: importance and responses are those of one network" in err
    assert [contents(root / run_id) for run_id in run_ids(root)] == before


def test_json_and_any_of_the_folds_give_the_same(
    mine: str, capsys: pytest.CaptureFixture[str], root: Path
) -> None:
    found = []
    for run_id in run_ids(root):
        assert main(["evaluate", run_id, "--out-of-fold", "--json"]) == 0
        found.append(TypeAdapter(Evaluation).validate_json(capsys.readouterr().out))
    assert [one.verdict for one in found] == [found[0].verdict] * 3
    assert (found[0].split, found[0].rows, found[0].folds) == ("out of fold", 81, 3)


@pytest.mark.slow
def test_label_errors_need_no_training(mine: str, capsys: pytest.CaptureFixture[str], root: Path) -> None:
    assert main(["evaluate", "last", "--label-errors"]) == 0
    out, err = capsys.readouterr()
    assert "label errors: from what the 3 folds of its cross-validation predict for 81 rows" in err
    words = " ".join(out.split())
    said = (
        "(confident learning; each row predicted by the run, of the 3 of its cross-validation, that was not "
    )
    assert said + "trained on it)." in words
    assert "each fold's best epoch was chosen by the rows it predicts here" in words
    assert main(["evaluate", "last", "--out-of-fold", "--label-errors", "--json"]) == 0
    errors = json.loads(capsys.readouterr().out)["label_errors"]
    assert errors["runs"] == sorted(run_ids(root))
    assert main(["evaluate", "last", "--label-errors", "--folds", "2", "--json"]) == 0
    errors = json.loads(capsys.readouterr().out)["label_errors"]
    assert (errors["folds"], errors["runs"]) == (2, []), "asked for, so trained"


def test_what_cannot_be_is_refused_in_words(
    mine: str, capsys: pytest.CaptureFixture[str], root: Path
) -> None:
    for more, why in (
        (["--split", "val"], "--out-of-fold and --split: give only one of them"),
        (["--against", "last"], "--out-of-fold and --against: give only one of them"),
    ):
        assert main(["evaluate", "last", "--out-of-fold", *more]) == 2
        assert why in capsys.readouterr().err
    for point in (find(root, "last").path / "checkpoints").iterdir():
        point.unlink()
    assert main(["evaluate", "last", "--out-of-fold"]) != 0
    assert "Traceback" not in capsys.readouterr().err
    assert main(["train", mine, "--quiet"]) == 0
    assert main(["evaluate", "last", "--out-of-fold"]) == 2
    assert "is no fold of a cross-validation" in capsys.readouterr().err
    assert main(["train", mine, "--quiet", "--folds", "2", "--set", "lr=0.02"]) == 0
    splits = {run_id: load_experiment(RunFolder(root / run_id)).data.split for run_id in run_ids(root)}
    second, first = sorted(
        (run_id for run_id in splits if splits[run_id].folds == 2),
        key=lambda run_id: -(splits[run_id].fold or 0),
    )
    (root / first).rename(root.parent / "gone")
    assert main(["evaluate", second, "--out-of-fold"]) == 2
    assert "fold 1 of 2 of the cross-validation of run" in capsys.readouterr().err
