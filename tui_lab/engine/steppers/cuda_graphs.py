"""Recording work on a GPU as CUDA graphs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import torch
from torch import Tensor

from tui_lab.engine.steppers.captured import Results


class CudaGraphs:
    """What is recorded, and what is done before it, uses a stream of its own, as torch asks for.

    See https://docs.pytorch.org/docs/stable/notes/cuda.html#cuda-graphs.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]

    @contextmanager
    def eager(self) -> Iterator[None]:
        """Work on that stream, after what was asked for before and before what is asked for later."""
        outside = torch.cuda.current_stream(self._device)
        self._stream.wait_stream(outside)
        with torch.cuda.stream(self._stream):
            yield
        outside.wait_stream(self._stream)

    def record(self, work: Callable[[], Results]) -> tuple[Callable[[], None], Results]:
        """Errors of other threads, such as one that reads data, do not end the recording."""
        graph = torch.cuda.CUDAGraph()
        torch.cuda.synchronize(self._device)
        with torch.cuda.stream(self._stream):
            graph.capture_begin(capture_error_mode="thread_local")
            try:
                results = work()
            finally:
                graph.capture_end()
        return graph.replay, results

    def random_state(self) -> Tensor:
        return torch.cuda.get_rng_state(self._device)

    def set_random_state(self, state: Tensor) -> None:
        torch.cuda.set_rng_state(state, self._device)
