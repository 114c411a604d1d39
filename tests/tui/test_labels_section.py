"""Label errors in the evaluation: told what it takes, started, followed, cancelled, looked at."""

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from threading import Event

import pytest

from tests.runs.samples import epoch, opening
from tests.tui.evaluations import answer, binary, images, label_errors, regression
from tests.tui.fakes import NARROW, WIDE, FakeTrainers, Lab, a_lab
from tests.tui.kept import make
from tests.waiting import LONG_S, until
from tui_lab.errors import InputError, RunError
from tui_lab.experiment.split import Split
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.protocol.events import RunEnded
from tui_lab.protocol.label_errors import FindLabelErrors, FoldProgress, LabelErrors
from tui_lab.protocol.steering_events import Evaluated
from tui_lab.session.clients.label_search import Told
from tui_lab.session.queries.subprocess import Query
from tui_lab.tui.evaluation.labels import LabelsSection
from tui_lab.tui.evaluation.screen import EvaluationScreen


class FakeSearch:
    """Answers when a test says so."""

    every: list["FakeSearch"]

    def __init__(self, folder: Path, wanted: FindLabelErrors) -> None:
        self.folder, self.wanted = folder, wanted
        self.told: Told | None = None
        self.found: LabelErrors | InputError | None = None
        self.cancelled = False
        self._done = Event()
        FakeSearch.every.append(self)

    def ask(self, told: Told) -> LabelErrors:
        self.told = told
        assert self._done.wait(LONG_S)
        if isinstance(self.found, LabelErrors):
            return self.found
        raise self.found or RunError("the training process ended")

    def cancel(self) -> None:
        self.cancelled = True
        self._done.set()

    def say(self, share: float) -> None:
        until(lambda: self.told is not None)
        assert self.told is not None
        self.told(FoldProgress(1 + int(share * 5), 5, share))

    def end(self, found: LabelErrors | InputError) -> None:
        self.found = found
        self._done.set()


@pytest.fixture(autouse=True)
def _searches(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    FakeSearch.every = []
    monkeypatch.setattr("tui_lab.session.clients.label_search.LabelSearchProcess", FakeSearch)
    yield
    for search in FakeSearch.every:
        search.cancel()


@asynccontextmanager
async def at_labels(
    root: Path,
    patch: pytest.MonkeyPatch,
    found: Evaluation,
    size: tuple[int, int] = NARROW,
    splits: tuple[Split, ...] = (Split(),),
) -> AsyncIterator[Lab]:
    """The section of a run that has ended; of several with these splits, that of the first."""

    def ask(question: Query, kind: object) -> Evaluated:
        return answer(replace(found, split="test"))

    patch.setattr(FakeTrainers, "ask", staticmethod(ask))
    events = [*opening(), *(epoch(n, 0.9 / n) for n in range(1, 6)), RunEnded("finished", "done")]
    for number, split in enumerate(splits, 1):
        make(root, number, "binary", events, 1 + number, split)
    async with a_lab(size, root=root) as lab:
        await lab.open_runs()
        await lab.press("E")
        screen = evaluation_of(lab)
        screen.tick()
        screen.wait()
        await lab.idle()
        await lab.press("shift+tab")
        screen.wait()
        await lab.idle()
        yield lab


def evaluation_of(lab: Lab) -> EvaluationScreen:
    screen = lab.app.screen
    assert isinstance(screen, EvaluationScreen)
    return screen


async def step(lab: Lab) -> None:
    evaluation_of(lab).tick()
    await lab.idle()


def words(lab: Lab) -> str:
    """The text of the screen without its frame, in one line."""
    return " ".join(lab.text().replace("│", " ").split())


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_of_a_whole_cross_validation_nothing_need_be_trained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    folds = Split(folds=2, fold=0), Split(folds=2, fold=1)
    async with at_labels(tmp_path, monkeypatch, binary(), size, folds) as lab:
        assert "Nothing need be trained: each row is predicted by the run, of the 2 of this" in words(lab)
        await lab.press("enter")
        assert FakeSearch.every[0].wanted == FindLabelErrors()


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_it_is_told_what_it_takes_and_a_row_opens(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]
) -> None:
    async with at_labels(tmp_path, monkeypatch, binary(), size) as lab:
        assert "trained 5 times for 5 epochs" in words(lab)
        assert " about " in words(lab) and "⏎ starts, esc cancels" in words(lab)
        assert "look for errors" in lab.footer()
        assert not FakeSearch.every, "nothing is looked for unasked"
        await lab.press("enter")
        (search,) = FakeSearch.every
        assert search.wanted == FindLabelErrors()
        assert "loading torch" in words(lab)
        search.say(0.3)
        await step(lab)
        assert "fold 2 of 5" in words(lab) and "30%" in words(lab)
        assert "esc cancels" in words(lab)
        search.end(label_errors())
        evaluation_of(lab).wait()
        await lab.idle()
        assert "9 of 500 rows of training and validation probably have another label" in words(lab)
        assert "given → likely: sick → well (6), well → sick (3)" in words(lab)
        assert "the 8 clearest of them" in words(lab)
        assert "› row 140" in lab.text() and "98%" in lab.text()
        await lab.press("down", "enter")
        assert "row 141 is labelled sick. A network that had not seen it says well" in words(lab)
        assert "radius" in lab.text() and "53.5" in lab.text()
        assert all(len(line) <= size[0] for line in lab.lines())
        await lab.press("escape")
        assert "› row 141" in lab.text()
        await lab.press("escape")
        assert not isinstance(lab.app.screen, EvaluationScreen)


async def test_escape_cancels_it_and_enter_starts_it_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_labels(tmp_path, monkeypatch, binary()) as lab:
        await lab.press("enter", "enter")
        (search,) = FakeSearch.every
        await lab.press("1", "escape")
        chosen = evaluation_of(lab).sections.chosen
        assert isinstance(chosen, LabelsSection), "it is shown before it is thrown away"
        assert not search.cancelled
        await lab.press("escape")
        assert search.cancelled
        assert "cancelled; nothing was kept" in words(lab)
        await lab.press("enter")
        assert len(FakeSearch.every) == 2
        FakeSearch.every[1].end(InputError("the data have changed"))
        evaluation_of(lab).wait()
        await lab.idle()
        assert "» the data have changed" in words(lab)
        await lab.press("enter")
        assert len(FakeSearch.every) == 3


async def test_if_the_screen_is_closed_nothing_is_looked_for_any_more(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with at_labels(tmp_path, monkeypatch, binary()) as lab:
        await lab.press("enter")
        evaluation_of(lab).dismiss(None)
        await lab.idle()
        assert FakeSearch.every[0].cancelled


async def test_while_it_trains_the_run_is_left_alone() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await lab.train()
        await lab.press("E")
        run.say(answer(binary()))
        await lab.tick()
        evaluation_of(lab).tick()
        evaluation_of(lab).wait()
        await lab.idle()
        await lab.press("shift+tab", "enter")
        assert "label errors can be looked for once it has ended" in words(lab)
        assert "look for errors" not in lab.footer()
        assert not FakeSearch.every


async def test_numbers_have_no_such_section(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with at_labels(tmp_path, monkeypatch, regression()) as lab:
        assert "labels" not in {section.name for section in evaluation_of(lab).sections.shown}


async def test_images_are_shown_as_pictures(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = replace(images(), label_errors=label_errors(pictures=True))
    async with at_labels(tmp_path, monkeypatch, found, WIDE) as lab:
        assert "9 of 500 images of training and validation" in words(lab)
        assert "1 → 0" in lab.text() and "▀" in lab.text()
        assert "page" not in lab.footer(), "all are on one page"
