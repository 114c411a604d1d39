"""A linear model of the same inputs: what a network should at least be as good as.

Least squares for numbers, logistic regression for classes, both with an L2 penalty of 1 on the weights of
standardised inputs, but not on the intercept: scikit-learn's `Ridge` and `LogisticRegression` as they are by
default.

Legend: N rows of the training split, B rows, F inputs, K outputs.
"""

from dataclasses import dataclass
from math import prod

import torch
import torch.nn.functional as F
from torch import Tensor

from tui_lab.data.dataset import Part
from tui_lab.engine.evaluation.report.subject import some_rows
from tui_lab.experiment.tasks import TASKS, Task

_PENALTY = 1.0
_MOST_VALUES, _MOST_ROWS = 16_000_000, 10_000
_MOST_SIDE = 16  # pixels; larger images are averaged down
_DIRECT = 5e7  # multiplications for the second derivative, 50 ms
_MOST_WORK = 60  # multiplications by it
_PRECISE, _SHORTEST, _TINY = 1e-6, 1e-10, 1e-12


@dataclass(frozen=True, slots=True)
class LinearModel:
    """Fitted on `rows` rows; `about`: what it is, in a few words."""

    weights_FK: Tensor
    bias_K: Tensor
    mean_F: Tensor
    std_F: Tensor
    about: str
    rows: int

    def outputs(self, part: Part) -> Tensor:
        """Outputs `(B, K)` as a network of the task has them, float64."""
        found = [
            ((flat(x_B) - self.mean_F) / self.std_F) @ self.weights_FK + self.bias_K
            for x_B in part.chunks(_MOST_ROWS)
        ]
        return torch.cat(found)


