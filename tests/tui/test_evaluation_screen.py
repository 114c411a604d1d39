"""The evaluation: asked of the run that trains, or of its best weights; a section at a time, by keyboard."""

import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from tests.runs.samples import epoch, opening
from tests.tui.evaluations import answer, binary, images, labelled, multiclass, regression
from tests.tui.fakes import HUGE, NARROW, WIDE, FakeTrainers, Lab, a_lab, same_as_before
from tests.tui.kept import make
from tui_lab.errors import InputError
from tui_lab.experiment.metrics import metric
from tui_lab.experiment.split import Split
from tui_lab.protocol.commands import Evaluate
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.protocol.events import RunEnded
from tui_lab.protocol.steering_events import CommandRefused, Evaluated
from tui_lab.protocol.two_runs import EvaluateFolds
from tui_lab.runs.folder.folder import create
from tui_lab.session.queries.subprocess import Query
from tui_lab.tui.evaluation.screen import EvaluationScreen
from tui_lab.tui.evaluation.section import Section, noun_of
from tui_lab.tui.evaluation.sections import Sections
from tui_lab.tui.style.format import score
from tui_lab.tui.widgets.help import HelpText

SIZES = {"80x24": NARROW, "120x40": WIDE, "200x60": HUGE}
MADE: dict[str, Callable[[], Evaluation]] = {
    "binary": binary, "multiclass": multiclass, "regression": regression, "images": images,
    "labelled": labelled,
}  # fmt: skip
SECTIONS = {
    "binary": ["verdict", "confusion", "classes", "curves", "calibration", "worst", "slices", "importance"],
    "multiclass": ["confusion", "curves"],
    "regression": ["verdict", "numbers", "worst"],
    "images": ["confusion", "worst"],
    "labelled": ["labels"],
}
"""The sections of which a picture is kept."""


async def opened(lab: Lab, found: Evaluation) -> EvaluationScreen:
    """The screen with the evaluation of a run that trains."""
    run = await lab.train()
    await lab.press("E")
    screen = lab.app.screen
    assert isinstance(screen, EvaluationScreen)
    run.say(answer(found))
    await lab.tick()
    screen.tick()
    screen.wait()
    await lab.idle()
    return screen


PRESSES: tuple[Callable[[Section], object], ...] = (
    lambda one: one.turn(1),
    lambda one: one.move(1),
    lambda one: one.toggle(),
    lambda one: one.open(),
    lambda one: one.move(10**6),
    lambda one: one.move(-3),
    lambda one: one.turn(-(10**6)),
    lambda one: one.back(),
)


def sections(found: Evaluation) -> list[Section]:
    made = Sections()
    made.take(found, ())
    return made.shown


