"""The export holds to its schema, and the schema is strict enough to hold somebody to."""

import io
import json
import os
import re
import stat
from dataclasses import replace
from itertools import chain
from math import inf, nan
from pathlib import Path
from unittest.mock import patch

import jsonschema
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.journals import schema
from tests.runs.samples import HOSTILE, closing, epoch, opening, view, whole_run, wild_run
from tui_lab.errors import InputError, RunError
from tui_lab.experiment.catalogue import catalogue
from tui_lab.protocol.events import EpochEnded, Origin, RunEnded, RunStarted
from tui_lab.protocol.steering_events import Edited, EditQueued, Paused, Undone
from tui_lab.protocol.view import RunView
from tui_lab.runs.export.export import export, export_text
from tui_lab.runs.export.export_rows import history_text, rows_of
from tui_lab.runs.files.output_file import check_writable, write_text
from tui_lab.runs.files.strict_json import strict, to_text

RUN_ID = "20261123-101502-wine-0a1b"


def history(run: RunView) -> list:
    """The records of the epochs one by one, as strict JSON: what the text made from the columns must be."""
    return strict(rows_of(run), [])


def valid(document: object) -> bool:
    return jsonschema.Draft202012Validator(schema()).is_valid(document)


def document() -> dict:
    return json.loads(to_text(export(RUN_ID, view(whole_run()))))


def test_the_schema_is_one() -> None:
    jsonschema.Draft202012Validator.check_schema(schema())


@pytest.mark.parametrize(
    "events",
    [
        whole_run(),
        wild_run(),
        opening(),
        opening()[:1],
        [opening()[0], RunEnded("failed", "x")],
        [*opening(classes=()), epoch(1), *closing()],
    ],
)
def test_every_export_is_valid(events: list) -> None:
    jsonschema.validate(json.loads(to_text(export(RUN_ID, view(events)))), schema())


def test_hyperparameters_of_later_versions_are_left_out_where_they_have_their_defaults() -> None:
    start, *rest = opening()
    assert isinstance(start, RunStarted)
    later = [name for name, item in catalogue().items() if item.knob.later]
    plain = export(RUN_ID, view([start, *rest]))
    assert later and not plain["experiment"]["hyperparameters"].keys() & set(later)
    hyper = start.experiment.hyperparameters.model_copy(update={"ema_decay": 0.99})
    asked = start.experiment.model_copy(update={"hyperparameters": hyper})
    averaged = export(RUN_ID, view([replace(start, experiment=asked), *rest]))
    wanted = {**plain["experiment"]["hyperparameters"], "ema_decay": 0.99}
    assert averaged["experiment"]["hyperparameters"] == wanted


def test_the_edits_of_a_run_tell_its_story() -> None:
    first = Edited(3, 0, "lr", 0.001, 0.01, 4)
    second = Edited(7, 1, "optimizer", "adam", "sgd", 4, "its state is reset")
    undone = Undone(7, 1, "optimizer", "adam", "sgd", 11, 1, 4)
    start, *rest = opening()
    assert isinstance(start, RunStarted)
    forked = replace(start, origin=Origin("20261122-101502-wine-3f2a", 2, 0))
    told = export(RUN_ID, view([forked, *rest, first, Paused(5, 1), second, undone, epoch(1), *closing()]))
    document = json.loads(to_text(told))
    jsonschema.validate(document, schema())
    assert document["run"]["parent"] == document["run"]["origin"]["run"] == "20261122-101502-wine-3f2a"
    assert [(e["step"], e["name"], e["new"], e["undone"]) for e in document["edits"]] == [
        (3, "lr", 0.01, False),
        (7, "optimizer", "sgd", True),
    ]
    assert [row["did"] for row in document["ledger"]] == ["edit", "pause", "edit", "undo"]
    assert document["ledger"][3]["from_step"] == 11


def test_a_reason_is_exported_where_there_is_one() -> None:
    first, second = Edited(3, 0, "lr", 0.001, 0.01, 4, why="too slow"), Edited(4, 1, "lr", 0.01, 0.02, 4)
    waiting = [EditQueued(5, "batch_size", 8, "noise"), EditQueued(5, "seed", 8)]
    told = json.loads(to_text(export(RUN_ID, view([*opening(), first, second, *waiting, *closing()]))))
    jsonschema.validate(told, schema())
    assert [edit.get("why") for edit in told["edits"]] == ["too slow", None]
    assert [edit.get("why") for edit in told["pending_edits"]] == ["noise", None]
    assert list(told["edits"][1]) == ["step", "epoch", "name", "old", "new", "undone", "note"], "as before"


