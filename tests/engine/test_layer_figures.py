"""Every figure of the layers against numpy: by hand, in a plain loop with torch.

Legend: U units.
"""

from collections.abc import Callable, Sequence
from functools import partial
from math import inf, isnan, nan
from pathlib import Path
from queue import SimpleQueue
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor, nn

from tests.engine.helpers import experiment
from tui_lab.data.batches import batch_sizes, epoch_batches
from tui_lab.engine.diagnostics.layer_figures import describe_output, histogram
from tui_lab.engine.loop import run
from tui_lab.engine.setup.prepare import Prepared, prepare
from tui_lab.engine.state.training_state import Training
from tui_lab.experiment.experiment import Experiment
from tui_lab.experiment.presets import bundled_folder, load_preset
from tui_lab.model.live import parts
from tui_lab.protocol.events import Event
from tui_lab.protocol.layer_events import Histogram, LayersMeasured

DEEP = ("linear 8", "activation", "dropout", "linear 6", "activation")


def images(**hyper: object) -> Experiment:
    preset = load_preset(bundled_folder() / "cnn.toml")
    hypers = preset.hyperparameters.model_copy(update={"epochs": 1, **hyper})
    return preset.experiment(hypers, "cpu")


def measured(events: Sequence[Event]) -> list[LayersMeasured]:
    return [event for event in events if isinstance(event, LayersMeasured)]


def by_hand(prepared: Prepared) -> list[dict[int, dict[str, Any]]]:
    """For each step of the first epoch, and each part of the network, its figures."""
    training = Training(prepared)
    hyper, network = training.hyper, training.network
    modules = [module for _, module in parts(network)]
    network.train()
    torch.manual_seed(hyper.seed)
    training.begin_epoch()
    found = []
    for x, y in epoch_batches(prepared.dataset.train, training.sizes, training.order):
        before = [[w.detach().numpy().copy() for w in m.parameters(recurse=False)] for m in modules]
        outputs: dict[int, np.ndarray[Any, Any]] = {}
        hooks = [m.register_forward_hook(partial(keep, outputs, place)) for place, m in enumerate(modules)]
        training.optimizer.zero_grad()
        sizes = batch_sizes(len(y), hyper.batch_size, no_single=True) if hyper.accumulate > 1 else [len(y)]
        for part, targets in zip(torch.split(x, sizes), torch.split(y, sizes), strict=True):
            part = part if training.see is None else training.see(part)
            (training.criterion(network(part), targets) * len(targets) / len(y)).backward()
        for hook in hooks:
            hook.remove()
        gradients = [
            [w.grad.numpy().copy() for w in m.parameters(recurse=False) if w.grad is not None]
            for m in modules
        ]
        if hyper.grad_clip:
            nn.utils.clip_grad_norm_(network.parameters(), hyper.grad_clip)
        training.optimizer.step()
        after = [[w.detach().numpy() for w in m.parameters(recurse=False)] for m in modules]
        updates = [
            [new - old for new, old in zip(a, b, strict=True)] for a, b in zip(after, before, strict=True)
        ]
        found.append(
            {
                place: {
                    "weight": before[place],
                    "gradient": gradients[place],
                    "update": updates[place],
                    "output": outputs.get(place),
                }
                for place in range(len(modules))
            }
        )
    return found


def keep(into: dict[int, Any], place: int, _module: nn.Module, _given: object, made: Tensor) -> None:
    into.setdefault(place, made.detach().numpy().astype(np.float64).copy())


def together(arrays: Sequence[np.ndarray[Any, Any]]) -> np.ndarray[Any, Any]:
    return np.concatenate([array.ravel() for array in arrays]).astype(np.float64)


def same_counts(told: Histogram | None, values: np.ndarray[Any, Any]) -> None:
    assert told is not None
    counted = sampled(values)
    counts, _ = np.histogram(counted, 20, (values.min(), values.max()))
    assert (told.low, told.high) == pytest.approx((values.min(), values.max()), rel=1e-5)
    assert sum(told.counts) == counted.size
    assert np.abs(counts - np.array(told.counts)).sum() <= 2  # a value on the edge of a bin


def norm_of(arrays: Sequence[np.ndarray[Any, Any]]) -> float:
    return float(np.sqrt((together(arrays) ** 2).sum())) if arrays else 0.0


PLAIN: dict[str, tuple[tuple[str, ...], dict[str, Any]]] = {
    "relu": (DEEP, {}),
    "sigmoid, clipped": (DEEP, {"activation": "sigmoid", "grad_clip": 0.01}),
    "tanh, dropout": (DEEP, {"activation": "tanh", "dropout": 0.4, "init": "uniform"}),
    "batch norm, clipped": (DEEP, {"batch_norm": True, "dropout": 0.2, "grad_clip": 0.01}),
    "accumulated": (DEEP, {"accumulate": 2, "batch_norm": True}),
    "frozen": (DEEP, {"frozen_layers": 1}),
}


