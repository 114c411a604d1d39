"""The rows of the sweep's form: pure functions from the form to lines."""

from tui_lab.errors import InputError
from tui_lab.experiment.catalogue import entry, format_value
from tui_lab.experiment.sweeps.axis import is_width
from tui_lab.tui.lab.form.hyperparameter_rows import limits_text
from tui_lab.tui.style.format import count
from tui_lab.tui.style.text import Line, apart, clip, cut, fill, line, wrap
from tui_lab.tui.sweeps.form_model import UNSWEPT, AxisRow, SweepForm
from tui_lab.tui.sweeps.options import OPTIONS, SAMPLERS, STOPS, OptionName

VARIES = "◆"
_LABEL, _VALUE = 22, 13
_GRAMMAR = "A range 1e-4..1e-1:log (without :log it is linear), or a list 0.8,0.9,0.95."
WIDTH_HELP = (
    "The units or channels of the layer with this number, counted among the layers that have a width."
)


def axis_lines(form: SweepForm, focused: bool, width: int) -> list[tuple[int, Line]]:
    """All rows of hyperparameters and widths, each with its index; headings belong to the row below."""
    rows: list[tuple[int, Line]] = []
    place = 0
    for group, names in form.groups:
        rows.append((place, line((group, "head"))))
        for name in names:
            rows.append((place, axis_line(form.row(name), place == form.place, focused, width)))
            place += 1
    return rows


def axis_line(row: AxisRow, selected: bool, focused: bool, width: int) -> Line:
    """Cursor, mark, label, present value, and the range, which is faint unless it is used."""
    still = row.name in UNSWEPT or bool(row.reason)
    style = "bold" if row.marked else "faint" if still else ""
    cells = line(
        ("› " if selected else "  ", "key"),
        (f"{VARIES if row.marked else ' '} ", "key"),
        (fill(row.label, _LABEL), style),
        (fill(format_value(row.value), _VALUE), "dim"),
        (row.text, "changed" if row.marked else "faint"),
    )
    if row.reason:
        cells = apart(cells, line((row.reason, "faint")), width)
    return _lit(clip(cells, width), width, selected and focused)


def option_text(form: SweepForm, option: OptionName) -> str:
    """The value of a setting in words."""
    options = form.options
    match option:
        case "trials":
            if options.trials is not None:
                return count(options.trials)
            try:
                return f"auto ({count(form.trials())})"
            except InputError:
                return "auto"
        case "sampler":
            try:
                chosen = form.sampler() if options.sampler == "auto" else options.sampler
            except InputError:
                return "auto"
            name = SAMPLERS[chosen][0]
            return f"auto ({name})" if options.sampler == "auto" else name
        case "stop":
            return STOPS[options.stop][0].replace("no stop rule", "none")
        case "budget" | "folds":
            return options.text(option) or "none"
        case "name":
            return options.name or form.experiment.preset
        case _:
            return options.text(option)


def option_lines(form: SweepForm, focused: bool, width: int) -> list[Line]:
    """The settings in two columns."""
    half = (len(OPTIONS) + 1) // 2
    column = width // 2 - 1
    cells = [_option_cell(form, option, focused, column) for option in OPTIONS]
    return [(*cells[k], ("  ", ""), *cells[k + half]) for k in range(half)]


def _option_cell(form: SweepForm, option: OptionName, focused: bool, width: int) -> Line:
    selected = form.option == option
    label = {"stop": "stop rule"}.get(option, option)
    cells = line(
        ("› " if selected else "  ", "key"),
        (fill(label, 11), "bold" if selected else ""),
        (cut(option_text(form, option), max(0, width - 13)), ""),
    )
    return _lit(apart(clip(cells, width), (), width), width, selected and focused)


def about(form: SweepForm, width: int) -> list[Line]:
    """Help on what is selected."""
    if (option := form.option) is not None:
        return wrap(form.options.help(option), width)
    name = form.selected
    row = form.row(name)
    if name in UNSWEPT:
        return wrap(UNSWEPT[name], width, "dim")
    if is_width(name):
        return [*wrap(_GRAMMAR, width, "dim"), *wrap(WIDTH_HELP, width)]
    warning = f"{row.reason}: varying it has no effect"
    lines = wrap(warning, width, "warn") if row.reason and row.marked else []
    return [*lines, *wrap(_hint(name), width, "dim"), *wrap(f"{name}: {entry(name).knob.help}", width)]


def _hint(name: str) -> str:
    limits = limits_text(entry(name))
    return f"{limits}. {_GRAMMAR}" if not entry(name).choices else f"Any of {limits}."


def field_hint(form: SweepForm, name: str) -> str:
    """What may be typed for a range."""
    if not is_width(name) and entry(name).choices:
        return f"a list out of: {entry(name).bounds()} · empty: it does not vary"
    now = f"now {format_value(form.row(name).value)}"
    return f"LOW..HIGH, LOW..HIGH:log or A,B,C · empty: it does not vary · {now}"


def summary(form: SweepForm, width: int) -> list[Line]:
    """What will be trained, or what is still wrong."""
    try:
        return wrap(form.words(), width, "best", first="▸ ")
    except InputError as error:
        return [row for problem in error.problems for row in wrap(problem, width, "warn", first="▸ ")]


def _lit(spans: Line, width: int, lit: bool) -> Line:
    """A line, highlighted in its whole width if `lit`."""
    if not lit:
        return spans
    on = {"": "row", "bold": "row", "key": "cursor", "changed": "row-changed"}
    return tuple((text, on.get(style, "row-dim")) for text, style in apart(spans, (), width))
