"""The same training in the loops of other libraries: the same data, network, batch size and optimizer.

They log and save nothing and show no progress bar. All of them validate after each epoch, except
scikit-learn, which would take its own validation rows from the training split. Each keeps training from turn
to turn; what it does before the first epoch of a turn is not counted.
"""

import logging
import os
import warnings
from collections.abc import Callable
from importlib.util import find_spec

import torch
from torch import nn

from tests.benchmarks.contestants.loops import answers, loaders, textbook_metric
from tests.benchmarks.turns import Clock, Turn
from tests.engine.plain import optimizer as make_optimizer
from tui_lab.engine.setup.prepare import Prepared
from tui_lab.engine.tasks.registry import training_loss

EPOCHS = 1_000_000


class Criterion(nn.Module):
    """The loss of the task as a module, which Lightning and skorch ask for."""

    def __init__(self, prepared: Prepared) -> None:
        super().__init__()
        smoothing = prepared.experiment.hyperparameters.label_smoothing
        self._loss = training_loss(prepared.experiment.task, smoothing)

    def forward(self, outputs: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
        return self._loss(outputs, y)


def lightning(prepared: Prepared) -> Turn:
    import lightning as L

    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    hyper = prepared.experiment.hyperparameters

    class Module(L.LightningModule):
        def __init__(self) -> None:
            super().__init__()
            self.network, self.criterion = prepared.network, Criterion(prepared)
            self.train_metric, self.val_metric = textbook_metric(prepared), textbook_metric(prepared)

        def training_step(self, batch: list[torch.Tensor], _: int) -> torch.Tensor:
            return self._step(batch, "train", self.train_metric)

        def validation_step(self, batch: list[torch.Tensor], _: int) -> None:
            self._step(batch, "val", self.val_metric)

        def _step(self, batch: list[torch.Tensor], split: str, metric: nn.Module) -> torch.Tensor:
            x, y = batch
            outputs = self.network(prepared.dataset.train.inputs(x))
            loss = self.criterion(outputs, y)
            metric(answers(outputs), y)
            self.log(f"{split}_loss", loss)
            self.log(f"{split}_metric", metric, on_step=False, on_epoch=True)
            return loss

        def configure_optimizers(self) -> torch.optim.Optimizer:
            return make_optimizer(self.network, hyper)

    class Watch(L.Callback):
        def __init__(self, clock: Clock) -> None:
            self._clock = clock

        def on_train_epoch_end(self, trainer: L.Trainer, _: L.LightningModule) -> None:
            trainer.should_stop = self._clock.over(trainer.global_step)

    module = Module()
    train, val = loaders(prepared)

    def turn(clock: Clock) -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            trainer = L.Trainer(
                accelerator="gpu" if prepared.device.type == "cuda" else "cpu",
                devices=[prepared.device.index or 0] if prepared.device.type == "cuda" else 1,
                max_epochs=EPOCHS,
                callbacks=[Watch(clock)],
                logger=False,
                enable_checkpointing=False,
                enable_progress_bar=False,
                enable_model_summary=False,
                num_sanity_val_steps=0,
            )
            trainer.fit(module, train, val)

    return turn


def skorch(prepared: Prepared) -> Turn:
    from skorch import NeuralNet
    from skorch.callbacks import Callback
    from skorch.helper import predefined_split
    from torch.utils.data import TensorDataset

    data, hyper = prepared.dataset, prepared.experiment.hyperparameters
    steps = 0

    class Watch(Callback):
        clock: Clock

        def on_epoch_end(self, net: NeuralNet, **_: object) -> None:
            nonlocal steps
            steps += len(prepared.sizes)
            if self.clock.over(steps):
                raise KeyboardInterrupt  # skorch's way to end training early

    watch = Watch()
    net = NeuralNet(
        module=prepared.network,
        criterion=Criterion(prepared),
        optimizer=lambda *_, **__: make_optimizer(prepared.network, hyper),
        batch_size=hyper.batch_size,
        iterator_train__shuffle=True,
        train_split=predefined_split(TensorDataset(data.val.inputs(data.val.x).cpu(), data.val.y.cpu())),
        max_epochs=EPOCHS,
        callbacks=[watch],
        callbacks__print_log=None,
        device=str(prepared.device),
        verbose=0,
    )
    x, y = data.train.inputs(data.train.x).cpu(), data.train.y.cpu()

    def turn(clock: Clock) -> None:
        watch.clock = clock
        net.partial_fit(x, y)

    return turn


def keras(prepared: Prepared) -> Turn:
    os.environ["KERAS_BACKEND"] = "torch"
    os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
    import keras as K

    data, asked = prepared.dataset, prepared.experiment
    hyper = asked.hyperparameters
    layers: list[K.Layer] = [K.Input(tuple(data.train.x.shape[1:]))]
    for line in asked.model.layers:
        match line.split():
            case ["linear", size]:
                layers.append(K.layers.Dense(int(size)))
            case ["conv", size, "kernel=3", "padding=1"]:
                layers.append(K.layers.Conv2D(int(size), 3, padding="same", data_format="channels_first"))
            case ["max_pool", "2"]:
                layers.append(K.layers.MaxPooling2D(2, data_format="channels_first"))
            case ["flatten"]:
                layers.append(K.layers.Flatten(data_format="channels_first"))
            case ["activation"]:
                layers.append(K.layers.Activation(hyper.activation))
            case ["dropout"]:
                layers.append(K.layers.Dropout(hyper.dropout))
            case other:
                raise ValueError(f"not a layer of the presets: {other}")
    outputs = len(data.about.classes) if asked.task == "multiclass" else 1
    model = K.Sequential([*layers, K.layers.Dense(outputs)])
    loss, metric = {
        "regression": ("mse", "mae"),
        "binary": (K.losses.BinaryCrossentropy(from_logits=True), K.metrics.BinaryAccuracy(threshold=0.0)),
        "multiclass": (K.losses.SparseCategoricalCrossentropy(from_logits=True), "accuracy"),
    }[asked.task]
    optimizer = {
        "sgd": lambda: K.optimizers.SGD(hyper.lr, hyper.momentum, weight_decay=hyper.weight_decay or None),
        "adam": lambda: K.optimizers.Adam(hyper.lr),
    }[hyper.optimizer]()
    model.compile(optimizer=optimizer, loss=loss, metrics=[metric])
    steps = 0

    class Watch(K.callbacks.Callback):
        def __init__(self, clock: Clock) -> None:
            super().__init__()
            self._clock = clock

        def on_epoch_end(self, epoch: int, logs: object = None) -> None:
            nonlocal steps
            steps += len(prepared.sizes)
            self.model.stop_training = self._clock.over(steps)

    def arrays(part: object) -> tuple[object, object]:
        return part.inputs(part.x).cpu().numpy(), part.y.cpu().numpy()  # type: ignore[attr-defined]

    (x, y), val = arrays(data.train), arrays(data.val)

    def turn(clock: Clock) -> None:
        model.fit(
            x,
            y,
            batch_size=hyper.batch_size,
            epochs=EPOCHS,
            validation_data=val,
            verbose=0,
            callbacks=[Watch(clock)],
        )

    return turn


def sklearn(prepared: Prepared) -> Turn | None:
    """scikit-learn's MLP has linear layers only, no dropout, and no GPU."""
    hyper, data = prepared.experiment.hyperparameters, prepared.dataset
    sizes = [int(line.split()[1]) for line in prepared.experiment.model.layers if line.startswith("linear")]
    if hyper.dropout or len(data.train.x.shape) > 2 or prepared.device.type != "cpu":
        return None
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.neural_network import MLPClassifier, MLPRegressor

    kind = MLPRegressor if prepared.experiment.task == "regression" else MLPClassifier
    model = kind(
        hidden_layer_sizes=sizes,
        solver=hyper.optimizer,
        learning_rate_init=hyper.lr,
        momentum=hyper.momentum,
        nesterovs_momentum=False,
        batch_size=min(hyper.batch_size, len(data.train)),
        max_iter=20,
        tol=0.0,
        alpha=hyper.weight_decay,
        n_iter_no_change=EPOCHS,
        warm_start=True,
    )
    x, y = data.train.x.numpy(), data.train.y.numpy()
    steps = 0

    def turn(clock: Clock) -> None:
        nonlocal steps
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)
            while not clock.over(steps):
                model.fit(x, y)
                steps += model.max_iter * len(prepared.sizes)

    return turn


LIBRARIES: dict[str, tuple[str, Callable[[Prepared], Turn | None]]] = {
    "Lightning": ("lightning", lightning),
    "skorch": ("skorch", skorch),
    "Keras": ("keras", keras),
    "sklearn": ("sklearn", sklearn),
}
"""Name in the table, module to import, and what makes the contestant: None where it cannot train a case."""


def installed() -> dict[str, Callable[[Prepared], Turn | None]]:
    """The libraries that are there; the others are named, with how to install them."""
    missing = [name for name, (module, _) in LIBRARIES.items() if find_spec(module) is None]
    if missing:
        print(f"left out: {', '.join(missing)} (not installed: pip install -e '.[bench]')", flush=True)
    return {name: make for name, (_, make) in LIBRARIES.items() if name not in missing}
