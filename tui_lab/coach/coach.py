"""What the coach says about a run: the first cause that it finds, and whether earlier advice has helped."""

from collections.abc import Set

from tui_lab.coach.advice import PREFIX, Advice
from tui_lab.coach.registry import RULES
from tui_lab.coach.signs import Signs
from tui_lab.protocol.view import RunView


def advise(view: RunView, dismissed: Set[str] = frozenset()) -> Advice | None:
    """The first thing to say about a run; None if there is nothing.

    What was `dismissed`, by the names of rules, is not said again, nor what was already applied to this run.
    """
    if not view.history and view.status != "diverged":
        return None
    silent = dismissed | applied(view)
    signs = Signs(view)
    for rule in RULES:
        if rule.name not in silent:
            finding = rule.look(signs)
            if finding is not None:
                return Advice(rule, finding)
    return None


def applied(view: RunView) -> frozenset[str]:
    """The rules whose advice was applied to this run: the reasons of its edits say so."""
    reasons = [edit.why for edit in view.edits if edit.why.startswith(PREFIX)]
    return frozenset(
        rule.name for rule in RULES if any(why.startswith(f"{PREFIX}{rule.title}:") for why in reasons)
    )
