"""The export: a run as one JSON document that other programs can rely on.

Its form is `schema/run.schema.json`; what is added to it may be new, what is in it stays.
"""

import json
import stat
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from math import nan
from pathlib import Path
from typing import Any

from tui_lab.errors import InputError, RunError
from tui_lab.protocol.events import DataLoaded, EpochEnded, ModelBuilt, Tested, WeightsTransferred
from tui_lab.protocol.ledger import Entry, entries
from tui_lab.protocol.steering import Edited, Undone
from tui_lab.protocol.view import RunView
from tui_lab.runs.atomic import check_folder_writable, reason, write_atomically
from tui_lab.runs.strict import Json, iso_time, laid_out, strict, to_text
from tui_lab.safe import safe

FORMAT, VERSION = "tui-lab.run", 1
Progress = Callable[[float], None]
_PIECE_ROWS = 1000

_DID = {
    "edited": "edit",
    "undone": "undo",
    "paused": "pause",
    "continued": "continue",
    "run_resumed": "resume",
}


def export(run_id: str, view: RunView, name: str = "") -> dict[str, Json]:
    """Everything about a run; `name` is what a person called it, if anybody did.

    Raises RunError if nothing of it was ever recorded.
    """
    found: list[str] = []
    whole = {**_head(run_id, view, name), "history": _rows(view), "summary": _summary(view)}
    document = strict(whole, found)
    assert isinstance(document, dict)
    document["non_finite"] = list(found)
    return document


def export_text(
    run_id: str, view: RunView, name: str = "", progress: Progress = lambda _: None
) -> Iterator[str]:
    """The text of `export`, piece by piece: a long history is never in memory as a whole.

    `progress` hears of the share that is done. Raises RunError, before the first piece, if nothing of the run
    was ever recorded.
    """
    head = _head(run_id, view, name)

    def pieces() -> Iterator[str]:
        found: list[str] = []
        yield "{\n"
        for key, value in head.items():
            yield _member(key, strict(value, found, f"$.{key}"))
        yield '  "history": '
        yield from _laid_out_rows(view, found, "$.history", "  ", progress)
        yield ",\n" + _member("summary", strict(_summary(view), found, "$.summary"))
        yield _member("non_finite", list[Json](found)).removesuffix(",\n") + "\n}\n"

    return pieces()


def history_text(view: RunView, progress: Progress = lambda _: None) -> Iterator[str]:
    """The text of `history`, piece by piece."""
    yield from _laid_out_rows(view, [], "$", "", progress)
    yield "\n"


def _member(key: str, value: Json) -> str:
    return f'  "{key}": {laid_out(value, "  ")},\n'


def _laid_out_rows(
    view: RunView, found: list[str], path: str, indent: str, progress: Progress
) -> Iterator[str]:
    """The records of the history as `to_text` lays them out; what is not finite is added to `found`."""
    classes, count, waiting = _classes(view), len(view.history), list[str]()
    if not count:
        yield "[]"
        return
    training = view.history.names("train_metrics")
    for place, ended in enumerate(view.history):
        row = _row(ended, classes, training)
        try:
            text = json.dumps(row, allow_nan=False)
        except ValueError:
            text = json.dumps(strict(row, found, f"{path}[{place}]"))
        waiting.append(f"{',' if place else '['}\n{indent}  {text}")
        if len(waiting) == _PIECE_ROWS:
            yield "".join(waiting)
            waiting = []
            progress((place + 1) / count)
    yield "".join(waiting) + f"\n{indent}]"
    progress(1.0)


def _head(run_id: str, view: RunView, name: str) -> dict[str, object]:
    """All that stands before the history."""
    if view.experiment is None:
        raise RunError(f"run {safe(run_id, 80)} has no events: it ended before it began")
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
        "experiment": view.experiment.model_dump(mode="json"),
        "environment": view.environment,
        "dataset": _dataset(view.data),
        "model": _model(view.model, view.transfer),
        "edits": [_edit(entry) for entry in told if isinstance(entry.event, Edited)],
        "pending_edits": [asdict(edit) for edit in view.pending],
        "ledger": [_ledger(entry) for entry in told],
    }


def _summary(view: RunView) -> dict[str, object]:
    return {
        "best_epoch": view.best.epoch if view.best else None,
        "best_val_loss": view.best.val_loss if view.best else None,
        "test": _test(view.tested, _classes(view)),
    }


def history(view: RunView) -> list[Json]:
    """One record an epoch, all with the same keys; NaN and infinities as strings."""
    rows = strict(_rows(view), [])
    assert isinstance(rows, list)
    return rows


@cache
def schema() -> dict[str, Any]:
    """The JSON Schema of `export`."""
    text = files("tui_lab.runs").joinpath("schema/run.schema.json").read_text("utf-8")
    loaded: dict[str, Any] = json.loads(text)
    return loaded


