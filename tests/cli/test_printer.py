"""What the shell prints, an error says or a host logs is harmless, whatever text it is about.

The printers are found by walking the modules, so that a new one without an example here fails.
"""

import inspect
import sys
from collections.abc import Callable
from dataclasses import replace

import pytest

import tui_lab
import tui_lab.cli.output
import tui_lab.tui
import tui_lab.tui.style.text
from tests.hostile import harmless, hostile, modules_of
from tests.runs.samples import experiment
from tests.tui import evaluations
from tests.waiting import until
from tui_lab.cli.output import (
    best_text,
    evaluation_text,
    label_errors_text,
    output,
    reporters,
    series_text,
    summary,
    sweep_text,
    sweeps_text,
    text_table,
    transfer_text,
    waiting,
)
from tui_lab.errors import LabError
from tui_lab.experiment.folds import Member
from tui_lab.experiment.sweeps.axis import Axis
from tui_lab.experiment.sweeps.sweep import Sweep
from tui_lab.protocol.evaluation import Evaluation, RunsCompared
from tui_lab.protocol.events import (
    CheckpointFailed,
    DataLoaded,
    Event,
    Record,
    RunEnded,
    RunStarted,
    Tested,
    Warned,
    WeightsTransferred,
)
from tui_lab.protocol.spread import spread_of
from tui_lab.protocol.sweeps.events import (
    SweepEnded,
    SweepEvent,
    SweepRecord,
    SweepStarted,
    TrialAdded,
    TrialEnded,
)
from tui_lab.protocol.sweeps.view import SweepView
from tui_lab.protocol.view import RunView
from tui_lab.runs.index.seed_groups import SeedGroup
from tui_lab.session.host import host
from tui_lab.session.notify import bell
from tui_lab.session.notify.targets import Target
from tui_lab.session.sweeps.messages import Measured


def a_view(text: str) -> RunView:
    view = RunView()
    events: list[Event] = [
        RunStarted(experiment(), {}),
        DataLoaded(text, "0", 40, 1, (1,), text, (text, "b"), {"test": 9}, (text,), {"test": (3, 6)}),
        Tested(1, {"loss": 1.0, "accuracy": 0.5}, (0.0, 1.0)),
        RunEnded("failed", text, text),
    ]
    for number, event in enumerate(events):
        view.apply(Record(number, 0.0, event))
    return view


def hear(reporter: reporters.Reporter, text: str) -> None:
    events: list[Event] = [
        Warned(text),
        CheckpointFailed(1, text),
        DataLoaded(text, "0", 4, 1, (1,), text, (), {}, (text, text)),
        WeightsTransferred(text, "0", (text,), {text: text}, (text,)),
    ]
    with reporter:
        for number, event in enumerate(events):
            reporter.hear(Record(number, 0.0, event), RunView())


def wait_for(text: str) -> None:
    with waiting.meanwhile(text) as wait:
        wait(0.4)
        wait.doing(text)


def bar(text: str) -> None:
    from tui_lab.cli.output.progress import Bar

    hear(Bar(text), text)


def an_evaluation(text: str) -> Evaluation:
    """Names of classes and columns, the values of rows and slices, and its sentence are this text."""
    found = evaluations.binary("test")
    assert found.verdict is not None
    scores = {"accuracy": found.verdict.scores["accuracy"]}
    return replace(
        found,
        classes=(text, text),
        columns=(text,) * len(found.columns),
        verdict=replace(found.verdict, sentence=text, scores=scores),
        examples=tuple(replace(one, values=(text,) * len(one.values)) for one in found.examples),
        slices=tuple(replace(one, column=text, label=text) for one in found.slices),
        importance=tuple(replace(one, columns=(text,)) for one in found.importance),
        notes=(text,),
    )


def a_comparison(text: str) -> RunsCompared:
    verdict = evaluations.binary().verdict
    assert verdict is not None
    return RunsCompared("test", 100, "accuracy", text, {}, verdict.rivals[0])


def a_group(text: str) -> SeedGroup:
    return SeedGroup(
        ((Member(0), text), (Member(1), text)), {f"test_{text}": spread_of([0.5, 0.6])}, {}, same_rows=False
    )


def ring(text: str) -> None:
    """What is between the bell with its sequence and the end of that."""
    said: list[str] = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(output, "is_terminal", lambda _: True)
        patch.setattr(bell, "targets", lambda: [Target("bell")])
        patch.setattr(output, "_write", lambda _, sequence: said.append(sequence))
        output.ring(text)
    [sequence] = said
    assert sequence.startswith("\a\x1b]9;")
    assert sequence.endswith("\x1b\\")
    sys.stderr.write(sequence[4:-2] + "\n")


def a_sweep(text: str) -> SweepView:
    """Names, values and messages are this text."""
    view = SweepView()
    axis = Axis.model_construct(name="optimizer", values=(text, "adam"))
    asked = Sweep.model_construct(
        experiment=experiment("regression"), axes=(axis,), trials=2, seeds=2, name=text
    )
    events: list[SweepEvent] = [
        SweepStarted(asked, {}, 2, text),
        TrialAdded(0, 0, {"optimizer": text}, 1),
        TrialEnded(0, "finished", 3, 0.5, 2, message=text),
        SweepEnded("finished", text),
    ]
    view.apply_all(SweepRecord(number, 0.0, event) for number, event in enumerate(events, 1))
    return view


