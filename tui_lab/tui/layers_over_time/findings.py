"""What the figures of the layers say, in a sentence: one for each quantity."""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from math import hypot, isfinite, isnan
from statistics import median

from tui_lab.protocol.layer_events import Histogram, LayerMeasured, LayersMeasured
from tui_lab.tui.layers_over_time.quantities import HEALTHY, Distribution, Figure, Quantity
from tui_lab.tui.style.format import number

VANISHING, EXPLODING = 1e-3, 70.0
"""The gradient of the first layer with weights by that of the last; of any by any."""
MANY = 0.5
"""Units of a layer that are dead or saturated, from which on it is in trouble."""
TIMES_USUAL = 10.0
SPREAD = 10.0
"""The deviation of an output by that of the layer before it."""
CENTRE = 0.9


@dataclass(frozen=True, slots=True)
class Finding:
    """A sentence, and whether it names a trouble."""

    text: str
    trouble: bool = False


def finding(measured: list[LayersMeasured], at: int, quantity: Quantity, layer: str) -> Finding:
    """What the measurement at place `at` says; `layer` is the selected one."""
    layers = measured[at].layers
    if isinstance(quantity, Distribution):
        chosen = next((one for one in layers if one.layer == layer), None)
        return _distribution(quantity, layer, quantity.value(chosen) if chosen else None)
    there = [(one.layer, quantity.value(one)) for one in layers if not isnan(quantity.value(one))]
    if not there:
        return Finding(_MISSING[quantity.name])
    wild = [name for name, value in there if not isfinite(value)]
    if wild:
        return Finding(f"not finite in {wild[0]}: the run diverges there first", trouble=True)
    return _SENTENCES[quantity.name](measured, at, there)


There = list[tuple[str, float]]
_MISSING = {
    "gradient": "no layer with weights was measured",
    "update/weight": "no layer with weights was measured",
    "dead": "no layer here can have dead units: only a ReLU gives exact zeros over a range",
    "saturated": "no layer here can saturate: only sigmoid and tanh have two ends",
    "mean": "no output was measured",
    "std": "no output was measured",
}


def _gradient(measured: list[LayersMeasured], at: int, there: There) -> Finding:
    (first, of_first), (_, of_last) = there[0], there[-1]
    whole = _whole_gradient(measured[at])
    usual = median(_whole_gradient(event) for event in measured[: at + 1])
    if at >= 4 and usual > 0 and whole > TIMES_USUAL * usual:
        times = number(whole / usual)
        return Finding(f"gradients explode: all together {times} times their median so far", trouble=True)
    if len(there) == 1:
        return Finding(f"the gradient of {first}, the only layer that learns: {number(of_first)}")
    if of_first < VANISHING * of_last:
        share = number(of_first / of_last) if of_first else "0"
        return Finding(
            f"gradients vanish towards the first layer: {first} has {share} of the last layer's, "
            "so it hardly learns",
            trouble=True,
        )
    if of_last and of_first > EXPLODING * of_last:
        return Finding(
            f"gradients grow towards the first layer: {first} has {number(of_first / of_last)} times the "
            "last layer's",
            trouble=True,
        )
    low, high = min(value for _, value in there), max(value for _, value in there)
    if not low:
        name = next(name for name, value in there if not value)
        return Finding(f"no gradient reaches {name}", trouble=True)
    return Finding(
        f"the gradient norms of all layers are within a factor of {number(high / low)}: none vanishes"
    )


def _whole_gradient(event: LayersMeasured) -> float:
    return hypot(*(layer.gradient for layer in event.layers if isfinite(layer.gradient)))


def _ratio(measured: list[LayersMeasured], at: int, there: There) -> Finding:
    low, high = HEALTHY
    below = [name for name, value in there if value < low]
    above = [name for name, value in there if value > high]
    if above and below:
        return Finding(
            f"{_some(above, there)} by more than 1 % in a step, {len(below)} by less than 0.01 %: they do "
            "not learn together",
            trouble=True,
        )
    if above:
        return Finding(
            f"{_some(above, there)} by more than 1 % in a step: a lower learning rate may learn better",
            trouble=True,
        )
    if below:
        return Finding(
            f"{_some(below, there)} by less than 0.01 % in a step: hardly learning; a higher learning rate "
            "would speed that up, unless it has converged",
            trouble=True,
        )
    return Finding("every layer changes by 0.01 to 1 % of its size in a step: the healthy range")