def text_of(section: Section, width: int, height: int) -> list[str]:
    return ["".join(text for text, _ in line) for line in section.lines(width, height)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("task", MADE)
def test_each_section_looks_as_before(task: str, size: str) -> None:
    """As high and wide as they are in a terminal of that size."""
    width, height = SIZES[size]
    found = {section.name: section for section in sections(MADE[task]())}
    for name in SECTIONS[task]:
        text = "\n".join(line.rstrip() for line in text_of(found[name], width - 3, height - 4))
        same_as_before(f"evaluation-{task}-{name}-{size}", text)


@pytest.mark.parametrize("size", [(1, 1), (17, 2), (20, 8), (40, 10), (59, 15), (100, 30)])
def test_no_section_is_larger_than_its_room_whatever_is_pressed(size: tuple[int, int]) -> None:
    for made in MADE.values():
        for section in sections(made()):
            for change in PRESSES:
                lines = section.lines(*size)
                if size >= (20, 8):  # in less room, the screen cuts it off
                    assert len(lines) <= size[1], section.name
                change(section)


async def test_help_explains_the_metrics_with_their_values() -> None:
    async with a_lab(HUGE, chosen="binary") as lab:
        found = (await opened(lab, images())).sections.shown[0].evaluation
        assert found.verdict is not None
        await lab.press("question_mark")
        lines = lab.app.screen.query_one(HelpText).lines(HUGE[0])
        for name, value in found.verdict.scores.items():
            assert ((metric(name).title, "head"), (": ", "dim"), (score(name, value.value), "bold")) in lines


@pytest.mark.parametrize("size", [(20, 8), NARROW, HUGE])
async def test_the_whole_screen_fits_and_shows_the_way_back(size: tuple[int, int]) -> None:
    async with a_lab(size, chosen="binary") as lab:
        screen = await opened(lab, images())
        assert "1 verdict" in lab.text()
        for number in range(1, len(screen.sections.shown) + 1):
            await lab.press(str(number), "right", "enter")
            assert all(len(line) <= size[0] for line in lab.lines())
            assert "esc" in lab.footer()
            assert lab.app.screen is screen
        names = [section.name for section in screen.sections.shown]
        await lab.press(str(names.index("worst") + 1))
        assert screen.sections.chosen is not None and screen.sections.chosen.name == "worst"
        assert "▀" in lab.text() or size == (20, 8), "images are shown as pictures"
        await lab.press("tab", "2", "down", "escape", "escape")
        assert lab.app.screen is lab.screen


async def test_while_it_trains_the_run_is_asked_and_asked_again() -> None:
    async with a_lab(WIDE, chosen="binary") as lab:
        run = await lab.train()
        await lab.press("E")
        assert run.sent == [Evaluate("val")]
        assert "waiting for the run to finish its step" in lab.text()
        screen = lab.app.screen
        assert isinstance(screen, EvaluationScreen)
        await lab.press("E")
        assert run.sent == [Evaluate("val")], "one question at a time"
        run.say(answer(binary(step=90)))
        run.epochs(10, 10)
        await take(lab)
        assert "validation, 100 rows · step 90, 10 ago" in lab.text()
        await lab.press("2", "right", "E")
        run.say(answer(binary(step=100)))
        await take(lab)
        assert "· step 100 " in lab.text() and " ago" not in lab.text()
        assert screen.sections.chosen is screen.sections.shown[1], "what was looked at is kept"
        assert "[2]" in lab.text()
        await lab.press("s")
        assert "the test split is for the end" in lab.text()
        assert len(run.sent) == 2
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def take(lab: Lab) -> None:
    await lab.tick()
    screen = lab.app.screen
    assert isinstance(screen, EvaluationScreen)
    screen.tick()
    screen.wait()
    await lab.idle()


async def test_a_run_that_has_ended_is_evaluated_on_test_and_then_on_validation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Query] = []

    def ask(question: Query, kind: object) -> Evaluated:
        asked.append(question)
        assert isinstance(question.command, Evaluate)
        return answer(binary(question.command.split))

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(ask))
    async with a_lab(WIDE, chosen="binary", root=tmp_path) as lab:
        run = await lab.train()
        run.end()
        await lab.tick()
        kept = create(tmp_path, run.experiment)
        kept.path.rename(tmp_path / str(run.run_id))
        await lab.press("E")
        await take(lab)
        commands = [question.command for question in asked]
        assert commands == [Evaluate("test"), Evaluate("val")], "the scores are shown beside each other"
        assert asked[0].run == str(tmp_path / str(run.run_id))
        assert "· test, 100 rows · epoch 9" in lab.text()
        heads = next(line for line in lab.lines() if "training" in line and "interval" in line)
        assert [word for word in heads.split() if word.isalpha() and word != "interval"] == [
            "training", "validation", "test",
        ]  # fmt: skip
        await lab.press("s")
        assert "· validation, 100 rows" in lab.text()
        await lab.press("s", "s")
        assert len(asked) == 2, "what is known is not asked again"
        await lab.press("E")
        await take(lab)
        assert len(asked) == 3


