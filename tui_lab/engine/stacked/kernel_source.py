"""The source of a Triton kernel that trains one epoch of a plain stack of linear layers, one program a trial.

It is written out for a list of layers: Triton needs the sizes of all blocks, and a name for each weight that
stays in registers from step to step.

Legend: B rows of a batch, I inputs and O outputs of a layer, K outputs of the network; sizes with a P are
padded to powers of two, as Triton asks for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

NUMBERS: Mapping[str, Sequence[str]] = {
    "sgd": ("rate", "momentum", "decay"),
    "adam": ("rate", "root_bias2", "less1", "beta2", "less2", "decay"),
    "adamw": ("rate", "root_bias2", "less1", "beta2", "less2", "shrink"),
}
"""The optimizers it knows, and the numbers of an update: those of `together_update.py` but the last."""
ACTIVATIONS: Mapping[str, tuple[str, str]] = {
    "ReLU": ("tl.maximum({x}, 0.0)", "tl.where({y} > 0, {g}, 0.0)"),
    "LeakyReLU": ("tl.where({x} > 0, {x}, {number} * {x})", "tl.where({x} > 0, {g}, {number} * {g})"),
    "Sigmoid": ("tl.sigmoid({x})", "{g} * {y} * (1.0 - {y})"),
    "Tanh": ("2.0 * tl.sigmoid(2.0 * {x}) - 1.0", "{g} * (1.0 - {y} * {y})"),
    "SiLU": ("{x} * tl.sigmoid({x})", "{g} * tl.sigmoid({x}) * (1.0 + {x} * (1.0 - tl.sigmoid({x})))"),
}
"""By the name of torch's module: its value, and the gradient by its input from that by its output."""
Kind = Literal["linear", "activation", "dropout"]


@dataclass(frozen=True, slots=True)
class KernelLayer:
    """A layer: of a linear one its sizes, and where its weight and bias are in a row of the stack.

    `name`, `number`: of an activation; `number` of dropout: which it is.
    """

    kind: Kind
    inputs: int = 0
    outputs: int = 0
    weight: int = 0
    bias: int = 0
    name: str = ""
    number: float = 0.0


def padded(size: int) -> int:
    """The next power of two that a product of blocks can have as a side."""
    return max(16, 1 << (size - 1).bit_length())


def kernel_source(layers: Sequence[KernelLayer], loss: str, optimizer: str, batch: int) -> str:
    """The source of the function `train_epoch`; `loss` as `native_loss` of a task."""
    return "\n".join(_Writer(layers, loss, optimizer, batch).lines()) + "\n"


