"""The layer list of a network: one line a layer, such as `linear 64` or `conv 32 kernel=3 padding=1`.

The output layer is not listed: it follows from the task. `activation`, and `dropout` without a number,
take their value from the hyperparameter of the same name.
"""

from typing import get_args

from tui_lab.errors import InputError, Problems
from tui_lab.experiment.hyperparameters import Init
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.network.layer_kinds import ACTIVATIONS, KINDS, UNSET, Layer, LayerKind, Option
from tui_lab.safe import safe

INITS: tuple[str, ...] = get_args(Init)


def usage() -> tuple[str, ...]:
    """The syntax of each layer type: `conv CHANNELS kernel=3 padding=0 stride=1`."""
    return tuple(
        " ".join([kind.name, *map(_usage, kind.options), *(["[init]"] if kind.weighted else [])])
        for kind in KINDS.values()
    )


def _usage(option: Option) -> str:
    if option.required:
        return option.name.upper()
    return f"[{option.name}]" if option.default is None else f"{option.name}={option.default:g}"


def parse_layer(line: str) -> Layer:
    """Parse one line. The first option may be given without its name, the others as `name=value`.

    Raises InputError naming the word that is wrong.
    """
    words = line.split()
    if not words:
        raise InputError("a layer is missing on this line")
    name, shown = words[0].lower(), safe(line, 60)
    if name not in KINDS:
        raise InputError(f"{shown!r}: no such layer{did_you_mean(name, KINDS)}. Known: {', '.join(KINDS)}")
    kind = KINDS[name]
    grammar = {option.name: option for option in kind.options}
    given: dict[str, float] = {}
    init = ""
    for place, word in enumerate(words[1:]):
        name, eq, text = word.partition("=")
        if not grammar and not kind.weighted:
            raise InputError(f"{shown!r}: {_no_options(kind, word)}")
        if not eq:
            if place > 0:
                raise InputError(f"{shown!r}: {word!r} is not understood; write name=value")
            name, text = next(iter(grammar)), word
        if name == "init" and kind.weighted:
            init = _init(text, init, shown)
            continue
        if name not in grammar:
            known = ", ".join([*grammar, *(["init"] if kind.weighted else [])]) or "none"
            raise InputError(f"{shown!r}: no option {name!r}; {kind.name} has: {known}")
        if name in given:
            raise InputError(f"{shown!r}: {name} is given twice")
        given[name] = _number(grammar[name], text, shown)
    for option in grammar.values():
        if option.name not in given:
            if option.required:
                raise InputError(f"{shown!r}: {option.name} is missing, as in '{kind.name} 32'")
            given[option.name] = UNSET if option.default is None else option.default
    return Layer(kind.name, tuple((name, given[name]) for name in grammar), init)


def _no_options(kind: LayerKind, word: str) -> str:
    """What to write instead, of a layer that takes no options."""
    if kind.name == "activation" and word.lower() in ACTIVATIONS:
        return (
            f"activation is the one set by the hyperparameter of that name; for {word.lower()} here, "
            f"write just '{word.lower()}'"
        )
    return f"{kind.name} takes no options; write just '{kind.name}'"


def _init(text: str, before: str, shown: str) -> str:
    if before:
        raise InputError(f"{shown!r}: init is given twice")
    if text not in INITS:
        near, known = did_you_mean(text, INITS), ", ".join(INITS)
        raise InputError(f"{shown!r}: init: unknown {text!r}{near}; known: {known}")
    return text


def _number(option: Option, text: str, shown: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{shown!r}: {option.name} must be a number, not {text!r}") from None
    if not option.low <= value <= option.high or (option.whole and value != int(value)):
        what = "a whole number" if option.whole else "a number"
        raise InputError(f"{shown!r}: {option.name} must be {what} from {option.low:g} to {option.high:g}")
    return value


def parse_layers(lines: tuple[str, ...]) -> tuple[Layer, ...]:
    """Parse all lines; raises one InputError with every line that is wrong."""
    layers: list[Layer] = []
    problems = Problems()
    for number, line in enumerate(lines, 1):
        with problems.caught(f"layer {number}: "):
            layers.append(parse_layer(line))
    problems.refuse()
    return tuple(layers)
