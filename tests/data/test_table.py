"""Reading a table: what is understood and what is refused, with the place."""

import hashlib
import os
from pathlib import Path

import numpy as np
import pytest

from tui_lab.data.table.guess import guess_preset
from tui_lab.data.table.table import read_table
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.tasks import Task

GOOD = "a,b,y\n1,2,0\n3,4,1\n5,6,0\n7,8.5,1\n"


def read(folder: Path, text: str, task: Task = "regression", target: str = "y", **more: object) -> object:
    path = folder / "t.csv"
    path.write_bytes(text.encode())
    return read_table(DataSpec(file=str(path), target=target, **more), task)  # type: ignore[arg-type]


def refusal(folder: Path, text: str, task: Task = "regression", **more: object) -> str:
    with pytest.raises(InputError) as error:
        read(folder, text, task, **more)  # type: ignore[arg-type]
    return str(error.value)


def test_numbers_come_out_as_they_stand(tmp_path: Path) -> None:
    table = read(tmp_path, GOOD)
    assert [item.name for item in table.inputs] == ["a", "b"]  # type: ignore[attr-defined]
    assert [item.values_N.tolist() for item in table.inputs] == [[1, 3, 5, 7], [2, 4, 6, 8.5]]  # type: ignore[attr-defined]
    assert table.rows_N.tolist() == [2, 3, 4, 5]  # type: ignore[attr-defined]
    assert table.target_N.tolist() == [0, 1, 0, 1]  # type: ignore[attr-defined]
    assert table.sha256 == hashlib.sha256(GOOD.encode()).hexdigest()  # type: ignore[attr-defined]


def test_classes_are_numbered_in_order_and_keep_their_names(tmp_path: Path) -> None:
    text = "a,y\n1,10\n2,9\n3,NA\n4,9\n"
    assert read(tmp_path, text, "multiclass").classes == ("10", "9", "NA")  # type: ignore[attr-defined]
    numbers = read(tmp_path, text.replace("NA", "11"), "multiclass")
    assert numbers.classes == ("9", "10", "11")  # type: ignore[attr-defined]
    assert numbers.target_N.tolist() == [1, 0, 2, 0]  # type: ignore[attr-defined]
    assert numbers.target_N.dtype == np.int64  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a,b,y\n1,x,0\n3,,1\n5,4,0\n7,2,1\n", ["row 2", "'b'", "'x'"]),
        (
            "a,b,y\n1,-inf,0\n3,,1\n5,inf,0\n7,1e39,1\n9,1e99,0\n",
            ["row 2", "'b'", "row 4", "row 5", "1 more"],
        ),
        ("a,z\n1,2\n3,4\n5,6\n", ["no column 'y'", "a, z"]),
        ("a,y\n1,2\n", ["too few"]),
        ("", ["empty"]),
        ("a,b,y\n1,2,3\n1,2,3,4,5\n1,2,3\n", ["row 3", "5 cells"]),
    ],
    ids=["a bad cell", "infinite cells", "no target", "one row", "empty", "a long row"],
)
def test_what_cannot_be_used_is_refused_with_its_place(tmp_path: Path, text: str, words: list[str]) -> None:
    message = refusal(tmp_path, text)
    assert all(word in message for word in words), message


def test_a_target_near_the_one_named_is_offered(tmp_path: Path) -> None:
    assert "did you mean 'price'?" in refusal(tmp_path, GOOD.replace("y\n", "price\n", 1), target="prise")


@pytest.mark.parametrize(
    ("task", "labels", "words"),
    [
        ("binary", ["a", "b", "c"], "multiclass"),
        ("binary", ["a", "a", "a"], "only one class"),
        ("multiclass", ["a", "", "b"], "missing in 1 row, first in row 3"),
        ("multiclass", [str(k) for k in range(60)], "more than 50"),
    ],
)
def test_classes_that_make_no_sense_are_refused(
    tmp_path: Path, task: Task, labels: list[str], words: str
) -> None:
    text = "a,y\n" + "".join(f"{k},{label}\n" for k, label in enumerate(labels))
    assert words in refusal(tmp_path, text, task)


def test_a_shape_must_fit_the_columns(tmp_path: Path) -> None:
    assert "1 x 2 x 2 needs 4 columns; there are 2" in refusal(tmp_path, GOOD, shape=(1, 2, 2))


def test_only_regular_files_are_opened(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for name in ("pipe", "", "missing.csv"):
        with pytest.raises(InputError, match="file"):
            read_table(DataSpec(file=str(tmp_path / name), target="y"), "regression")


def test_all_problems_are_told_at_once(tmp_path: Path) -> None:
    message = refusal(tmp_path, "a,y\nx,p\n2,q\n3,q\n4,r\n", "binary")
    assert "'x'" in message
    assert "multiclass" in message


def test_hostile_cells_are_shown_not_obeyed(tmp_path: Path) -> None:
    assert "\x1b" not in refusal(tmp_path, "a,y\n\x1b[31m,1\n2,2\n3,3\n")


def test_a_table_that_was_looked_at_is_read_again_if_it_changed_or_is_asked_for_otherwise(
    tmp_path: Path,
) -> None:
    path = tmp_path / "t.csv"
    rows = "".join(f"{k},{k % 7},{k % 5}\n" for k in range(40))
    path.write_text(f"a,b,y\n{rows}")
    spec = guess_preset(DataSpec(file=str(path), target="y")).preset.data
    path.write_text(f"a,b,y\n{rows}41,1,1\n")
    assert len(read_table(spec, "regression").rows_N) == 41
    guess_preset(spec)
    asked = spec.model_copy(update={"missing": ("3",), "blank_target": "drop"})
    assert len(read_table(asked, "regression").rows_N) == 33
    guess_preset(spec)
    assert len(read_table(spec, "regression").rows_N) == 41
