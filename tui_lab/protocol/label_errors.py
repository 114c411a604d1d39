"""Rows whose label is probably wrong: the question, how far it is, and the answer."""

from dataclasses import dataclass
from typing import Literal

from tui_lab.protocol.example import Example

FOLDS = 5


@dataclass(frozen=True, slots=True)
class FindLabelErrors:
    """Look for label errors in the training and validation splits of a run that has ended.

    `folds`: at least 2. `epochs`: that each fold trains at most; None: as many as the run had at its best.
    `anew`: train folds even if the run is a fold of a cross-validation, whose predictions are there. Answered
    by `LabelErrors`.
    """

    folds: int = FOLDS
    epochs: int | None = None
    anew: bool = False
    command: Literal["find_label_errors"] = "find_label_errors"


@dataclass(frozen=True, slots=True)
class FoldProgress:
    """`fold`, from 1, of `folds` is being trained; `share`, from 0 to 1, of all is done."""

    fold: int
    folds: int
    share: float

    @property
    def words(self) -> str:
        return f"fold {self.fold} of {self.folds}"


@dataclass(frozen=True, slots=True)
class LabelPair:
    """How many rows are labelled as class `given`, and are probably of class `likely`."""

    given: int
    likely: int
    rows: int


@dataclass(frozen=True, slots=True)
class LabelErrors:
    """Rows whose label is probably wrong, by confident learning (Northcutt, Jiang, Chuang 2021).

    `rows`: those of the training and validation splits, all of which were predicted by a network that had not
    seen them: one of `folds`, each trained for `epochs` from new weights. `runs`: the ids of the runs of a
    cross-validation, if it was their best weights, of `epochs` at most. `flagged`: how many of them have
    another likely label. `pairs`: their numbers by given and likely class, most first, at most 40.
    `thresholds`: of each class, the mean probability of that class over the rows labelled as it; None without
    rows. `examples`: the flagged rows, at most 200 (60 images), lowest normalised margin first. `true` of an
    example is the given label, `predicted` the likely one, `probability` and `probability_of_true` are those
    of both, out of fold. `best_epoch`: that of the run. `notes`: what to bear in mind. `seconds`: how long it
    took.
    """

    folds: int
    epochs: int
    rows: int
    flagged: int
    pairs: tuple[LabelPair, ...]
    thresholds: tuple[float | None, ...]
    examples: tuple[Example, ...]
    best_epoch: int = 0
    runs: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    seconds: float = 0.0
    kind: Literal["label_errors"] = "label_errors"
