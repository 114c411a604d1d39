"""The sections of the evaluation, in the order of their numbers."""

from tui_lab.protocol.evaluation import Evaluation
from tui_lab.tui.evaluation.calibration import CalibrationSection
from tui_lab.tui.evaluation.classes import ClassesSection
from tui_lab.tui.evaluation.confusion import ConfusionSection
from tui_lab.tui.evaluation.curves import CurvesSection
from tui_lab.tui.evaluation.importance import ImportanceSection
from tui_lab.tui.evaluation.label_check import LabelCheck
from tui_lab.tui.evaluation.labels import LabelsSection
from tui_lab.tui.evaluation.residuals import ResidualsSection
from tui_lab.tui.evaluation.section import Section
from tui_lab.tui.evaluation.slices import SlicesSection
from tui_lab.tui.evaluation.verdict import VerdictSection
from tui_lab.tui.evaluation.worst import WorstSection

SECTIONS: tuple[type[Section], ...] = (
    VerdictSection,
    ConfusionSection,
    ClassesSection,
    CurvesSection,
    CalibrationSection,
    ResidualsSection,
    WorstSection,
    SlicesSection,
    ImportanceSection,
    LabelsSection,
)


class Sections:
    """Those that an evaluation has; what is selected in each is kept when there is a newer one.

    `labels`: the search for label errors.
    """

    def __init__(self, labels: LabelCheck | None = None) -> None:
        self._all = [section() for section in SECTIONS]
        for section in self._all:
            if isinstance(section, LabelsSection):
                section.check = labels
        self.shown: list[Section] = []
        self.chosen: Section | None = None

    def take(self, evaluation: Evaluation, others: tuple[Evaluation, ...], *, live: bool = False) -> None:
        """Show this evaluation. `others`: of other splits, with the same weights; `live`: the run trains."""
        self.shown = [section for section in self._all if section.has(evaluation)]
        for section in self.shown:
            section.evaluation = evaluation
            if isinstance(section, VerdictSection):
                section.others = others
            if isinstance(section, LabelsSection):
                section.live = live
        if self.chosen not in self.shown:
            self.chosen = self.shown[0] if self.shown else None

    def choose(self, number: int) -> None:
        """Go to the section of a number, from 1."""
        if 1 <= number <= len(self.shown):
            self.chosen = self.shown[number - 1]

    def choose_labels(self) -> None:
        """Go to the search for label errors."""
        self.chosen = next((one for one in self.shown if isinstance(one, LabelsSection)), self.chosen)

    def next(self, direction: int) -> None:
        if self.chosen is not None:
            place = self.shown.index(self.chosen) + direction
            self.chosen = self.shown[place % len(self.shown)]
