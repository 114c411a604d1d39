"""One batch through the network, as a table."""

from tui_lab.protocol.steering_events import ForwardProbed, LayerLook
from tui_lab.tui.inspect.screen import AnswerText
from tui_lab.tui.style.format import number
from tui_lab.tui.style.text import Line, clip, fill, line, wrap

_NUMBER, _ZEROS = 9, 7
_APART = 96
"""The minimum width for columns of dtype and device."""
WORDS = (
    "first batch of the training split, in evaluation mode (no dropout). Many zeros after a relu "
    "mean dead units; the first NaN or huge value shows where it goes wrong."
)


def look_lines(look: ForwardProbed, width: int, best: bool = False) -> list[Line]:
    """One line per layer: shape, dtype, device, minimum, mean, maximum, fraction of zeros.

    `best`: the weights are those of the best epoch of a run that has ended.
    """
    wide = width >= _APART
    kinds = sorted({f"{layer.dtype} on {layer.device}" for layer in look.layers})
    after = f"best weights, after epoch {look.epoch:,}" if best else f"after step {look.step:,}"
    where = after if look.step else "untrained, as the next run starts"
    head = where + ("" if wide else f" · {', '.join(kinds)}")
    shape = max([5, *(len(_shape(layer)) for layer in look.layers)])
    extra = (("dtype", 10), ("device", 8)) if wide else ()
    fixed = shape + 2 + sum(column for _, column in extra) + 3 * _NUMBER + _ZEROS
    name = max(8, min(40, width - fixed))
    names = ("layer".ljust(name), "shape".rjust(shape + 2), *(n.rjust(c) for n, c in extra))
    figures = (*(n.rjust(_NUMBER) for n in ("min", "mean", "max")), "zeros".rjust(_ZEROS))
    lines = [*wrap(head, width, "accent"), clip(line(("".join((*names, *figures)), "head")), width)]
    for layer in look.layers:
        words = (layer.dtype.rjust(10), layer.device.rjust(8)) if wide else ()
        cells = [fill(layer.layer, name), _shape(layer).rjust(shape + 2), *words]
        values = (layer.low, layer.mean, layer.high)
        cells += [number(value).rjust(_NUMBER) for value in values]
        style = "bad" if any(value != value or abs(value) == float("inf") for value in values) else ""
        lines.append(clip(line(("".join([*cells, f"{layer.zeros:.0%}".rjust(_ZEROS)]), style)), width))
    return [*lines, (), *wrap(WORDS, width, "dim")]


def _shape(layer: LayerLook) -> str:
    return "×".join(map(str, layer.shape))


class LookText(AnswerText[ForwardProbed]):
    """The table, or why there is none."""

    def __init__(self, best: bool) -> None:
        super().__init__()
        self._best = best

    def lines(self, width: int) -> list[Line]:
        lines = wrap(self.words, width, "warn") if self.words else []
        return lines + (look_lines(self.found, width, self._best) if self.found is not None else [])
