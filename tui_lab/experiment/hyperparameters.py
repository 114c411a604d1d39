"""The hyperparameters of a run, each declared once: type, bounds, default, and its `Knob`.

Names are torch's. To add one: declare it here, and use it where the engine or the model is built.
"""

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from tui_lab.experiment.base import SpecModel
from tui_lab.experiment.knob import Knob, when
from tui_lab.experiment.network.layer_kinds import ACTIVATIONS

Optimizer = Literal["sgd", "adam", "adamw", "rmsprop", "adagrad"]
Schedule = Literal["constant", "step", "cosine", "one_cycle", "plateau"]
if TYPE_CHECKING:
    Activation = str
else:
    Activation = Literal[*ACTIVATIONS]
Speed = Literal["exact", "fast"]
Precision = Literal["fp32", "tf32", "bf16"]
Init = Literal["default", "kaiming_uniform", "xavier_uniform", "uniform"]


class Hyperparameters(SpecModel):
    """Every hyperparameter of a run, with the bounds that always hold."""

    # The help in lines of its own, the rest as a paragraph.
    # fmt: off
    lr: Annotated[float, Field(gt=0, le=100), Knob(
        "learning rate",
        "The size of each update along the negative gradient. Too large: the loss jumps, rises or becomes "
        "NaN. Too small: both curves are straight and barely fall. Typical values are 1e-4 to 1e-2; if in "
        "doubt, change it by a factor of three.",
        "optimizer", takes_effect="next step", scale="log", typical=(1e-4, 1e-2),
        also=("eta", "alpha", "learning_rate_init", "base_lr", "max_lr"),
    )] = 1e-3
    optimizer: Annotated[Optimizer, Knob(
        "optimizer",
        "How gradients become updates. SGD follows the gradient or, with momentum, a running average of it. "
        "Adam and AdamW scale each weight's update by its recent gradients, which makes them less "
        "sensitive to the learning rate; AdamW decouples weight decay from that scaling. RMSprop also "
        "scales but does not average; Adagrad's steps only shrink, so its curve flattens early.",
        "optimizer", takes_effect="next step", scale="choice",
        also=("opt", "optim", "optimiser", "solver", "algorithm"),
    )] = "adam"
    momentum: Annotated[float, Field(ge=0, lt=1), Knob(
        "momentum",
        "How much of the previous update direction is kept. Momentum averages out noisy gradients and "
        "speeds up progress along consistent ones. Too high: the loss oscillates and overshoots. Too low: a "
        "noisier, slower curve. Typical values are 0.85 to 0.99. For Adam and AdamW this is beta1.",
        "optimizer", takes_effect="next step", step=0.01, typical=(0.85, 0.99),
        used_when=when(optimizer=("sgd", "adam", "adamw", "rmsprop")), also=("beta1", "betas", "mu"),
    )] = 0.9
    beta2: Annotated[float, Field(ge=0, lt=1), Knob(
        "beta2",
        "Decay rate of the running average of squared gradients in Adam and AdamW. Near 1: stable, but slow "
        "to adapt when gradients change. Lower: adapts faster, but a single large gradient disturbs the "
        "updates. Rarely needs tuning: 0.999 by default, 0.95 to 0.99 if training is unstable.",
        "optimizer", takes_effect="next step", step=0.001, typical=(0.95, 0.999),
        used_when=when(optimizer=("adam", "adamw")),
    )] = 0.999
    weight_decay: Annotated[float, Field(ge=0, le=10), Knob(
        "weight decay",
        "Shrinks every weight a little towards zero at each step, which reduces overfitting. Too high: both "
        "losses stay high, near the baseline (underfitting). Too low: training loss keeps falling while "
        "validation loss rises.",
        "regularisation", takes_effect="next step", scale="log", typical=(1e-5, 1e-2), off=0.0,
        also=("wd", "decay", "l2", "l2_reg", "l2_penalty", "regularization"),
    )] = 0.0
    dropout: Annotated[float, Field(ge=0, lt=1), Knob(
        "dropout",
        "The fraction of activations set to zero at random in each training step, so that units do not "
        "co-adapt. Off during validation, so validation loss may be lower than training loss. Too high: "
        "both losses stay high and noisy. Too low: the gap between the curves grows.",
        "regularisation", takes_effect="next step", shapes_network=True, step=0.05, typical=(0.1, 0.5),
        off=0.0, also=("drop", "p_drop", "drop_rate", "drop_prob", "dropout_rate", "dropout_p"),
    )] = 0.0
    batch_size: Annotated[int, Field(ge=1, le=1_000_000), Knob(
        "batch size",
        "The number of rows or images in one step. Small: many noisy steps per epoch, which can help "
        "generalisation. Large: few smooth steps, faster on a GPU, often with a larger learning rate. Most "
        "of the noise in the training loss comes from this.",
        "run", takes_effect="next epoch", scale="log2", typical=(8, 256), unit="rows",
        also=("bs", "batch", "minibatch", "minibatch_size"),
    )] = 32
    epochs: Annotated[int, Field(ge=1, le=10_000_000), Knob(
        "epochs",
        "The number of passes over the training split. Too few: the curves are still falling at the end. "
        "Too many: validation loss started rising long ago. Either way the best epoch is kept for the test, "
        "and patience stops a run that no longer improves.",
        "run", takes_effect="next step", scale="log", typical=(10, 500),
        also=("num_epochs", "n_epochs", "max_epochs", "nb_epoch", "max_iter"),
    )] = 50
    schedule: Annotated[Schedule, Knob(
        "schedule",
        "How the learning rate changes over the run. constant: not at all. step: multiplied by gamma every "
        "step_size epochs. cosine: decays to zero along a half cosine. one_cycle: warms up, then decays far "
        "below the start. plateau: multiplied by gamma when validation loss has not improved for more than "
        "step_size epochs. A decaying rate smooths the end of a noisy curve.",
        "schedule", takes_effect="next step", scale="choice",
        also=("scheduler", "lr_schedule", "lr_scheduler"),
    )] = "constant"
    gamma: Annotated[float, Field(gt=0, lt=1), Knob(
        "gamma",
        "The factor by which the step and plateau schedules reduce the learning rate. Near 1: a gentle "
        "decay. 0.1: a sharp drop, often followed by a sudden fall of the training loss if the rate was too "
        "large before.",
        "schedule", takes_effect="next step", step=0.05, typical=(0.1, 0.7),
        used_when=when(schedule=("step", "plateau")), also=("lr_decay", "decay_factor", "lr_factor"),
    )] = 0.5
    step_size: Annotated[int, Field(ge=1, le=1_000_000), Knob(
        "step size",
        "For the step schedule: epochs between reductions of the learning rate. For plateau: epochs without "
        "a better validation loss to wait before reducing it. Too short: the rate has decayed away before "
        "the network has learned much. Too long: it is never reduced.",
        "schedule", takes_effect="next step", scale="log", typical=(5, 50), unit="epochs",
        used_when=when(schedule=("step", "plateau")), also=("lr_step", "decay_steps"),
    )] = 20
    grad_clip: Annotated[float, Field(ge=0, le=1e6), Knob(
        "gradient clip",
        "The maximum norm of the whole gradient; larger gradients are scaled down to it. Prevents exploding "
        "gradients and isolated loss spikes. Too small: every step is clipped, and training is slow as if "
        "the learning rate were tiny. 0 turns it off.",
        "optimizer", takes_effect="next step", scale="log", typical=(0.5, 10), off=0.0,
        also=(
            "clip", "clipnorm", "clip_norm", "clip_grad_norm", "max_grad_norm",
            "gradient_clip_val", "gradient_clipping",
        ),
    )] = 0.0
    ema_decay: Annotated[float, Field(ge=0, lt=1), Knob(
        "EMA decay",
        "Keeps an exponential moving average of the weights, over about 1 / (1 - decay) steps: 0.99 averages "
        "over 100. The averaged weights are validated, tested and exported; training itself is not affected. "
        "This smooths the validation curve and often lowers it. Too high for the length of the run: the "
        "average lags far behind the weights. 0 turns it off.",
        "optimizer", takes_effect="next step", scale="nines", typical=(0.9, 0.9999), off=0.0, later=True,
        also=("ema", "polyak", "polyak_decay", "weight_averaging", "model_ema_decay"),
    )] = 0.0
    label_smoothing: Annotated[float, Field(ge=0, lt=1), Knob(
        "label smoothing",
        "Moves this much probability from the true class evenly to all classes, which discourages "
        "overconfident predictions. The loss can then no longer reach zero; this is expected. Too high: "
        "predictions become underconfident and accuracy falls. Classification only.",
        "regularisation", takes_effect="next step", step=0.01, typical=(0.0, 0.1), off=0.0,
        also=("smoothing",),
    )] = 0.0
    flip: Annotated[float, Field(ge=0, le=1), Knob(
        "flip",
        "Image augmentation: the probability of a horizontal flip each time an image is used for training. "
        "0.5 in effect doubles the data. Use it only if a mirrored image keeps its label: not for digits or "
        "text, where training loss would stay high. Validation images are never augmented.",
        "augmentation", takes_effect="next step", step=0.1, typical=(0.0, 0.5), off=0.0, images=True,
        also=("hflip", "horizontal_flip"),
    )] = 0.0
    rotation: Annotated[float, Field(ge=0, le=180), Knob(
        "rotation",
        "Image augmentation: each image is rotated by a random angle of up to this many degrees, either "
        "way. A few degrees make the network robust to a tilted camera. Too much: the network has to learn "
        "every orientation, and training loss falls slowly or not at all.",
        "augmentation", takes_effect="next step", step=5, typical=(5, 30), unit="degrees", off=0.0,
        images=True, also=("rotate", "degrees", "random_rotation"),
    )] = 0.0
    crop: Annotated[float, Field(ge=0, le=0.5), Knob(
        "crop",
        "Image augmentation: each image is shifted at random by up to this fraction of its height and "
        "width; edge pixels are repeated. Makes the network robust to where the object is. Too much: the "
        "object is cut off.",
        "augmentation", takes_effect="next step", step=0.05, typical=(0.05, 0.2), off=0.0, images=True,
        also=("shift", "translate", "random_crop"),
    )] = 0.0
    color_jitter: Annotated[float, Field(ge=0, le=1), Knob(
        "colour jitter",
        "Image augmentation: brightness, contrast and saturation are changed at random by up to this "
        "fraction, to mimic lighting and cameras. Too much: colour carries no information any more, which "
        "hurts if it distinguishes the classes.",
        "augmentation", takes_effect="next step", step=0.05, typical=(0.1, 0.4), off=0.0, images=True,
        colour=True, also=("jitter", "colorjitter"),
    )] = 0.0
    activation: Annotated[Activation, Knob(
        "activation",
        "The non-linearity between layers; without it, the whole network is a single linear map.",
        "network", takes_effect="new run", kept_in_fork=False, shapes_network=True, scale="choice",
        also=("act", "activation_fn", "nonlinearity", "non_linearity"),
        choice_help=tuple((name, kind.help) for name, kind in ACTIVATIONS.items()),
    )] = "relu"
    negative_slope: Annotated[float, Field(ge=0, le=1), Knob(
        "negative slope",
        "The slope of leaky ReLU for negative inputs. 0 is plain ReLU, 1 is linear; 0.01 to 0.1 keeps units "
        "from dying.",
        "network", takes_effect="new run", kept_in_fork=False, shapes_network=True, step=0.01,
        typical=(0.01, 0.1), used_when=when(activation="leaky_relu"), also=("leak", "leaky_slope"),
    )] = 0.01
    batch_norm: Annotated[bool, Knob(
        "batch norm",
        "Normalises the output of each layer over the batch, then applies a learned scale and shift. Allows "
        "larger learning rates and is forgiving of poor initialisation. With very small batches its "
        "statistics are noisy, and the validation curve becomes erratic.",
        "network", takes_effect="new run", kept_in_fork=True, shapes_network=True, scale="choice",
        also=("bn", "batchnorm"),
    )] = False
    init: Annotated[Init, Knob(
        "init",
        "How the weights are initialised. default: torch's default for each layer. kaiming_uniform suits "
        "ReLU and its variants, xavier_uniform suits sigmoid and tanh: both keep the variance of "
        "activations constant across layers. uniform draws from [0, 1), far too large on purpose: see what "
        "it does.",
        "network", takes_effect="new run", kept_in_fork=True, shapes_network=True, scale="choice",
        also=("initializer", "initialization", "weight_init", "kernel_initializer"),
    )] = "default"
    frozen_layers: Annotated[int, Field(ge=0, le=200), Knob(
        "frozen layers",
        "How many layers with weights, counted from the input, are frozen (not trained). For fine-tuning a "
        "pretrained network: train only the last layers first, then unfreeze the others at a small learning "
        "rate. Too many: both losses stop falling early. 0 freezes none.",
        "network", takes_effect="next step", typical=(0, 2), unit="layers", off=0,
        also=("freeze", "frozen"),
    )] = 0
    transfer_lr_factor: Annotated[float, Field(ge=0, le=1), Knob(
        "transfer lr",
        "Pretrained weights are trained at the learning rate times this factor, new layers at the full "
        "rate. Small values preserve the pretrained features while the new layers adapt. Too small: the "
        "network hardly adapts to the new task. 1 makes no difference, 0 freezes the pretrained weights.",
        "network", takes_effect="next step", step=0.1, typical=(0.1, 1),
    )] = 1.0
    patience: Annotated[int, Field(ge=0, le=10_000_000), Knob(
        "patience",
        "Early stopping: stop after this many epochs without a better validation loss. Too small: the run "
        "stops at the first fluctuation. Too large: time is wasted after the best epoch. 0 turns it off. "
        "The test always uses the weights of the best epoch.",
        "regularisation", takes_effect="next step", scale="log", typical=(10, 100), unit="epochs", off=0,
        also=("early_stopping", "early_stopping_patience", "n_iter_no_change"),
    )] = 0
    max_minutes: Annotated[float, Field(ge=0, le=1_000_000), Knob(
        "time limit",
        "Minutes of training after which the run ends, once the current epoch is validated. Pauses and "
        "undone steps do not count; a resumed run gets the full time again. Too short: the run is still "
        "improving when it ends. 0 turns it off.",
        "run", takes_effect="next step", scale="log", typical=(1, 60), unit="minutes", off=0.0,
        also=("time_limit", "max_time", "timeout"),
    )] = 0.0
    accumulate: Annotated[int, Field(ge=1, le=100_000), Knob(
        "accumulate",
        "Gradient accumulation: how many batches make one update, from their mean gradient. 4 batches of 8 "
        "train as one batch of 32 does, in the memory of a batch of 8; use it if the batch size you want "
        "does not fit. An epoch then has fewer steps. Batch norm still normalises over a single batch. 1 "
        "turns it off.",
        "run", takes_effect="next epoch", scale="log2", typical=(1, 16), off=1, later=True,
        also=(
            "accumulation", "grad_accum", "accumulate_grad_batches", "gradient_accumulation",
            "gradient_accumulation_steps", "iter_size",
        ),
    )] = 1
    precision: Annotated[Precision, Knob(
        "precision",
        "The precision in which the network computes in training, validation and test. Weights, gradients, "
        "losses and exported weights stay 32-bit floats.",
        "run", takes_effect="next step", scale="choice", later=True,
        also=("dtype", "amp", "mixed_precision", "autocast", "half"),
        choice_help=(
            ("fp32", "fp32: 32-bit floats; on NVIDIA GPUs, torch computes convolutions in TF32 by default."),
            ("tf32", "tf32: matrix products in TF32 as well, with 10 bits of mantissa instead of 23: faster "
             "on NVIDIA GPUs since Ampere (2020). No effect elsewhere."),
            ("bf16", "bf16: mixed precision (autocast); layers compute in bfloat16, with 7 bits of mantissa, "
             "where torch considers it safe. Often faster for large networks on a recent GPU, with less "
             "memory for activations. On a CPU without bfloat16 instructions it is several times slower."),
        ),
    )] = "fp32"
    speed: Annotated[Speed, Knob(
        "speed",
        "Whether training has to give the very numbers of torch's plain loop, or may round differently and "
        "be faster. The curves look the same; with dropout other units are dropped.",
        "run", takes_effect="next step", scale="choice", later=True,
        also=("compile", "fast", "mode"),
        choice_help=(
            ("exact", "exact: as a plain loop in torch, bit for bit."),
            ("fast", "fast: on the CPU, small networks of linear layers, convolutions, max-pools, "
             "activations and dropout train in C, several times faster; this needs a C compiler. Other "
             "networks of images use a memory layout in which convolutions are faster (channels last). On "
             "an NVIDIA GPU, fp32 is computed in TF32. Anything else is as in exact, and the run says so."),
        ),
    )] = "exact"
    seed: Annotated[int, Field(ge=0, le=2**63 - 1), Knob(
        "seed",
        "The random seed for the split, the initial weights, the order of rows and dropout. The same seed "
        "on the same device with the same number of threads gives the same losses. Change it to see how "
        "much of a difference between two runs is chance.",
        "run", takes_effect="new run", kept_in_fork=False,
        also=("random_state", "random_seed", "manual_seed"),
    )] = 0
