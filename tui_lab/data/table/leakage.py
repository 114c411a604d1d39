"""Columns that give the target away, which makes scores misleading; no torch.

Legend: N rows.
"""

import numpy as np
import numpy.typing as npt

from tui_lab.data.messages import flag, named
from tui_lab.data.table.column_roles import Input, NumberInput
from tui_lab.data.table.target import Target

_NEARLY = 0.99
"""The R² of a line through one column and the target from which the column probably gives it away."""


def leaks(inputs: tuple[Input, ...], target: Target, shown: str, name: str) -> list[str]:
    """Warnings about features that give the target `name` away."""
    said = []
    for item in inputs:
        out = f"leave it out ({flag('leave_out', item.name)}) unless its value is known before the target"
        if _gives_away(item, target.values_N, len(target.classes)):
            said.append(f"{shown}: column {named(item.name)} gives the target {name} away: {out}")
        elif not target.classes and (fit := _fit_alone(item, target.values_N.astype(np.float64))) > _NEARLY:
            said.append(
                f"{shown}: column {named(item.name)} alone predicts the target {name} almost exactly (R² "
                f"{min(fit, 0.9999):.4f} with a straight line): {out}"
            )
    return said


def _fit_alone(item: Input, target_N: npt.NDArray[np.float64]) -> float:
    """The R² of a straight line through one number column and a regression target; 0 if it cannot be told."""
    if not isinstance(item, NumberInput) or len(target_N) < 20:
        return 0.0
    known_N = np.isfinite(item.values_N) & np.isfinite(target_N)
    a_N, b_N = item.values_N[known_N].astype(np.float64), target_N[known_N]
    if 2 * len(a_N) < len(target_N):
        return 0.0
    with np.errstate(all="ignore"):  # huge values overflow
        a_N, b_N = a_N - a_N.mean(), b_N - b_N.mean()
        scale = float(np.dot(a_N, a_N) * np.dot(b_N, b_N))
        share = float(np.dot(a_N, b_N)) ** 2 / scale if scale > 0 else 0.0
    return share if np.isfinite(share) else 0.0


def _gives_away(item: Input, target_N: npt.NDArray[np.float64] | npt.NDArray[np.int64], classes: int) -> bool:
    """Whether a feature leaks the target: the same numbers, or one value for each class."""
    a_N = item.values_N if isinstance(item, NumberInput) else item.codes_N
    if len(a_N) < 20 or not np.array_equal(a_N[:20] == a_N[0], target_N[:20] == target_N[0]):
        return False
    if not classes:
        return bool(np.array_equal(a_N, target_N))
    different, a_codes = np.unique(a_N, return_inverse=True)
    return len(different) == classes and len(np.unique(a_codes * classes + target_N)) == classes
