"""`tui-lab evaluate`, and its figures in the export."""

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from pydantic import TypeAdapter
from pydantic_core import to_json

from tests.cli.test_commands import _own_folders  # noqa: F401 - the fixture is for all tests here
from tests.engine.evaluation.made_up import subject_for
from tests.runs.test_export import schema
from tests.waiting import until
from tui_lab.cli.main import main
from tui_lab.cli.output.evaluation_text import evaluation_text
from tui_lab.engine.evaluation.report.evaluate import evaluate
from tui_lab.experiment.tasks import Task
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.protocol.steering_events import Evaluated
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.folder import EVALUATION
from tui_lab.runs.folder.lock import held, take

pytestmark = pytest.mark.slow


def test_json_is_strict_also_where_a_figure_is_not_finite(
    mine: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    made = replace(evaluate(subject_for("binary"), "val", epoch=1, step=2), seconds=float("inf"))
    answer = Evaluated(2, 1, "val", {}, to_json(made, inf_nan_mode="strings").decode())
    monkeypatch.setattr("tui_lab.cli.commands.evaluate._ended", lambda *_: answer)
    assert main(["train", mine, "--quiet"]) == 0
    capsys.readouterr()
    assert main(["evaluate", "last", "--json"]) == 0
    found = json.loads(capsys.readouterr().out, parse_constant=lambda name: pytest.fail(name))
    assert found["seconds"] == "Infinity"


def test_an_ended_run(mine: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", mine, "--quiet", "--epochs", "12"]) == 0
    capsys.readouterr()
    assert main(["export", "last"]) == 0
    before = json.loads(capsys.readouterr().out)
    assert "evaluation" not in before["summary"]

    assert main(["evaluate", "last"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("test split, 9 rows, weights of epoch ")
    for part in ("linear model", "(macro average)", "true \\ predicted", "Calibration error", "Importance"):
        assert part in said, part

    assert main(["evaluate", "last", "--split", "val", "--json"]) == 0
    found = TypeAdapter(Evaluation).validate_json(capsys.readouterr().out)
    assert (found.split, found.rows, found.classes) == ("val", 18, ("0", "1", "2"))
    assert found.columns == ("a", "b", "c", "d")

    assert main(["export", "last"]) == 0
    exported = json.loads(capsys.readouterr().out)
    jsonschema.validate(exported, schema())
    kept = exported["summary"].pop("evaluation")
    assert exported == before, "nothing else has changed"
    assert found.verdict is not None
    assert kept["verdict"] == found.verdict.sentence
    assert kept["scores"]["accuracy"]["value"] == found.verdict.scores["accuracy"].value
    assert kept["rivals"]["linear"]["network_only"] == found.verdict.rivals[1].network_only
    assert kept["averages"]["macro"]["f1"] == found.averages[1].f1


def test_scores_are_those_of_the_run(mine: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", mine, "--quiet"]) == 0
    capsys.readouterr()
    assert main(["export", "last"]) == 0
    summary = json.loads(capsys.readouterr().out)["summary"]
    for split, loss in (("val", summary["best_val_loss"]), ("test", summary["test"]["loss"])):
        assert main(["evaluate", "last", "--split", split, "--json"]) == 0
        found = TypeAdapter(Evaluation).validate_json(capsys.readouterr().out)
        assert found.epoch == summary["best_epoch"]
        assert found.verdict is not None
        assert found.verdict.scores["loss"].value == pytest.approx(loss, rel=1e-5)


def test_a_damaged_file_is_left_out_of_the_export(
    mine: str, root: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["train", mine, "--quiet"]) == 0
    assert main(["evaluate", "last"]) == 0
    path = find(root, "last").path / EVALUATION
    path.write_bytes(path.read_bytes()[:-100])
    capsys.readouterr()
    assert main(["export", "last"]) == 0
    assert "evaluation" not in json.loads(capsys.readouterr().out)["summary"]


def test_what_cannot_be_evaluated(mine: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", mine, "--quiet"]) == 0
    run = find(root, "last")
    lock = take(run)
    try:
        assert main(["evaluate", "last", "--split", "test"]) == 2
        assert "its test split is for the end" in capsys.readouterr().err
    finally:
        lock.release()
    table = Path("multiclass-90-0.csv")
    table.write_text(table.read_text().replace("0.", "1.", 1))
    assert main(["evaluate", "last"]) == 2
    assert "the data have changed" in capsys.readouterr().err


def test_a_run_that_is_running(mine: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", mine, "--quiet", "--detach", "--epochs", "1000000"]) == 0
    run = find(root, "last")
    try:
        capsys.readouterr()
        assert main(["evaluate", "last"]) == 0
        said = capsys.readouterr().out
        assert said.startswith("validation split, 18 rows, weights as they are after step ")
        assert "linear model" in said
    finally:
        main(["ctl", "last", "stop"])
    until(lambda: held(run) is None)
    capsys.readouterr()
    assert main(["export", "last"]) == 0
    kept = json.loads(capsys.readouterr().out)["summary"]["evaluation"]
    assert (kept["split"], kept["rows"]) == ("val", 18)


def test_data_of_the_user(root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    Path("data.py").write_text(
        "import torch\ndef made():\n    g = torch.Generator().manual_seed(0)\n"
        "    x = torch.randn(80, 3, generator=g)\n    return x, x[:, 0] * 3 + 7\n"
    )
    own = ["--dataset", "data.py:made"]
    assert main(["train", *own, "--task", "regression", "--quiet", "--epochs", "3"]) == 0
    assert main(["evaluate", "last"]) == 2
    assert "--dataset" in capsys.readouterr().err
    assert main(["evaluate", "last", "--json", *own]) == 0
    found = TypeAdapter(Evaluation).validate_json(capsys.readouterr().out)
    assert found.columns == ("x1", "x2", "x3")
    assert found.importance[0].columns == ("x1",)
    assert found.examples[0].number is not None


@pytest.mark.parametrize("task", ["regression", "multiclass"])
def test_names_from_outside_are_made_safe(task: Task) -> None:
    found = evaluate(subject_for(task), "val", epoch=1, step=1)
    wild = "a\x1b[31m\nb\u202e"
    names = {"classes": (wild,) * len(found.classes), "columns": (wild,) * len(found.columns)}
    slices = tuple(replace(one, column=wild, label=wild, clear=True) for one in found.slices)
    importance = tuple(replace(one, columns=(wild,)) for one in found.importance)
    examples = tuple(replace(one, values=(wild,) * len(one.values)) for one in found.examples)
    wilder = replace(found, **names, slices=slices, importance=importance, examples=examples)
    text = "".join(evaluation_text(wilder, running=False))
    assert "\\x1b[31m" in text
    assert not {"\x1b", "\u202e"} & set(text)


def test_worst_errors_of_numbers_have_a_residual() -> None:
    found = evaluate(subject_for("regression"), "val", epoch=1, step=1)
    text = "".join(evaluation_text(found, running=False))
    heading, first = text.partition("Worst errors\n")[2].splitlines()[:2]
    worst = found.examples[found.worst[0].example]
    assert "probability" not in heading and "true minus predicted" in heading
    assert f"{worst.true - worst.predicted:.4g}" in first.split()


def test_two_runs_on_the_same_rows(mine: str, root: Path, capsys: pytest.CaptureFixture[str]) -> None:
    common = ["train", mine, "--quiet", "--name"]
    for name, *more in (("good", "--epochs", "20"), ("bad", "--set", "lr=1e-6"), ("other", "--seed", "5")):
        assert main([*common, name, *more]) == 0
    capsys.readouterr()
    assert main(["evaluate", "good", "--against", "bad", "--split", "val"]) == 0
    said = capsys.readouterr().out
    assert said.startswith(
        "validation split, 18 rows, weights of the best epoch of each run\n\ngood: Right on "
    )
    assert "bad (accuracy" in " ".join(said.split())
    assert main(["evaluate", "good", "--against", "bad", "--split", "val", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    singly = {}
    for name in ("good", "bad"):
        assert main(["evaluate", name, "--split", "val", "--json"]) == 0
        singly[name] = json.loads(capsys.readouterr().out)["verdict"]["scores"]
    assert found["scores"]["loss"] == singly["good"]["loss"]
    assert found["rival"]["scores"]["accuracy"]["value"] == singly["bad"]["accuracy"]["value"]
    ahead = found["rival"]["network_only"] - found["rival"]["rival_only"]
    gap = singly["good"]["accuracy"]["value"] - singly["bad"]["accuracy"]["value"]
    assert ahead / 18 == pytest.approx(gap)
    assert ahead > 0
    assert main(["evaluate", "good", "--against", "other"]) == 2
    assert "do not have the same test rows" in capsys.readouterr().err
    assert main(["evaluate", "good", "--against", "good"]) == 2
    assert "is the run itself" in capsys.readouterr().err
