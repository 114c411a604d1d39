"""A rare class that is hardly recognised."""

from statistics import median

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, percent
from tui_lab.safe import safe

RATIO = 10
EPOCHS = 5
RECALL = 0.5
ROWS = 3


def look(signs: Signs) -> Finding | None:
    data = signs.view.data
    rows = data.class_rows.get("train", ()) if data else ()
    if data is None or len(rows) < 2 or min(rows) * RATIO > max(rows) or signs.count < EPOCHS:
        return None
    rare = rows.index(min(rows))
    if data.class_rows.get("val", rows)[rare] < ROWS or signs.done < min(0.2 * signs.planned, 50):
        return None
    recalls = [e.class_recall[rare] for e in signs.view.history[-EPOCHS:] if len(e.class_recall) > rare]
    if len(recalls) < EPOCHS or median(recalls) >= RECALL:
        return None
    return Finding(
        evidence=f"class {safe(data.classes[rare], 40)} has {min(rows)} of {sum(rows)} training rows, and "
        f"{percent(median(recalls))} of its validation rows are recognised",
        epochs=signs.epochs(EPOCHS),
        instead="judge by recall and balanced accuracy (m), lower the threshold, or repeat its rows in the "
        "file",
        watch="the recall of that class",
    )


RULE = Rule(
    "imbalance",
    "a rare class is missed",
    f"The largest class has more than {RATIO} times the training rows of the smallest, of which less than "
    f"{percent(RECALL)} of the validation rows are recognised over {EPOCHS} epochs.",
    "aiforge; Amazon SageMaker Debugger",
    look,
)
