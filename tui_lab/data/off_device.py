"""Data that are not kept on the device: read ahead, batch by batch, from memory or from a file.

On a GPU each batch is read into pinned memory and copied on a stream of its own, while the GPU computes.

Legend: N rows, B rows of a batch.
"""

import os
import weakref
from collections.abc import Generator, Sequence
from contextlib import closing
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from tui_lab.data.read_ahead import read_ahead
from tui_lab.errors import RunError
from tui_lab.experiment.network.memory import bytes_text
from tui_lab.safe import safe

DEVICE_SHARE = 0.5
"""Of the free memory of a GPU: data that take more are not kept there."""
_AHEAD_BYTES = 256 * 10**6  # of batches that are read ahead
_FEWEST_AHEAD, _MOST_AHEAD = 2, 8
_WORKERS = min(4, os.cpu_count() or 1)
_CHUNK_BYTES = 32 * 10**6  # at a time, when all rows go to the device


def device_budget(device: torch.device) -> float:
    """How many bytes of data may be kept on the device; elsewhere than on a GPU they are in main memory."""
    if device.type != "cuda":
        return float("inf")
    return DEVICE_SHARE * torch.cuda.mem_get_info(device)[0]


def too_large(size: int, device: torch.device) -> str:
    """A note if data of `size` bytes are too large to be kept on the device; otherwise empty."""
    budget = device_budget(device)
    if size <= budget:
        return ""
    return (
        f"{bytes_text(size)} of inputs are more than the {bytes_text(budget)} that data may take on the GPU "
        "(half of what is free): they are read batch by batch"
    )


class InMemory:
    """Rows in main memory."""

    def __init__(self, values: Tensor) -> None:
        self._values = values
        self.shape, self.dtype = values.shape, values.dtype

    def read(self, rows_B: Tensor, into: Tensor) -> None:
        torch.index_select(self._values, 0, rows_B, out=into)


class OnDisk:
    """Rows of an array in a .npy file.

    They are read, not mapped: if the file cannot be read, that is an error and not the end of the process.
    """

    def __init__(self, path: Path) -> None:
        found = np.load(path, mmap_mode="r", allow_pickle=False)
        self._path, self._begin = path, int(found.offset)
        self._row_bytes = found[:1].nbytes
        self.shape, self.dtype = torch.Size(found.shape), torch.from_numpy(found[:0].copy()).dtype
        self._file = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        weakref.finalize(self, os.close, self._file)

    def read(self, rows_B: Tensor, into: Tensor) -> None:
        """Raises RunError if the file cannot be read."""
        size, buffer = self._row_bytes, into.view(torch.uint8).numpy().reshape(-1).data
        try:
            for place, row in enumerate(rows_B.tolist()):
                self._fill(buffer[place * size : (place + 1) * size], self._begin + row * size)
        except OSError as error:
            raise RunError(f"{safe(self._path, 300)}: cannot be read: {error.strerror}") from None

    def _fill(self, buffer: memoryview, offset: int) -> None:
        while buffer:
            count = os.preadv(self._file, [buffer], offset)
            if not count:
                raise RunError(f"{safe(self._path, 300)}: it has become shorter since the run started")
            buffer, offset = buffer[count:], offset + count


class SideStream:
    """Copies to a GPU beside its computations."""

    def __init__(self, device: torch.device) -> None:
        self._device, self._stream = device, torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    def send(self, x_B: Tensor) -> tuple[Tensor, torch.cuda.Event]:
        """Begin to copy pinned rows; the event is their arrival."""
        with torch.cuda.stream(self._stream):
            sent_B = x_B.to(self._device, non_blocking=True)
            return sent_B, self._stream.record_event()

    def receive(self, sent: tuple[Tensor, torch.cuda.Event]) -> Tensor:
        """The rows, for work on the current stream, which waits for them; the caller does not."""
        x_B, arrived = sent
        current = torch.cuda.current_stream(self._device)
        current.wait_event(arrived)
        x_B.record_stream(current)  # else their memory could be reused before that work is done
        return x_B


class OffDevice:
    """Some rows `(N, ...)` of a source, which come to the device when they are needed."""

    def __init__(self, source: InMemory | OnDisk, rows_N: Tensor, device: torch.device) -> None:
        self._source, self._rows_N, self._device = source, rows_N, device
        self._pinned = device.type == "cuda"
        self.shape = torch.Size((len(rows_N), *source.shape[1:]))

    def __len__(self) -> int:
        return len(self._rows_N)

    def take(self, places_B: Tensor) -> Tensor:
        """Some rows, on the device."""
        return self._read(places_B).to(self._device)

    def only(self, places_B: Tensor) -> "OffDevice":
        """Some rows, where they are."""
        return OffDevice(self._source, self._rows_N[places_B.cpu()], self._device)

    def followed_by(self, other: "OffDevice") -> "OffDevice":
        """These rows, then other ones of the same source."""
        return OffDevice(self._source, torch.cat((self._rows_N, other._rows_N)), self._device)

    def batches(self, places: Sequence[Tensor]) -> Generator[Tensor]:
        """Batches `(B, ...)` on the device, read ahead; closing the iterator ends the threads."""
        if not places:
            return
        size = max(map(len, places)) * self._row_bytes
        ahead = max(_FEWEST_AHEAD, min(_MOST_AHEAD, _AHEAD_BYTES // max(1, size)))
        if not self._pinned:
            yield from read_ahead(self._read, places, workers=_WORKERS, ahead=ahead)
            return
        side = SideStream(self._device)
        sending = read_ahead(
            lambda places_B: side.send(self._read(places_B)), places, workers=_WORKERS, ahead=ahead
        )
        with closing(sending):
            for sent in sending:
                yield side.receive(sent)

    def on_device(self) -> Tensor:
        """All rows, on the device."""
        if not self._pinned:
            return self.take(torch.arange(len(self)))
        x_N = torch.empty(self.shape, dtype=self._source.dtype, device=self._device)
        chunk = max(1, _CHUNK_BYTES // max(1, self._row_bytes))
        begin = 0
        for x_B in self.batches(torch.split(torch.arange(len(self)), chunk)):
            x_N[begin : begin + len(x_B)] = x_B
            begin += len(x_B)
        return x_N

    @property
    def nbytes(self) -> int:
        return len(self) * self._row_bytes

    @property
    def _row_bytes(self) -> int:
        return self.shape[1:].numel() * self._source.dtype.itemsize

    def _read(self, places_B: Tensor) -> Tensor:
        """Some rows in main memory; pinned if they go to a GPU."""
        shape = (len(places_B), *self.shape[1:])
        x_B = torch.empty(shape, dtype=self._source.dtype, pin_memory=self._pinned)
        self._source.read(self._rows_N[places_B], x_B)
        return x_B
