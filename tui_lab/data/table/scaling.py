"""The preprocessing that turns a table's columns into inputs, fitted on the training split only.

A recipe is plain data. It is part of every checkpoint, so that new rows get the same preprocessing as the
training data.

Legend: N rows, B rows of the training split, F inputs.
"""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from tui_lab.data.messages import counted
from tui_lab.data.recipes import CategoryRecipe, NumberRecipe
from tui_lab.data.split import Rows
from tui_lab.data.standard_score import LARGEST, mean_and_std
from tui_lab.data.table.column_roles import CategoryInput, Input, NumberInput

_SMALL = 8_000_000  # values of an image split up to which the mean is computed in one go
_BLANK = ("missing value", "missing values")
_BLOCK = 32  # columns that are scaled together


def fit_columns(
    inputs: Sequence[Input], train: Rows, *, as_image: bool
) -> tuple[tuple[NumberRecipe | CategoryRecipe, ...], list[tuple[str, str]]]:
    """Fit each column on the rows `train`; constant ones are dropped unless they are pixels.

    Also returns `(column, what was done)` for everything dropped or filled.
    """
    if as_image:
        return _fit_image(inputs, train)
    fitted: list[NumberRecipe | CategoryRecipe] = []
    said: list[tuple[str, str]] = []
    for item in inputs:
        recipe, words = (
            _fit_number(item, train) if isinstance(item, NumberInput) else _fit_category(item, train)
        )
        if recipe is not None:
            fitted.append(recipe)
        if words:
            said.append((item.name, words))
    return tuple(fitted), said


def _fit_number(item: NumberInput, train: Rows) -> tuple[NumberRecipe | None, str]:
    values_N = item.values_N.astype(np.float64)
    blank_N = np.isnan(values_N)
    if blank_N[train].all():
        return None, "left out: always missing in the training split"
    fill = float(values_N[train][~blank_N[train]].mean())
    values_N[blank_N] = fill
    values_B = values_N[train]
    if values_B.min() == values_B.max():
        return None, f"left out: always {values_B[0]:g} in the training split"
    mean, std = mean_and_std(values_N, train)
    blanks = int(blank_N.sum())
    words = (
        f"{counted(blanks, *_BLANK)} filled with {fill:.6g}, the mean of the training split" if blanks else ""
    )
    return NumberRecipe(name=item.name, fill=fill, mean=mean, std=std), words


def _fit_category(item: CategoryInput, train: Rows) -> tuple[CategoryRecipe | None, str]:
    counts = np.bincount(item.codes_N[train] + 1, minlength=len(item.labels) + 1)[1:]
    present = sorted(label for label, count in zip(item.labels, counts, strict=True) if count)
    if not present:
        return None, "left out: always missing in the training split"
    seen = present if item.common is None else [label for label in present if label in item.common]
    other = len(seen) < len(present)
    if len(seen) + other == 1:
        return None, "left out: only one value in the training split"
    fill = min(seen, key=lambda label: (-counts[item.labels.index(label)], label))
    blanks = int((item.codes_N == -1).sum())
    words = []
    if blanks:
        words.append(f"{counted(blanks, *_BLANK)} filled with the most frequent value in the training split")
    unseen = len(item.labels) - len(present)
    if unseen and not other:
        words.append(
            f"{counted(unseen, 'value is', 'values are')} not in the training split: treated as unknown"
        )
    recipe = CategoryRecipe(name=item.name, categories=tuple(seen), fill=fill, other=other)
    return recipe, "; ".join(words)


def _fit_image(
    inputs: Sequence[Input], train: Rows
) -> tuple[tuple[NumberRecipe | CategoryRecipe, ...], list[tuple[str, str]]]:
    """One mean and standard deviation for all pixels together."""
    pixels = [item for item in inputs if isinstance(item, NumberInput)]
    blanks = sum(int(np.isnan(item.values_N).sum()) for item in pixels)
    if len(pixels) * len(train) <= _SMALL:
        values_BF = np.empty((len(train), len(pixels)))
        for k, item in enumerate(pixels):
            values_BF[:, k] = item.values_N[train]
        present = values_BF[~np.isnan(values_BF)] if blanks else values_BF
        mean, std = float(present.mean()), float(present.std())
    else:
        columns = (item.values_N[train].astype(np.float64) for item in pixels)
        sums = np.array([(np.nansum(c), np.nansum(c * c), np.count_nonzero(~np.isnan(c))) for c in columns])
        total, squares, count = sums.sum(0)
        mean = float(total / count)
        std = float(np.sqrt(max(0.0, squares / count - mean * mean)))
    said = (
        [("", f"{counted(blanks, 'missing pixel', 'missing pixels')} filled with {mean:.6g}, the mean")]
        if blanks
        else []
    )
    return tuple(NumberRecipe(name=p.name, fill=mean, mean=mean, std=std or 1.0) for p in pixels), said


def apply(
    columns: Sequence[NumberRecipe | CategoryRecipe], inputs: Sequence[Input], rows: Rows
) -> npt.NDArray[np.float32]:
    """The network's inputs `(len(rows), F)` for some rows; `inputs` are in the order of `columns`."""
    width = sum(column.width for column in columns)
    x_NF = np.zeros((len(rows), width), np.float32)
    place = 0
    numbers: list[npt.NDArray[np.float32]] = []

    def put() -> None:
        if numbers:
            x_NF[:, place - len(numbers) : place] = np.stack(numbers).T
            numbers.clear()

    for column, item in zip(columns, inputs, strict=True):
        if isinstance(column, NumberRecipe):
            assert isinstance(item, NumberInput)
            numbers.append(_scaled(column, item, rows))
            place += 1
            if len(numbers) == _BLOCK:
                put()
            continue
        put()
        assert isinstance(item, CategoryInput)
        codes_N = _category_codes(column, item)[rows]
        known = np.flatnonzero(codes_N >= 0)
        x_NF[known, place + codes_N[known]] = 1.0
        place += column.width
    put()
    return x_NF


def _scaled(column: NumberRecipe, item: NumberInput, rows: Rows) -> npt.NDArray[np.float32]:
    values_N = item.values_N[rows].astype(np.float64)
    values_N[np.isnan(values_N)] = column.fill
    values_N -= column.mean
    with np.errstate(over="ignore"):  # infinite becomes the largest number
        values_N /= column.std
    return np.clip(values_N, -LARGEST, LARGEST).astype(np.float32)


def _category_codes(column: CategoryRecipe, item: CategoryInput) -> npt.NDArray[np.int64]:
    """The place of each row's category; for one that has none that of "other", or -1 without it."""
    place = {label: k for k, label in enumerate(column.categories)}
    rest = len(column.categories) if column.other else -1
    table = np.array([*(place.get(label, rest) for label in item.labels), place[column.fill]], np.int64)
    return table[item.codes_N]  # -1, a missing value, is the last entry of the table
