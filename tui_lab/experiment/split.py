"""How the rows are shared out among training, validation and test."""

from typing import Annotated

from pydantic import Field, field_validator

from tui_lab.experiment.base import SpecModel


class Split(SpecModel):
    """The shares of the rows for training, validation and test; they add up to 1.

    `seed` shuffles the rows before splitting; None uses the run's seed.
    """

    train: Annotated[float, Field(gt=0, lt=1)] = 0.7
    val: Annotated[float, Field(gt=0, lt=1)] = 0.2
    test: Annotated[float, Field(gt=0, lt=1)] = 0.1
    seed: Annotated[int, Field(ge=0, le=2**63 - 1)] | None = None

    @field_validator("test")
    @classmethod
    def _adds_up(cls, test: float, info: object) -> float:
        others = getattr(info, "data", {})
        total = test + others.get("train", 0.0) + others.get("val", 0.0)
        if len(others) == 2 and abs(total - 1) > 1e-6:
            raise ValueError(f"train, val and test must add up to 1, not {total:g}")
        return test
