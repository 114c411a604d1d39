"""Rows of the data that an evaluation shows, each once.

Legend: B rows.
"""

from collections.abc import Iterator

import torch
from torch import Tensor

from tui_lab.data.dataset import Part
from tui_lab.engine.evaluation.report.columns import Column, short
from tui_lab.engine.evaluation.report.pictures import pictures_of
from tui_lab.engine.evaluation.report.row_scores import RowScores
from tui_lab.protocol.example import Example, Picture, SplitName

_PICTURES_BYTES, _MOST_SIDE = 550_000, 40
Rows = tuple[Part, RowScores, Tensor]
"""A split, or some of it, its predictions, and the places of its rows in the split."""


class Examples:
    """Collects rows of the split, and of the training split if given; other parts refer to them by place."""

    def __init__(
        self, split: SplitName, rows: Rows, training: Rows | None, pictures_bytes: int = _PICTURES_BYTES
    ) -> None:
        self._of: dict[SplitName, Rows] = (
            {split: rows} if training is None else {"train": training, split: rows}
        )
        self._split, self._pictures_bytes = split, pictures_bytes
        self._places: dict[tuple[SplitName, int], int] = {}

    def place(self, row: int, split: SplitName | None = None) -> int:
        """The place that this row (of the given part of the split) has among the examples."""
        return self._places.setdefault((split or self._split, row), len(self._places))

    def made(self, columns: tuple[Column, ...]) -> tuple[Example, ...]:
        """All of them."""
        found: dict[tuple[SplitName, int], Example] = {}
        for split, (part, scores, places_B) in self._of.items():
            chosen = [row for name, row in self._places if name == split]
            if chosen:
                some = part.subset(torch.tensor(chosen))
                texts = self._texts(some, columns)
                for row, values, picture in zip(chosen, texts, self._pictures(some), strict=True):
                    found[split, row] = _example(split, part, scores, places_B, row, values, picture)
        return tuple(found[key] for key in self._places)

    def _texts(self, some: Part, columns: tuple[Column, ...]) -> Iterator[tuple[str, ...]]:
        if not columns:
            return iter([()] * len(some))
        x_BF = some.first(len(some)).cpu()
        return zip(*(column.texts(x_BF) for column in columns), strict=True)

    def _pictures(self, some: Part) -> list[Picture | None]:
        """As large as there is room for."""
        channels = int(some.x.shape[1])
        side = int(min(_MOST_SIDE, (self._pictures_bytes / (len(self._places) * channels)) ** 0.5))
        return pictures_of(some, side)


def _example(
    split: SplitName,
    part: Part,
    scores: RowScores,
    places_B: Tensor,
    row: int,
    values: tuple[str, ...],
    picture: Picture | None,
) -> Example:
    true, said = scores.true_B[row].item(), scores.predicted_B[row].item()
    chances = scores.chance_BK[row] if scores.classes else None
    return Example(
        split=split,
        index=int(places_B[row]),
        number=None if part.numbers_B is None else int(part.numbers_B[row]),
        name=part.names[row] if part.names else "",
        true=int(true) if scores.classes else short(true),
        predicted=int(said) if scores.classes else short(said),
        loss=float(scores.loss_B[row]),
        probability=None if chances is None else float(chances[int(said)]),
        probability_of_true=None if chances is None else float(chances[int(true)]),
        values=values,
        picture=picture,
    )
