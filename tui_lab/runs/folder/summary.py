"""What the list of runs shows of one run, stored beside its journal so that the journal need not be read.

`summary.json` contains nothing that is not in the journal, except that there is a label. It records the size
of the journal it was made from; if that differs, or the file is missing or damaged, it is rebuilt.
"""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, replace
from math import isfinite
from typing import TYPE_CHECKING, Any

from tui_lab.runs.files.sealed import UNSEALED, seal, unseal
from tui_lab.runs.files.strict_json import strict, to_text
from tui_lab.runs.folder.folder import JOURNAL, LABEL, SUMMARY, RunFolder
from tui_lab.runs.folder.settings import Scalar, settings_of
from tui_lab.runs.folder.sparkline import equal_parts

if TYPE_CHECKING:  # pydantic: 0.1 s, which an up-to-date list does not need
    from tui_lab.protocol.view import RunView

_FORMAT, _VERSION = "tui-lab.summary", 6
MAX_POINTS = 32
"""How many points of the validation curve a summary has at most."""
_MAX_BYTES = 4_000_000


@dataclass(frozen=True, slots=True)
class JournalFacts:
    """The facts in a journal. `started` is a Unix time in seconds.

    `epochs`: completed epochs; `seconds`: training time. `ended_as`: the status of the run's last event,
    empty if it has none. `best_epoch` is 0 and `best_val_loss` None before the first epoch.
    `hyperparameters`: the final ones; `edits`: how often one was changed during training. `parent`: the run
    it was forked from. `paused`: it was paused at the end. `problem`: what could not be read from the
    journal. `labelled`: the run has, or had, a `label.json`.
    `val_losses`: the validation loss over the run, thinned to at most `MAX_POINTS` values. `best_metrics`:
    the validation metrics of the best epoch. `settings`: data and network settings that are not the default,
    by their place in a preset.
    """

    preset: str
    ended_as: str
    started: float | None
    epochs: int
    seconds: float | None
    best_epoch: int
    best_val_loss: float | None
    test: dict[str, float]
    hyperparameters: dict[str, Scalar] = field(default_factory=dict)
    edits: int = 0
    parent: str = ""
    paused: bool = False
    problem: str = ""
    labelled: bool = False
    val_losses: tuple[float, ...] = ()
    best_metrics: dict[str, float] = field(default_factory=dict)
    settings: dict[str, Scalar] = field(default_factory=dict)


def facts(folder: RunFolder) -> JournalFacts:
    """The facts of a run, from the summary if it is up to date; otherwise it is written, if possible.

    Raises RunError if there is no journal.
    """
    try:
        size = folder.files.state(JOURNAL).st_size
    except OSError:
        size = -1  # reading it reports why
    content = _content(folder)
    return _kept(dict(content), size) or _made(folder, content, size)


def _kept(content: dict[str, Any], size: int) -> JournalFacts | None:
    try:
        known = content.pop("format"), content.pop("version"), content.pop("journal_bytes")
        if known != (_FORMAT, _VERSION, size):
            return None
        content.pop("longest", None)
        for scores in ("test", "best_metrics"):
            content[scores] = {name: float(value) for name, value in content[scores].items()}
        content["val_losses"] = tuple(map(float, content["val_losses"]))
        return _checked(JournalFacts(**content))
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _checked(found: JournalFacts) -> JournalFacts:
    """Raise TypeError unless every field has its type: what shows it relies on that."""
    texts = (found.preset, found.ended_as, found.parent, found.problem)
    times = (found.started or 0, found.seconds or 0)
    numbers = (found.epochs, found.best_epoch, found.best_val_loss or 0, *times)
    fine = all(isinstance(text, str) for text in texts) and isinstance(found.test, dict)
    fine = fine and isinstance(found.paused, bool) and isinstance(found.labelled, bool)
    fine = fine and len(found.val_losses) <= MAX_POINTS
    values = (*found.hyperparameters.values(), *found.settings.values())
    fine = fine and all(isinstance(value, Scalar) for value in values)
    if not fine or not all(isinstance(n, int | float) for n in (*numbers, found.edits, *found.test.values())):
        raise TypeError("a field of the wrong type")
    return found