_HEAD = """
@triton.jit
def train_epoch(
    weights, first, second, x, y, numbers, smoothing, dropped, seeds, updates, losses, outputs,
    rows, steps, trials, row_stride, x_stride, y_stride,
):
    t = tl.program_id(0).to(tl.int64)
    seed = tl.load(seeds + t)
    update = tl.load(updates + t)
    smooth = tl.load(smoothing + t)
    alive = t >= 0
    b = tl.arange(0, {batch_p})
"""
_LOSSES = {
    "mse": '''
        answer = tl.sum(tl.where(k[None, :] == 0, {out}, 0.0), 1)
        target = tl.load(y + t * y_stride + row, mask=in_row, other=0.0)
        error = tl.where(in_row, answer - target, 0.0)
        loss = tl.sum(error * error, 0) / count
        g = tl.where(k[None, :] == 0, (error * (2.0 / count))[:, None], 0.0)
''',
    "binary_cross_entropy": '''
        answer = tl.sum(tl.where(k[None, :] == 0, {out}, 0.0), 1)
        target = tl.load(y + t * y_stride + row, mask=in_row, other=0.0) * (1.0 - smooth) + smooth / 2.0
        each = tl.maximum(answer, 0.0) - answer * target + tl.log(1.0 + tl.exp(-tl.abs(answer)))
        loss = tl.sum(tl.where(in_row, each, 0.0), 0) / count
        error = tl.where(in_row, (tl.sigmoid(answer) - target) / count, 0.0)
        g = tl.where(k[None, :] == 0, error[:, None], 0.0)
''',
    "cross_entropy": '''
        target = tl.load(y + t * y_stride + row, mask=in_row, other=0)
        scores = tl.where(k[None, :] < {K}, {out}, -float("inf"))
        high = tl.max(scores, 1)
        powers = tl.exp(scores - high[:, None])
        total = tl.sum(powers, 1)
        logs = tl.where(k[None, :] < {K}, {out} - high[:, None] - tl.log(total)[:, None], 0.0)
        wanted = tl.where(k[None, :] == target[:, None], 1.0 - smooth, 0.0) + smooth / {K}
        wanted = tl.where(in_row[:, None] & (k[None, :] < {K}), wanted, 0.0)
        loss = -tl.sum(tl.sum(wanted * logs, 1), 0) / count
        chances = tl.where(in_row[:, None], powers / total[:, None], 0.0)
        g = (chances - wanted) / count
''',
}  # fmt: skip
_UPDATES = {
    "sgd": '''
        {g} = {g} + decay * {w}
        {m} = tl.where(alive, momentum * {m} + {g}, {m})
        {w} = tl.where(alive, {w} + rate * {m}, {w})
''',
    "adam": '''
        {g} = {g} + decay * {w}
        {m} = tl.where(alive, {m} + less1 * ({g} - {m}), {m})
        {v} = tl.where(alive, beta2 * {v} + less2 * {g} * {g}, {v})
        {w} = tl.where(alive, {w} + rate * {m} / (tl.sqrt({v}) / root_bias2 + 1e-8), {w})
''',
    "adamw": '''
        {m} = tl.where(alive, {m} + less1 * ({g} - {m}), {m})
        {v} = tl.where(alive, beta2 * {v} + less2 * {g} * {g}, {v})
        {w} = tl.where(alive, shrink * {w} + rate * {m} / (tl.sqrt({v}) / root_bias2 + 1e-8), {w})
''',
}  # fmt: skip


