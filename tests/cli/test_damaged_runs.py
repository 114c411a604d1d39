"""Run folders damaged at random, each read by every command that reads them.

No traceback, nothing that waits, and no answer that differs from the undamaged one without a word. A few in
the suite; `TUI_LAB_DAMAGE=300` for as many.
"""

import json
import os
import random
import shutil
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from tests.cli.test_commands import _own_folders  # noqa: F401 - the fixture is for all tests here
from tests.engine.helpers import table
from tui_lab.cli.doctor.checks import folders
from tui_lab.cli.main import main
from tui_lab.errors import LabError
from tui_lab.runs.folder.finding import find
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.labels import Label, write_label
from tui_lab.session.clients.reopen import reopen

DAMAGES = int(os.environ.get("TUI_LAB_DAMAGE", "6"))
TOLD = 20
"""With more damages than this each is reported as it is done."""
HANGS_S = 5
OTHER = 12_345
BEYOND = Path("/dev/zero")


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The folder of two runs, the newer one undamaged, and of the table."""
    home = tmp_path_factory.mktemp("whole")
    table(home, "multiclass")
    preset = home / "mine.toml"
    preset.write_text(
        'format = "tui-lab.preset"\nversion = 1\nname = "mine"\ntitle = "Mine"\ntask = "multiclass"\n'
        '[data]\nfile = "multiclass-90-0.csv"\ntarget = "y"\n[model]\nlayers = ["linear 8", "activation"]\n'
        "[hyperparameters]\nepochs = 3\nlr = 0.01\n"
    )
    runs = home / "runs"
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TUI_LAB_SAVE_EVERY", "0")
        for _ in range(2):
            assert main(["--runs", str(runs), "train", str(preset), "--quiet"]) == 0
    write_label(find(runs, run_ids(runs)[1]), Label("wide", "a note"))
    assert main(["--runs", str(runs), "runs", "--json"]) == 0
    return runs, home


def some_file(run: Path, rng: random.Random) -> Path:
    return rng.choice(sorted(path for path in run.rglob("*") if path.is_file() and path.name != "log"))


def flip(run: Path, rng: random.Random) -> str:
    path = some_file(run, rng)
    content = bytearray(path.read_bytes() or b"?")
    place = rng.randrange(len(content))
    content[place] ^= 1 << rng.randrange(8)
    path.write_bytes(content)
    return f"bit of {path.name} at {place}"


def overwrite(run: Path, rng: random.Random) -> str:
    path = some_file(run, rng)
    content = bytearray(path.read_bytes() or b"?")
    place = rng.randrange(len(content))
    content[place : place + 40] = rng.randbytes(40)
    path.write_bytes(content)
    return f"40 bytes of {path.name} at {place}"


def cut(run: Path, rng: random.Random) -> str:
    path = some_file(run, rng)
    size = rng.randrange(path.stat().st_size + 1)
    os.truncate(path, size)
    return f"{path.name} cut to {size}"


def replace(run: Path, rng: random.Random) -> str:
    path = some_file(run, rng) if rng.random() < 0.8 else run / rng.choice(["checkpoints", "control.sock"])
    kind = rng.choice(["pipe", "zero", "loop", "folder", "nothing", "elsewhere"])
    if path.is_dir():
        shutil.rmtree(path)
    path.unlink(missing_ok=True)
    makers: dict[str, Callable[[], object]] = {
        "pipe": lambda: os.mkfifo(path),
        "zero": lambda: path.symlink_to(BEYOND),
        "loop": lambda: path.symlink_to(path.name),
        "folder": path.mkdir,
        "nothing": lambda: None,
        "elsewhere": lambda: path.symlink_to(run.parent.parent / "precious"),
    }
    makers[kind]()
    return f"{kind} as {path.name}"


def give_away(run: Path, rng: random.Random) -> str:
    path = rng.choice([run, some_file(run, rng)])
    if os.geteuid() == 0:
        os.chown(path, OTHER, OTHER)
    else:
        path.chmod(0)
    return f"{path.name} given away"


@contextmanager
def no_longer_than(seconds: int) -> Iterator[None]:
    """Fail if it takes longer: a signal ends even the opening of a pipe."""

    def hangs(*_: object) -> None:
        raise TimeoutError("it hangs")

    before = signal.signal(signal.SIGALRM, hangs)
    signal.alarm(seconds)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


Answer = tuple[int, str, str]


def answers(runs: Path, run_id: str, home: Path, capsys: pytest.CaptureFixture[str]) -> dict[str, Answer]:
    """What every command that reads runs says: status, stdout, stderr."""
    said: dict[str, Answer] = {}

    def ask(name: str, *argv: str) -> None:
        with no_longer_than(HANGS_S):
            status = main(["--runs", str(runs), *argv])
        out, err = capsys.readouterr()
        said[name] = status, out, err

    rows = str(home / "multiclass-90-0.csv")
    ask("runs", "runs", "--json")
    ask("export", "export", run_id)
    ask("weights", "export", run_id, "--to", "safetensors", "-o", str(runs.parent / "w.safetensors"))
    ask("predict", "predict", run_id, rows, "--quiet")
    ask("ctl", "ctl", run_id, "pause")
    ask("attach", "attach", run_id)
    said["reopen"] = reopened(runs, run_id)
    said["doctor"] = 0, "", "; ".join(found.what for found in folders(runs, "") if found.remedy)
    ask("train", "train", str(home / "mine.toml"), "--weights", run_id, "--epochs", "1", "--quiet")
    ask("replay", "train", "--replay", run_id, "--quiet")
    ask("fork", "fork", run_id, "--epochs", "4", "--quiet")
    ask("resume", "resume", run_id, "--epochs", "4", "--quiet")
    return said


def reopened(runs: Path, run_id: str) -> Answer:
    """As the lab opens a run; its warnings stand on the screen."""
    with no_longer_than(HANGS_S):
        try:
            view = reopen(RunFolder(runs / run_id)).view
        except LabError as error:
            return 2, "", str(error)
    shown = json.dumps([view.status, view.epochs_done, [row.val_loss for row in view.history], view.message])
    return 0, shown, "; ".join(view.warnings)


def listed(out: str, run_id: str) -> dict[str, Any]:
    lines: list[dict[str, Any]] = json.loads(out) if out else []
    return next((line for line in lines if line["id"] == run_id), {})


def check(damage: str, good: dict[str, Answer], bad: dict[str, Answer], run_id: str) -> None:
    for name, (status, out, err) in bad.items():
        about = f"{damage}: {name}: {err}"
        assert "Traceback" not in err and "a defect of tui-lab" not in err, about
        if name == "runs":
            assert status == 0, about
            before, after = listed(good[name][1], run_id), listed(out, run_id)
            assert before == after or after.get("problem"), about
            others = [[line for line in json.loads(o) if line["id"] != run_id] for o in (good[name][1], out)]
            assert others[0] == others[1], f"{about}: the other run is listed as before"
        elif status == 0 and out != good[name][1] and name in ("export", "predict", "reopen"):
            assert err, f"{about}: another answer without a word"
        elif status != good[name][0]:
            assert err.strip(), f"{about}: refused without a word"


@pytest.mark.slow
def test_no_damage_hangs_breaks_or_deceives_a_command(
    whole: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    runs, home = whole
    run_id = run_ids(runs)[1]
    copy = tmp_path / "runs"
    precious = tmp_path / "precious"
    shutil.copytree(runs, copy)
    good = answers(copy, run_id, home, capsys)
    assert [name for name, (status, _, _) in good.items() if status] == ["ctl", "attach"], good
    failures: list[str] = []
    damage_by = (flip, overwrite, cut, replace, replace, give_away)
    for number in range(DAMAGES):
        shutil.rmtree(copy)
        shutil.copytree(runs, copy)
        precious.unlink(missing_ok=True)
        precious.write_text("precious")
        rng = random.Random(number)
        damage = damage_by[number % len(damage_by)](copy / run_id, rng)
        try:
            check(f"{number}: {damage}", good, answers(copy, run_id, home, capsys), run_id)
            assert precious.read_text() == "precious", damage
        except (AssertionError, TimeoutError) as failure:
            failures.append(f"{number}: {damage}: {type(failure).__name__}: {str(failure)[:500]}")
        if DAMAGES > TOLD:
            with capsys.disabled():
                print(f"{number + 1} damages, {len(failures)} failures {failures[-1:]}", flush=True)
    assert not failures, "\n".join([f"{DAMAGES - len(failures)} of {DAMAGES} held", *failures])
