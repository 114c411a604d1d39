"""The hyperparameters of a run, each declared once: type, bounds, default, and its `Knob`.

Names are torch's. To add one: declare it here, and use it where the engine or the model is built.
"""

from typing import Annotated, Literal

from pydantic import Field

from tui_lab.spec.base import SpecModel
from tui_lab.spec.knob import Knob, when

Optimizer = Literal["sgd", "adam", "adamw", "rmsprop", "adagrad"]
Schedule = Literal["constant", "step", "cosine", "one_cycle", "plateau"]
Activation = Literal["relu", "leaky_relu", "elu", "sigmoid", "tanh"]
Init = Literal["default", "kaiming_uniform", "xavier_uniform", "uniform"]
OF_LAYERS = ("activation", "negative_slope", "batch_norm", "dropout", "init")
"""Hyperparameters that shape a list of layers; they have no effect on any other network."""


class Hyperparameters(SpecModel):
    """Everything about a training that one turns, with the bounds that always hold."""

    lr: Annotated[
        float,
        Field(gt=0, le=100),
        Knob(
            "learning rate",
            "The size of the step that the optimizer takes against the gradient. Too large: the loss "
            "jumps, climbs or turns to NaN. Too small: both curves crawl, straight and hardly falling. "
            "Usual values lie between 1e-4 and 1e-2; if in doubt, change it by a factor of three.",
            "optimizer",
            scale="log",
            typical=(1e-4, 1e-2),
            live=True,
        ),
    ] = 1e-3
    optimizer: Annotated[
        Optimizer,
        Knob(
            "optimizer",
            "How gradients become updates. SGD follows the gradient and, with momentum, its average. "
            "Adam and AdamW scale each weight's step by its recent gradients, so they forgive a "
            "poor learning rate; AdamW keeps weight decay apart from that scaling. RMSprop scales "
            "likewise without the average; Adagrad's steps only ever shrink, so its curve flattens early.",
            "optimizer",
            scale="choice",
            live=True,
        ),
    ] = "adam"
    momentum: Annotated[
        float,
        Field(ge=0, lt=1),
        Knob(
            "momentum",
            "The inertia of the optimizer: the share of the last direction that is kept. It smooths "
            "noisy gradients and speeds up long slopes. Too much: the loss swings and overshoots. Too "
            "little: a noisy, slower curve. Usual values lie between 0.85 and 0.99. Adam and AdamW "
            "take it as their first beta.",
            "optimizer",
            step=0.01,
            typical=(0.85, 0.99),
            live=True,
            used_when=when(optimizer=("sgd", "adam", "adamw", "rmsprop")),
        ),
    ] = 0.9
    beta2: Annotated[
        float,
        Field(ge=0, lt=1),
        Knob(
            "beta2",
            "How long Adam and AdamW remember the size of past gradients. Near 1: calm, slow to notice "
            "that gradients have changed. Lower: quicker, but single large gradients shake the step. "
            "Rarely needs turning; 0.999 is usual, 0.95 to 0.99 where training is unstable.",
            "optimizer",
            step=0.001,
            typical=(0.95, 0.999),
            live=True,
            used_when=when(optimizer=("adam", "adamw")),
        ),
    ] = 0.999
    weight_decay: Annotated[
        float,
        Field(ge=0, le=10),
        Knob(
            "weight decay",
            "Pulls every weight towards zero a little at each step, so that the network cannot lean on "
            "large weights: a brake on overfitting. Too much: both losses stay high, near the "
            "baseline. Too little: training loss falls while validation loss turns upwards.",
            "regularisation",
            scale="log",
            typical=(1e-5, 1e-2),
            off=0.0,
            live=True,
        ),
    ] = 0.0
    dropout: Annotated[
        float,
        Field(ge=0, lt=1),
        Knob(
            "dropout",
            "The share of neurons set to zero at random at each training step, so that none can rely "
            "on another. Off in validation, so the validation loss may lie below the training loss. "
            "Too much: both losses stay high and noisy. Too little: the gap between the curves grows.",
            "regularisation",
            step=0.05,
            typical=(0.1, 0.5),
            off=0.0,
            live=True,
        ),
    ] = 0.0
    batch_size: Annotated[
        int,
        Field(ge=1, le=1_000_000),
        Knob(
            "batch size",
            "How many rows or images make one step. Small: many noisy steps an epoch, which can help "
            "to generalise. Large: few smooth steps, quicker on a GPU, often wanting a larger learning "
            "rate. The jitter of the training loss on the chart is mostly this.",
            "run",
            scale="log2",
            typical=(8, 256),
            unit="rows",
            live=True,
        ),
    ] = 32
    epochs: Annotated[
        int,
        Field(ge=1, le=10_000_000),
        Knob(
            "epochs",
            "How often the whole training split is passed through. Too few: the curves are still "
            "falling at the end. Too many: validation loss has long turned upwards; the best epoch "
            "is kept for the test either way, and patience ends a run that no longer improves.",
            "run",
            scale="log",
            typical=(10, 500),
            live=True,
        ),
    ] = 50
    schedule: Annotated[
        Schedule,
        Knob(
            "schedule",
            "How the learning rate changes over the run. constant: not at all. step: times gamma "
            "every step_size epochs. cosine: down to zero along a half wave. one_cycle: up, then far "
            "down. plateau: times gamma when validation loss has not improved for more than "
            "step_size epochs. A falling rate calms the end of a curve that still jitters.",
            "schedule",
            scale="choice",
            live=True,
        ),
    ] = "constant"
    gamma: Annotated[
        float,
        Field(gt=0, lt=1),
        Knob(
            "gamma",
            "The factor by which the schedules step and plateau lower the learning rate. Near 1: a "
            "gentle slope. 0.1: a hard drop, seen on the chart as a sudden fall of the training loss "
            "if the rate was too large before.",
            "schedule",
            step=0.05,
            typical=(0.1, 0.7),
            live=True,
            used_when=when(schedule=("step", "plateau")),
        ),
    ] = 0.5
    step_size: Annotated[
        int,
        Field(ge=1, le=1_000_000),
        Knob(
            "step size",
            "For the schedule step: epochs between two drops of the learning rate. For plateau: epochs "
            "without a better validation loss that are let pass; the next one brings the drop. Too "
            "short: the rate is gone before anything is learnt. Too long: no drop ever comes.",
            "schedule",
            scale="log",
            typical=(5, 50),
            unit="epochs",
            live=True,
            used_when=when(schedule=("step", "plateau")),
        ),
    ] = 20
    grad_clip: Annotated[
        float,
        Field(ge=0, le=1e6),
        Knob(
            "gradient clip",
            "The largest norm that the gradient of all weights together may have; longer ones are "
            "shortened to it. A guard against exploding gradients: single spikes of the loss "
            "disappear. Too small: every step is cut, and training slows as if the rate were tiny. "
            "0 switches it off.",
            "optimizer",
            scale="log",
            typical=(0.5, 10),
            off=0.0,
            live=True,
        ),
    ] = 0.0
    label_smoothing: Annotated[
        float,
        Field(ge=0, lt=1),
        Knob(
            "label smoothing",
            "Takes this share of the true class and spreads it over all classes, so that the network is "
            "not paid for boundless certainty. The losses then never reach zero: that is meant. Too "
            "much: predictions turn timid and accuracy falls. Classification only.",
            "regularisation",
            step=0.01,
            typical=(0.0, 0.1),
            off=0.0,
            live=True,
        ),
    ] = 0.0
    flip: Annotated[
        float,
        Field(ge=0, le=1),
        Knob(
            "flip",
            "Augmentation of images: how likely each is mirrored, left to right, whenever it is trained "
            "on. 0.5 doubles what there is to see. Only where the mirror image means the same: not for "
            "digits or text, whose training loss then stays high. Validation is never augmented.",
            "augmentation",
            step=0.1,
            typical=(0.0, 0.5),
            off=0.0,
            live=True,
            images=True,
        ),
    ] = 0.0
    rotation: Annotated[
        float,
        Field(ge=0, le=180),
        Knob(
            "rotation",
            "Augmentation of images: each is turned by a random angle up to this, either way. Some "
            "degrees make a network that does not mind a tilted camera. Too much: what was upright has to "
            "be learnt in all directions, and the training loss falls slowly or not at all.",
            "augmentation",
            step=5,
            typical=(5, 30),
            unit="degrees",
            off=0.0,
            live=True,
            images=True,
        ),
    ] = 0.0
    crop: Annotated[
        float,
        Field(ge=0, le=0.5),
        Knob(
            "crop",
            "Augmentation of images: a window as large as the image, shifted at random by up to this "
            "share of each side; the edge is repeated where it reaches beyond. So the place of a thing "
            "does not matter. Too much: what is to be seen lies outside.",
            "augmentation",
            step=0.05,
            typical=(0.05, 0.2),
            off=0.0,
            live=True,
            images=True,
        ),
    ] = 0.0
    color_jitter: Annotated[
        float,
        Field(ge=0, le=1),
        Knob(
            "colour jitter",
            "Augmentation of images: brightness, contrast and saturation of each are changed at random by "
            "up to this share, as light and cameras do. Too much: colours mean nothing any more, which is "
            "wrong where they tell the classes apart.",
            "augmentation",
            step=0.05,
            typical=(0.1, 0.4),
            off=0.0,
            live=True,
            images=True,
            colour=True,
        ),
    ] = 0.0
    activation: Annotated[
        Activation,
        Knob(
            "activation",
            "The bend between two layers; without one, all layers together are a single linear one. "
            "ReLU is quick but a neuron can die at zero; leaky ReLU and ELU keep a slope there. Sigmoid "
            "and tanh saturate: their gradients vanish in deep networks, and the curves stay flat.",
            "network",
            scale="choice",
        ),
    ] = "relu"
    negative_slope: Annotated[
        float,
        Field(ge=0, le=1),
        Knob(
            "negative slope",
            "The slope of leaky ReLU below zero. 0 is plain ReLU, 1 no bend at all; 0.01 to 0.1 keeps "
            "neurons alive that would otherwise stop learning.",
            "network",
            step=0.01,
            typical=(0.01, 0.1),
            used_when=when(activation="leaky_relu"),
        ),
    ] = 0.01
    batch_norm: Annotated[
        bool,
        Knob(
            "batch norm",
            "Normalises what comes out of each layer over the batch, then learns scale and shift. "
            "Allows larger learning rates and softens poor initialisation. With very small batches "
            "its figures are noise, and the validation curve starts to jump.",
            "network",
            scale="choice",
        ),
    ] = False
    init: Annotated[
        Init,
        Knob(
            "init",
            "How weights start. default: as torch's layers do. kaiming_uniform suits ReLU and its kin, "
            "xavier_uniform sigmoid and tanh: both keep the spread of signals equal from layer to "
            "layer. uniform draws from 0 to 1, far too large on purpose: watch what it does.",
            "network",
            scale="choice",
        ),
    ] = "default"
    frozen_layers: Annotated[
        int,
        Field(ge=0, le=200),
        Knob(
            "frozen layers",
            "So many layers with weights, counted from the input, keep the weights they have. Used when "
            "a network brings what it learnt elsewhere: first only the last layers learn, then the others "
            "are thawed at a small rate. Too many: both losses stop falling early. 0 freezes none.",
            "network",
            typical=(0, 2),
            unit="layers",
            off=0,
            live=True,
        ),
    ] = 0
    transfer_lr_factor: Annotated[
        float,
        Field(ge=0, le=1),
        Knob(
            "transfer lr",
            "Weights from elsewhere learn at the learning rate times this, new layers at the full rate. "
            "Small values keep what was learnt before while the new layers find their place. Too small: the "
            "network stays what it was for the other task. 1 makes no difference, 0 holds those weights.",
            "network",
            step=0.1,
            typical=(0.1, 1),
            live=True,
        ),
    ] = 1.0
    patience: Annotated[
        int,
        Field(ge=0, le=10_000_000),
        Knob(
            "patience",
            "Early stopping: end the run after so many epochs without a better validation loss. Too "
            "small: a run ends at its first bump. Too large: time is spent after the best epoch. 0 "
            "switches it off. The test always uses the weights of the best epoch.",
            "regularisation",
            scale="log",
            typical=(10, 100),
            unit="epochs",
            off=0,
            live=True,
        ),
    ] = 0
    max_minutes: Annotated[
        float,
        Field(ge=0, le=1_000_000),
        Knob(
            "time limit",
            "Minutes of training after which the run ends, once the epoch under way is validated. Pauses "
            "do not count, nor does what was undone. A run that goes on with `resume` gets the "
            "whole time again. Too short: the run is still improving when it ends. 0 switches it off.",
            "run",
            scale="log",
            typical=(1, 60),
            unit="minutes",
            off=0.0,
            live=True,
        ),
    ] = 0.0
    seed: Annotated[
        int,
        Field(ge=0, le=2**63 - 1),
        Knob(
            "seed",
            "Fixes everything random: the split, the first weights, the order of rows, dropout. Same "
            "seed, same device, same thread count: the same losses. Change it to see how much of a "
            "difference between two runs is luck.",
            "run",
        ),
    ] = 0