@pytest.mark.parametrize("size", [NARROW, WIDE])
@pytest.mark.parametrize("whole", [True, False])
async def test_a_whole_cross_validation_is_also_evaluated_out_of_fold(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: tuple[int, int], whole: bool
) -> None:
    asked: list[object] = []

    def ask(question: Query, kind: object) -> Evaluated | Evaluation:
        asked.append(question.command)
        if isinstance(question.command, Evaluate):
            return answer(binary(question.command.split))
        return replace(binary("out of fold"), epoch=0, step=0, folds=3)

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(ask))
    for fold in range(3 if whole else 2):
        events = [*opening(), epoch(1), RunEnded("finished", "")]
        make(tmp_path, fold, "binary", events, 1 + fold, Split(folds=3, fold=fold))
    async with a_lab(size, root=tmp_path) as lab:
        await lab.open_runs()
        await lab.press("E")
        await take(lab)
        assert "· test, 100 rows · epoch 9" in lab.text()
        await lab.press("s", "s")
        await take(lab)
        assert ("· out of fold, 100 rows · 3 folds" in lab.text()) == whole
        assert ("· test, 100 rows" in lab.text()) == (not whole)
        assert asked == [Evaluate("test"), Evaluate("val"), *([EvaluateFolds()] if whole else [])]
        screen = lab.app.screen
        assert isinstance(screen, EvaluationScreen)
        for number in range(1, len(screen.sections.shown) + 1):
            await lab.press(str(number))
            assert all(len(line) <= size[0] for line in lab.lines())
        if whole:
            await lab.press("1")
            assert "training out of fold  95% interval" in lab.text()
            await lab.press("5")
            assert "fits these rows best" in " ".join(lab.text().replace("│", " ").split())
        await lab.press("s")
        assert ("· test, 100 rows" if whole else "· validation, 100 rows") in lab.text()


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (InputError("run x has no checkpoint"), "run x has no checkpoint"),
        (RuntimeError("[/x] out of paper"), "RuntimeError: [/x] out of paper"),
    ],
)
async def test_what_goes_wrong_is_told_in_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, words: str
) -> None:
    def ask(question: Query, kind: object) -> Evaluated:
        raise error

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(ask))
    async with a_lab(NARROW, chosen="binary", root=tmp_path) as lab:
        run = await lab.train()
        run.end()
        await lab.tick()
        create(tmp_path, run.experiment).path.rename(tmp_path / str(run.run_id))
        await lab.press("E", "1", "tab", "down", "enter", "t")
        await take(lab)
        assert words in lab.text()
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def test_a_run_that_refuses_or_cannot_be_asked_or_garbles_says_so() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await lab.train()
        await lab.press("E")
        run.say(CommandRefused(90, "evaluate", "outputs are not finite"))
        await take(lab)
        assert "outputs are not finite" in lab.text()
        await lab.press("E")
        run.say(replace(answer(binary()), report='{"split": 7}'))
        await take(lab)
        assert "could not be read" in lab.text()
        run.deaf = True
        await lab.press("E")
        await take(lab)
        assert "experiment.json" in lab.text(), "its last checkpoint is looked for"


async def test_a_run_that_ends_before_it_answers_is_evaluated_by_another_process(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def ask(question: Query, kind: object) -> Evaluated:
        return answer(binary("test"))

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(ask))
    async with a_lab(NARROW, chosen="binary", root=tmp_path) as lab:
        run = await lab.train()
        await lab.press("E")
        create(tmp_path, run.experiment).path.rename(tmp_path / str(run.run_id))
        run.end()
        await take(lab)
        assert "· test, 100 rows" in lab.text()


