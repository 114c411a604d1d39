"""The history in an export: one record per epoch."""

import json
from collections.abc import Callable, Iterator
from math import nan

from tui_lab.protocol.events import EpochEnded
from tui_lab.protocol.view import RunView
from tui_lab.runs.strict import Json, strict

Progress = Callable[[float], None]
_PIECE_ROWS = 1000


def history(view: RunView) -> list[Json]:
    """One record per epoch, all with the same keys; NaN and infinities as strings."""
    rows = strict(rows_of(view), [])
    assert isinstance(rows, list)
    return rows


def history_text(view: RunView, progress: Progress = lambda _: None) -> Iterator[str]:
    """The text of `history`, piece by piece."""
    yield from laid_out_rows(view, [], "$", "", progress)
    yield "\n"


def laid_out_rows(
    view: RunView, found: list[str], path: str, indent: str, progress: Progress
) -> Iterator[str]:
    """The records of the history, formatted as by `to_text`; non-finite values are added to `found`."""
    classes, count, waiting = classes_of(view), len(view.history), list[str]()
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


def classes_of(view: RunView) -> tuple[str, ...]:
    """The classes of the target; none for regression."""
    return view.data.classes if view.data else ()


def rows_of(view: RunView) -> list[dict[str, object]]:
    """The records as they are, NaN and infinities among them."""
    classes = classes_of(view)
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
