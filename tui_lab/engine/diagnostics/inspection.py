"""Answering what a running run is asked about itself; it trains on as if nothing had been asked."""

from tui_lab.engine.diagnostics.activations import look_inside
from tui_lab.engine.diagnostics.fit_drawing import draw_now
from tui_lab.engine.diagnostics.run_evaluation import evaluate_now
from tui_lab.engine.diagnostics.sample_images import show_samples
from tui_lab.engine.diagnostics.trying import try_now
from tui_lab.engine.state.training_state import Training
from tui_lab.protocol.commands import Evaluate, Inspection, Look, Show, Try
from tui_lab.protocol.events import Event
from tui_lab.protocol.fit import DrawFit


def inspect(training: Training, command: Inspection) -> Event:
    """The answer. Raises InputError if there is none."""
    match command:
        case Look():
            return _look(training)
        case Show():
            data = training.prepared.dataset
            return show_samples(data, training.hyper, command, training.step, training.epoch)
        case Evaluate(split):
            return evaluate_now(training, split)
        case Try() as wanted:
            return try_now(training, wanted)
        case DrawFit():
            return draw_now(training, command)


def _look(training: Training) -> Event:
    prepared = training.prepared
    batch = prepared.dataset.train.first(min(training.sizes[0], training.hyper.batch_size))
    with training.validated_weights():
        return look_inside(
            training.network, prepared.layer_names, batch, training.step, training.epoch, training.forward
        )
