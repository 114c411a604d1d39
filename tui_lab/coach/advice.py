"""What the coach says, and the rules that say it."""

from collections.abc import Callable
from dataclasses import dataclass

from tui_lab.coach.signs import Signs
from tui_lab.experiment.catalogue import Value, entry, format_value
from tui_lab.protocol.commands import LONGEST_WHY


@dataclass(frozen=True, slots=True)
class Finding:
    """What a rule found.

    `evidence`: in words, with the figures. `epochs`: the first and the last of those that show it. `edits`:
    what would help, values by hyperparameter; without any, `instead` says what to do. `watch`: what should
    change if that is right.
    """

    evidence: str
    epochs: tuple[int, int]
    edits: tuple[tuple[str, Value], ...] = ()
    instead: str = ""
    watch: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """One thing that can go wrong, or that needs an explanation.

    `name` is its key, `title` what it finds, in a few words. `about`: how it tells, for the docs; `source`:
    who says so. `look` is a pure function of the signs. A `note` explains; nothing is wrong.
    """

    name: str
    title: str
    about: str
    source: str
    look: Callable[[Signs], Finding | None]
    note: bool = False


@dataclass(frozen=True, slots=True)
class Advice:
    """One thing that the coach says: the rule, and what it found."""

    rule: Rule
    finding: Finding

    @property
    def live(self) -> bool:
        """Whether a running run can be edited so; otherwise it is for the next one."""
        return bool(self.finding.edits) and all(entry(name).knob.live for name, _ in self.finding.edits)

    @property
    def action(self) -> str:
        """What to do, in a few words: `lr 0.1, dropout 0.2`, or what there is to do instead."""
        return edits_text(self.finding.edits) or self.finding.instead

    @property
    def why(self) -> str:
        """The reason of its edits, for the ledger."""
        return f"{PREFIX}{self.rule.title}: {self.finding.evidence}"[:LONGEST_WHY]


PREFIX = "coach: "
"""How the reason of an edit begins that the coach proposed."""


def edits_text(edits: tuple[tuple[str, Value], ...]) -> str:
    """`lr 0.1, dropout 0.2`."""
    return ", ".join(f"{name} {format_value(value)}" for name, value in edits)