def test_what_is_in_an_export() -> None:
    got = document()
    assert list(got) == [
        *("format", "version", "run", "experiment", "environment", "dataset", "model"),
        *("edits", "pending_edits", "ledger", "history", "summary", "non_finite"),
    ]
    assert got["run"] == {
        "id": RUN_ID,
        "name": RUN_ID,
        "status": "finished",
        "started": "2026-11-18T11:06:40.250Z",
        "finished": "2026-11-18T11:06:42.500Z",
        "parent": None,
        "origin": None,
    }
    assert got["experiment"]["hyperparameters"]["lr"] == 0.001
    assert got["dataset"]["classes"] == ["a", "b", HOSTILE]
    assert got["dataset"]["split"] == {"train": 124, "val": 36, "test": 18}
    assert got["model"]["layers"][0] == {"layer": "linear 8", "output_shape": [8], "parameters": 112}
    assert got["summary"] == {
        "best_epoch": 2,
        "best_val_loss": 0.6,
        "test": {
            "loss": 0.4,
            "accuracy": 0.95,
            "recall_per_class": {"a": 1.0, "b": 1.0, HOSTILE: 0.5},
        },
    }
    assert (got["edits"], got["non_finite"]) == ([], [])


def test_one_record_an_epoch() -> None:
    assert history(view(whole_run()))[1] == {
        "epoch": 2,
        "step": 8,
        "train_loss": 0.5,
        "val_loss": 0.6,
        "lr": 0.001,
        "seconds": 0.25,
        "val_accuracy": 0.8,
        "val_recall": 0.7,
        "val_recall[a]": 1.0,
        "val_recall[b]": 0.5,
        f"val_recall[{HOSTILE}]": 0.9,
    }


def test_the_training_metrics_are_in_every_record_once_one_has_them() -> None:
    """A journal of an earlier version has none, one that was gone on with has some."""
    events = whole_run()
    last = max(k for k, event in enumerate(events) if isinstance(event, EpochEnded))
    events[last] = replace(events[last], train_metrics={"accuracy": 0.9})
    first, *_, second = history(view(events))
    assert (first["train_accuracy"], second["train_accuracy"]) == ("NaN", 0.9)
    assert list(first) == list(second)
    assert valid(json.loads(to_text(export(RUN_ID, view(events)))))


def test_a_metric_that_only_later_epochs_have_is_in_every_record() -> None:
    """A run of a version without it was resumed by one that has it."""
    events = whole_run()
    last = max(k for k, event in enumerate(events) if isinstance(event, EpochEnded))
    ended = events[last]
    assert isinstance(ended, EpochEnded)
    events[last] = replace(ended, metrics={**ended.metrics, "f1": 0.75})
    first, *_, second = history(view(events))
    assert (first["val_f1"], second["val_f1"]) == ("NaN", 0.75)
    assert list(first) == list(second)
    assert valid(json.loads(to_text(export(RUN_ID, view(events)))))


def test_where_a_value_is_not_finite_it_is_a_string_and_its_place_is_listed() -> None:
    got = json.loads(to_text(export(RUN_ID, view([*opening(("a", "it's")), *wild_run()[4:]]))))
    assert got["history"][0]["val_loss"] == "Infinity"
    assert got["summary"]["test"]["loss"] == "NaN"
    assert set(got["non_finite"]) == {
        "$.history[0].val_loss",
        "$.summary.test.loss",
        "$.summary.test.recall_per_class.a",
    }
    assert history(view(wild_run()))[0]["val_loss"] == "Infinity"


def test_the_place_of_an_odd_key_is_written_in_brackets() -> None:
    found: list[str] = []
    assert strict({"a": [1.0, {"it's [x]": -inf}], "n": nan}, found) == {
        "a": [1.0, {"it's [x]": "-Infinity"}],
        "n": "NaN",
    }
    assert found == [r"$.a[1]['it\'s [x]']", "$.n"]


def test_a_run_without_events_is_refused() -> None:
    with pytest.raises(RunError, match="no events"):
        export(RUN_ID, view([]))


