"""The set-up of a table as lines of text. No widgets."""

import re
from shlex import quote

from rich.cells import cell_len

from tui_lab.data.messages import named
from tui_lab.data.table.survey import ColumnSurvey
from tui_lab.tui.data_setup.table_settings import SETTINGS, TableSetup
from tui_lab.tui.style.format import count, plural
from tui_lab.tui.style.text import Line, clip, cut, fill, line, wrap

LABELS = {
    "target": "target", "task": "task", "splits": "splits", "text": "text columns", "rare": "rare values",
    "blanks": "missing values", "answers": "missing target",
}  # fmt: skip
ABOUT = {
    "target": "The column to predict. Left and right change it, e types its name, t on a column below "
    "picks that one.",
    "task": "What to predict. Regression: a number. Binary: one of two classes. Multiclass: one of several.",
    "splits": "How the rows are divided: training, validation after each epoch, and the test at the end. "
    "Means, fill values and categories come from the training split only. e types three percentages: "
    "70 20 10.",
    "text": "A text column with at most this many distinct values is one-hot encoded: one 0/1 input for each "
    "value.",
    "rare": "For text columns with more values than that: each value found in at least this many rows gets "
    "an input of its own, and the rarer ones share one, 'other'. If there are too few rows for that many "
    "inputs, more values count as rare. 0 leaves such columns out; ids and free text are always left out.",
    "blanks": "Empty cells, NA, N/A, NaN, null, None and ? count as missing in features; e adds "
    "other markers, "
    "separated by commas. A missing number is filled with the mean of the training rows, missing text with "
    "the most frequent value.",
    "answers": "Rows whose target is missing: refuse the table (so nobody overlooks them), or "
    "drop those rows.",
}  # fmt: skip
USE_WORDS = {
    "number": "number",
    "one_hot": "one-hot",
    "one_hot_other": "+ other",
    "leave_out": "left out",
    "target": "TARGET",
}
_BLOCKS = "▁▂▃▄▅▆▇█"
_LABEL, _VALUE, _NOTE = 17, 18, 37
_KIND, _COUNT, _BARS, _USE = 8, 8, 13, 10
_CELL = 20
_SAYS = re.compile(r" \(change it with --(target|task)\)")
_COLUMN_FLAG = re.compile(
    r"--data (?:\$?'(?:leave_out|number|one_hot|one_hot_other)=[^']*'"
    r"|(?:leave_out|number|one_hot|one_hot_other)=[^\s)]*)"
)
_BLANK_FLAG = re.compile(r"--data (?:\$?'missing=([^']*)'|missing=([^\s)]*))")
_ANSWER_FLAG = re.compile(r" with --data blank_target=drop \([^)]*\)")
_LEFT_FLAG = " --data blank_target=drop"
_IN_PRESET = re.compile(r" \([^()]*in a preset\)|, which is \w+ in a preset")
_START_FLAG = re.compile(r"--data (?:delimiter|decimal|encoding|header)=(?:'[^']*'|[^\s;)]+)")


