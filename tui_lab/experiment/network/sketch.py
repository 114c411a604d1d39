"""A layer list while it is being edited: the output of each line, or what is wrong with it."""

from dataclasses import dataclass

from tui_lab.errors import InputError
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.network.layer_kinds import Layer, PlannedLayer, Shape
from tui_lab.experiment.network.layers import parse_layer
from tui_lab.experiment.network.shapes import plan_lines


@dataclass(frozen=True, slots=True)
class SketchedLine:
    """One line of the list, or the output layer, which follows from the task.

    `layers` are those built for it, including what is added automatically (a flatten before, a batch norm
    after); empty if `problem` says what is wrong, if a line above is wrong, or if the input shape is not
    known.
    """

    text: str
    layers: tuple[PlannedLayer, ...] = ()
    problem: str = ""

    @property
    def parameters(self) -> int:
        return sum(layer.parameters for layer in self.layers)


def sketch(
    lines: tuple[str, ...], hyper: Hyperparameters, input_shape: Shape | None, outputs: int
) -> tuple[SketchedLine, ...]:
    """One item for each line and one for the output layer. Raises nothing: each error is in its item.

    `input_shape` is None before the data was read; `outputs` is then the minimum.
    """
    read = [_read(line) for line in lines]
    good: list[Layer] = []
    for item in read:
        if isinstance(item, str):
            break
        good.append(item)
    made: list[list[PlannedLayer]] = [[] for _ in range(len(lines) + 1)]
    fault: tuple[int, str] | None = None
    if input_shape is not None:
        fault = _plan(tuple(good), hyper, input_shape, outputs, made)
    if len(good) < len(lines):
        made[-1].clear()
    problems = [item if isinstance(item, str) else "" for item in read] + [""]
    if fault is not None:
        problems[fault[0]] = fault[1]
    texts = (*lines, f"linear {outputs}")
    return tuple(
        SketchedLine(text, () if problem else tuple(layers), problem)
        for text, layers, problem in zip(texts, made, problems, strict=True)
    )


def _plan(
    good: tuple[Layer, ...],
    hyper: Hyperparameters,
    shape: Shape,
    outputs: int,
    made: list[list[PlannedLayer]],
) -> tuple[int, str] | None:
    """Put the layers of each line into `made`; return the first line that does not fit, and why."""
    for number, item in plan_lines(good, hyper, shape, outputs):
        place = number - 1 if number <= len(good) else len(made) - 1
        if isinstance(item, str):
            return place, item
        made[place].append(item)
    return None


def _read(line: str) -> Layer | str:
    try:
        return parse_layer(line)
    except InputError as error:
        return str(error)
