"""Whether every class is where it is needed."""

import numpy as np

from tui_lab.data.messages import named
from tui_lab.data.split import Rows, SplitRows
from tui_lab.errors import InputError

_MOST = 0.8


def check_classes(shown: str, labels_N: Rows, classes: tuple[str, ...], rows: SplitRows) -> list[str]:
    """Warnings: classes missing from validation or test, and class imbalance.

    Raises InputError for a class without training rows.
    """
    counts = np.bincount(labels_N, minlength=len(classes))

    def absent(part: Rows) -> list[str]:
        in_part = np.bincount(labels_N[part], minlength=len(classes))
        return [named(classes[k], 40) for k in np.flatnonzero(in_part == 0)]

    if missing := absent(rows.train):
        raise InputError(f"{shown}: no training rows of class {', '.join(missing)}; add rows of it")
    warnings = []
    rare = sorted({*absent(rows.val), *absent(rows.test)})
    if rare:
        listed = ", ".join(rare[:5]) + (", ..." if len(rare) > 5 else "")
        warnings.append(
            f"{shown}: too few rows of class {listed}: none in validation or test, so its scores say little"
        )
    share = counts.max() / counts.sum()
    if share > _MOST:
        warnings.append(
            f"{share:.0%} of the rows are of one class: a constant prediction is right as often, "
            "so look at balanced accuracy and AUROC rather than accuracy"
        )
    return warnings