def blocks(bins: tuple[int, ...]) -> str:
    """A histogram in one row of blocks; every non-empty bin is visible."""
    most = max(bins, default=0)
    if not most:
        return ""
    return "".join(_BLOCKS[(n * (len(_BLOCKS) - 1) + most - 1) // most] if n else " " for n in bins)


def on_screen(sentence: str, shown: str) -> str:
    """A note adapted to the screen: without the path, and with keys in place of flags."""
    sentence = _SAYS.sub("", sentence.removeprefix(f"{shown}: "))
    sentence = _ANSWER_FLAG.sub(": ← → on missing target", sentence)
    sentence = _BLANK_FLAG.sub(r"type \1\2 at missing values", sentence)
    sentence = sentence.replace(_LEFT_FLAG, ", and ← → on missing target")
    sentence = _COLUMN_FLAG.sub("← → on the column", sentence)
    sentence = _IN_PRESET.sub("", sentence).replace("set it with --data", "--data")
    return _START_FLAG.sub(r"start with \g<0>", sentence)


def setting_line(setup: TableSetup, setting: str, chosen: bool, lit: bool, width: int) -> Line:
    """A setting, its value and a note."""
    value, note = _value(setup, setting)
    return framed_setting(LABELS[setting], value, note, setup.chosen(setting), chosen, lit, width)


def framed_setting(label: str, value: str, note: str, own: bool, chosen: bool, lit: bool, width: int) -> Line:
    """Cursor, label, value (marked if the user set it: `own`), note."""
    mark = " •" if own else ""
    room = max(_VALUE, width - 2 - _LABEL - _NOTE)
    style = "cursor" if lit else "changed" if own else ""
    spans = line(
        ("› " if chosen else "  ", "cursor" if lit else "key"),
        (fill(label, _LABEL), "row" if lit else "bold" if chosen else ""),
        (fill(cut(value, room - 3) + mark, room), style),
    )
    return clip((*spans, (note, "dim")), width)


def _value(setup: TableSetup, setting: str) -> tuple[str, str]:
    opened, spec = setup.opened, setup.spec
    if opened is None:
        return "", ""
    settled = opened.settled
    guessed = "" if setup.chosen(setting) else "automatic, see below"
    match setting:
        case "target":
            return setup.target, guessed
        case "task":
            classes = len(settled.data.classes) if settled.data is not None else 0
            return settled.preset.task, (f"{classes} classes; " if classes else "") + guessed
        case "splits":
            shares = (spec.split.train, spec.split.val, spec.split.test)
            rows = settled.data.split if settled.data is not None else {}
            note = ", ".join(f"{name} {count(number)}" for name, number in rows.items())
            return " / ".join(f"{100 * share:g}" for share in shares) + " %", note
        case "text":
            return f"one-hot up to {spec.one_hot_up_to}", "distinct values"
        case "rare":
            if not spec.other_below:
                return "left out", "text columns with more values"
            return f"other below {spec.other_below}", "rows, in columns with more values"
        case "blanks":
            return (
                "default and " + ", ".join(cut(w, 30) for w in spec.missing)
            ) if spec.missing else "default markers", ""
    return {"refuse": "refused", "drop": "left out"}[spec.blank_target], "rows whose target is missing"


def column_heading(width: int) -> Line:
    """The heading of the list of columns."""
    heads = (
        "type".ljust(_KIND),
        "missing".rjust(_COUNT),
        "values".rjust(_COUNT),
        "  " + "histogram".ljust(_BARS),
        "used as",
    )
    return clip(line((fill("  column", _name_width(width)) + "".join(heads), "head")), width)


def _name_width(width: int) -> int:
    return max(10, min(50, width - _KIND - 2 * _COUNT - 2 - _BARS - _USE))


def column_line(setup: TableSetup, column: ColumnSurvey, chosen: bool, lit: bool, width: int) -> Line:
    """A column: name, type, missing values, distinct values, histogram, use; marked if the use fails."""
    use = setup.use(column.name)
    own = column.name in setup.spec.columns
    room = _name_width(width) - 2
    name = fill(column.name or "(no name)", room - 1) + " "
    style = "cursor" if lit else "dim" if use == "leave_out" else "bold" if use == "target" else ""
    unfit = setup.unfit(column.name)
    used = USE_WORDS.get(use, use) + (" ✗" if unfit else "") + (" •" if own else "")
    colour = "best" if use == "target" else "dim" if use == "leave_out" else ""
    values = ("≥ " if column.more else "") + count(column.distinct)
    return clip(
        line(
            ("› " if chosen else "  ", "cursor" if lit else "key"),
            (name, style),
            (column.kind.ljust(_KIND), "dim"),
            ((count(column.missing) if column.missing else "").rjust(_COUNT), "warn"),
            (values.rjust(_COUNT), ""),
            ("  " + blocks(column.bins).ljust(_BARS), "accent"),
            (used, "bad" if unfit else "changed" if own else colour),
        ),
        width,
    )


def about_lines(setup: TableSetup, width: int) -> list[Line]:
    """What prevents training on the table; the selected row; everything that was guessed and done."""
    opened = setup.opened
    if opened is None:
        return []
    shown, settled = opened.survey.shown, opened.settled
    lines: list[Line] = []
    if settled.problems:
        lines += wrap("cannot train on this yet", width, "bad", first="✗ ")
        for problem in settled.problems:
            lines += wrap(on_screen(problem, shown), width, "", first="  · ")
    column = setup.column
    said = [on_screen(sentence, shown) for sentence in settled.said]
    if column is not None:
        lines += _about_column(column, opened.survey.rows, width)
        marked = f"column {named(column.name)}"
        said.sort(key=lambda sentence: marked not in sentence)
    elif setup.setting is not None:
        lines += wrap(ABOUT[setup.setting], width)
    for doubt in settled.doubts:
        lines += wrap(on_screen(doubt, shown), width, "warn", first="⚠ ")
    for sentence in said:
        lines += wrap(sentence, width, "dim", first="· ")
    return lines


def _about_column(column: ColumnSurvey, rows: int, width: int) -> list[Line]:
    lines = wrap(column.name or "(no name)", width, "bold")
    least = "at least " if column.more else ""
    facts = [column.kind, f"{least}{plural(column.distinct, 'distinct value')}"]
    if column.low:
        facts.append(f"from {column.low} to {column.high}")
    share = column.missing / rows if rows else 0
    facts.append(f"{count(column.missing)} missing ({share:.0%})" if column.missing else "none missing")
    lines += wrap(", ".join(facts), width)
    if column.common:
        often = " · ".join(f"{cut(text, 30)} {count(number)}" for text, number in column.common[:6])
        lines += wrap(often, width, "accent")
    return lines


def preview_lines(setup: TableSetup, rows: int, width: int) -> list[Line]:
    """The first rows of the table, with as many columns around the selected one as fit."""
    if setup.opened is None:
        return []
    survey = setup.opened.survey
    focus = setup.place - len(SETTINGS) if setup.column is not None else 0
    shown: list[list[str]] = []
    left = width
    for at in (*range(focus, len(survey.columns)), *range(focus - 1, -1, -1)):
        cells = [cut(row[at], 60) for row in survey.preview[:rows]]
        column = [cut(survey.columns[at].name, 60), *cells]
        size = min(_CELL, left - 2, max(4, *(cell_len(cell) for cell in column)))
        if size < 4:
            break
        left -= size + 2
        shown.insert(len(shown) if at >= focus else 0, [fill(cell, size) + "  " for cell in column])
    if not shown:
        return []
    table = ["".join(parts) for parts in zip(*shown, strict=True)]
    head, *body = table
    return [clip(line((head, "head")), width), *(clip(line(text), width) for text in body)]


def reading_lines(name: str, share: float, width: int) -> list[Line]:
    """A progress bar, and what is being read."""
    room = max(1, min(60, width - 7))
    done = round(max(0.0, min(1.0, share)) * room)
    bar = line(("━" * done, "bar"), ("─" * (room - done), "track"), (f" {share:4.0%}", "dim"))
    doing = getattr(share, "doing", "")
    return [
        *wrap(f"reading {name}…", width),
        (),
        clip(bar, width),
        *(wrap(doing, width, "dim") if doing else []),
    ]


def refused_lines(name: str, problems: tuple[str, ...], width: int, what: str = "file") -> list[Line]:
    """Why the data cannot be read: every problem, and what to do."""
    lines = wrap(f"cannot use {name}", width, "bad", first="✗ ")
    for problem in problems:
        lines += wrap(_IN_PRESET.sub("", problem), width, first="  · ")
    again = f"the {what} and press r to read it again; esc goes to the presets, q quits."
    ways = [f"Fix {again}"]
    flags = dict.fromkeys(flag for problem in problems for flag in _START_FLAG.findall(problem))
    if flags:
        starts = " or ".join(f"tui-lab {quote(name)} {flag}" for flag in flags)
        ways = [f"Quit with q, then run {starts}", f"Or fix {again}"]
    return [*lines, (), *(row for way in ways for row in wrap(way, width, "accent", first="→ "))]
