"""A share as a bar."""

from math import isfinite

_FULL, _PARTS = "█", " ▏▎▍▌▋▊▉"


def bar(share: float, cells: int) -> str:
    """A bar of a share of some cells."""
    eighths = round(max(0.0, min(share, 1.0)) * cells * 8) if isfinite(share) else 0
    full, rest = divmod(eighths, 8)
    return (_FULL * full + (_PARTS[rest] if rest else "")).ljust(cells)
