"""Under the chart: the scores of the run as a table, and what there is to say about it."""

from collections.abc import Callable
from math import isfinite

from tui_lab.protocol.steering import StepProbed
from tui_lab.protocol.view import RunView
from tui_lab.runs.listing import RunLine
from tui_lab.safe import safe
from tui_lab.tui.errand import RunsFeed
from tui_lab.tui.format import SHORT, change, number, plural, score, share
from tui_lab.tui.panes.lines import Lines
from tui_lab.tui.panes.status import MARKS
from tui_lab.tui.text import Line, Span, clip, cut, fill, flow, line, wrap
from tui_lab.tui.watch import Watch

_WIDTHS = ((11, 9, 11), (11, 9, 8), (11, 8, 7), (9, 8, 7), (8, 8, 6))
"""What is tried in turn: the columns of the labels, of the loss and of each metric."""
RECALL_FROM = 30
"""The height of the screen from which the recall of single classes is shown."""
_CLASSES = 20
_BROKE_OFF = "the training broke off"
_WAY_ON = "r lists the runs, and g there goes on with it from its last checkpoint"
_PROBED = ("gradient", "update", "upd/weight")


def table(view: RunView, width: int) -> list[Line]:
    """One row each for training, validation, the best epoch, the baseline and, at the end, the test.

    Metrics that find no room are left out, the last ones first.
    """
    last, best, tested = (view.history[-1] if view.history else None), view.best, view.tested
    baseline = view.model.baseline if view.model else {}
    names = [name for name in (last.metrics if last else baseline) if name != "loss"]
    label, loss, column = next(
        (fit for fit in _WIDTHS if fit[0] + fit[1] + fit[2] * len(names) <= width), _WIDTHS[-1]
    )
    names = names[: max(0, (width - label - loss) // column)]
    brief = label < len("validation") + 1

    def row(head: Span, style: str, value: float | None, metrics: dict[str, float] | None) -> Line:
        cells = [number(value).rjust(loss - 1)]
        cells += [score(name, metrics[name]).rjust(column) for name in names if metrics and name in metrics]
        return clip(((head[0].ljust(label), head[1]), *((cell, style) for cell in cells)), width)

    heads = [(SHORT.get(name, name) if column < _WIDTHS[0][2] else name).rjust(column) for name in names]
    lines = [
        line((" " * label + "loss".rjust(loss - 1) + "".join(heads), "head")),
        row(("train" if brief else "training", "train"), "", last.train_loss if last else None, None),
        row(
            ("val" if brief else "validation", "val"),
            "",
            last.val_loss if last else None,
            last.metrics if last else None,
        ),
        row(
            (f"best {best.epoch}" if best else "best", "best"),
            "",
            best.val_loss if best else None,
            best.metrics if best else None,
        ),
        row(("base" if brief else "baseline", "dim"), "dim", baseline.get("loss"), baseline),
    ]
    if tested is not None:
        lines.append(row(("test", "bold"), "bold", tested.metrics.get("loss"), tested.metrics))
    return lines


def recalls(view: RunView, width: int) -> list[Line]:
    """The recall of each class, in columns."""
    classes = view.data.classes if view.data else ()
    given = view.tested or (view.history[-1] if view.history else None)
    if given is None or not given.class_recall or len(classes) != len(given.class_recall):
        return []
    split = "test" if view.tested else "validation"
    cells: list[Line] = [
        line((cut(safe(name, 60), 14) + " ", "dim"), share(value))
        for name, value in zip(classes[:_CLASSES], given.class_recall, strict=False)
    ]
    if len(classes) > _CLASSES:
        cells.append(line((f"and {len(classes) - _CLASSES} more", "dim")))
    return [(), line((f"recall of each class, {split}", "dim")), *flow(cells, width, 3)]


def headline(view: RunView | None) -> str:
    """The run in one line: how far, and how far from the best."""
    if view is None:
        return "Runs"
    if not view.history or view.best is None:
        return "Metrics"
    last, best = view.history[-1], view.best
    if last.epoch == best.epoch:
        return f"epoch {last.epoch} is the best"
    away = last.val_loss - best.val_loss
    delta = f", {change(away)} since" if isfinite(away) else ""
    return f"best {plural(last.epoch - best.epoch, 'epoch')} ago{delta}"


def ending(view: RunView, status: str, width: int) -> list[Line]:
    """How the run ended and what to do, in words."""
    if status == "running":
        return []
    mark, style = MARKS[status]
    message, hint = safe(view.message, 600), safe(view.hint, 600)
    if status == "interrupted":
        message, hint = message or _BROKE_OFF, hint or _WAY_ON
    text = message if message.startswith(status) else f"{status}: {message}"
    lines = wrap(text, width, style.replace("good", "best"), first=f"{mark} ")
    if hint:
        lines += wrap(hint, width, "", first="→ ")
    return lines


def probed(probe: StepProbed, width: int) -> list[Line]:
    """What one step by hand did: its loss, and for each layer how far its weights moved."""
    lines = wrap(
        f"step {probe.step:,}: loss {number(probe.loss)}, gradient norm {number(probe.gradient)}",
        width,
        "accent",
    )
    column, name = 11, max(12, width - 35)
    lines.append(clip((("layer".ljust(name), "head"), *((h.rjust(column), "head") for h in _PROBED)), width))
    for layer in probe.layers:
        ratio = layer.update / layer.weight if layer.weight else None
        cells = (number(layer.gradient), number(layer.update), "–" if ratio is None else f"{ratio:.1e}")
        row: Line = ((fill(safe(layer.layer, 40), name), ""), *((cell.rjust(column), "") for cell in cells))
        lines.append(clip(row, width))
    return lines


def complaints(problems: tuple[str, ...], width: int) -> list[Line]:
    """Why a run was not started: every problem."""
    lines = wrap("not started", width, "bad", first="✗ ")
    for problem in problems:
        lines += wrap(safe(problem, 600), width, "", first="  · ")
    return lines


def warnings(view: RunView, width: int) -> list[Line]:
    """Every warning of the run, and why the latest checkpoint could not be saved, if so."""
    failed = f"the last checkpoint could not be saved: {view.checkpoint_failed}"
    texts = [*view.warnings, *([failed] if view.checkpoint_failed else [])]
    return [row for text in texts for row in wrap(safe(text, 600), width, "warn", first="⚠ ")]


def elsewhere(runs: list[RunLine], width: int) -> list[Line]:
    """That other runs are being trained, or wait, and how to see them."""
    if not runs:
        return []
    paused = sum(run.paused for run in runs)
    doing = "training" if not paused else "paused" if paused == len(runs) else "training or paused"
    mark, _ = MARKS["paused" if doing == "paused" else "training"]
    first = f"{safe(runs[0].title, 60)} ({runs[0].id})" + (", …" if len(runs) > 1 else "")
    head = f"{plural(len(runs), 'run')} {'is' if len(runs) == 1 else 'are'} {doing}: {first} · r shows "
    return wrap(head + ("it" if len(runs) == 1 else "them"), width, "accent", first=f"{mark} ")


class Metrics(Lines):
    """Scores and messages."""

    def __init__(self, watch: Watch, feed: RunsFeed, notice: Callable[[], str]) -> None:
        super().__init__(id="metrics")
        self._watch, self._feed, self._notice = watch, feed, notice

    def lines(self, width: int) -> list[Line]:
        """What went wrong comes first, then the table, then what else there is to say."""
        watch, view = self._watch, self._watch.shown
        end = ending(view, watch.status or "running", width) if view and not watch.refused else []
        bad = watch.status in ("diverged", "failed", "interrupted")
        blocks = [complaints(watch.refused, width) if watch.refused else end if bad else []]
        if view is not None and view.model is not None:
            room = self.screen.size.height >= RECALL_FROM
            blocks.append([*table(view, width), *(recalls(view, width) if room else [])])
        if view is not None and view.probe is not None and view.probe.step == view.step and view.paused:
            blocks.insert(0, probed(view.probe, width))
        notice = self._notice()
        blocks.append(wrap(safe(notice, 600), width, "accent", first="» ") if notice else [])
        blocks.append([*([] if bad else end), *(warnings(view, width) if view else [])])
        blocks.append(elsewhere(self._feed.training(watch.run_id), width) if watch.phase == "rest" else [])
        shown = [block for block in blocks if block]
        return [row for place, block in enumerate(shown) for row in ([()] if place else []) + block]
