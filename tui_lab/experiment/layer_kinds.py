"""Types of layers."""

from dataclasses import dataclass

Shape = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Option:
    """One number of a layer: bounds inclusive, `default` None if it is required."""

    name: str
    low: float
    high: float
    default: float | None = None
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Layer:
    """One line of the list: its kind and its numbers by name; `p` is -1 if dropout gives none.

    `init`: how its weights are initialised; empty to use the hyperparameter.
    """

    kind: str
    options: tuple[tuple[str, float], ...] = ()
    init: str = ""

    def __getitem__(self, option: str) -> float:
        return dict(self.options)[option]

    def whole(self, option: str) -> int:
        """The value of an integer option."""
        return int(self[option])


@dataclass(frozen=True, slots=True)
class PlannedLayer:
    """A layer of the network as it will be built.

    `output_shape` has no batch dimension: `(F,)` or `(C, H, W)`. `parameters` are the trainable ones.
    """

    layer: Layer
    output_shape: Shape
    parameters: int
