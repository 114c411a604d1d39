"""A layer list as it is being typed: what each line makes, and what is wrong with each."""

from dataclasses import dataclass

from tui_lab.errors import InputError
from tui_lab.spec.hyperparameters import Hyperparameters
from tui_lab.spec.layers import Layer, parse_layer
from tui_lab.spec.shapes import PlannedLayer, Shape, apply, resolve


@dataclass(frozen=True, slots=True)
class SketchedLine:
    """One line of the list, or the last layer, which is made from the task.

    `layers` are those that are built for it, with what is added by itself (a flatten before, a batch norm
    after); empty where `problem` says what is wrong, where a line above is at fault, or where the shape of
    the inputs is not known.
    """

    text: str
    layers: tuple[PlannedLayer, ...] = ()
    problem: str = ""

    @property
    def parameters(self) -> int:
        """The parameters of all its layers."""
        return sum(layer.parameters for layer in self.layers)


def sketch(
    lines: tuple[str, ...], hyper: Hyperparameters, input_shape: Shape | None, outputs: int
) -> tuple[SketchedLine, ...]:
    """One item for each line and one more for the last layer. Raises nothing: every fault is in its item.

    `input_shape` is None where the data was not looked at yet; `outputs` is then the least there can be.
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
    """Put the layers of each line into `made`, as far as they fit; the line at which they do not, and why."""
    for number, layer in resolve(good, hyper, len(shape), outputs):
        place = number - 1 if number <= len(good) else len(made) - 1
        try:
            shape, parameters = apply(layer, shape)
        except InputError as error:
            return place, str(error)
        made[place].append(PlannedLayer(layer, shape, parameters))
    return None


def _read(line: str) -> Layer | str:
    try:
        return parse_layer(line)
    except InputError as error:
        return str(error)