def _made(folder: RunFolder, content: dict[str, Any], size: int) -> JournalFacts:
    """Read the whole journal, and write the summary in place of `content`, if possible."""
    from tui_lab.runs.folder.reading import (
        load_run,  # pydantic: 0.1 s, which an up-to-date list does not need
    )

    run = load_run(folder)
    return _stored(folder, content, size, facts_of(run.view, "; ".join(run.problems)))


def _stored(folder: RunFolder, content: dict[str, Any], size: int, made: JournalFacts) -> JournalFacts:
    """The facts in a journal of `size` bytes, written in place of `content`, if possible."""
    made = replace(made, labelled=folder.files.exists(LABEL) or content.get("labelled") is True)
    head = {"format": _FORMAT, "version": _VERSION, "journal_bytes": size}
    _write(folder, {**head, "longest": max(size, _longest(content)), **asdict(made)})
    return made


def remember_facts(folder: RunFolder, view: "RunView") -> None:
    """Write the summary of a run whose whole journal adds up to `view`, without reading it."""
    with suppress(OSError):
        _stored(folder, _content(folder), folder.files.state(JOURNAL).st_size, facts_of(view))


def lost_bytes(folder: RunFolder) -> int:
    """How many bytes the journal once had more than now: its end was cut off. 0 if that is not known."""
    with suppress(OSError):
        return max(0, _longest(_content(folder)) - folder.files.state(JOURNAL).st_size)
    return 0


def _longest(content: dict[str, Any]) -> int:
    """The size of the longest journal that a summary was made from."""
    sizes = (content.get("journal_bytes"), content.get("longest"))
    return max((size for size in sizes if isinstance(size, int)), default=0)


def was_labelled(folder: RunFolder) -> bool:
    """Whether the summary says that the run had a label."""
    return _content(folder).get("labelled") is True


def remember_label(folder: RunFolder) -> None:
    """Record in the summary, if there is one, that the run has a label; disk errors are ignored."""
    content = _content(folder)
    if content.get("labelled") is False:
        _write(folder, content | {"labelled": True})


def _content(folder: RunFolder) -> dict[str, Any]:
    """The summary as it is stored, even if the journal has grown since; empty if it cannot be read."""
    with suppress(OSError, ValueError):
        return unseal(folder.files.read(SUMMARY, _MAX_BYTES))
    return {}


def _write(folder: RunFolder, content: dict[str, Any]) -> None:
    with suppress(OSError):
        folder.files.replace(SUMMARY, seal(to_text(strict(content | UNSEALED, []))), durable=False)


def facts_of(view: "RunView", problem: str = "") -> JournalFacts:
    """The facts of a view."""
    asked = view.experiment
    in_force = view.hyper or (asked.hyperparameters if asked else None)
    return JournalFacts(
        preset=asked.preset if asked else "",
        ended_as="" if view.status in ("running", "interrupted") else view.status,
        started=view.started,
        epochs=view.epochs_done,
        seconds=view.seconds_trained,
        best_epoch=view.best.epoch if view.best else 0,
        best_val_loss=view.best.val_loss if view.best else None,
        test=view.tested.metrics if view.tested else {},
        hyperparameters=in_force.model_dump(mode="json") if in_force else {},
        edits=len(view.edits) + len(view.pending),
        parent=view.origin.run if view.origin else "",
        paused=view.paused,
        problem=problem,
        val_losses=thinned(view.history.column("val_loss")),
        best_metrics=view.best.metrics if view.best else {},
        settings=settings_of(asked) if asked else {},
    )


def thinned(values: Sequence[float]) -> tuple[float, ...]:
    """At most `MAX_POINTS` of many values: the mean of each of as many parts, or what of it is not finite."""
    return tuple(map(_mean, equal_parts(values, MAX_POINTS)))


def _mean(values: Sequence[float]) -> float:
    total = sum(values)
    wild = None if isfinite(total) else next((value for value in values if not isfinite(value)), None)
    return float(f"{total / len(values):.4g}") if wild is None else wild