def fit_linear(task: Task, train: Part, classes: int) -> LinearModel:
    """Fit it on the training split, or on a random part of it if that is large."""
    some = train.subset(some_rows(len(train), min(_MOST_ROWS, max(200, _MOST_VALUES // _width(train)))))
    x_NF, y_N = torch.cat([flat(x) for x in some.chunks(_MOST_ROWS)]), some.y.cpu()
    mean_F, std_F = x_NF.mean(0), x_NF.std(0, correction=0)
    std_F = torch.where(std_F > 1e-9, std_F, 1.0)
    x_NF = (x_NF - mean_F) / std_F
    if TASKS[task].numeric:
        weights, bias = _least_squares(x_NF, y_N.double())
        about = "least squares on the inputs"
    else:
        weights, bias = _logistic(x_NF, y_N.long(), classes if TASKS[task].output_per_class else 1)
        about = "logistic regression on the inputs"
    if len(train.x.shape) == 4 and max(train.x.shape[2:]) > _MOST_SIDE:
        about += f", averaged down to {_MOST_SIDE} pixels a side"
    return LinearModel(weights, bias, mean_F, std_F, about, len(y_N))


def flat(x_B: Tensor) -> Tensor:
    """Network inputs as rows of numbers on the CPU, float64; large images are averaged down."""
    x_B = x_B.detach().cpu()
    if x_B.dim() == 4 and max(x_B.shape[2:]) > _MOST_SIDE:
        size = [min(_MOST_SIDE, side) for side in x_B.shape[2:]]
        x_B = F.interpolate(x_B.float(), size=size, mode="area")
    return x_B.flatten(1).double()


def _width(part: Part) -> int:
    channels, *sides = part.x.shape[1:]
    return int(channels) * prod(min(side, _MOST_SIDE) for side in sides)


def _least_squares(x_NF: Tensor, y_N: Tensor) -> tuple[Tensor, Tensor]:
    """By the normal equations, of the smaller of both sides; the inputs have mean 0."""
    bias, rows, width = y_N.mean(), *x_NF.shape
    centred_N1 = (y_N - bias).unsqueeze(1)
    if width <= rows:
        square = x_NF.T @ x_NF + _PENALTY * torch.eye(width, dtype=x_NF.dtype)
        weights_F1 = torch.linalg.solve(square, x_NF.T @ centred_N1)
    else:
        square = x_NF @ x_NF.T + _PENALTY * torch.eye(rows, dtype=x_NF.dtype)
        weights_F1 = x_NF.T @ torch.linalg.solve(square, centred_N1)
    return weights_F1, bias.view(1)


def _logistic(x_NF: Tensor, y_N: Tensor, outputs: int) -> tuple[Tensor, Tensor]:
    """Cross entropy of one logit for two classes, or of one for each class, by Newton's method.

    A step is halved until the loss falls enough (Nocedal and Wright, Numerical Optimization, chapter 7). For
    many inputs and classes steps are approximate, and there are fewer: it is a reference, not the last digit.
    """
    problem = _Logistic(x_NF, y_N, outputs)
    weights = x_NF.new_zeros(x_NF.shape[1] + 1, outputs)
    loss, chance_NK = problem.loss(weights)
    while problem.work < _MOST_WORK:
        gradient = problem.gradient(weights, chance_NK)
        if float(gradient.abs().max()) < _PRECISE:
            break
        step = problem.newton_step(gradient, chance_NK)
        slope, size = float((gradient * step).sum()), 1.0
        tried, chance_NK = problem.loss(weights + step)
        while tried > loss + 1e-4 * size * slope and size > _SHORTEST:
            size /= 2
            tried, chance_NK = problem.loss(weights + size * step)
        if tried >= loss:
            break
        weights, loss = weights + size * step, tried
    return weights[:-1], weights[-1]


class _Logistic:
    """The mean cross entropy with its penalty; the last row of the weights is the intercept.

    `work`: how often the second derivative was computed, or multiplied by a direction.
    """

    def __init__(self, x_NF: Tensor, y_N: Tensor, outputs: int) -> None:
        self._x = torch.cat((x_NF, torch.ones_like(x_NF[:, :1])), 1)
        self._one = outputs == 1
        self._y = y_N.unsqueeze(1).to(x_NF.dtype) if self._one else F.one_hot(y_N, outputs).to(x_NF.dtype)
        self._penalty = torch.full((self._x.shape[1], 1), _PENALTY / len(x_NF), dtype=x_NF.dtype)
        self._penalty[-1] = 0
        self.work = 0

    def loss(self, weights: Tensor) -> tuple[float, Tensor]:
        """And the probabilities `(N, K)`."""
        logits_NK, penalty = self._x @ weights, float((self._penalty * weights**2).sum()) / 2
        if self._one:
            entropy = F.binary_cross_entropy_with_logits(logits_NK, self._y)
            return float(entropy) + penalty, logits_NK.sigmoid()
        log_NK = F.log_softmax(logits_NK, 1)
        return float(-(self._y * log_NK).sum() / len(log_NK)) + penalty, log_NK.exp()

    def gradient(self, weights: Tensor, chance_NK: Tensor) -> Tensor:
        return self._x.T @ (chance_NK - self._y) / len(self._x) + self._penalty * weights

    def newton_step(self, gradient: Tensor, chance_NK: Tensor) -> Tensor:
        """Minus the inverse of the second derivative times the gradient; if that is large, approximately."""
        rows, size = len(self._x), gradient.numel()
        if rows * size**2 > _DIRECT:
            return self._approximate_step(gradient, chance_NK)
        self.work += 1
        outer_NP = torch.einsum("nf,nk->nfk", self._x, chance_NK).flatten(1)
        curvature_PP = -(outer_NP.T @ outer_NP)
        inputs, outputs = gradient.shape
        blocks = curvature_PP.view(inputs, outputs, inputs, outputs)
        for k in range(outputs):
            blocks[:, k, :, k] += self._x.T @ (chance_NK[:, k : k + 1] * self._x)
        curvature_PP /= rows
        curvature_PP.diagonal().add_(self._penalty.expand(-1, outputs).flatten() + _TINY)
        step_P: Tensor = torch.linalg.solve(curvature_PP, -gradient.flatten())
        return step_P.view_as(gradient)

    def _approximate_step(self, gradient: Tensor, chance_NK: Tensor) -> Tensor:
        """By conjugate gradients; the more exact, the nearer the end."""
        step, rest = torch.zeros_like(gradient), -gradient
        along, square = rest, float((rest**2).sum())
        enough = square * min(0.1, square**0.5)
        while square > enough and self.work < _MOST_WORK:
            curved = self._curvature(along, chance_NK)
            length = square / float((along * curved).sum())
            step, rest = step + length * along, rest - length * curved
            before, square = square, float((rest**2).sum())
            along = rest + square / before * along
        return step

    def _curvature(self, along: Tensor, chance_NK: Tensor) -> Tensor:
        """The second derivative times a direction."""
        self.work += 1
        moved_NK = chance_NK * (self._x @ along)
        moved_NK = moved_NK - chance_NK * moved_NK.sum(1, keepdim=True)
        return self._x.T @ moved_NK / len(self._x) + self._penalty * along
