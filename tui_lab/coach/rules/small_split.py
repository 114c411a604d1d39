"""So few validation rows that chance decides between two runs."""

from math import sqrt

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs

ROWS = 30
EPOCHS = 10


def look(signs: Signs) -> Finding | None:
    if not 0 < signs.val_rows < ROWS or signs.done < min(EPOCHS, signs.planned):
        return None
    half = 1.96 * sqrt(0.25 / signs.val_rows)
    return Finding(
        evidence=f"the validation split has {signs.val_rows} rows: a score of 50 % there is anything from "
        f"{50 - 100 * half:.0f} to {50 + 100 * half:.0f} %",
        epochs=signs.epochs(1),
        instead="give validation more rows (--data split=0.6,0.3,0.1), or compare runs over several seeds",
        watch="how much the score differs from seed to seed",
    )


RULE = Rule(
    "small_split",
    "a split too small to tell",
    f"Fewer than {ROWS} validation rows: the 95 % interval of a score of one half is wider than 0.36.",
    "the binomial's standard error",
    look,
    note=True,
)
