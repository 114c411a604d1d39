"""The network of a layer list, with shapes and parameter counts, computed without torch."""

from collections.abc import Iterator, Sequence

from tui_lab.errors import InputError
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.network.layer_kinds import ACTIVATIONS, KINDS, UNSET, Layer, PlannedLayer, Shape
from tui_lab.experiment.network.layers import parse_layers


def plan(
    lines: tuple[str, ...], hyper: Hyperparameters, input_shape: Shape, outputs: int
) -> tuple[PlannedLayer, ...]:
    """The whole network: hyperparameters filled in, batch norms and the output layer added.

    Raises InputError naming the line where the shapes do not match.
    """
    planned: list[PlannedLayer] = []
    for number, item in plan_lines(parse_layers(lines), hyper, input_shape, outputs):
        if isinstance(item, str):
            raise InputError(f"layer {number}: {item}")
        planned.append(item)
    return tuple(planned)


def plan_lines(
    layers: Sequence[Layer], hyper: Hyperparameters, shape: Shape, outputs: int
) -> Iterator[tuple[int, PlannedLayer | str]]:
    """Each layer that is built, with the number of the line it belongs to; the output layer has the last.

    It ends with the problem of the first layer that does not fit.
    """
    last = Layer("linear", (("size", outputs),))
    for number, line in enumerate((*layers, last), 1):
        for layer in _built_for(line, hyper, shape, batch_norm=hyper.batch_norm and line is not last):
            try:
                item = KINDS[layer.kind].plan(layer, shape)
            except InputError as error:
                yield number, str(error)
                return
            yield number, item
            shape = item.output_shape


def _built_for(line: Layer, hyper: Hyperparameters, shape: Shape, *, batch_norm: bool) -> Iterator[Layer]:
    """The layers built for a line: hyperparameters filled in, a flatten before, a batch norm after."""
    if KINDS[line.kind].flat and len(shape) > 1:
        yield Layer("flatten")
    yield _filled(line, hyper)
    if batch_norm and KINDS[line.kind].weighted:
        yield Layer("batch_norm")


def _filled(layer: Layer, hyper: Hyperparameters) -> Layer:
    """The layer with what it takes from the hyperparameters."""
    if layer.kind == "activation":
        options = ACTIVATIONS[hyper.activation].options
        layer = Layer(hyper.activation, tuple((option.name, UNSET) for option in options))
    source = {option.name: option.hyperparameter for option in KINDS[layer.kind].options}
    values = [(n, getattr(hyper, source[n]) if value == UNSET else value) for n, value in layer.options]
    return Layer(layer.kind, tuple(values), layer.init)


def describe(layer: Layer) -> str:
    """A layer in one short line, as one would write it: `conv 32 kernel=3 padding=1`."""
    return _written(layer, layer.options)


def brief(layer: Layer) -> str:
    """The same without the options that have their default value: `conv 32 padding=1`."""
    defaults = {option.name: option.default for option in KINDS[layer.kind].options}
    told = (pair for pair in layer.options[1:] if pair[1] != defaults[pair[0]])
    return _written(layer, (*layer.options[:1], *told))


def _written(layer: Layer, options: tuple[tuple[str, float], ...]) -> str:
    words = [layer.kind]
    for place, (name, value) in enumerate(options):
        if value == UNSET:
            continue
        number = str(int(value)) if value == int(value) else repr(value)
        words.append(number if place == 0 else f"{name}={number}")
    return " ".join([*words, *([f"init={layer.init}"] if layer.init else [])])
