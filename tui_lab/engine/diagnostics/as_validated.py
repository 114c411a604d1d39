"""Asking the network of a running run something that must not show in the run."""

from collections.abc import Iterator
from contextlib import contextmanager

from tui_lab.engine.evaluation.report.subject import Subject
from tui_lab.engine.setup.random_state import random_state_kept
from tui_lab.engine.state.best_weights import copy_tensors
from tui_lab.engine.state.training_state import Training
from tui_lab.errors import InputError
from tui_lab.safe import safe


@contextmanager
def as_validated(training: Training, could_not: str) -> Iterator[Subject]:
    """The network of a run with the weights that are validated, and its data.

    Afterwards weights, buffers and random state are what they were, whatever a user's network does to them. A
    failure of any kind is one of what was asked, not of the run: it becomes an InputError, which says after
    `the run goes on, but` what `could_not` be done.
    """
    prepared = training.prepared
    buffers = list(training.network.buffers())
    before = [buffer.detach().clone() for buffer in buffers]
    try:
        with random_state_kept(prepared.device):
            try:
                with training.validated_weights():
                    yield Subject(
                        training.network, training.forward, prepared.dataset, prepared.experiment.task
                    )
            finally:
                copy_tensors(before, buffers)
    except InputError:
        raise
    except Exception as error:
        raise InputError(
            f"the run goes on, but {could_not}: {type(error).__name__}: {safe(error, 200)}"
        ) from None
