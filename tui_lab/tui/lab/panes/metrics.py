"""The pane below the chart: the scores of the run, and messages about it."""

from math import isfinite

from tui_lab.experiment.metrics import main_metric, metric, short_name
from tui_lab.protocol.rare import found_of_rare
from tui_lab.protocol.steering_events import StepProbed
from tui_lab.protocol.view import RunView
from tui_lab.tui.lab.panes.message import left_over
from tui_lab.tui.state.shown_run import ShownRun
from tui_lab.tui.style.format import change, number, plural, score, share
from tui_lab.tui.style.text import Line, Span, clip, cut, fill, flow, line, width_of, wrap
from tui_lab.tui.widgets.lines import Lines

_WIDTHS = ((11, 9, 11), (11, 9, 8), (11, 8, 7), (9, 8, 7), (8, 8, 6))
"""Widths of the columns for labels, loss and each metric, tried in turn."""
TABLE_FROM, ALL_FROM = 28, 36
"""The minimum heights of the screen for a table of scores, and for recalls and messages below it."""
_CLASSES = 20
_PROBED = ("gradient", "update", "upd/weight")


def table(view: RunView, width: int) -> list[Line]:
    """One row each for training, validation, the best epoch, the baseline and, after the end, the test.

    Metrics that do not fit are left out, the last ones first, and named below.
    """
    last, best, tested = (view.history[-1] if view.history else None), view.best, view.tested
    baseline = view.model.baseline if view.model else {}
    names = [name for name in (last.metrics if last else baseline) if name != "loss"]
    label, loss, column = next(
        (fit for fit in _WIDTHS if fit[0] + fit[1] + fit[2] * len(names) <= width), _WIDTHS[-1]
    )
    shown = max(0, (width - label - loss) // column)
    names, left_out = names[:shown], names[shown:]
    brief = label < len("validation") + 1
    of_training = last.train_metrics if last else None

    def row(head: Span, style: str, value: float | None, metrics: dict[str, float] | None) -> Line:
        cells = [number(value).rjust(loss - 1)]
        found = metrics or {}
        cells += [(score(name, found[name]) if name in found else "").rjust(column) for name in names]
        return clip(((head[0].ljust(label), head[1]), *((cell, style) for cell in cells)), width)

    wide = column == _WIDTHS[0][2]
    heads = [(metric(name).heading or name if wide else short_name(name)).rjust(column) for name in names]
    lines = [
        line((" " * label + "loss".rjust(loss - 1) + "".join(heads), "head")),
        row(("train" if brief else "training", "train"), "", last.train_loss if last else None, of_training),
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
    if left_out:
        names_left = ", ".join(map(short_name, left_out))
        lines.append(clip(line((f"no room for {names_left}", "dim")), width))
    return lines


def found(view: RunView, width: int) -> list[Line]:
    """How many cases of a rare class were found, if one of two classes is rare."""
    rare = found_of_rare(view.data, view.tested or view.best)
    if rare is None:
        return []
    right, rows, name = rare
    where = "in the test split" if view.tested else "in validation, best epoch"
    words = f"found {right} of {rows} '{cut(name, 40)}' {where}; a constant prediction finds none"
    return wrap(words, width, _hue(right, rows))


def _hue(right: int, rows: int) -> str:
    """The style of `right` of `rows` found: none of them is as bad as a constant prediction."""
    return "bad" if not right else "warn" if 2 * right < rows else "accent"


def recalls(view: RunView, width: int) -> list[Line]:
    """The recall of each class, in columns."""
    classes = view.data.classes if view.data else ()
    given = view.tested or (view.history[-1] if view.history else None)
    if given is None or not given.class_recall or len(classes) != len(given.class_recall):
        return []
    split = "test" if view.tested else "validation"
    cells: list[Line] = [
        line((cut(name, 14) + " ", "dim"), share(value))
        for name, value in zip(classes[:_CLASSES], given.class_recall, strict=False)
    ]
    if len(classes) > _CLASSES:
        cells.append(line((f"and {len(classes) - _CLASSES} more", "dim")))
    return [(), line((f"recall of each class, {split}", "dim")), *flow(cells, width, 3)]


def headline(view: RunView | None) -> tuple[str, str]:
    """The number of epochs since the best one, as text in full and in brief; empty before there is one."""
    if view is None or not view.history or view.best is None:
        return "", ""
    since = plural(view.history[-1].epoch - view.best.epoch, "epoch")
    if since.startswith("0 "):
        return "the latest epoch is the best", "latest is best"
    return f"no improvement for {since}", f"{since} past best"


def probed(probe: StepProbed, width: int) -> list[Line]:
    """The effect of a single step: its loss, and for each layer how much the weights changed."""
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
        row: Line = ((fill(layer.layer, name), ""), *((cell.rjust(column), "") for cell in cells))
        lines.append(clip(row, width))
    return lines


def scores_line(view: RunView, width: int) -> Line:
    """One row: training and validation loss and the gap between them, best and test loss, then scores.

    What does not fit is left out; validation and test loss stay, and in a tested run its main score.
    """
    last, best, tested = (view.history[-1] if view.history else None), view.best, view.tested
    train, val = (last.train_loss, last.val_loss) if last else (None, None)
    ranked: list[tuple[int, Line]] = [
        (3 if tested else 0, line(("train ", "train"), number(train))),
        (0, line(("val ", "val"), number(val))),
    ]
    if train is not None and val is not None and isfinite(val - train):
        ranked.append((5, line(("gap ", "dim"), change(val - train))))
    if best is not None:
        ranked.append((4 if tested else 1, line((f"best {best.epoch}: ", "best"), number(best.val_loss))))
    if tested is not None:
        ranked.append((0, line(("test ", "bold"), (number(tested.metrics.get("loss")), "bold"))))
    rare = found_of_rare(view.data, tested or best)
    if rare is not None:
        right, rows, name = rare
        ranked.append((2, line(("found ", "dim"), (f"{right}/{rows} {cut(name, 20)}", _hue(right, rows)))))
    scored = tested.metrics if tested else last.metrics if last else {}
    main = main_metric(scored)
    for place, name in enumerate(sorted((n for n in scored if n != "loss"), key=lambda n: n != main)):
        rank = 6 + place if place else 1 if tested else 3
        ranked.append((rank, line((f"{short_name(name)} ", "dim"), score(name, scored[name]))))
    while (worst := max(rank for rank, _ in ranked)) and _wide(ranked) > width:
        del ranked[max(place for place, (rank, _) in enumerate(ranked) if rank == worst)]
    parts = [part for _, part in ranked]
    row = line(*(span for k, part in enumerate(parts) for span in ((("  ", "") if k else ("", "")), *part)))
    return clip(row, width)


def _wide(parts: list[tuple[int, Line]]) -> int:
    return sum(width_of(part) for _, part in parts) + 2 * (len(parts) - 1)


class Metrics(Lines):
    """The scores: one row on low screens, else a table; on tall screens also recalls and messages."""

    def __init__(self, watch: ShownRun) -> None:
        super().__init__(id="metrics")
        self._watch = watch
        self.brief = False
        """Whether to use one row on any screen."""

    @property
    def compact(self) -> bool:
        """Whether the scores are shown in one row."""
        return self.brief or self.screen.size.height < TABLE_FROM

    @property
    def any(self) -> bool:
        """Whether there are any lines."""
        view = self._watch.shown
        return (view is not None and view.model is not None) or bool(self.lines(60))

    def lines(self, width: int) -> list[Line]:
        """The effect of a single step, the scores, and the messages that do not fit the message row."""
        view, height = self._watch.shown, self.screen.size.height
        blocks: list[list[Line]] = []
        if view is not None and view.probe is not None and view.probe.step == view.step and view.paused:
            blocks.append(probed(view.probe, width))
        if view is not None and view.model is not None:
            if self.compact:
                blocks.append([scores_line(view, width)])
            else:
                more = recalls(view, width) if height >= ALL_FROM else []
                blocks.append([*table(view, width), *found(view, width), *more])
        if not self.brief and height >= ALL_FROM:
            blocks.append(left_over(self._watch, width, self.screen.size.width - 2))
        shown = [block for block in blocks if block]
        return [row for place, block in enumerate(shown) for row in ([()] if place else []) + block]
