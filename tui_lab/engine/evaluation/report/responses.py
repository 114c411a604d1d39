"""The mean prediction as one column changes: partial dependence.

Legend: B rows, F inputs, V values of the column, K outputs that are reported.
"""

import torch
from torch import Tensor

from tui_lab.data.dataset import Part
from tui_lab.engine.evaluation.report.columns import Column, inputs_of, number_text, short
from tui_lab.engine.evaluation.report.row_scores import RowScores
from tui_lab.engine.evaluation.report.subject import Subject, some_rows
from tui_lab.protocol.evaluation import Response

MOST_COLUMNS = 12
_MOST_ROWS, _MOST_VALUES, _MOST_CLASSES = 300, 15, 10


def responses(subject: Subject, part: Part, columns: tuple[Column, ...]) -> tuple[Response, ...]:
    """One for each of `columns`, at values that occur in the split."""
    some = part.subset(some_rows(len(part), _MOST_ROWS))
    x_BF, every_BF = inputs_of(some), inputs_of(part)
    classes = _classes(subject.scores(part))
    return tuple(_response(subject, column, some, x_BF, every_BF, classes) for column in columns)


def _classes(rows: RowScores) -> tuple[int, ...]:
    """The classes whose probability is reported."""
    if not rows.classes or rows.binary:
        return (1,) if rows.binary else ()
    counts_K = torch.bincount(rows.true_B, minlength=rows.classes)
    return tuple(sorted(counts_K.argsort(descending=True, stable=True)[:_MOST_CLASSES].tolist()))


def _response(
    subject: Subject, column: Column, some: Part, x_BF: Tensor, every_BF: Tensor, classes: tuple[int, ...]
) -> Response:
    shown = torch.stack(input_values(column, every_BF))
    set_VBF = x_BF.repeat(len(shown), 1, 1)
    set_VBF[:, :, column.first : column.first + column.width] = shown.unsqueeze(1)
    scores = subject.scores(Part(set_VBF.flatten(0, 1).to(some.y.device), some.y.repeat(len(shown))))
    said = scores.chance_BK[:, list(classes)] if classes else scores.predicted_B.unsqueeze(1)
    said_VBK = said.view(len(shown), len(some), -1)
    low_VK, high_VK = torch.quantile(said_VBK, torch.tensor([0.1, 0.9], dtype=torch.double), dim=1)
    numbers = [short(float(x) * column.std + column.mean) for x in shown[:, 0]] if column.numeric else []
    return Response(
        column=column.name,
        labels=tuple(
            map(number_text, numbers) if column.numeric else (column.label(int(x.argmax())) for x in shown)
        ),
        values=tuple(numbers),
        classes=classes,
        mean=_by_output(said_VBK.mean(1)),
        low=_by_output(low_VK),
        high=_by_output(high_VK),
        rows=len(some),
    )


def input_values(column: Column, x_BF: Tensor) -> list[Tensor]:
    """What the column's inputs are set to: the values that occur, or 15 quantiles; each category."""
    if not column.numeric:
        return list(torch.eye(column.width))
    ordered = x_BF[:, column.first].sort().values
    first = torch.cat((torch.tensor([True]), ordered.diff() > 0))
    if int(first.sum()) > _MOST_VALUES:
        places = torch.linspace(0.02, 0.98, _MOST_VALUES) * (len(ordered) - 1)
        ordered = ordered[places.round().long()]
        first = torch.cat((torch.tensor([True]), ordered.diff() > 0))
    return list(ordered[first].unsqueeze(1))


def _by_output(values_VK: Tensor) -> tuple[tuple[float, ...], ...]:
    return tuple(tuple(map(short, row)) for row in values_VK.T.tolist())
