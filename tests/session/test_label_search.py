"""A search for label errors in a process of its own: told fold by fold, cancelled, left behind by nobody."""

import os
import subprocess
import sys
from pathlib import Path
from queue import SimpleQueue
from threading import Thread

import psutil
import pytest
from pydantic import TypeAdapter

from tests.engine.helpers import experiment
from tests.waiting import until
from tui_lab.engine.setup.prepare import prepare
from tui_lab.errors import InputError, LabError, RunError
from tui_lab.protocol.commands import Evaluate
from tui_lab.protocol.evaluation import Evaluation
from tui_lab.protocol.label_errors import FindLabelErrors, FoldProgress, LabelErrors
from tui_lab.runs.folder.folder import RunFolder, create
from tui_lab.runs.folder.large_answers import latest_evaluation
from tui_lab.session.clients.label_search import LabelSearchProcess
from tui_lab.session.queries.subprocess import Query, answer
from tui_lab.session.recorder import record_run

pytestmark = pytest.mark.slow


def trained(folder: Path, **hyper: object) -> RunFolder:
    asked = experiment(folder, "multiclass", rows=600, **hyper)
    run = create(folder / "runs", asked)
    for _ in record_run(prepare(asked), run, SimpleQueue()):
        pass
    return run


def long_one(folder: Path) -> tuple[RunFolder, FindLabelErrors]:
    """A run for which the search takes minutes."""
    return trained(folder, epochs=40, batch_size=2, lr=1e-5), FindLabelErrors(folds=80)


def test_it_answers_as_this_process_does_and_tells_of_each_fold(tmp_path: Path) -> None:
    run, wanted = trained(tmp_path, epochs=8), FindLabelErrors(folds=3)
    asked = experiment(tmp_path, "multiclass", rows=600, epochs=8)
    answer(Query(experiment=asked, command=Evaluate("val"), run=str(run.path)))
    told: list[FoldProgress] = []
    found = LabelSearchProcess(run.path, wanted).ask(told.append)
    assert {one.fold for one in told} == {1, 2, 3}
    here = answer(Query(experiment=asked, command=wanted, run=str(run.path)))
    assert isinstance(here, LabelErrors)
    assert (found.flagged, found.pairs, found.examples) == (here.flagged, here.pairs, here.examples)
    kept = latest_evaluation(run)
    assert kept is not None
    errors = TypeAdapter(Evaluation).validate_json(kept.report).label_errors
    assert errors is not None and errors.examples == found.examples, "it is kept with the evaluation"
    with pytest.raises(InputError, match="at least 2"):
        LabelSearchProcess(run.path, FindLabelErrors(folds=1)).ask(told.append)
    assert not children()


def test_cancelled_it_leaves_no_process_and_the_run_as_it_was(tmp_path: Path) -> None:
    run, wanted = long_one(tmp_path)
    before = contents(run.path)
    search, told, ended = LabelSearchProcess(run.path, wanted), list[FoldProgress](), list[LabError]()

    def ask() -> None:
        try:
            search.ask(told.append)
        except LabError as error:
            ended.append(error)

    thread = Thread(target=ask)
    thread.start()
    until(lambda: bool(told))
    assert children()
    search.cancel()
    thread.join(10)
    assert not thread.is_alive() and isinstance(ended[0], RunError)
    assert not children()
    assert contents(run.path) == before
    with pytest.raises(RunError, match="cancelled"):
        search.ask(told.append)


def test_if_the_lab_is_killed_the_search_ends_with_it(tmp_path: Path) -> None:
    run, wanted = long_one(tmp_path)
    code = (
        "import sys\nfrom pathlib import Path\n"
        "from tui_lab.protocol.label_errors import FindLabelErrors\n"
        "from tui_lab.session.clients.label_search import LabelSearchProcess\n"
        f"search = LabelSearchProcess(Path({str(run.path)!r}), FindLabelErrors(folds={wanted.folds}))\n"
        "search.ask(lambda one: print(search._host._process.pid, flush=True))\n"
    )
    lab = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert lab.stdout is not None
    host = psutil.Process(int(lab.stdout.readline()))
    lab.kill()
    lab.wait()
    lab.stdout.close()
    host.wait(10)
    assert not host.is_running()


def children() -> list[psutil.Process]:
    """Hosts that were started here."""
    mine = psutil.Process(os.getpid()).children()
    return [one for one in mine if "tui_lab.session.host.host" in one.cmdline()]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}
