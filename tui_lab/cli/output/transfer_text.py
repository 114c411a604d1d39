"""What was loaded from pretrained weights, as lines."""

from tui_lab.protocol.events import WeightsTransferred
from tui_lab.safe import safe

_SHOWN = 12


def transfer_text(event: WeightsTransferred) -> list[str]:
    """Which weights were loaded and which were not, a line each."""
    lines = [f"weights from {event.source}: loaded {_listed(list(event.taken))}"]
    if event.new:
        reasons = [f"{name} ({why})" for name, why in event.new.items()]
        lines.append(f"weights not loaded: {_listed(reasons)}")
    if event.unused:
        lines.append(f"weights in the file but not in this network: {_listed(list(event.unused))}")
    return lines


def _listed(names: list[str]) -> str:
    shown = ", ".join(safe(name, 120) for name in names[:_SHOWN])
    return shown + (f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
