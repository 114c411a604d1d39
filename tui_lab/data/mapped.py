"""Images that do not fit in memory: decoded once to disk, read batch by batch.

Legend: N images of a split, B images of a batch, C channels, H height, W width.
"""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

_AHEAD = 4  # batches each worker prefetches
_MOST_WORKERS = 4


class Mapped(Dataset[Tensor]):
    """Some rows of an array of images `(all, C, H, W)` in a .npy file; uint8."""

    def __init__(self, path: Path, rows_N: npt.NDArray[np.int64], workers: int | None = None) -> None:
        self._path, self._rows_N = path, rows_N
        self._workers = min(_MOST_WORKERS, os.cpu_count() or 1) if workers is None else workers
        self._pixels = np.load(path, mmap_mode="r", allow_pickle=False)
        self.shape = (len(rows_N), *self._pixels.shape[1:])

    def __reduce__(self) -> tuple[Any, ...]:
        """The pixels stay on disk when this is sent to a worker process."""
        return Mapped, (self._path, self._rows_N, self._workers)

    def __len__(self) -> int:
        return len(self._rows_N)

    def __getitem__(self, place: int) -> Tensor:
        return self.take([place])[0]

    def __getitems__(self, places: list[int]) -> Tensor:
        return self.take(places)

    def take(self, places: Sequence[int]) -> Tensor:
        return torch.from_numpy(self._pixels[self._rows_N[np.asarray(places)]])

    def batches(self, places: Sequence[Sequence[int]]) -> Iterator[Tensor]:
        """Batches `(B, C, H, W)`, prefetched by worker processes."""
        if not places:
            return iter(())
        return iter(
            DataLoader(
                self,
                batch_sampler=[list(batch) for batch in places],
                num_workers=self._workers,
                collate_fn=_as_it_is,
                generator=torch.Generator(),  # else it would draw from the run's generator
                prefetch_factor=_AHEAD if self._workers else None,
            )
        )


def _as_it_is(x_BCHW: Any) -> Any:
    return x_BCHW
