"""What stands behind the names on the screens: a paragraph, the formula and its source.

Hyperparameters and layers have their paragraph in their own records; what is here is the rest. The lab shows
it at the top of the help (`?`), with the value on the screen.
"""

from dataclasses import dataclass

from tui_lab.experiment.catalogue import entry
from tui_lab.experiment.metrics import metric
from tui_lab.experiment.network.layer_kinds import KINDS


@dataclass(frozen=True, slots=True)
class Explanation:
    """A name, what it means, and its formula with the source; both are empty where there is none."""

    name: str
    words: str
    formula: str = ""
    source: str = ""


_ADAM = "Kingma and Ba 2015, Adam; torch.optim.Adam"
_HYPERPARAMETERS = {
    "lr": ("w ← w − lr · g", "torch.optim.SGD"),
    "optimizer": ("Adam: w ← w − lr · m / (√s + ε), with m and s corrected for their start at 0", _ADAM),
    "momentum": (
        "SGD: v ← momentum · v + g,  w ← w − lr · v;  Adam: m ← momentum · m + (1 − momentum) · g",
        "Sutskever and others 2013; torch.optim.SGD",
    ),
    "beta2": ("s ← beta2 · s + (1 − beta2) · g²", _ADAM),
    "weight_decay": (
        "g ← g + weight_decay · w;  AdamW: w ← (1 − lr · weight_decay) · w",
        "Loshchilov and Hutter 2019, Decoupled Weight Decay; torch.optim.AdamW",
    ),
    "dropout": ("y = x · m / (1 − p), each m is 0 with probability p, else 1", "Srivastava and others 2014"),
    "batch_size": ("g = 1/B · Σ ∇loss(row), over the B rows of a batch", "torch.nn, reduction='mean'"),
    "schedule": (
        "cosine: lr · (1 + cos(π · epoch / epochs)) / 2",
        "Loshchilov and Hutter 2017, SGDR; torch.optim.lr_scheduler",
    ),
    "gamma": ("lr ← gamma · lr", "torch.optim.lr_scheduler.StepLR"),
    "step_size": ("lr · gamma ^ ⌊epoch / step_size⌋", "torch.optim.lr_scheduler.StepLR"),
    "grad_clip": (
        "g ← g · min(1, grad_clip / ‖g‖)",
        "Pascanu and others 2013; torch.nn.utils.clip_grad_norm_",
    ),
    "ema_decay": (
        "a ← ema_decay · a + (1 − ema_decay) · w",
        "Polyak and Juditsky 1992; torch.optim.swa_utils",
    ),
    "label_smoothing": ("y ← (1 − s) · y + s / K, for K classes", "Szegedy and others 2016"),
    "negative_slope": ("y = max(0, x) + negative_slope · min(0, x)", "torch.nn.LeakyReLU"),
    "batch_norm": (
        "y = (x − mean) / √(variance + 1e-5) · γ + β",
        "Ioffe and Szegedy 2015; torch.nn.BatchNorm1d",
    ),
    "init": (
        "kaiming_uniform: U(−b, b) with b = gain · √(3 / inputs);  xavier_uniform: b = gain · √(6 / (inputs "
        "+ outputs))",
        "He and others 2015; Glorot and Bengio 2010; torch.nn.init",
    ),
    "transfer_lr_factor": ("lr of the weights taken over = transfer_lr_factor · lr", ""),
    "accumulate": ("g = 1/n · Σ g of n batches, then one update", ""),
}
_METRICS = {
    "loss": (
        "What training makes smaller: cross entropy for classes, the mean squared error of the scaled target "
        "for numbers. 0 is perfect; the dashed line is what a constant prediction costs.",
        "−1/N · Σ log p(true class);  1/N · Σ (prediction − target)²",
        "torch.nn.functional.cross_entropy, mse_loss",
    ),
    "accuracy": (
        "The share of the rows whose predicted class is the true one. It flatters where one class is "
        "frequent: always naming that class already reaches its share.",
        "right / all", "torchmetrics.Accuracy",
    ),
    "precision": (
        "Of the rows predicted as a class, the share that really is of it. With more than two classes, the "
        "mean over the classes.",
        "TP / (TP + FP)", "torchmetrics.Precision",
    ),
    "recall": (
        "Of the rows of a class, the share that is found. With more than two classes, the mean over the "
        "classes.",
        "TP / (TP + FN)", "torchmetrics.Recall",
    ),
    "f1": (
        "The harmonic mean of precision and recall: high only if both are.",
        "2 · TP / (2 · TP + FP + FN)", "torchmetrics.F1Score",
    ),
    "auroc": (
        "The probability that a row of the second class gets a higher score than one of the first. 0.5 is "
        "guessing; it does not depend on the threshold.",
        "area under recall by false positive rate", "Fawcett 2006; torchmetrics.AUROC",
    ),
    "balanced_accuracy": (
        "The mean of the recalls of both classes: always naming the frequent class gives 0.5.",
        "(TP / positives + TN / negatives) / 2", "Brodersen and others 2010",
    ),
    "mae": (
        "The mean distance between prediction and target, in the target's own units.",
        "1/N · Σ |prediction − target|", "torchmetrics.MeanAbsoluteError",
    ),
    "rmse": (
        "The root of the mean squared error, in the target's own units: large errors count more than in MAE.",
        "√(1/N · Σ (prediction − target)²)", "torchmetrics.MeanSquaredError",
    ),
    "r2": (
        "The share of the target's variance that the predictions explain. 0 is predicting the mean; negative "
        "is worse than that.",
        "1 − Σ (target − prediction)² / Σ (target − mean)²", "torchmetrics.R2Score",
    ),
}  # fmt: skip
_FIGURES = {
    "gradient": (
        "The norm of the gradient of a layer's weights in one step. If it shrinks by orders of magnitude "
        "towards the first layers it vanishes there; if it grows with the steps it explodes.",
        "‖g‖ = √Σ g²", "Pascanu and others 2013",
    ),
    "update/weight": (
        "How large one update is beside the weights it changes. About 1e-3 is usual: far below, the layer "
        "hardly learns; far above 1e-2, it is thrown about.",
        "‖Δw‖ / ‖w‖", "Karpathy, CS231n, Babysitting the learning process",
    ),
    "dead": (
        "The share of units that give exactly 0 on at least 90 % of the rows. No gradient passes through a "
        "ReLU at 0, so such a unit hardly learns any more.",
        "units with zeros on ≥ 0.9 of the rows / units", "Lu and others 2020, Dying ReLU",
    ),
    "saturated": (
        "The share of sigmoid or tanh units that stay close to one of their ends on most rows. There the "
        "derivative is nearly 0.",
        "units within 0.05 of an end on > 0.85 of the rows / units", "Glorot and Bengio 2010",
    ),
    "mean": (
        "The mean of a layer's outputs over rows and units. Far from 0 beside the deviation, all units say "
        "the same.",
        "1/n · Σ y", "",
    ),
    "std": (
        "The standard deviation of a layer's outputs. If it shrinks or grows tenfold from layer to layer, "
        "the initial weights do not fit the activation.",
        "√(1/n · Σ (y − mean)²)", "He and others 2015",
    ),
    "weights": ("How the weights of a layer are spread, step by step.", "", ""),
    "outputs": ("How the outputs of a layer are spread, step by step.", "", ""),
    "gradients": ("How the gradients of a layer's weights are spread, step by step.", "", ""),
}  # fmt: skip
_LAYERS = {
    "linear": "y = x Wᵀ + b",
    "conv": "y[o] = b[o] + Σ over channels and kernel of W[o] · x",
    "max_pool": "y = max of each window",
    "flatten": "(C, H, W) → C · H · W",
    "dropout": "y = x · m / (1 − p), each m is 0 with probability p, else 1",
    "batch_norm": "y = (x − mean of the batch) / √(variance + 1e-5) · γ + β",
    "group_norm": "y = (x − mean of the group) / √(variance + 1e-5) · γ + β",
    "relu": "y = max(0, x)",
    "leaky_relu": "y = max(0, x) + slope · min(0, x)",
    "elu": "y = x, or exp(x) − 1 below 0",
    "sigmoid": "y = 1 / (1 + exp(−x))",
    "tanh": "y = (exp(x) − exp(−x)) / (exp(x) + exp(−x))",
    "gelu": "y = x · Φ(x), Φ the normal distribution",
    "silu": "y = x / (1 + exp(−x))",
}


def of_hyperparameter(name: str) -> Explanation:
    """Of a hyperparameter by its name in files, such as `lr`."""
    knob = entry(name).knob
    return Explanation(knob.label, knob.help, *_HYPERPARAMETERS.get(name, ("", "")))


def of_metric(name: str) -> Explanation:
    """Of a metric or the loss; without a paragraph if only another version knows it."""
    return Explanation(metric(name).title, *_METRICS.get(name, ("", "", "")))


def of_figure(name: str) -> Explanation:
    """Of what is measured of each layer over time."""
    return Explanation(name, *_FIGURES[name])


def of_layer(kind: str) -> Explanation:
    """Of a type of layer; of one by its module in torch.nn."""
    return Explanation(kind, KINDS[kind].help, _LAYERS.get(kind, ""), "torch.nn" if kind in _LAYERS else "")
