"""The layer list as lines of text. No widgets."""

from tui_lab.data.local_file import free_memory
from tui_lab.experiment.network.layer_kinds import UNSET
from tui_lab.experiment.network.layers import parse_layer, usage
from tui_lab.experiment.network.memory import breakdown, bytes_text, too_much
from tui_lab.experiment.network.shapes import describe
from tui_lab.experiment.network.sketch import SketchedLine
from tui_lab.tui.layers.layer_list import LayerDraft
from tui_lab.tui.style.format import count, examples, plural, shape_text
from tui_lab.tui.style.text import Line, Span, apart, clip, cut, fill, flow, line, wrap

_NUMBER, _SHAPE, _WEIGHTS = 4, 13, 10
_UNKNOWN = "?"


def heading(width: int) -> Line:
    """The column headings."""
    names = line(("layer".rjust(_NUMBER + 7), "head"))
    return apart(names, line(("output".rjust(_SHAPE), "head"), ("weights".rjust(_WEIGHTS), "head")), width)


def row_lines(item: SketchedLine, number: int | None, chosen: bool, lit: bool, width: int) -> list[Line]:
    """A line of the list with its output; below it the error, if there is one.

    `number` is None for the output layer, which cannot be edited.
    """
    style = "cursor" if lit else "bad" if item.problem else "dim" if number is None else ""
    label = "last" if number is None else str(number)
    sign: Span = ("› " if chosen else "  ", "cursor" if lit else "key")
    mark = "✗ " if item.problem else ""
    room = max(4, width - _NUMBER - 2 - _SHAPE - _WEIGHTS)
    name = cut(f"{mark}{item.text}", room)
    added = note(item, number)
    head = line(sign, (label.rjust(_NUMBER - 1) + " ", "dim"), (name, style))
    if added:
        head = line(*head, (cut(f"  {added}", room - len(name)), "dim"))
    lines = [apart(clip(head, width - _SHAPE - _WEIGHTS), figures(item, number is None), width)]
    if item.problem:
        lines += wrap(item.problem, width, "bad", first=" " * (_NUMBER + 2))
    return lines


def figures(item: SketchedLine, faint: bool) -> Line:
    """The output shape and the number of weights, in columns."""
    style = "dim" if faint else ""
    if not item.layers:
        return line((_UNKNOWN.rjust(_SHAPE), "dim"), ("".rjust(_WEIGHTS), ""))
    shape = fill(shape_text(item.layers[-1].output_shape).rjust(_SHAPE), _SHAPE)
    weights = count(item.parameters) if item.parameters else ""
    return line((shape, style), (weights.rjust(_WEIGHTS), "dim"))


def note(item: SketchedLine, number: int | None) -> str:
    """What a line stands for, if it does not say so itself: `= elu`, `+ batch_norm`."""
    if number is None:
        return "set by the task"
    if not item.layers:
        return ""
    words: list[str] = []
    line = parse_layer(item.text)
    for layer in (planned.layer for planned in item.layers):
        if layer.kind == line.kind:
            words += [f"= {layer[name]:g}" for name, value in line.options if value == UNSET]
        elif line.kind == "activation":
            words.append(f"= {describe(layer)}")
        else:
            words.append(f"+ {layer.kind}")
    return " ".join(words)


def typed_words(item: SketchedLine) -> tuple[str, str]:
    """The note on the line being typed, and its style."""
    if not item.text.strip():
        return (
            "e.g. linear 64 · conv 32 kernel=3 padding=1 · max_pool 2 · relu · dropout 0.3; empty deletes it",
            "dim",
        )
    if item.problem:
        return item.problem, "bad"
    if not item.layers:
        return "shape not known yet", "dim"
    weights = f", {plural(item.parameters, 'weight')}" if item.parameters else ""
    return f"→ {shape_text(item.layers[-1].output_shape)}{weights}  {note(item, 0)}", "dim"


def totals(draft: LayerDraft, problem: str, width: int) -> list[Line]:
    """Parameters, memory needed and free, and whether a run fits; or why that is unknown."""
    lines: list[Line] = []
    data, items = draft.data, draft.sketch()
    faults = draft.faults()
    if faults:
        lines += wrap(f"{plural(len(faults), 'layer')} with errors: fix, or undo with u", width, "bad")
    if data is not None:
        outputs = plural(draft.outputs, "output")
        inputs = f"input {shape_text(data.shape)}, {outputs}, {examples(data, draft.preset.data)}"
        total = f"{count(sum(item.parameters for item in items))} parameters, " if not faults else ""
        lines += wrap(total + inputs, width)
    elif problem:
        lines += wrap(f"cannot read the data, so shapes are unknown: {problem}", width, "warn", first="⚠ ")
    else:
        lines += wrap("reading the data to work out the shapes…", width, "dim")
    memory = draft.memory()
    if memory is not None:
        free = free_memory()
        lines += wrap(f"memory for a run: {bytes_text(memory.total)} of {bytes_text(free)} free", width)
        lines += wrap(breakdown(memory), width, "dim", first="  ")
        if wrong := too_much(memory.total, free):
            lines += wrap(wrong, width, "bad", first="⚠ ")
    return lines


def kinds(width: int) -> list[Line]:
    """The syntax of every type of layer, those without numbers last."""
    texts = sorted(usage(), key=lambda text: " " not in text)
    alone = next(place for place, text in enumerate(texts) if " " not in text)
    items = [line((text, "dim")) for text in texts]
    return [line(("layer types", "head")), *flow(items[:alone], width), *flow(items[alone:], width)]
