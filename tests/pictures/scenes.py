"""What is pictured: a run, and the keys that lead from it to a screen."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scene:
    """`preset`: of the run on the screen. `keys`: pressed one after the other, each once all is idle.

    `sweep`: the screen of a sweep, which is made up: one like it takes minutes to train.
    """

    name: str
    title: str
    preset: str
    keys: tuple[str, ...] = ()
    sweep: bool = False


SCENES = (
    Scene("lab", "A run that has ended", "binary"),
    Scene("chart", "The chart on the whole screen", "binary", ("z",)),
    Scene("ledger", "The ledger of a run", "binary", ("4",)),
    Scene("runs", "The list of runs", "binary", ("r",)),
    Scene("compare", "Runs compared", "binary", ("r", "c")),
    Scene("layers", "The layer editor", "cnn", ("e",)),
    Scene("look-inside", "One batch after every layer", "cnn", ("v",)),
    Scene("images", "What the network sees", "cnn", ("i",)),
    Scene("try-one", "A row with other values", "regression", ("T", "down", "down", "right", "right")),
    Scene("learning-rate-finder", "The learning-rate finder", "binary", ("F",)),
    Scene("checks", "Checks before training", "binary", ("C",)),
    Scene("layers-over-time", "Layers over time", "cnn", ("y",)),
    Scene("layers-heat-map", "Layers over time, as a heat map", "cnn", ("y", "space")),
    Scene("verdict", "Evaluation: the verdict", "binary", ("E", "1")),
    Scene("confusion", "Evaluation: the confusion matrix", "cnn", ("E", "2")),
    Scene("classes", "Evaluation: the classes", "cnn", ("E", "3")),
    Scene("curves", "Evaluation: curves and threshold", "binary", ("E", "4")),
    Scene("calibration", "Evaluation: calibration", "binary", ("E", "5")),
    Scene("numbers", "Evaluation: predicted against true", "regression", ("E", "2")),
    Scene("worst", "Evaluation: the worst errors", "regression", ("E", "3")),
    Scene("slices", "Evaluation: slices", "regression", ("E", "4")),
    Scene("importance", "Evaluation: importance", "regression", ("E", "5")),
    Scene("label-errors", "Evaluation: likely label errors", "binary", ("E", "9")),
    Scene("fit", "What the network makes of two inputs", "moons", ("D",)),
    Scene("seeds", "Runs that differ by the seed only", "binary", ("r", "c", "g")),
    Scene("sweep-cloud", "A sweep: all curves", "binary", ("1", "down", "down"), sweep=True),
    Scene("sweep-heat-map", "A sweep: a heat map of two axes", "binary", ("2",), sweep=True),
    Scene("sweep-one-axis", "A sweep: one axis at a time", "binary", ("3",), sweep=True),
    Scene("sweep-parallel", "A sweep: parallel coordinates", "binary", ("4",), sweep=True),
    Scene("sweep-importance", "A sweep: importance of the axes", "binary", ("5",), sweep=True),
    Scene("sweep-table", "A sweep: the table of trials", "binary", ("6", "down", "down"), sweep=True),
    Scene(
        "sweep-form",
        "The form of a sweep",
        "regression",
        ("S", "space", "down", "down", "space", "tab", "down", "right", "right"),
    ),
    Scene("explained", "Help on what is selected", "binary", ("3", "question_mark")),
    Scene("notes", "Notes on the concepts", "binary", ("N",)),
    Scene("help", "Help", "binary", ("question_mark",)),
)
