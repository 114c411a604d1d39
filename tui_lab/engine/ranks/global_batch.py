"""A rank's rows in a forward pass as a part of the whole batch: dropout and batch norm.

Legend: B rows of the whole batch, C channels.
"""

from collections.abc import Callable, Iterable
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor
from torch.overrides import TorchFunctionMode

from tui_lab.engine.ranks.group import Ranks


class GlobalBatch(TorchFunctionMode):
    """Inside, dropout and batch norm do for a rank's rows what they would do for them in the whole batch.

    Dropout draws the mask of the whole batch on each rank, from the same random state, and takes that of its
    rows. Batch norm has the statistics of the whole batch: mean and variance are summed up over the ranks,
    one after the other, and so are their gradients. Other random numbers are drawn for the rank's rows alone.
    """

    def __init__(self, ranks: Ranks, rows: int, first: int, *, counts: bool) -> None:
        """The batch has `rows` rows, of which those that are passed begin at `first`.

        `counts`: False for rows of another rank that are only passed so that there is something to pass.
        """
        super().__init__()
        self._ranks, self._rows, self._first, self._counts = ranks, rows, first, counts
        self._instead: dict[Callable[..., Any], Callable[..., Tensor]] = {
            F.dropout: self._dropout,
            F.dropout1d: self._channel_dropout,
            F.dropout2d: self._channel_dropout,
            F.dropout3d: self._channel_dropout,
            F.batch_norm: self._batch_norm,
        }

    def __torch_function__(self, func: Any, types: Iterable[type], args: Any = (), kwargs: Any = None) -> Any:
        return self._instead.get(func, func)(*args, **(kwargs or {}))

    def _dropout(self, x: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
        return self._dropped(x, x.shape[1:], p, inplace) if training and p else x

    def _channel_dropout(
        self, x: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False
    ) -> Tensor:
        shape = (*x.shape[1:2], *(1 for _ in x.shape[2:]))
        return self._dropped(x, shape, p, inplace) if training and p else x

    def _dropped(self, x: Tensor, shape: Iterable[int], p: float, inplace: bool) -> Tensor:
        """The numbers are those that torch draws for the whole batch on a CPU."""
        factors = torch.empty((self._rows, *shape), dtype=x.dtype, device=x.device)
        if p < 1:
            factors.bernoulli_(1 - p).div_(1 - p)
        else:
            factors.zero_()
        own = factors[self._first : self._first + len(x)]
        return x.mul_(own) if inplace else x * own

    def _batch_norm(
        self,
        x: Tensor,
        running_mean: Tensor | None,
        running_var: Tensor | None,
        weight: Tensor | None = None,
        bias: Tensor | None = None,
        training: bool = False,
        momentum: float = 0.1,
        eps: float = 1e-5,
    ) -> Tensor:
        """As in "Batch Normalization" (Ioffe and Szegedy, 2015), over the rows of all ranks."""
        if not training:
            return F.batch_norm(x, running_mean, running_var, weight, bias, False, momentum, eps)
        values = x.float() if x.dtype in (torch.bfloat16, torch.float16) else x
        others = [0, *range(2, x.dim())]
        wide = (1, -1, *(1 for _ in others[1:]))
        count = values.new_tensor([values.numel() // values.shape[1]])
        sums_C1 = self._of_all(torch.cat((values.sum(others), count)))
        count = sums_C1[-1].detach()
        mean_C = sums_C1[:-1] / count
        centred = values - mean_C.view(wide)
        var_C = self._of_all(centred.square().sum(others)) / count
        found = centred * (var_C + eps).rsqrt().view(wide)
        if weight is not None:
            found = found * weight.view(wide)
        if bias is not None:
            found = found + bias.view(wide)
        if running_mean is not None and running_var is not None:
            with torch.no_grad():
                running_mean.lerp_(mean_C.to(running_mean.dtype), momentum)
                unbiased_C = var_C * (count / (count - 1))
                running_var.lerp_(unbiased_C.to(running_var.dtype), momentum)
        return found.to(x.dtype)

    def _of_all(self, values: Tensor) -> Tensor:
        summed: Tensor = _Sum.apply(values if self._counts else values * 0, self._ranks)
        return summed


class _Sum(torch.autograd.Function):
    """The sum of the values of all ranks; its gradient is that of all ranks' losses."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, ranks: Ranks) -> Tensor:
        ctx.ranks = ranks
        summed = values.clone()
        ranks.add_up(summed)
        return summed

    @staticmethod
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor, None]:
        summed = gradients[0].clone()
        ctx.ranks.add_up(summed)
        return summed, None