async def test_from_the_list_of_runs_the_selected_one_is_evaluated(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Query] = []

    def ask(question: Query, kind: object) -> Evaluated:
        asked.append(question)
        return answer(binary("test"))

    monkeypatch.setattr(FakeTrainers, "ask", staticmethod(ask))
    events = [*opening(), *(epoch(n, 0.9 / n) for n in range(1, 6)), RunEnded("finished", "done")]
    kept = make(tmp_path, 1, "binary", events, 2)
    async with a_lab(WIDE, root=tmp_path) as lab:
        runs = await lab.open_runs()
        await lab.press("E")
        await take(lab)
        assert asked[0].run == str(kept.path)
        assert "Evaluation of binary · test, 100 rows" in lab.text()
        await lab.press("escape")
        assert lab.app.screen is runs


async def test_without_a_run_there_is_nothing_to_evaluate() -> None:
    async with a_lab(WIDE, chosen="binary") as lab:
        await lab.press("E")
        assert lab.app.screen is lab.screen
        assert "nothing to evaluate yet: press t to train" in lab.text()


async def test_the_threshold_is_moved_and_says_what_it_costs() -> None:
    async with a_lab(WIDE, chosen="binary") as lab:
        await opened(lab, binary())
        await lab.press("4")
        assert "threshold 0.500" in lab.text()
        first, later = binary().thresholds[25], binary().thresholds[39]
        assert f"sick: {first.tp} found, {first.fn} missed; {first.fp} false alarms" in lab.text()
        await lab.press(*["right"] * 14)
        assert "threshold 0.780" in lab.text()
        same = "if both kinds of error cost the same, the errors cost"
        assert f"{same} {later.fp + later.fn}; least" in lab.text()
        await lab.press("up", "up")
        assert f"costs 5 times a false alarm, the errors cost {later.fp + 5 * later.fn}; least" in lab.text()
        await lab.press("down", "down", "down")
        dear = "a false alarm costs 2 times a missed one, the errors cost"
        assert f"{dear} {2 * later.fp + later.fn}" in lab.text()
        await lab.press("enter")
        least = min(binary().thresholds, key=lambda one: one.cost(2.0, 1.0)).cost(2.0, 1.0)
        assert f"the errors cost {least:.0f}; least {least:.0f} at" in lab.text()


async def test_a_cell_of_the_matrix_opens_its_rows() -> None:
    async with a_lab(WIDE, chosen="binary") as lab:
        screen = await opened(lab, binary())
        await lab.press("2", "enter")
        assert "radius" not in lab.text(), "nothing is kept of rows that are right"
        assert "; only rows predicted wrong can be opened" in lab.text()
        assert "open" not in lab.footer()
        await lab.press("down")
        assert "true sick, predicted well: 6 of 34 rows (18%); ⏎ shows them" in lab.text()
        await lab.press("enter", "down")
        assert "› row 101" in lab.text()
        assert "radius" in lab.text()
        await lab.press("escape")
        assert "[6]" in lab.text()
        await lab.press("t")
        assert "[18%]" in lab.text()
        await lab.press("escape")
        assert lab.app.screen is not screen


async def test_escape_leaves_the_curves_with_the_threshold_moved() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        await opened(lab, binary())
        await lab.press("4", "right", "right")
        assert "threshold 0.540" in lab.text()
        await lab.press("escape")
        assert lab.app.screen is lab.screen


async def test_names_and_title_fit_whatever_is_chosen() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        run = await lab.train()
        await lab.press("E")
        run.say(answer(binary(step=90)))
        run.epochs(10, 25_049)
        await take(lab)
        screen = lab.app.screen
        assert isinstance(screen, EvaluationScreen)
        assert re.search(r"· validation, 100 rows · step 90, [\d,]+ ago ", lab.lines()[0])
        tabs = set()
        for number in range(1, len(screen.sections.shown) + 1):
            await lab.press(str(number))
            tabs.add(lab.lines()[1])
        assert len(tabs) == 1
        assert "1 verdict 2 conf. 3 class 4 curves 5 calib." in tabs.pop()
        assert "…" not in lab.lines()[1]