class _Writer:
    def __init__(self, layers: Sequence[KernelLayer], loss: str, optimizer: str, batch: int) -> None:
        self._layers, self._loss, self._optimizer, self._batch = layers, loss, optimizer, batch
        self._linear = [(n, layer) for n, layer in enumerate(layers) if layer.kind == "linear"]
        self._kept = (("m", "first"),) if optimizer == "sgd" else (("m", "first"), ("v", "second"))

    def lines(self) -> list[str]:
        lines = _HEAD.format(batch_p=padded(self._batch)).strip("\n").split("\n")
        lines += [f"    {line}" for line in self._loads()]
        lines += ["    for step in range(0, steps):"]
        lines += [f"        {line}" for line in self._forward()]
        final = self._linear[-1][1]
        text = _LOSSES[self._loss].format(out=f"h{len(self._layers)}", K=final.outputs)
        lines += text.strip("\n").split("\n")
        lines += [f"        {line}" for line in [*self._report(final.outputs), *self._backward()]]
        for n, _ in self._linear:
            for part in ("w", "b"):
                names = {"w": f"{part}{n}", "g": f"g{part}{n}", "m": f"m{part}{n}", "v": f"v{part}{n}"}
                lines += _UPDATES[self._optimizer].format(**names).strip("\n").split("\n")
        lines += ["        update += 1"]
        return [*lines, *(f"    {line}" for line in self._stores())]

    def _places(self) -> list[tuple[str, str, str, str]]:
        """Of each weight: its name, where it is kept, its place in a row, and what of the block it fills."""
        found = []
        for n, layer in self._linear:
            at = f"{layer.weight} + o{n}[:, None] * {layer.inputs} + i{n}[None, :]"
            inside = f"(o{n}[:, None] < {layer.outputs}) & (i{n}[None, :] < {layer.inputs})"
            for prefix, where in (("", "weights"), *self._kept):
                found.append((f"{prefix}w{n}", where, at, inside))
                found.append((f"{prefix}b{n}", where, f"{layer.bias} + o{n}", f"o{n} < {layer.outputs}"))
        return found

    def _loads(self) -> list[str]:
        lines = []
        for n, layer in self._linear:
            lines.append(f"i{n} = tl.arange(0, {padded(layer.inputs)})")
            lines.append(f"o{n} = tl.arange(0, {padded(layer.outputs)})")
        lines.append(f"k = o{self._linear[-1][0]}")
        for name, where, at, inside in self._places():
            lines.append(f"{name} = tl.load({where} + t * row_stride + {at}, mask={inside}, other=0.0)")
        return lines

    def _forward(self) -> list[str]:
        first, inputs = self._linear[0][0], self._linear[0][1].inputs
        names = NUMBERS[self._optimizer]
        lines = [
            f"{name} = tl.load(numbers + (step * {len(names) + 1} + {at}) * trials + t)"
            for at, name in enumerate(names)
        ]
        lines += [
            f"row = step * {self._batch} + b",
            f"in_row = (b < {self._batch}) & (row < rows)",
            f"count = tl.minimum({self._batch}, rows - step * {self._batch}).to(tl.float32)",
            f"h0 = tl.load(x + t * x_stride + row[:, None] * {inputs} + i{first}[None, :], "
            f"mask=in_row[:, None] & (i{first}[None, :] < {inputs}), other=0.0)",
        ]
        across, width = f"i{first}", inputs
        dropouts = sum(layer.kind == "dropout" for layer in self._layers)
        for n, layer in enumerate(self._layers):
            before, after = f"h{n}", f"h{n + 1}"
            match layer.kind:
                case "linear":
                    product = f'tl.dot({before}, tl.trans(w{n}), input_precision="ieee")'
                    lines.append(f"{after} = {product} + b{n}[None, :]")
                    across, width = f"o{n}", layer.outputs
                case "activation":
                    value = ACTIVATIONS[layer.name][0].format(x=before, number=layer.number)
                    lines.append(f"{after} = {value}")
                case "dropout":
                    which = int(layer.number)
                    lines += [
                        f"p{n} = tl.load(dropped + {which} * trials + t)",
                        f"begin{n} = (update * {dropouts} + {which}) * {self._batch * width}",
                        f"u{n} = tl.rand(seed, begin{n} + b[:, None] * {width} + {across}[None, :])",
                        f"f{n} = tl.where(u{n} >= p{n}, 1.0 / (1.0 - p{n}), 0.0)",
                        f"{after} = {before} * f{n}",
                    ]
        return lines

    def _report(self, outputs: int) -> list[str]:
        out = f"h{len(self._layers)}"
        return [
            'alive = alive & (tl.abs(loss) < float("inf"))',
            "tl.store(losses + step * trials + t, loss)",
            f"tl.store(outputs + (t * rows + row[:, None]) * {outputs} + k[None, :], {out}, "
            f"mask=in_row[:, None] & (k[None, :] < {outputs}))",
        ]

    def _backward(self) -> list[str]:
        lines = []
        for n, layer in reversed(list(enumerate(self._layers))):
            x, y = f"h{n}", f"h{n + 1}"
            match layer.kind:
                case "linear":
                    product = f'tl.dot(tl.trans(g), {x}, input_precision="ieee")'
                    inside = f"i{n}[None, :] < {layer.inputs}"  # beyond it, sigmoid gives 0.5
                    lines.append(f"gw{n} = tl.where({inside}, {product}, 0.0)")
                    lines.append(f"gb{n} = tl.sum(g, 0)")
                    if n != self._linear[0][0]:
                        lines.append(f'g = tl.dot(g, w{n}, input_precision="ieee")')
                case "activation":
                    value = ACTIVATIONS[layer.name][1].format(x=x, y=y, g="g", number=layer.number)
                    lines.append(f"g = {value}")
                case "dropout":
                    lines.append(f"g = g * f{n}")
            if n == self._linear[0][0]:
                break
        return lines

    def _stores(self) -> list[str]:
        return [
            f"tl.store({where} + t * row_stride + {at}, {name}, mask={inside})"
            for name, where, at, inside in self._places()
        ]
