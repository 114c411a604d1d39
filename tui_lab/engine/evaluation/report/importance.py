"""Permutation importance of groups of correlated columns.

Shuffled one by one, correlated columns seem unimportant: the network reads the same from the others
(scikit-learn issue 26221). So they are shuffled together.

Legend: B rows, F inputs, C columns.
"""

import torch
from torch import Tensor

from tui_lab.data.dataset import Part
from tui_lab.engine.evaluation.report.columns import Column, inputs_of
from tui_lab.engine.evaluation.report.row_scores import RowScores
from tui_lab.engine.evaluation.report.subject import Subject, some_rows
from tui_lab.protocol.evaluation import Importance

REPEATS = 5
_CORRELATED = 0.7
_MOST_ROWS, _FEWEST_ROWS = 2000, 200
_FORWARDS = 300_000  # rows through the network
_MOST_GROUPS = 300


def importance(subject: Subject, part: Part, columns: tuple[Column, ...]) -> tuple[Importance, ...]:
    """Of each group, most important first; none if there are more than 300 groups."""
    train = subject.dataset.train
    groups = correlated_groups(columns, inputs_of(train.subset(some_rows(len(train), _MOST_ROWS))))
    if len(groups) > _MOST_GROUPS:
        return ()
    most = max(_FEWEST_ROWS, min(_MOST_ROWS, _FORWARDS // (REPEATS * len(groups))))
    some = part.subset(some_rows(len(part), most))
    x_BF, order = inputs_of(some), torch.Generator().manual_seed(0)
    orders = torch.stack([torch.randperm(len(some), generator=order) for _ in range(REPEATS)])
    whole = _measures(subject.scores(some), 1)
    found = []
    for group in groups:
        own = [k for column in group for k in range(column.first, column.first + column.width)]
        shuffled = x_BF.repeat(REPEATS, 1, 1)
        shuffled[:, :, own] = x_BF[:, own][orders]
        there = shuffled.flatten(0, 1).to(some.y.device)
        scores = subject.scores(Part(there, some.y.repeat(REPEATS)))
        gains = _measures(scores, REPEATS) - whole
        mean, std = gains.mean(0).tolist(), gains.std(0).tolist()
        names = tuple(column.name for column in group)
        found.append(Importance(names, mean[0], std[0], mean[1], std[1]))
    return tuple(sorted(found, key=lambda one: -one.loss))


def correlated_groups(columns: tuple[Column, ...], x_BF: Tensor) -> list[list[Column]]:
    """Columns whose inputs have a correlation of more than 0.7 in size, or that others connect so."""
    x_BF = x_BF.double() - x_BF.double().mean(0)
    x_BF = x_BF / x_BF.norm(dim=0).clamp(min=1e-12)
    close_FF = (x_BF.T @ x_BF).abs() > _CORRELATED
    owner_F = torch.cat([torch.full((column.width,), place) for place, column in enumerate(columns)])
    close_CC = torch.zeros(len(columns), len(columns), dtype=torch.bool)
    first, second = close_FF.nonzero().unbind(1)
    close_CC[owner_F[first], owner_F[second]] = True
    groups, left = [], set(range(len(columns)))
    while left:
        group, ahead = set[int](), {min(left)}
        while ahead:
            place = ahead.pop()
            group.add(place)
            ahead |= {int(other) for other in close_CC[place].nonzero().squeeze(1)} - group
        left -= group
        groups.append([columns[place] for place in sorted(group)])
    return groups


def _measures(scores: RowScores, repeats: int) -> Tensor:
    """For each repeat the loss, and how wrong: the share of wrong rows, or the RMSE `(repeats, 2)`."""
    wrong = scores.wrong.view(repeats, -1).mean(1)
    loss = scores.loss_B.view(repeats, -1).mean(1)
    return torch.stack((loss, wrong if scores.classes else wrong.sqrt()), 1)