def _some(names: list[str], there: There) -> str:
    if len(names) == len(there) > 1:
        return f"all {len(there)} layers change"
    return f"{names[0]} changes" if len(names) == 1 else f"{len(names)} of {len(there)} layers change"


def _dead(measured: list[LayersMeasured], at: int, there: There) -> Finding:
    name, worst = max(there, key=lambda pair: pair[1])
    if worst > MANY:
        return Finding(
            f"{worst:.0%} of the units of {name} are dead: 0 for at least 90 % of the rows. They hardly "
            "learn; a lower learning rate, leaky_relu, or other initial weights avoid that",
            trouble=True,
        )
    if not worst:
        return Finding("no unit is dead (0 for at least 90 % of the rows)")
    return Finding(f"at most {worst:.0%} of the units of a layer are dead ({name}); some always are")


def _saturated(measured: list[LayersMeasured], at: int, there: There) -> Finding:
    name, worst = max(there, key=lambda pair: pair[1])
    if worst > MANY:
        return Finding(
            f"{worst:.0%} of the units of {name} are saturated: nearly always at an end, where the gradient "
            "is almost 0. Smaller initial weights, batch norm or relu avoid that",
            trouble=True,
        )
    if not worst:
        return Finding("no unit is saturated (within 0.05 of an end for more than 85 % of the rows)")
    return Finding(f"at most {worst:.0%} of the units of a layer are saturated ({name})")


def _mean(measured: list[LayersMeasured], at: int, there: There) -> Finding:
    name, farthest = max(there, key=lambda pair: abs(pair[1]))
    return Finding(f"the means of the outputs are within ±{number(abs(farthest))}, farthest in {name}")


def _deviation(measured: list[LayersMeasured], at: int, there: There) -> Finding:
    for (_, before), (name, after) in pairwise(there):
        if before > 0 and after < before / SPREAD:
            return Finding(
                f"the outputs shrink at {name}, to {number(after)} from {number(before)}: little of the "
                "inputs is left behind it",
                trouble=True,
            )
        if after > before * SPREAD:
            return Finding(
                f"the outputs grow at {name}, to {number(after)} from {number(before)}: the weights before "
                "it are large",
                trouble=True,
            )
    return Finding("from layer to layer the deviation of the outputs changes by less than 10 times")


_SENTENCES: dict[str, Callable[[list[LayersMeasured], int, There], Finding]] = {
    "gradient": _gradient,
    "update/weight": _ratio,
    "dead": _dead,
    "saturated": _saturated,
    "mean": _mean,
    "std": _deviation,
}


def _distribution(distribution: Distribution, layer: str, histogram: Histogram | None) -> Finding:
    if histogram is None:
        return Finding(f"{layer} has no {distribution.name}: select another layer with ↑↓")
    if isnan(histogram.low) or not sum(histogram.counts):
        return Finding(f"no finite value among the {distribution.name} of {layer}", trouble=True)
    low, high = quantile(histogram, (1 - CENTRE) / 2), quantile(histogram, (1 + CENTRE) / 2)
    return Finding(
        f"{distribution.name} of {layer}: {CENTRE:.0%} are between {number(low)} and {number(high)}, all "
        f"between {number(histogram.low)} and {number(histogram.high)}"
    )


def quantile(histogram: Histogram, share: float) -> float:
    """The value below which that share of the counted ones lies, as far as bins can tell."""
    wanted = share * sum(histogram.counts)
    width = (histogram.high - histogram.low) / len(histogram.counts)
    for place, count in enumerate(histogram.counts):
        if count and wanted <= count:
            return histogram.low + width * (place + wanted / count)
        wanted -= count
    return histogram.high


def troubled(figure: Figure, layer: LayerMeasured) -> bool:
    """Whether a figure of a single layer is marked in the table."""
    value = figure.value(layer)
    if isnan(value):
        return False
    match figure.name:
        case "update/weight":
            return not HEALTHY[0] <= layer.ratio <= HEALTHY[1]
        case "dead" | "saturated":
            return value > MANY
    return not isfinite(value)
