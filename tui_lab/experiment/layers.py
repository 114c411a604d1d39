"""The layer list of a network: one line a layer, such as `linear 64` or `conv 32 kernel=3 padding=1`.

The output layer is not listed: it follows from the task. `activation`, and `dropout` without a number,
take their value from the hyperparameter of the same name.
"""

from typing import Literal, get_args

from tui_lab.errors import InputError
from tui_lab.experiment.hyperparameters import Init
from tui_lab.experiment.layer_kinds import Layer, Option
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.safe import safe

Kind = Literal[
    "linear", "conv", "max_pool", "flatten", "dropout", "batch_norm",
    "activation", "relu", "leaky_relu", "elu", "sigmoid", "tanh",
]  # fmt: skip
WEIGHTED = ("linear", "conv")
INITS: tuple[str, ...] = get_args(Init)
ACTIVATIONS: frozenset[str] = frozenset({"relu", "leaky_relu", "elu", "sigmoid", "tanh"})


_SIZE = Option("size", 1, 1_000_000)
_GRAMMAR: dict[str, tuple[Option, ...]] = {
    "linear": (_SIZE,),
    "conv": (
        Option("channels", 1, 65_536),
        Option("kernel", 1, 63, 3),
        Option("padding", 0, 63, 0),
        Option("stride", 1, 63, 1),
    ),
    "max_pool": (Option("kernel", 1, 63, 2),),
    "flatten": (),
    "dropout": (Option("p", 0, 0.999, -1, whole=False),),
    "batch_norm": (),
    "activation": (),
    "relu": (),
    "leaky_relu": (Option("slope", 0, 1, 0.01, whole=False),),
    "elu": (),
    "sigmoid": (),
    "tanh": (),
}


def usage() -> tuple[str, ...]:
    """The syntax of each layer type: `conv CHANNELS kernel=3 padding=0 stride=1`."""
    return tuple(
        " ".join([kind, *map(_usage, options), *(["[init]"] if kind in WEIGHTED else [])])
        for kind, options in _GRAMMAR.items()
    )


def _usage(option: Option) -> str:
    if option.default is None:
        return option.name.upper()
    return f"[{option.name}]" if option.default < option.low else f"{option.name}={option.default:g}"


def parse_layer(line: str) -> Layer:
    """Parse one line. The first option may be given without its name, the others as `name=value`.

    Raises InputError naming the word that is wrong.
    """
    words = line.split()
    if not words:
        raise InputError("a layer is missing on this line")
    kind, shown = words[0].lower(), safe(line, 60)
    if kind not in _GRAMMAR:
        raise InputError(
            f"{shown!r}: no such layer{did_you_mean(kind, _GRAMMAR)}. Known: {', '.join(_GRAMMAR)}"
        )
    grammar = {option.name: option for option in _GRAMMAR[kind]}
    given: dict[str, float] = {}
    init = ""
    for place, word in enumerate(words[1:]):
        name, eq, text = word.partition("=")
        if not grammar and kind not in WEIGHTED:
            raise InputError(f"{shown!r}: {_no_options(kind, word)}")
        if not eq:
            if place > 0:
                raise InputError(f"{shown!r}: {safe(word, 30)!r} is not understood; write name=value")
            name, text = next(iter(grammar)), word
        if name == "init" and kind in WEIGHTED:
            init = _init(text, init, shown)
            continue
        if name not in grammar:
            known = ", ".join([*grammar, *(["init"] if kind in WEIGHTED else [])]) or "none"
            raise InputError(f"{shown!r}: no option {safe(name, 30)!r}; {kind} has: {known}")
        if name in given:
            raise InputError(f"{shown!r}: {name} is given twice")
        given[name] = _number(grammar[name], text, shown)
    for option in grammar.values():
        if option.name not in given:
            if option.default is None:
                raise InputError(f"{shown!r}: {option.name} is missing, as in '{kind} 32'")
            given[option.name] = option.default
    return Layer(kind, tuple((name, given[name]) for name in grammar), init)


def _no_options(kind: str, word: str) -> str:
    """What to write instead, of a layer that takes no options."""
    if kind == "activation" and word.lower() in ACTIVATIONS:
        return (
            f"activation is the one set by the hyperparameter of that name; for {word.lower()} here, "
            f"write just '{word.lower()}'"
        )
    return f"{kind} takes no options; write just '{kind}'"


def _init(text: str, before: str, shown: str) -> str:
    if before:
        raise InputError(f"{shown!r}: init is given twice")
    if text not in INITS:
        near, known = did_you_mean(text, INITS), ", ".join(INITS)
        raise InputError(f"{shown!r}: init: unknown {safe(text, 30)!r}{near}; known: {known}")
    return text


def _number(option: Option, text: str, shown: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise InputError(f"{shown!r}: {option.name} must be a number, not {safe(text, 30)!r}") from None
    if not option.low <= value <= option.high or (option.whole and value != int(value)):
        what = "a whole number" if option.whole else "a number"
        raise InputError(f"{shown!r}: {option.name} must be {what} from {option.low:g} to {option.high:g}")
    return value


def parse_layers(lines: tuple[str, ...]) -> tuple[Layer, ...]:
    """Parse all lines; raises one InputError with every line that is wrong."""
    layers: list[Layer] = []
    problems: list[str] = []
    for number, line in enumerate(lines, 1):
        try:
            layers.append(parse_layer(line))
        except InputError as error:
            problems += [f"layer {number}: {problem}" for problem in error.problems]
    if problems:
        raise InputError(problems)
    return tuple(layers)
