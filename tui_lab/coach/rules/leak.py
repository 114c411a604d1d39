"""Too good to be true: the answer may be among the inputs."""

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, figure, percent

EPOCHS = 3
PART = {"accuracy": 0.06, "r2": 0.25}
BEST = {"accuracy": 0.999, "r2": 0.99}
LOSS = 0.02
ROWS = 30


def look(signs: Signs) -> Finding | None:
    if signs.since or signs.count < EPOCHS or signs.val_rows < ROWS or not signs.finite:
        return None
    recent = signs.view.history[-EPOCHS:]
    name = "accuracy" if "accuracy" in recent[-1].metrics else "r2"
    if signs.done > max(EPOCHS + 2, int(PART[name] * signs.planned)):
        return None
    scores = [ended.metrics.get(name, 0.0) for ended in recent]
    if min(scores) < BEST[name] or max(e.val_loss for e in recent) > LOSS * signs.baseline:
        return None
    return Finding(
        evidence=f"after {signs.done} epochs {name} is {figure(scores[-1])} on {signs.val_rows} validation "
        f"rows: a column may hold the answer, or the same rows may be in both splits",
        epochs=signs.epochs(EPOCHS),
        instead="leave out the column that gives it away (--data leave_out=COLUMN), if there is one",
        watch="whether the score stays as high without it",
    )


RULE = Rule(
    "leak",
    "too good",
    f"For {EPOCHS} epochs in a row accuracy is above {BEST['accuracy']:g} in the first "
    f"{percent(PART['accuracy'])} of the run, or R² above {BEST['r2']:g} in the first {percent(PART['r2'])}, "
    f"on at least {ROWS} validation rows, with a loss below {percent(LOSS)} of the baseline.",
    "UMLAUT",
    look,
)
