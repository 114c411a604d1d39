"""The words that choose runs."""

import math
import subprocess
import sys
import time
from dataclasses import replace
from typing import get_args

import pytest

from tui_lab.errors import InputError
from tui_lab.experiment.experiment import Use
from tui_lab.runs.index.filter import USES, make_filter, read_filter
from tui_lab.runs.index.listing import RunLine

NOON = time.mktime((2026, 11, 23, 12, 0, 0, 0, 0, -1))
RUN = RunLine(
    id="20261123-101502-cnn-3f2a",
    name="My first Net",
    preset="cnn",
    status="finished",
    started=NOON,
    seconds=65.0,
    epochs=12,
    best_epoch=7,
    best_val_loss=0.3,
    test={"accuracy": 0.97, "loss": 0.25},
    edits=2,
    note="too wide",
    best_metrics={"accuracy": 0.96},
    settings={
        "model.layers": "linear 64, activation",
        "data.target": "y",
        "task": "binary",
        "data.split.seed": 7,
        "data.columns.Tax": "leave_out",
    },
    hyperparameters={"lr": 0.001, "optimizer": "adam", "batch_norm": False, "batch_size": 32},
)
EMPTY = RunLine("20261123-101502-x-3f2a", "20261123-101502-x-3f2a", "", "interrupted")


@pytest.mark.parametrize(
    "text",
    [
        "", "  ", "net", "FIRST wide", "3f2a", "finished cnn", "best_val_loss<0.4", "best_val_loss<=0.3",
        "best_val_loss=0.3", "best_val_loss>0.2 best_val_loss<0.31", "status=finished", "status==FINISHED",
        "status!=running", "preset=c*", 'name="my first net"', '"first net"', "epochs>10", "lr>=1e-3",
        "lr<1", "optimizer=adam", "batch_norm=false", "batch_size=32", "accuracy>0.9", "test_accuracy>0.9",
        "loss<0.3", "edits>0", "best_epoch=7", "seconds<1e2", "started=2026-11-23", "started>=2026-11",
        "started<2026-11-24", "started=2026", '"started>2026-11-23 11:59"', "started>2026-11-23T11",
        "best_val_loss<inf", "acc>0.9", "test_acc>0.9", "TEST_ACC>0.9", "test>0.9", "test_loss<0.3",
        "val_acc>0.95", "val_accuracy=0.96", "val_loss<0.4", "best<0.4", "best_loss=0.3", "batch=32",
        "BATCH>16", "optim=adam", "trained>1min", "trained<=65s", "took=65", "seconds<0.1h",
        "when=2026-11-23", "state=finished", "layers=*64*", "model.layers=*activation*", "target=y",
        "task=binary", "data.split.seed=7", "tax=leave_out", "Tax!=one_hot", "data.columns.tax=leave_out",
    ],
)  # fmt: skip
def test_what_holds(text: str) -> None:
    assert read_filter(text).matches(RUN)


@pytest.mark.parametrize(
    "text",
    [
        "wine", "net wine", "best_val_loss<0.3", "best_val_loss!=0.3", "status=stopped", "status!=finished",
        "preset=c", "name=my", "epochs>12", "lr>1e-3", "optimizer!=adam", "batch_norm=true", "accuracy>0.99",
        "started=2026-11-22", "started>2026-11-23", "started<2026-11-23", "r2>-100", "momentum>0",
        "acc>0.99", "val_acc>0.96", "val_acc<0.9", "val_f1>0", "test<0.9", "trained>2min", "layers=*128*",
    ],
)  # fmt: skip
def test_what_does_not_hold(text: str) -> None:
    assert not read_filter(text).matches(RUN)


@pytest.mark.parametrize(
    "text",
    [
        "best_val_loss<9",
        "best_val_loss!=9",
        "lr>0",
        "lr!=0",
        "optimizer!=sgd",
        "started<2030",
        "best_epoch<9",
    ],
)
def test_a_value_that_is_not_there_is_like_nothing(text: str) -> None:
    assert not read_filter(text).matches(EMPTY)


def test_nan_is_neither_small_nor_large() -> None:
    run = replace(RUN, best_val_loss=math.nan)
    assert not any(read_filter(f"best_val_loss{sign}1").matches(run) for sign in ("<", ">", "=", "<=", ">="))


def test_training_is_what_the_screen_calls_running() -> None:
    assert read_filter("status=training").matches(replace(RUN, status="running"))


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("best_val_los<0.4", r"runs have no 'best_val_los' \(did you mean 'best_val_loss'\?\)"),
        ("lr>abc", "lr: must be compared with a number.*'abc'"),
        ("trained>5weeks", "a time such as 90 s, 5min or 2h"),
        ("x=1", r"runs have no 'x'; name a field \(status, .*a setting \(lr, .*a metric \(acc, "),
        ("acc=", "acc: add a value to compare with, e.g. acc<0.4"),
        ("test_acuracy>0.9", "runs have no 'test_acuracy'"),
        ("lr>nan", "must be compared with a number"),
        ("lr>", "lr: add a value to compare with, e.g. lr<0.4"),
        ("status=", "status: add a value"),
        ("status<finished", "compare it with = or !="),
        ("started=yesterday", "a day or a time such as 2026-11-23"),
        ('name="a', "left open"),
        ("x\x1b[1m=2 lr>\x1b", "lr: must"),
    ],
)
def test_what_cannot_be_read_is_explained(text: str, said: str) -> None:
    with pytest.raises(InputError, match=said) as refusal:
        read_filter(text)
    assert str(refusal.value).replace("\n", "").isprintable()


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(InputError) as refusal:
        make_filter(["lr>a", "fine", "epochs<b"])
    assert len(refusal.value.problems) == 2


def test_words_of_a_shell_may_hold_blanks() -> None:
    assert make_filter(["my first"]).matches(RUN)
    assert make_filter(["name=My first Net"]).matches(RUN)


@pytest.mark.slow
def test_the_usual_filters_import_nothing_heavy() -> None:
    code = (
        "import sys; from tui_lab.runs.index.filter import read_filter;"
        "read_filter('wine status=finished val_loss<0.4 acc>0.9 started>2026');"
        "print([m for m in ('torch', 'pydantic', 'numpy', 'textual') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_every_use_of_a_column_can_be_compared_without_its_path() -> None:
    assert get_args(Use) == USES
    with pytest.raises(InputError, match="no 'tax'"):
        make_filter(["tax=5"])
