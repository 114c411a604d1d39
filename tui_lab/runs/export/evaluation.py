"""The main figures of an evaluation, in an export."""

from dataclasses import asdict

from tui_lab.protocol.evaluation import Evaluation, Rival, Verdict
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.kept_evaluation import read_evaluation
from tui_lab.runs.folder.large_answers import latest_evaluation


def evaluation_of(folder: RunFolder) -> dict[str, object] | None:
    """The figures of the latest evaluation of a run; None if there is none that can be read."""
    kept = latest_evaluation(folder)
    found = None if kept is None else read_evaluation(kept)
    return None if found is None else figures(found)


def figures(found: Evaluation) -> dict[str, object]:
    """What is not a list of rows, points or columns."""
    calibration = found.calibration
    return {
        "split": found.split,
        "rows": found.rows,
        "epoch": found.epoch,
        "step": found.step,
        **(_verdict(found.verdict) if found.verdict else {}),
        "averages": {one.name: _without_name(asdict(one)) for one in found.averages},
        "calibration": {
            "error": calibration.ece,
            "noise_floor": calibration.floor_high,
            "temperature": calibration.temperature,
        }
        if calibration
        else None,
        **({"label_errors": _label_errors(found)} if found.label_errors else {}),
    }


def _label_errors(found: Evaluation) -> dict[str, object]:
    errors = found.label_errors
    assert errors is not None
    return {
        "rows": errors.rows,
        "flagged": errors.flagged,
        "folds": errors.folds,
        "epochs": errors.epochs,
        "pairs": [
            {"given": found.classes[pair.given], "likely": found.classes[pair.likely], "rows": pair.rows}
            for pair in errors.pairs
        ],
        "listed": [
            {
                "number": row.number,
                "name": row.name,
                "given": found.label(row.true),
                "likely": found.label(row.predicted),
                "confidence": row.probability,
            }
            for row in errors.examples
        ],
    }


def _verdict(verdict: Verdict) -> dict[str, object]:
    return {
        "verdict": verdict.sentence,
        "metric": verdict.metric,
        "scores": {name: asdict(score) for name, score in verdict.scores.items()},
        "train_scores": verdict.train_scores,
        "rivals": {rival.name: _rival(rival, verdict.metric) for rival in verdict.rivals},
    }


def _rival(rival: Rival, metric: str) -> dict[str, object]:
    return {
        "about": rival.about,
        "score": asdict(rival.scores[metric]),
        "difference": asdict(rival.difference[metric]),
        "network_only": rival.network_only,
        "rival_only": rival.rival_only,
        "p_value": rival.p_value,
        "better": rival.better,
    }


def _without_name(fields: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in fields.items() if key != "name"}
