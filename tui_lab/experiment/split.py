"""How the rows are shared out among training, validation and test."""

from typing import Annotated, Any, Self

from pydantic import Field, SerializerFunctionWrapHandler, field_validator, model_serializer, model_validator

from tui_lab.experiment.base import SpecModel

FEWEST_FOLDS, MOST_FOLDS = 2, 50
OF_FOLDS = ("folds", "fold")
"""The settings of a cross-validation."""


class Split(SpecModel):
    """The shares of the rows for training, validation and test; they add up to 1.

    `seed` shuffles the rows before splitting; None uses the run's seed.

    With `folds` (2 to 50) the rows of training and validation together are dealt into that many parts of
    the same size, and part number `fold`, from 0, is the validation split; the test split stays as it is. The
    parts depend on the seed only, so runs that differ by `fold` validate on each row exactly once.
    """

    train: Annotated[float, Field(gt=0, lt=1)] = 0.7
    val: Annotated[float, Field(gt=0, lt=1)] = 0.2
    test: Annotated[float, Field(gt=0, lt=1)] = 0.1
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None
    folds: Annotated[int, Field(ge=FEWEST_FOLDS, le=MOST_FOLDS)] | None = None
    fold: Annotated[int, Field(ge=0, lt=MOST_FOLDS)] | None = None

    @field_validator("test")
    @classmethod
    def _adds_up(cls, test: float, info: object) -> float:
        others = getattr(info, "data", {})
        total = test + others.get("train", 0.0) + others.get("val", 0.0)
        if len(others) == 2 and abs(total - 1) > 1e-6:
            raise ValueError(f"train, val and test must add up to 1, not {total:g}")
        return test

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.folds is None) != (self.fold is None):
            given, missing = ("folds", "fold") if self.fold is None else ("fold", "folds")
            raise ValueError(f"{missing}: missing; {given} needs it: folds = 5 and fold = 0 to 4")
        if self.folds is not None and self.fold is not None and self.fold >= self.folds:
            raise ValueError(
                f"fold: {self.fold} is not one of {self.folds} folds, which are 0 to {self.folds - 1}"
            )
        return self

    @model_serializer(mode="wrap")
    def _as_before(self, fields: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Without folds where there are none: runs made before they existed export the same."""
        made: dict[str, Any] = fields(self)
        return {name: value for name, value in made.items() if value is not None or name not in OF_FOLDS}

    @property
    def without_folds(self) -> "Split":
        """The same shares and seed, with a validation split of its share."""
        return self.model_copy(update=dict.fromkeys(OF_FOLDS))
