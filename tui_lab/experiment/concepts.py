"""The concepts of deep learning, in the order in which one learns them.

What each is, and where it is seen here. The window of notes in the lab and `docs/notes.md` are made from
these records.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Concept:
    """A concept.

    `words`: what it is. `formula`, with its `source`. `here`: what to do in the lab, and what to look at,
    after pressing `keys`, which are pressed in the lab itself, at most three. `hyperparameter`: the one whose
    value belongs to it.
    """

    name: str
    words: str
    here: str
    keys: tuple[str, ...]
    formula: str = ""
    source: str = ""
    hyperparameter: str = ""


CONCEPTS: tuple[Concept, ...] = (
    Concept(
        "tensor",
        "An array of numbers with a shape, a type and a device. A batch of 32 rows with 10 features is a "
        "tensor of shape 32×10; a batch of colour images has shape 32×3×64×64.",
        "One batch goes through the network: shape, type and device of the tensor after every layer.",
        ("v",),
    ),
    Concept(
        "linear layer",
        "Each output is a weighted sum of all inputs plus a bias. Layers of this kind only make a fully "
        "connected network.",
        "The layer list: change `linear 32` and see shapes and numbers of weights follow.",
        ("e",),
        formula="y = x Wᵀ + b",
        source="torch.nn.Linear",
    ),
    Concept(
        "number of parameters",
        "A linear layer has one weight for each pair of input and output, and one bias for each output.",
        "The layer list gives the number of each layer, and their sum.",
        ("e",),
        formula="outputs × (inputs + 1)",
    ),
    Concept(
        "activation function",
        "A nonlinear function between two layers. Without one, a stack of linear layers is just one "
        "linear layer.",
        "The hyperparameter `activation`: relu, leaky_relu, elu, sigmoid, tanh, gelu, silu. Train the "
        "same preset with two of them and compare.",
        ("3",),
        hyperparameter="activation",
    ),
    Concept(
        "decision boundary",
        "The points at which two classes are equally likely. Without activations it is a straight line, or a "
        "plane; each unit with one can bend it.",
        "The presets moons and spirals have two inputs: the area of each class, while the network learns.",
        ("D",),
    ),
    Concept(
        "sigmoid",
        "Turns a number into a probability. As the last function of a network it makes a yes-or-no "
        "classifier; with linear layers only, that is logistic regression. Between layers it saturates: "
        "far from 0 its gradient vanishes.",
        "Choose the activation sigmoid, train, and look at the share of saturated units layer by layer.",
        ("y",),
        formula="σ(x) = 1 / (1 + e⁻ˣ)",
        source="Goodfellow, Bengio and Courville, Deep Learning (2016), 3.10",
    ),
    Concept(
        "softmax",
        "Turns the outputs of the last layer into probabilities of several classes, which add up to 1.",
        "Try a row or an image: the probability of every class, before and after a change. The evaluation "
        "(`E`) has their calibration.",
        ("T",),
        formula="softmax(x)ₖ = exp(xₖ) / Σⱼ exp(xⱼ)",
        source="Bridle (1990)",
    ),
    Concept(
        "forward pass",
        "The inputs go through the layers one after the other; what comes out of the last one is the "
        "prediction.",
        "One batch after every layer: its range, its mean and its share of zeros.",
        ("v",),
    ),
    Concept(
        "backward pass",
        "From the loss back through the layers, the chain rule gives the gradient of the loss by every "
        "weight. The optimizer then changes the weights against it.",
        "One step: the loss, and for each layer the norm of its gradient and how far its weights moved.",
        (".",),
        formula="∂L/∂W = (∂L/∂y)ᵀ x for y = x Wᵀ",
        source="Rumelhart, Hinton and Williams (1986)",
    ),
    Concept(
        "loss function",
        "Compares predictions with the true values, and gives one number. Training makes it smaller.",
        "The chart: the loss of training and validation. The dashed line is that of a constant prediction.",
        ("2",),
    ),
    Concept(
        "cross entropy",
        "The loss of classification: how surprised the predicted probabilities are by the true class. "
        "Guessing among K classes costs ln K.",
        "The checks before training: is the first loss that of guessing?",
        ("C",),
        formula="L = − log p(true class)",
        source="Goodfellow, Bengio and Courville, Deep Learning (2016), 6.2.1",
        hyperparameter="label_smoothing",
    ),
    Concept(
        "mean squared error",
        "The loss of regression. The lab scales the target to mean 0 and deviation 1, so that always "
        "predicting the mean costs 1.",
        "The preset regression: the dashed line of the chart is at about 1.",
        ("1",),
        formula="L = mean((prediction − target)²)",
        source="torch.nn.MSELoss",
    ),
    Concept(
        "gradient descent",
        "Each step moves the weights against the gradient of the loss on one batch. Batches are drawn at "
        "random, hence stochastic gradient descent.",
        "One step at a time: how far did each layer move, compared with its weights?",
        (".",),
        formula="W ← W − lr · ∂L/∂W",
        source="Robbins and Monro (1951)",
        hyperparameter="optimizer",
    ),
    Concept(
        "training loop",
        "For each epoch, for each batch: forward pass, loss, backward pass, step. Then validation.",
        "Finish one epoch and pause; then the next one.",
        (">",),
        hyperparameter="epochs",
    ),
    Concept(
        "batches and shuffling",
        "A step uses a few rows, in a new random order every epoch. Small batches are noisy, large ones "
        "smooth and, on a GPU, fast.",
        "Change `batch_size` while it trains, from the next epoch on: the noise behind the curves "
        "changes.",
        ("3",),
        hyperparameter="batch_size",
    ),
    Concept(
        "ReLU and leaky ReLU",
        "ReLU lets positive values through and cuts negative ones off: fast, without saturation above 0. "
        "A unit that is negative for every row gets no gradient and is dead; leaky ReLU keeps a small "
        "slope there.",
        "The share of dead units of each layer, over time. Raise lr to 1 and watch it grow; u undoes it.",
        ("y",),
        formula="max(0, x); leaky: max(slope · x, x)",
        source="Nair and Hinton (2010); Maas and others (2013)",
        hyperparameter="activation",
    ),
    Concept(
        "learning rate",
        "How far a step goes. Too high: the loss jumps or diverges. Too low: it hardly falls. Usually "
        "between 1e-4 and 1e-2.",
        "Short runs at 25 rates show which are good; Enter uses the suggested one.",
        ("F",),
        hyperparameter="lr",
    ),
    Concept(
        "momentum",
        "The update keeps part of its previous direction: noise averages out, and progress along a steady "
        "slope adds up. Usually between 0.85 and 0.99.",
        "Change it while it trains, with optimizer sgd: 0, then 0.95.",
        ("3",),
        formula="v ← momentum · v + ∂L/∂W;  W ← W − lr · v",
        source="Polyak (1964); Sutskever and others (2013)",
        hyperparameter="momentum",
    ),
    Concept(
        "weight initialisation",
        "Weights start at random, on a scale that keeps the size of the values about the same from layer "
        "to layer.",
        "Before the first step: the range of the values after each layer. `linear 64 kaiming_uniform` in "
        "the layer list chooses another scale.",
        ("v",),
        formula="He: uniform in ±√(6 / inputs); Glorot: ±√(6 / (inputs + outputs))",
        source="He and others (2015); Glorot and Bengio (2010)",
        hyperparameter="init",
    ),
    Concept(
        "transfer learning and fine-tuning",
        "Start from weights that were trained on another task, with a smaller learning rate, and keep the "
        "first layers as they are.",
        "Freeze layers while it trains; a fork starts from the weights of a run. In the shell: `tui-lab "
        "train PRESET --weights RUN`, `--model resnet18 --pretrained`.",
        ("f",),
        hyperparameter="frozen_layers",
    ),
    Concept(
        "dataset and splits",
        "Training rows change the weights, validation rows choose hyperparameters and the best epoch, "
        "test rows are used once, at the end.",
        "The preset's rows: how many are in each split. `tui-lab FILE.csv` sets up a table of your own.",
        ("1",),
    ),
    Concept(
        "training and validation loss",
        "Training loss is measured while the weights change, with dropout; validation loss afterwards, on "
        "rows that were not trained with. What counts is the second.",
        "The chart, whole: two curves, the best epoch and their gap.",
        ("z",),
    ),
    Concept(
        "accuracy and other metrics",
        "The loss is what is minimised; metrics are what people ask for: accuracy, F1, the mean absolute "
        "error. torchmetrics computes them.",
        "The chart of the next metric, for training and validation.",
        ("m",),
        formula="accuracy = correct / all",
    ),
    Concept(
        "overfitting",
        "The network learns the training rows and not what they have in common: training loss falls, "
        "validation loss rises. The data are too few, the network too large, or its weights too large.",
        "The gap above the chart: does it grow? The coach says so, with what helps.",
        ("z",),
    ),
    Concept(
        "dropout",
        "Each training step sets a random part of the values to zero, so that units do not rely on one "
        "another. Off during validation.",
        "Raise it while it trains and watch the gap close.",
        ("3",),
        formula="y = x · mask / (1 − p)",
        source="Srivastava and others (2014)",
        hyperparameter="dropout",
    ),
    Concept(
        "weight decay",
        "Shrinks all weights a little at each step: large weights fit noise.",
        "Change it while it trains; the norms of the weights of each layer follow.",
        ("3",),
        formula="W ← W − lr · (∂L/∂W + decay · W)",
        source="Krogh and Hertz (1992); Loshchilov and Hutter (2019) for adamw",
        hyperparameter="weight_decay",
    ),
    Concept(
        "data augmentation",
        "Random flips, rotations, crops and colours make new images from the ones there are.",
        "With images: each one before and after the augmentation in force.",
        ("i",),
        hyperparameter="rotation",
    ),
    Concept(
        "Dataset and DataLoader of your own",
        "A class that returns rows, or images, by number.",
        "In the shell: `tui-lab train PRESET --dataset data.py:MyData`; the lab then shows the run like "
        "any other.",
        ("r",),
    ),
    Concept(
        "network as a class",
        "A torch.nn.Module with a forward method: for what a list of layers cannot say.",
        "In the shell: `tui-lab train PRESET --module net.py:Net`; the lab then looks into it layer by "
        "layer.",
        ("v",),
    ),
    Concept(
        "optimizers",
        "SGD follows the gradient. Adagrad, RMSprop and Adam divide it by the size of its recent values, "
        "weight by weight; Adam also averages it.",
        "Change `optimizer` while it trains; u goes back and takes another branch.",
        ("3",),
        formula="Adam: W ← W − lr · m̂ / (√v̂ + ε)",
        source="Kingma and Ba (2015); Duchi and others (2011); Hinton (2012)",
        hyperparameter="optimizer",
    ),
    Concept(
        "evaluation loop",
        "The network in evaluation mode, without gradients, over a split it has not learnt from.",
        "The verdict: against a constant prediction and a linear model, with intervals.",
        ("E",),
    ),
    Concept(
        "vanishing and exploding gradients",
        "Through many layers the gradient is multiplied again and again: it may shrink to nothing or grow "
        "beyond all bounds. The right initialisation, ReLU, normalisation and clipping help.",
        "The norm of the gradient of each layer over time, as lines and as a heat map.",
        ("y",),
        formula="‖∂L/∂W‖ of each layer",
        source="Glorot and Bengio (2010)",
        hyperparameter="grad_clip",
    ),
    Concept(
        "ELU",
        "Like ReLU above 0; below, it bends smoothly to −1: units keep a gradient and do not die.",
        "The presets cnn and shapes use it: the share of dead units stays at 0.",
        ("y",),
        formula="x if x > 0, else eˣ − 1",
        source="Clevert and others (2016)",
        hyperparameter="activation",
    ),
    Concept(
        "batch normalisation",
        "Scales the values of each channel to mean 0 and deviation 1 over the batch, then learns a scale "
        "and a shift of its own: deep networks train faster, at higher rates.",
        "Insert `batch_norm` after a layer, and look at the ranges again.",
        ("e",),
        formula="y = γ (x − mean) / √(variance + ε) + β",
        source="Ioffe and Szegedy (2015)",
        hyperparameter="batch_norm",
    ),
    Concept(
        "images as numbers",
        "A gray image is a grid of pixels from 0 to 255, a colour image three of them: red, green, blue.",
        "With images: what the network sees, with the class of each. `tui-lab photos/` sets up a folder "
        "of your own.",
        ("i",),
    ),
    Concept(
        "convolution",
        "The same small filter at every position of the image: few weights, and a pattern is found "
        "wherever it is.",
        "The preset cnn, and its layer list: change kernel, padding and channels.",
        ("e",),
        formula="size = (size + 2 padding − kernel) / stride + 1",
        source="LeCun and others (1989)",
    ),
    Concept(
        "max pooling",
        "Keeps the largest value of each window: the image gets smaller, the strongest response stays.",
        "The layer list of cnn: sizes are halved after each `max_pool 2`.",
        ("e",),
        formula="size = size / kernel, rounded down",
        source="torch.nn.MaxPool2d",
    ),
    Concept(
        "precision and recall",
        "Precision: of those predicted as a class, how many are. Recall: of those that are, how many were "
        "found. F1 is their harmonic mean.",
        "The evaluation's table of classes; for two classes, the threshold trades one for the other.",
        ("E", "3"),
        formula="precision = tp / (tp + fp);  recall = tp / (tp + fn)",
        source="van Rijsbergen (1979)",
    ),
    Concept(
        "micro, macro and weighted average",
        "Over several classes: micro counts all rows alike, macro all classes alike, weighted each class "
        "by its rows. On unbalanced classes they differ most.",
        "The last lines of the evaluation's table of classes.",
        ("E", "3"),
    ),
    Concept(
        "confusion matrix",
        "How many rows of each true class were predicted as each class: the diagonal is right.",
        "The evaluation's heat map; Enter shows the rows or images of a cell.",
        ("E", "2"),
    ),
)  # fmt: skip