@pytest.mark.parametrize("case", PLAIN)
def test_every_figure_is_that_of_numpy(tmp_path: Path, case: str) -> None:
    layers, hyper = PLAIN[case]
    asked = experiment(
        tmp_path, "multiclass", layers, rows=120, batch_size=21, epochs=1, **({"lr": 0.05} | hyper)
    )
    check(partial(prepare, asked))


def test_of_images_a_unit_is_a_channel() -> None:
    asked = images(activation="relu", batch_norm=True, batch_size=100)
    check(partial(prepare, asked), least=4)


def check(ready: Callable[[], Prepared], least: int = 2) -> None:
    prepared = ready()
    seen = measured(list(run(prepared, SimpleQueue(), interval_s=0, measured_share=inf)))
    hand = by_hand(ready())
    assert len(seen) >= least
    modules = [module for _, module in parts(prepared.network)]
    for event in seen:
        figures = hand[event.step - 1]
        assert (event.epoch, len(event.layers)) == (1, sum(map(is_measured, modules)))
        for layer in event.layers:
            number, _, name = layer.layer.partition(" ")
            place = int(number) - 1
            assert prepared.layer_names[place] == name
            module, own_figures = modules[place], figures[place]
            follower = (
                figures[place + 1]
                if isinstance(([*modules, None])[place + 1], nn.BatchNorm1d | nn.BatchNorm2d)
                else None
            )
            if isinstance(module, nn.Linear | nn.Conv2d):
                of: dict[str, list[Any]] = {
                    key: own_figures[key] + (follower[key] if follower else [])
                    for key in ("weight", "gradient", "update")
                }
                learns = bool(of["gradient"])
                assert layer.weight == pytest.approx(norm_of(of["weight"]), rel=1e-4)
                same_counts(layer.weights, together(of["weight"]))
                if learns:
                    assert layer.gradient == pytest.approx(norm_of(of["gradient"]), rel=1e-4)
                    assert layer.update == pytest.approx(norm_of(of["update"]), rel=1e-3)
                    same_counts(layer.gradients, together(of["gradient"]))
                else:
                    assert isnan(layer.gradient) and isnan(layer.update) and layer.gradients is None
            else:
                assert isnan(layer.weight) and isnan(layer.gradient) and layer.weights is None
            output = own_figures["output"]
            assert (layer.mean, layer.std) == pytest.approx((output.mean(), output.std()), rel=1e-3, abs=1e-6)
            same_counts(layer.activations, output)
            units = np.moveaxis(output, 1, 0).reshape(output.shape[1], -1)
            dead = ((units == 0).mean(1) >= 0.9).mean() if isinstance(module, nn.ReLU) else nan
            assert layer.dead == pytest.approx(dead, nan_ok=True)
            ends = {nn.Sigmoid: (0, 1), nn.Tanh: (-1, 1)}.get(type(module))
            near = ends and (np.minimum(abs(units - ends[0]), abs(units - ends[1])) <= 0.05).mean(1) > 0.85
            assert layer.saturated == pytest.approx(nan if near is None else near.mean(), nan_ok=True)


def is_measured(module: nn.Module) -> bool:
    return not isinstance(module, nn.Dropout | nn.Flatten | nn.MaxPool2d)


def sampled(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Those that are counted: at most 16,384."""
    return values.ravel()[:: -(-values.size // 2**14) | 1]


def test_a_unit_is_dead_or_saturated_from_the_documented_shares_on() -> None:
    x = torch.ones(20, 4)
    x[:18, 0] = 0  # 90 %
    x[:17, 1] = 0
    assert describe_output(nn.ReLU(), x).dead == 0.25
    assert isnan(describe_output(nn.ReLU(), x[:9]).dead), "nine values say little"
    assert isnan(describe_output(nn.Linear(1, 1), x).dead)
    x = torch.zeros(20, 2)
    x[:18] = torch.tensor([0.96, -0.97])
    x[17, 1] = 0.5  # 17 of 20 are 85 %, which is not more than that
    assert describe_output(nn.Tanh(), x).saturated == 0.5
    assert describe_output(nn.Sigmoid(), x).saturated == 0.5 and isnan(
        describe_output(nn.GELU(), x).saturated
    )


def test_a_histogram_counts_what_is_finite_and_of_much_every_nth() -> None:
    assert histogram([torch.tensor([0.0, 1.0, nan]), torch.tensor([[10.0, inf]])]) == Histogram(
        0.0, 10.0, (1, 0, 1, *[0] * 16, 1)
    )
    assert histogram([torch.full((3,), 2.0)]) == Histogram(2.0, 2.0, (3, *[0] * 19))
    nothing = histogram([torch.tensor([nan, -inf])])
    assert isnan(nothing.low) and isnan(nothing.high) and nothing.counts == (0,) * 20
    largest = torch.finfo(torch.float32).max
    assert sum(histogram([torch.tensor([-largest, largest])]).counts) == 2
    many = histogram([torch.linspace(0, 1, 100_000)])
    assert (many.low, many.high) == (0.0, 1.0)
    assert 10_000 < sum(many.counts) <= 16_384
    assert max(many.counts) - min(many.counts) <= 2
