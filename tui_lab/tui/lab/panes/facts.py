"""The known facts about a preset's data and network, as lines of text. No widget; nothing is read here."""

from rich.cells import cell_len

from tui_lab.errors import InputError
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.network.layer_kinds import KINDS, PlannedLayer
from tui_lab.experiment.network.shapes import brief, plan
from tui_lab.experiment.presets import BUNDLED, Preset
from tui_lab.experiment.tasks import TASKS
from tui_lab.protocol.events import DataLoaded
from tui_lab.tui.style.format import count, examples, network_name, plural, shape_text
from tui_lab.tui.style.text import Line, apart, cut, line, width_of, wrap

_FACT = 8
_ELEMENTWISE = frozenset(kind.name for kind in KINDS.values() if kind.elementwise)


def data_facts(preset: Preset, data: DataLoaded | None, width: int) -> list[Line]:
    """Task, data, target, classes and notes; what is not known yet is left out."""
    lines = fact("task", f"{preset.task}, {TASKS[preset.task].answer}", width)
    file = preset.data.file.removeprefix(BUNDLED).rpartition("/")[2]
    lines += fact("data", file, width)
    if data is not None:
        split = data.split
        inputs = (
            f" of {shape_text(data.shape)}"
            if preset.data.pictures
            else f", {plural(data.features, 'feature')}"
        )
        lines += fact("", examples(data, preset.data) + inputs, width)
        lines += fact("", " + ".join(f"{name} {count(rows)}" for name, rows in split.items()), width)
    lines += fact("target", preset.data.target, width)
    if data is not None and data.classes:
        names = ", ".join(cut(name, 60) for name in data.classes[:20])
        more = f" and {len(data.classes) - 20} more" if len(data.classes) > 20 else ""
        lines += fact("classes", names + more, width)
    for number, sentence in enumerate(data.facts if data is not None else ()):
        lines += fact("" if number else "notes", sentence, width)
    return lines


def fact(name: str, text: str, width: int) -> list[Line]:
    """A text with its name to the left."""
    head, *rest = wrap(text, max(8, width - _FACT))
    return [((name.ljust(_FACT), "dim"), *head), *(((" " * _FACT, ""), *row) for row in rest)]


def network_facts(
    preset: Preset, data: DataLoaded | None, values: Hyperparameters, width: int, *, joined: bool = False
) -> list[Line]:
    """The layers with output shapes and parameters; before the data are known, as written.

    With `joined`, activations, batch norm and dropout share the line of the layer before them, and the first
    line is the shape of the input.
    """
    head, task = line(("network", "head")), TASKS[preset.task]
    if preset.model.source != "layers":
        return [head, *wrap(network_name(preset.model), width, first="  ")]
    if data is None:
        texts = list(preset.model.layers)
        groups = _join(texts) if joined else [[text] for text in texts]
        return [head, *(row for group in (*groups, [task.last_layer]) for row in _wrapped(group, width))]
    try:
        layers = plan(preset.model.layers, values, data.shape, task.outputs(len(data.classes)))
    except InputError as error:
        return [head, *wrap(str(error), width, "bad", first="✗ ")]
    total = sum(layer.parameters for layer in layers)
    lines = [apart(head, line((f"{count(total)} parameters", "dim")), width)]
    if joined:
        lines.append(apart(line("  input"), line(shape_text(data.shape).rjust(6)), width))
    names = [brief(layer.layer) for layer in layers]
    place = 0
    for group in _join(names) if joined else [[name] for name in names]:
        lines += _made(group, layers[place : place + len(group)], width)
        place += len(group)
    return lines


def _join(names: list[str]) -> list[list[str]]:
    """Group the names of layers: each that keeps the shape with the layer before it."""
    groups: list[list[str]] = []
    for name in names:
        if groups and name.split()[0].lower() in _ELEMENTWISE:
            groups[-1].append(name)
        else:
            groups.append([name])
    return groups


def _wrapped(group: list[str], width: int) -> list[Line]:
    """The names on one line, or broken between names if they do not fit; the dot between them never alone."""
    rows: list[str] = []
    for name in group:
        joined = f"{rows[-1]} · {name}" if rows else f"  {name}"
        if rows and cell_len(joined) > width:
            rows.append(f"    {name}")
        else:
            rows[-1:] = [joined]
    lines: list[Line] = []
    for row in rows:
        if lines and width_of(lines[-1]) + 2 <= width:
            lines[-1] = (*lines[-1], (" ·", ""))
        lines += wrap(row.strip(), width, first=row[: -len(row.lstrip())])
    return lines


def _made(group: list[str], layers: tuple[PlannedLayer, ...], width: int) -> list[Line]:
    """A group of layers with its parameters and output shape."""
    shape, weights = shape_text(layers[-1].output_shape), sum(layer.parameters for layer in layers)
    right = line((f"{count(weights)} " if weights else "", "dim"), (shape.rjust(6), ""))
    *above, last = _wrapped(group, width - width_of(right) - 1)
    return [*above, apart(last, right, width)]