def every_key(value: object, path: tuple = ()):
    """The place of every key of every object in a document."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield (*path, key)
            yield from every_key(item, (*path, key))
    elif isinstance(value, list):
        for k, item in enumerate(value):
            yield from every_key(item, (*path, k))


def owner_of(document: object, place: tuple):
    for step in place[:-1]:
        document = document[step]
    return document


# Keys that come and go: metrics with the task, hyperparameters with the version, what else a machine tells.
FREE = re.compile(
    r"history\.\d+\.val_(?!loss$).*"
    r"|experiment\.hyperparameters\.(?!(lr|optimizer|batch_size|epochs|seed)$).*"
    r"|environment\.threads"
    r"|summary\.test\.(?!loss$).*",
    re.DOTALL,
)


@pytest.mark.parametrize("place", list(every_key(document())), ids=str)
def test_the_schema_refuses_a_missing_key_and_a_wrong_type(place: tuple) -> None:
    spoilt = document()
    owner_of(spoilt, place)[place[-1]] = [["wrong"]]
    assert not valid(spoilt)
    del owner_of(spoilt, place)[place[-1]]
    assert valid(spoilt) == bool(FREE.fullmatch(".".join(map(str, place))))


@pytest.mark.parametrize(
    "place",
    [
        (),
        ("run",),
        ("experiment",),
        ("dataset",),
        ("dataset", "split"),
        ("model",),
        ("summary",),
        ("history", 0),
    ],
    ids=str,
)
def test_the_schema_refuses_an_unknown_key(place: tuple) -> None:
    spoilt = document()
    owner_of(spoilt, (*place, ""))["unheard_of"] = 1
    assert not valid(spoilt)


@pytest.mark.parametrize(
    ("place", "wrong"),
    [
        (("version",), 2),
        (("version",), "1"),
        (("run", "id"), None),
        (("run", "id"), ""),
        (("run", "parent"), 7),
        (("run", "status"), "done"),
        (("run", "started"), "yesterday"),
        (("history", 0, "val_loss"), "nan"),
        (("history", 0, "val_loss"), None),
        (("history", 0, "val_accuracy"), "0.8"),
        (("history", 0, "epoch"), 0),
        (("history", 0, "epoch"), 1.5),
        (("history",), {}),
        (("experiment", "hyperparameters", "lr"), "0.1"),
        (("experiment", "hyperparameters", "seed"), -1),
        (("experiment", "task"), "guess"),
        (("environment", "torch"), 2.15),
        (("dataset", "rows"), "178"),
        (("dataset", "classes"), [1, 2]),
        (("model", "layers", 0, "output_shape"), "8"),
        (("summary", "test", "loss"), True),
        (("non_finite",), ["history"]),
        (("edits",), [{"step": 1}]),
    ],
)
def test_the_schema_refuses_a_wrong_value(place: tuple, wrong: object) -> None:
    spoilt = document()
    owner_of(spoilt, place)[place[-1]] = wrong
    assert not valid(spoilt)


@pytest.mark.parametrize("events", [whole_run(), wild_run()])
def test_pandas_reads_the_history(events: list, tmp_path: Path) -> None:
    path = tmp_path / "h.json"
    write_text(path, [to_text(history(view(events)))])
    frame = pd.read_json(path)
    assert len(frame) == len(view(events).history)
    assert list(frame["val_loss"]) == pytest.approx([e.val_loss for e in view(events).history])
    assert frame["val_loss"].dtype == float
    assert frame["epoch"].dtype.kind == "i"
    assert pd.isna(pd.read_json(io.StringIO(to_text(history(view(wild_run())))))[f"val_recall[{HOSTILE}]"][0])


def test_the_text_is_plain_ascii_one_epoch_a_line() -> None:
    text = to_text(export(RUN_ID, view(whole_run())))
    assert text.isascii() and text.replace("\n", "").isprintable()
    assert sum(line.strip().startswith('{"epoch":') for line in text.splitlines()) == 3
    assert to_text([]) == "[]\n"


def test_a_file_is_replaced_whole_and_keeps_its_permissions(tmp_path: Path) -> None:
    path = tmp_path / "f.json"
    path.write_text("old")
    path.chmod(0o640)
    write_text(path, [to_text({"a": 1})])
    assert json.loads(path.read_text()) == {"a": 1}
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert [p.name for p in tmp_path.iterdir()] == ["f.json"]


def test_a_new_file_follows_the_umask_and_a_link_is_followed(tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "link.json").symlink_to(tmp_path / "there" / "f.json")
    before = os.umask(0o027)
    try:
        write_text(tmp_path / "link.json", [to_text({})])
    finally:
        os.umask(before)
    assert (tmp_path / "link.json").is_symlink()
    assert stat.S_IMODE((tmp_path / "there" / "f.json").stat().st_mode) == 0o640


def test_a_device_is_written_to_and_stays_a_device() -> None:
    check_writable(Path("/dev/null"))
    write_text(Path("/dev/null"), [to_text({})])
    assert stat.S_ISCHR(Path("/dev/null").stat().st_mode)
    with pytest.raises(InputError, match="No space left"):
        write_text(Path("/dev/full"), [to_text({})])


@pytest.mark.parametrize(
    "act", [check_writable, lambda path: write_text(path, [to_text({})])], ids=["check", "write"]
)
@pytest.mark.parametrize(
    ("name", "words"),
    [
        (".", "is a folder"),
        ("none/f.json", "none"),
        ("a\0b", "null"),
        ("x" * 300, "too long"),
        ("loop", "loop"),
    ],
)
def test_a_place_that_cannot_be_written_is_refused_in_words(
    tmp_path: Path, name: str, words: str, act
) -> None:
    (tmp_path / "loop").symlink_to(tmp_path / "loop")
    with pytest.raises(InputError, match=words) as caught:
        act(tmp_path / name)
    assert str(caught.value).isprintable()


def test_checking_leaves_nothing_behind(tmp_path: Path) -> None:
    check_writable(tmp_path / "f.json")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("rows", [0, 1, 2, 3])
def test_the_text_in_pieces_is_that_of_the_whole(rows: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_lab.runs.export.export_rows._PIECE_ROWS", 2)
    epochs = [replace(epoch(n), val_loss=nan, train_loss=inf) for n in range(1, rows + 1)]
    wild = [*opening(), *epochs]
    for events in (whole_run(), wild_run(), wild):
        shares: list[float] = []
        pieces = list(export_text(RUN_ID, view(events), "n", shares.append))
        assert "".join(pieces) == to_text(export(RUN_ID, view(events), "n"))
        assert "".join(history_text(view(events))) == to_text(history(view(events)))
        assert shares == sorted(shares) and (not view(events).history or shares[-1] == 1.0)
    with pytest.raises(RunError, match="no events"):
        export_text(RUN_ID, view([]))


NAMES = ("accuracy", "loss", "100 %", "%s", 'a "b"', "recall[a]", HOSTILE)
numbers = st.floats() | st.sampled_from([nan, inf, -inf, 1e308, 0.1, 5e-324, -0.0])
tables = st.dictionaries(st.sampled_from(NAMES), numbers, max_size=3)
recorded = st.builds(
    EpochEnded,
    epoch=st.just(0),
    step=st.integers(0, 2**70),
    **dict.fromkeys(("train_loss", "val_loss", "lr", "seconds"), numbers),
    metrics=tables,
    class_recall=st.lists(numbers, max_size=4).map(tuple),
    train_metrics=tables,
)
alike = st.tuples(recorded, st.lists(numbers, max_size=6)).map(
    lambda drawn: [drawn[0], *(replace(drawn[0], val_loss=value) for value in drawn[1])]
)


@given(
    st.lists(st.lists(recorded, max_size=2) | alike, max_size=4),
    st.lists(st.sampled_from(NAMES), max_size=4, unique=True).map(tuple),
)
def test_the_columns_give_what_each_epoch_gives(
    drawn: list[list[EpochEnded]], classes: tuple[str, ...]
) -> None:
    """`export` makes a dict of each epoch, `export_text` a text of the columns; some epochs fit no column."""
    epochs = [replace(ended, epoch=number) for number, ended in enumerate(chain(*drawn), 1)]
    seen = view([*opening(classes), *epochs])
    with patch("tui_lab.runs.export.export_rows._PIECE_ROWS", 3):
        assert "".join(export_text(RUN_ID, seen)) == to_text(export(RUN_ID, seen))
