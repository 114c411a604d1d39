"""Recognises ids, dates and times, which are not useful as numbers or categories.

Legend: N rows.
"""

import re

import numpy as np

from tui_lab.data.table.reading.cells import Floats, TextCells

_ID_NAME = re.compile(r"(.*[_ .-])?(id|idx|index|uuid|guid|key|rownames?|row_?number)|unnamed: ?\d+", re.I)
_DATE = re.compile(
    r"\d{4}[-/.]\d{1,2}([-/.]\d{1,2})?([T ]\d.*)?"
    r"|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4}( \d.*)?|\d{1,2}:\d{2}(:\d{2}.*)?"
)


def is_id(name: str, values_N: Floats) -> bool:
    """Whether a column is named like an id and has a different whole number in each row."""
    if not _ID_NAME.fullmatch(name.strip()) or len(values_N) < 3 or np.isnan(values_N).any():
        return False
    return bool((values_N % 1 == 0).all()) and len(np.unique(values_N)) == len(values_N)


def is_text_id(name: str, cells: TextCells) -> bool:
    """The same for whole numbers that are too long to be stored as numbers."""
    if not _ID_NAME.fullmatch(name.strip()) or len(cells.labels) < 3 or cells.missing:
        return False
    return len(cells.labels) == len(cells.codes_N) and all(map(str.isdigit, cells.labels))


def looks_like_dates(labels: tuple[str, ...]) -> bool:
    """Whether nearly all of these texts are dates or times."""
    looked = labels[:1000]
    return sum(_DATE.fullmatch(text) is not None for text in looked) >= 0.9 * max(1, len(looked))