def wide_rows() -> Evaluation:
    """Rows of 29 columns."""
    found = binary()
    names = tuple(f"column {k}" for k in range(1, 30))
    examples = tuple(replace(one, values=tuple(f"v{k}" for k in range(1, 30))) for one in found.examples)
    return replace(found, columns=names, examples=examples)


async def test_every_column_of_an_opened_row_can_be_reached() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        await opened(lab, wide_rows())
        await lab.press("6", "down", "enter")
        seen = set(re.findall(r"column \d+", lab.text()))
        assert len(seen) < 29
        assert "of 29, 3 more not kept; PgUp PgDn scroll" in lab.text()
        for _ in range(3):
            await lab.press("pagedown")
            assert "row 101" in lab.text(), "the same row"
            seen |= set(re.findall(r"column \d+", lab.text()))
        assert len(seen) == 29
        await lab.press(*["pageup"] * 3)
        assert "column 1 " in lab.text()


def test_the_selected_slice_is_shown_in_full() -> None:
    label = "a category with a name far too long for its column of the table"
    found = binary()
    long = replace(found, slices=(replace(found.slices[0], column="site of the hospital", label=label),))
    section = next(one for one in sections(long) if one.name == "slices")
    text = " ".join(line.strip() for line in text_of(section, 77, 20))
    assert f"site of the hospital: {label}" in text


def test_a_bar_does_not_touch_a_long_name() -> None:
    section = next(one for one in sections(binary()) if one.name == "importance")
    assert all("…█" not in line and "…▏" not in line for line in text_of(section, 40, 20))


@pytest.mark.parametrize("name", ["curves", "calibration"])
def test_a_small_screen_has_the_chart_before_its_words(name: str) -> None:
    section = next(one for one in sections(binary()) if one.name == name)
    text = "\n".join(text_of(section, 57, 12))
    assert any("\u2800" < mark <= "\u28ff" for mark in text)


def test_a_network_that_is_sure_and_wrong_is_not_called_unsure() -> None:
    found = binary()
    assert found.calibration is not None
    bins = tuple(replace(one, predicted=0.999, observed=0.4) for one in found.calibration.bins[-1:])
    right = tuple(replace(one, observed=1.0) for one in bins)
    for its, said in ((bins, False), (right, True)):
        calibration = replace(found.calibration, temperature=0.5, bins=its)
        section = next(
            one for one in sections(replace(found, calibration=calibration)) if one.name == "calibration"
        )
        words = " ".join(line.strip() for line in text_of(section, 77, 20))
        assert ("not sure enough" in words) == said


@pytest.mark.parametrize(("tiles", "turned"), [(1, False), (6, True)])
async def test_only_several_pages_of_images_are_turned(tiles: int, turned: bool) -> None:
    async with a_lab((50, 16), chosen="binary") as lab:
        screen = await opened(lab, replace(images(), worst=images().worst[:tiles]))
        await lab.press("6")
        screen.tick()
        await lab.idle()
        assert "▀" in lab.text()
        assert ("page" in lab.footer()) == turned


def test_images_are_called_images() -> None:
    for section in sections(images()):
        text = "\n".join(text_of(section, 117, 36))
        assert "counts of rows" not in text and "rows: training" not in text, section.name


async def test_a_large_matrix_is_walked_through() -> None:
    async with a_lab(NARROW, chosen="binary") as lab:
        await opened(lab, multiclass(40))
        await lab.press("2")
        assert "rows 1–" in lab.text()
        await lab.press("end", *["right"] * 39)
        assert "of 40" in lab.text()
        assert "class 39, predicted right: 59 of 62 rows" in lab.text()
        assert "[59]" in lab.text()


def test_images_are_called_so_also_if_none_of_them_is_kept() -> None:
    assert noun_of(images()) == noun_of(replace(images(), examples=())) == "image"
    assert noun_of(binary()) == "row"
