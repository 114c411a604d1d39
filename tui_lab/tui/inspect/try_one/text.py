"""The row that is tried, as text: its columns, and the prediction as it was and as it is now."""

from collections.abc import Mapping

from rich.cells import cell_len

from tui_lab.data.messages import counted
from tui_lab.protocol.trial import Cell, Prediction, Trial, TriedColumn
from tui_lab.tui.style.bar import bar
from tui_lab.tui.style.format import change, number, plural
from tui_lab.tui.style.text import Line, cut, fill, tell_apart, wrap

_LEAST_POINTS = 0.05
"""Of a probability in percent: what would not be seen in it is no change."""
_CLASS_CELLS = 16


def cell_text(cell: Cell) -> str:
    """A value as the table has it."""
    if cell is None:
        return "missing"
    return cell if isinstance(cell, str) else f"{cell:.7g}"


def column_lines(
    columns: tuple[TriedColumn, ...], changes: Mapping[str, Cell], chosen: int, width: int
) -> list[Line]:
    """A line for each column: its name, its value, and if that was changed, what it was."""
    longest = max((cell_len(column.name) for column in columns), default=0)
    room = max(1, min(longest, width // 2))
    names = tell_apart((column.name for column in columns), room)
    lines: list[Line] = []
    for place, column in enumerate(columns):
        here = place == chosen
        changed = column.name in changes
        value = cell_text(changes[column.name] if changed else column.own)
        was = f" was {cell_text(column.own)}" if changed else ""
        left = width - room - 4
        value, was = cut(value, left), cut(was, max(0, left - cell_len(cut(value, left))))
        style = "changed" if changed else ""
        lines.append(
            (
                ("› " if here else "  ", "accent"),
                (fill(names[column.name], room), "row" if here else ""),
                ("  ", ""),
                (value, f"row{'-changed' if changed else ''}" if here else style),
                (was, "dim"),
            )
        )
    return lines


def answer_lines(trial: Trial, changed: bool, width: int, rows: int) -> list[Line]:
    """The prediction; `rows`: for how many classes there is room."""
    lines: list[Line] = [(("prediction of ", "dim"), (cut(trial.target, max(1, width - 14)), "bold")), ()]
    if trial.classes:
        return lines + _classes(trial, changed, width, rows)
    return lines + _value(trial, changed, width)


def _value(trial: Trial, changed: bool, width: int) -> list[Line]:
    before, now, true = (float(value) for value in (trial.before.answer, trial.now.answer, trial.true))
    lines: list[Line] = [(("as it was  ", "dim"), (f"{before:.6g}", ""))]
    if changed:
        lines.append((("now        ", "dim"), (f"{now:.6g}", "bold"), *_arrow(now - before)))
    off = now - true
    lines.append((("true       ", "dim"), (f"{true:.6g}", ""), (f"  off by {change(off)}", "dim")))
    return lines


def _classes(trial: Trial, changed: bool, width: int, rows: int) -> list[Line]:
    shown = _shown_classes(trial, max(1, rows))
    names = min(_CLASS_CELLS, max(cell_len(trial.classes[k]) for k in shown))
    cells = max(4, width - names - 2 - 7 - (10 if changed else 0))
    lines: list[Line] = []
    for k in shown:
        was, now = trial.before.probabilities[k], trial.now.probabilities[k]
        name = trial.classes[k]
        style = "good" if name == trial.true else "bold" if name == trial.now.answer else ""
        lines.append(
            (
                (fill(name, names), style),
                ("  ", ""),
                (bar(now, cells), "bar"),
                (f"{_percent(now):>7}", ""),
                *(_points(100 * (now - was)) if changed else ()),
            )
        )
    if len(shown) < len(trial.classes):
        lines.append(((f"and {len(trial.classes) - len(shown)} more classes, less probable", "dim"),))
    return [*lines, (), *_verdict(trial, changed, width)]


def _verdict(trial: Trial, changed: bool, width: int) -> list[Line]:
    before, now = str(trial.before.answer), str(trial.now.answer)
    said = f"predicted {now}" if not changed or before == now else f"predicted {before} → {now}"
    style = "good" if now == trial.true else "bad"
    return [
        *wrap(said, width, style),
        *wrap(f"true {trial.true}", width, "dim"),
        *([] if changed or before == now else [()]),
    ]


def _shown_classes(trial: Trial, rows: int) -> list[int]:
    """All classes, or the most probable ones and the true one, in their order."""
    every = range(len(trial.classes))
    if len(trial.classes) <= rows:
        return list(every)
    rank = sorted(every, key=lambda k: -max(_finite(trial.before, k), _finite(trial.now, k)))
    true = trial.classes.index(str(trial.true)) if trial.true in trial.classes else rank[0]
    kept = dict.fromkeys([true, *rank])
    return sorted(list(kept)[: max(1, rows - 1)])


def _finite(prediction: Prediction, k: int) -> float:
    value = prediction.probabilities[k]
    return value if value == value else 0.0


def _percent(value: float) -> str:
    return f"{100 * value:.1f}%" if value == value else "NaN"


def _arrow(by: float) -> Line:
    """In which direction a value went, and how far."""
    if not abs(by) > 0:
        return (("  = ", "dim"),)
    return ((f"  {'▲' if by > 0 else '▼'} {change(by)}", "accent"),)


def _points(by: float) -> Line:
    """The same of a probability, in percentage points."""
    if not abs(by) >= _LEAST_POINTS:
        return (("  = ", "dim"),)
    return ((f"  {'▲ +' if by > 0 else '▼ −'}{abs(by):.1f}", "accent"),)


def about_column(column: TriedColumn, cell: Cell, width: int) -> list[Line]:
    """What the run knows about the column, and how the keys change it."""
    lines: list[Line] = [((cut(column.name, width), "head"),)]
    if cell is None:
        filled = cell_text(column.fill)
        return [*lines, *wrap(f"missing: filled with {filled}, as in training", width, "dim")]
    if not column.numeric:
        many = counted(len(column.categories), "category", "categories")
        rest = "; all others share one input" if column.other else ""
        listed = ", ".join(column.categories)
        return [*lines, *wrap(f"{many} in the training split{rest}: {listed}", width, "dim")[:3]]
    words = f"mean {number(column.mean)}, std {number(column.std)} in the training split; a notch is "
    away = (float(cell) - column.mean) / column.std if not isinstance(cell, str) else 0.0
    lines += wrap(f"{words}{column.notch:g}", width, "dim")
    if abs(away) > 3:
        lines += wrap(f"{abs(away):,.3g} std from the mean: outside of what the run has seen", width, "warn")
    return lines


def head_lines(
    trial: Trial | None, when: str, changes: int, words: str, waiting: bool, width: int
) -> list[Line]:
    """Which row it is, of which weights, and a message."""
    lines: list[Line] = []
    if trial is not None:
        unit = "image" if not trial.columns else "row"
        which = f"{unit} {trial.number}" if trial.number is not None else f"{unit} {trial.place + 1}"
        parts = [which, f"{trial.place + 1} of {trial.rows:,} in validation", when]
        if changes:
            parts.append(f"{plural(changes, 'value')} changed")
        lines += wrap(" · ".join(parts) + (" …" if waiting else ""), width, "dim")
        lines += [line for note in trial.notes for line in wrap(note, width, "warn")]
    return lines + (wrap(words, width, "warn") if words else [])