def write_json(path: Path, document: Json) -> None:
    """Write a document as `write_file` does."""
    write_file(path, to_text(document).encode("ascii"))


def write_text(path: Path, pieces: Iterable[str]) -> None:
    """Write the pieces of a text in ASCII, one after the other, as `write_file` does."""
    write_file(path, (piece.encode("ascii") for piece in pieces))


def write_file(path: Path, content: bytes | Iterable[bytes]) -> None:
    """Write a file whole or not at all; a link is followed, a device is written to as it is.

    Raises InputError if `path` is a folder or lies where nothing can be written.
    """
    try:
        path = path.resolve()
        kind = path.stat().st_mode if path.exists() else stat.S_IFREG
        if stat.S_ISDIR(kind):
            raise InputError(f"{safe(path, 300)}: is a folder; name a file in it")
        if stat.S_ISREG(kind):
            write_atomically(path, content, mode=stat.S_IMODE(kind) or None)
        else:
            with path.open("wb") as device:
                device.writelines([content] if isinstance(content, bytes) else content)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(_unwritable(path, error)) from None


def check_writable(path: Path) -> None:
    """Raise InputError if `write_json` could not write there. Leaves nothing behind."""
    try:
        path = path.resolve()
        folder = path.parent
        if path.is_dir():
            raise InputError(f"{safe(path, 300)}: is a folder; name a file in it")
        if not folder.is_dir():
            raise InputError(f"{safe(path, 300)}: there is no folder {safe(folder, 300)}; make it first")
        if not path.exists() or path.is_file():
            check_folder_writable(folder)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(_unwritable(path, error)) from None


def _unwritable(path: Path, error: Exception) -> str:
    why = reason(error) if isinstance(error, OSError | ValueError) else str(error)
    return f"{safe(path, 300)}: cannot be written: {safe(why)}"


def _dataset(data: DataLoaded | None) -> dict[str, object] | None:
    if data is None:
        return None
    return {
        "source": data.source,
        "sha256": data.sha256,
        "rows": data.rows,
        "features": data.features,
        "classes": data.classes,
        "split": data.split,
    }


def _model(model: ModelBuilt | None, transfer: WeightsTransferred | None) -> dict[str, object] | None:
    if model is None:
        return None
    layers = [
        {"layer": built.layer, "output_shape": built.output_shape, "parameters": built.parameters}
        for built in model.layers
    ]
    return {
        "layers": layers,
        "parameters": model.parameters,
        "trainable": model.trainable,
        "transfer": _transfer(transfer) if transfer else None,
    }


def _transfer(transfer: WeightsTransferred) -> dict[str, object]:
    return {
        "source": transfer.source,
        "sha256": transfer.sha256,
        "taken": transfer.taken,
        "new": [{"name": name, "why": why} for name, why in transfer.new.items()],
        "unused": transfer.unused,
    }


def _edit(entry: Entry) -> dict[str, object]:
    edit = entry.event
    assert isinstance(edit, Edited)
    return {
        "step": edit.step,
        "epoch": edit.epoch,
        "name": edit.name,
        "old": edit.old,
        "new": edit.new,
        "undone": entry.undone,
        "note": edit.note,
    }


def _ledger(entry: Entry) -> dict[str, object]:
    """What was done, in few words; the edits themselves have all that belongs to them."""
    event = entry.event
    row: dict[str, object] = {
        "time": iso_time(entry.time),
        "did": _DID[event.kind],
        "step": event.step,
        "epoch": event.epoch,
    }
    if isinstance(event, Edited | Undone):
        row["name"] = event.name
    if isinstance(event, Undone):
        row["from_step"] = event.from_step
    return row


def _classes(view: RunView) -> tuple[str, ...]:
    return view.data.classes if view.data else ()


def _rows(view: RunView) -> list[dict[str, object]]:
    classes = _classes(view)
    training = view.history.names("train_metrics")
    return [_row(epoch, classes, training) for epoch in view.history]


def _row(epoch: EpochEnded, classes: tuple[str, ...], training: list[str]) -> dict[str, object]:
    return {
        "epoch": epoch.epoch,
        "step": epoch.step,
        "train_loss": epoch.train_loss,
        "val_loss": epoch.val_loss,
        "lr": epoch.lr,
        "seconds": epoch.seconds,
        **{f"train_{name}": epoch.train_metrics.get(name, nan) for name in training},
        **{f"val_{name}": value for name, value in epoch.metrics.items()},
        **{
            f"val_recall[{name}]": value
            for name, value in zip(classes, epoch.class_recall, strict=False)  # a damaged journal
        },
    }


def _test(tested: Tested | None, classes: tuple[str, ...]) -> dict[str, object] | None:
    if tested is None:
        return None
    recall = dict(zip(classes, tested.class_recall, strict=False))
    return {**tested.metrics, **({"recall_per_class": recall} if recall else {})}