PRINTERS: dict[str, Callable[[str], object]] = {
    "output.say": output.say,
    "output.note": output.note,
    "output.complain": output.complain,
    "progress.Bar": bar,
    "reporters.LineReporter": lambda text: hear(reporters.LineReporter(text), text),
    "reporters.EventReporter": lambda text: hear(reporters.EventReporter(text, quiet=False), text),
    "reporters.Reporter": lambda text: hear(reporters.Reporter(), text),
    "waiting.meanwhile": wait_for,
    "waiting.Wait": lambda text: waiting.Wait(text)(0.5),
    "output.ring": ring,
    "evaluation_text.evaluation_text": lambda text: output.put(
        evaluation_text.evaluation_text(an_evaluation(text), running=False)
    ),
    "evaluation_text.compared_text": lambda text: output.put(
        evaluation_text.compared_text(a_comparison(text))
    ),
    "label_errors_text.label_errors_text": lambda text: output.put(
        label_errors_text.label_errors_text(
            an_evaluation(text), replace(evaluations.label_errors(), notes=(text,))
        )
    ),
    "text_table.wrapped": lambda text: output.put([text_table.wrapped(text)]),
    "sweep_text.closing_text": lambda text: output.put([sweep_text.closing_text(text, a_sweep(text))]),
    "sweep_text.started_text": lambda text: output.note(sweep_text.started_text(text, a_sweep(text))),
    "sweep_text.progress_text": lambda text: output.note(sweep_text.progress_text(a_sweep(text))),
    "sweep_text.measured_text": lambda text: output.put(
        [sweep_text.measured_text(a_sweep(text).sweep, Measured(how=text), None)]
    ),
    "sweeps_text.sweeps_text": lambda text: output.put([sweeps_text.sweeps_text([(text, a_sweep(text))])]),
    "best_text.best_text": lambda text: output.put([best_text.best_text(a_sweep(text), 5)]),
    "best_text.groups_text": lambda text: [
        output.put([best_text.groups_text(view, view.sweep.axes[0])])
        for view in [a_sweep(text)]
        if view.sweep is not None
    ],
    "best_text.findings": lambda text: [
        output.say(line) for line in [*best_text.findings(a_sweep(text)), text]
    ],
    "best_text.on_from": lambda text: [output.note(line) for line in best_text.on_from(text, a_sweep(text))],
    "series_text.run_line": lambda text: output.say(series_text.run_line(text, text, a_view(text), text)),
    "series_text.series_text": lambda text: output.put([series_text.series_text(a_group(text))]),
    "summary.closing_text": lambda text: output.put([summary.closing_text("run", a_view(text))]),
    "text_table.table": lambda text: output.put([text_table.table([text_table.Column("A")], [[text]])]),
    "transfer_text.transfer_text": lambda text: [
        output.note(line)
        for line in transfer_text.transfer_text(WeightsTransferred(text, "0", (text,), {text: text}, (text,)))
    ],
}
"""Everything in `cli.output` that a text gets out through, with an example that feeds it one."""
SILENT = {
    "output.put",  # data and tables, made by what is above
    "output.stdout_kept", "output.before_writing", "output.silence",
    "output.is_terminal", "output.can_redraw", "output.can_show", "output.colours",
    "overwrite.check_target", "overwrite.output_target",  # raise a LabError
    "reporters.remarks", "reporters.progress_text", "reporters.epoch_text", "reporters.losses_text",
    "reporters.pace", "reporters.ascii_json",
    "best_text.epochs_to_fork",  # a part of what is above, as these
    "sweep_text.plan_text", "sweeps_text.with_deviation",
    "best_text.best_json", "best_text.groups_json", "sweeps_text.sweeps_json",  # JSON
    "series_text.run_json", "series_text.series_json",  # JSON is written by what is above
    "label_errors_text.shown_columns",
    "text_table.Column",
    "text_table.number", "text_table.duration", "text_table.when",
    "waiting.journals_read",
}  # fmt: skip
"""What takes no text from outside, or gives it back."""


def test_every_function_of_the_printer_has_an_example_or_is_silent() -> None:
    found = {
        f"{module.__name__.rpartition('.')[2]}.{name}"
        for module in modules_of(tui_lab.cli.output)
        for name, item in vars(module).items()
        if not name.startswith("_")
        and (inspect.isfunction(item) or inspect.isclass(item))
        and item.__module__ == module.__name__
    }
    assert found == PRINTERS.keys() | SILENT


@hostile
@pytest.mark.parametrize("printer", PRINTERS)
def test_what_the_shell_prints_is_harmless(
    printer: str, text: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "LATE_S", -1.0)
    PRINTERS[printer](text)
    out, err = capsys.readouterr()
    assert out or err or printer in ("reporters.Reporter", "waiting.Wait")
    for line in (out + err).split("\n"):
        harmless(line)


@hostile
def test_the_spinner_on_a_terminal_is_harmless(
    text: str, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "SOON_S", 0.0)
    monkeypatch.setattr(waiting, "can_redraw", lambda stream: True)
    shown: list[str] = []

    def frames() -> list[str]:
        shown.append(capfd.readouterr().err)
        return "".join(shown).split(waiting.ERASE.decode())

    with waiting.meanwhile(text) as wait:
        until(lambda: len(frames()) > 1)
        wait(0.4)
        until(lambda: len(frames()) > 4)
    assert any("[b" in frame or "red" in frame for frame in frames())
    for frame in frames():
        harmless(frame)
        assert len(frame) < 80


@hostile
def test_an_errors_words_are_harmless_one_line_a_problem(text: str) -> None:
    error = LabError([f"{text}: {text}", "b"])
    assert len(str(error).split("\n")) == len(error.problems) == 2
    for line in str(error).split("\n"):
        harmless(line)


@hostile
def test_the_log_of_a_host_is_harmless(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    host._log([text, text])
    *lines, end = capsys.readouterr().err.split("\n")
    assert len(lines) == 2 and end == ""
    for line in lines:
        harmless(line)
