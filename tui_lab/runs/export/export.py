"""The export: a run as one JSON document that other programs can rely on.

Its format is `schema/run.schema.json`; fields may be added, but existing ones do not change.
"""

from collections.abc import Iterator
from dataclasses import asdict

from tui_lab.errors import RunError
from tui_lab.experiment.catalogue import catalogue
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.events import ModelBuilt, Tested, WeightsTransferred
from tui_lab.protocol.ledger import LedgerEntry, entries
from tui_lab.protocol.steering_events import Edited, Undone
from tui_lab.protocol.view import RunView
from tui_lab.runs.export.export_rows import classes_of, laid_out_rows, rows_of
from tui_lab.runs.files.strict_json import Json, iso_time, laid_out, strict
from tui_lab.runs.journal.long_journal import Progress

Figures = dict[str, object]
"""Those of `runs/export/evaluation.py`."""
FORMAT, VERSION = "tui-lab.run", 1
_OF_DATA = ("source", "sha256", "rows", "features", "classes", "split")
_DID = {
    "edited": "edit",
    "undone": "undo",
    "paused": "pause",
    "continued": "continue",
    "run_resumed": "resume",
}


def export(run_id: str, view: RunView, name: str = "", evaluation: Figures | None = None) -> dict[str, Json]:
    """Everything about a run; `name` is the name it was given, `evaluation` what was found last, if anything.

    Raises RunError if nothing was recorded.
    """
    found: list[str] = []
    whole = {**_head(run_id, view, name), "history": rows_of(view), "summary": _summary(view, evaluation)}
    document = strict(whole, found)
    assert isinstance(document, dict)
    document["non_finite"] = list(found)
    return document


def export_text(
    run_id: str,
    view: RunView,
    name: str = "",
    progress: Progress = lambda _: None,
    evaluation: Figures | None = None,
) -> Iterator[str]:
    """The text of `export`, piece by piece: a long history is never in memory as a whole.

    `progress` is called with the fraction done. Raises RunError, before the first piece, if nothing of the
    run was recorded.
    """
    head = _head(run_id, view, name)

    def pieces() -> Iterator[str]:
        found: list[str] = []
        yield "{\n"
        for key, value in head.items():
            yield _member(key, strict(value, found, f"$.{key}"))
        yield '  "history": '
        yield from laid_out_rows(view, found, "$.history", "  ", progress)
        yield ",\n" + _member("summary", strict(_summary(view, evaluation), found, "$.summary"))
        yield _member("non_finite", list[Json](found)).removesuffix(",\n") + "\n}\n"

    return pieces()


def _member(key: str, value: Json) -> str:
    return f'  "{key}": {laid_out(value, "  ")},\n'


def _head(run_id: str, view: RunView, name: str) -> dict[str, object]:
    """Everything before the history."""
    if view.experiment is None:
        raise RunError(f"run {run_id} has no events: it ended before training started")
    told = entries(view)
    return {
        "format": FORMAT,
        "version": VERSION,
        "run": {
            "id": run_id,
            "name": name or run_id,
            "status": view.status,
            "started": iso_time(view.started),
            "finished": iso_time(view.ended),
            "parent": view.origin.run if view.origin else None,
            "origin": asdict(view.origin) if view.origin else None,
        },
        "experiment": _experiment(view.experiment),
        "environment": view.environment,
        "dataset": _fields(view.data, *_OF_DATA) if view.data else None,
        "model": _model(view.model, view.transfer),
        "edits": [_edit(entry) for entry in told if isinstance(entry.event, Edited)],
        "pending_edits": [_without_empty_reason(asdict(edit)) for edit in view.pending],
        "ledger": [_ledger(entry) for entry in told],
    }


def _experiment(asked: Experiment) -> dict[str, object]:
    """Without the hyperparameters that earlier versions did not have, where they have their defaults."""
    later = {
        name
        for name, item in catalogue().items()
        if item.knob.later and getattr(asked.hyperparameters, name) == item.default
    }
    return asked.model_dump(mode="json", exclude={"hyperparameters": later})


def _summary(view: RunView, evaluation: Figures | None) -> dict[str, object]:
    return {
        "best_epoch": view.best.epoch if view.best else None,
        "best_val_loss": view.best.val_loss if view.best else None,
        "test": _test(view.tested, classes_of(view)),
        **({"evaluation": evaluation} if evaluation else {}),
    }


def _fields(of: object, *names: str) -> dict[str, object]:
    return {name: getattr(of, name) for name in names}


def _model(model: ModelBuilt | None, transfer: WeightsTransferred | None) -> dict[str, object] | None:
    if model is None:
        return None
    return {
        "layers": [_fields(built, "layer", "output_shape", "parameters") for built in model.layers],
        **_fields(model, "parameters", "trainable"),
        "transfer": _transfer(transfer) if transfer else None,
    }


def _transfer(transfer: WeightsTransferred) -> dict[str, object]:
    return {
        **_fields(transfer, "source", "sha256", "taken"),
        "new": [{"name": name, "why": why} for name, why in transfer.new.items()],
        "unused": transfer.unused,
    }


def _edit(entry: LedgerEntry) -> dict[str, object]:
    edit = _fields(entry.event, "step", "epoch", "name", "old", "new")
    return _without_empty_reason({**edit, "undone": entry.undone, **_fields(entry.event, "note", "why")})


def _without_empty_reason(edit: dict[str, object]) -> dict[str, object]:
    """Earlier versions had no reasons: their runs are exported as before."""
    return {name: value for name, value in edit.items() if name != "why" or value}


def _ledger(entry: LedgerEntry) -> dict[str, object]:
    """What was done, in brief; the details are in the edits."""
    event = entry.event
    row = {"time": iso_time(entry.time), "did": _DID[event.kind], **_fields(event, "step", "epoch")}
    if isinstance(event, Edited | Undone):
        row["name"] = event.name
    if isinstance(event, Undone):
        row["from_step"] = event.from_step
    return row


def _test(tested: Tested | None, classes: tuple[str, ...]) -> dict[str, object] | None:
    if tested is None:
        return None
    recall = dict(zip(classes, tested.class_recall, strict=False))
    return {**tested.metrics, **({"recall_per_class": recall} if recall else {})}
