"""What the help explains first in the layer editor: the selected layer."""

from tui_lab.experiment.explanations import of_layer
from tui_lab.experiment.network.layer_kinds import KINDS
from tui_lab.experiment.network.sketch import SketchedLine
from tui_lab.tui.style.format import plural, shape_text
from tui_lab.tui.widgets.explained import Explained


def explained(chosen: SketchedLine | None) -> tuple[Explained, ...]:
    """The layers of a line, with their outputs and weights; of a wrong line, what its first word means."""
    if chosen is None:
        return ()
    if not chosen.layers:
        kind, *_ = [*chosen.text.split(), ""]
        return (Explained(of_layer(kind)),) if kind in KINDS else ()
    return tuple(
        Explained(
            of_layer(planned.layer.kind),
            f"output {shape_text(planned.output_shape)}, {plural(planned.parameters, 'parameter')}",
        )
        for planned in chosen.layers
    )
