"""BAD-INPUT.md, tables: what people will feed it, and what they must get. The numbers are its rows."""

import gzip
import os
import random
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import pytest
import torch

from tests.engine.helpers import experiment
from tui_lab.data import local_file
from tui_lab.data.dataset import Dataset
from tui_lab.data.table.load import load
from tui_lab.data.table.reading import delimited
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, Experiment
from tui_lab.experiment.tasks import Task

CPU = torch.device("cpu")


def rows(line: str, count: int = 40, header: str = "a,b,y") -> str:
    """A table whose lines are made of `{k}` (the number), `{x}` (a normal number) and `{c}` (0 or 1)."""
    lines = [line.format(k=k, x=x, c=c) for k, (x, c) in enumerate(numbers(count))]
    return "\n".join([*([header] if header else []), *lines]) + "\n"


@cache
def numbers(count: int) -> list[tuple[float, int]]:
    rng = random.Random(1)
    return [(round(rng.gauss(0, 1), 3), rng.randrange(2)) for _ in range(count)]


GOOD = rows("{x},{k},{c}")


@dataclass(frozen=True)
class Case:
    """A table, what is asked of it, and the words of the refusal or of the warning."""

    content: str | bytes
    words: tuple[str, ...]
    task: Task = "binary"
    name: str = "t.csv"
    spec: dict[str, object] = field(default_factory=dict)

    def asked(self, folder: Path) -> Experiment:
        path = folder / self.name
        path.write_bytes(self.content if isinstance(self.content, bytes) else self.content.encode())
        spec = DataSpec.model_validate({"target": "y"} | self.spec | {"file": str(path)})
        return experiment(folder, self.task).model_copy(update={"data": spec})


def one_bad(cell: str, row: int, column: str = "b") -> str:
    """The good table with one cell changed; rows as a spreadsheet counts them."""
    lines = [line.split(",") for line in GOOD.splitlines()]
    lines[row - 1]["aby".index(column)] = cell
    return "\n".join(map(",".join, lines)) + "\n"


REFUSED: dict[str, Case] = {
    "1 empty file": Case("", ("empty",)),
    "1 blank lines": Case("\n\n  \n", ("blank",)),
    "1 header only": Case("a,b,y\n", ("0 rows", "3 columns")),
    "1 one row": Case("a,b,y\n1,2,1\n", ("1 row and 3 columns",)),
    "2 fewer than the split needs": Case(
        "a,y\n1,0\n2,1\n3,0\n4,1\n", ("4 rows", "train 2", "val 2", "test 0")
    ),
    "3 target missing": Case(GOOD, ("no column 'yy'", "did you mean 'y'", "a, b, y"), spec={"target": "yy"}),
    "3 target twice": Case(GOOD.replace("a,b,y", "y,b,y"), ("row 1", "'y'", "more than one")),
    "3 target also a feature": Case(
        GOOD, ("'y'", "is the target and cannot be a feature"), spec={"columns": {"y": "number"}}
    ),
    "3 an unknown column": Case(GOOD, ("no column 'bb'", "'b'"), spec={"columns": {"bb": "leave_out"}}),
    "4 text in a regression": Case(
        rows("{x},{k},n{c}"),
        ("row 2", "row 3", "row 4", "'y'", "37 more", "'binary'", "missing=n"),
        "regression",
    ),
    "5 a float target in classification": Case(
        rows("{c},{k},{x}", 80), ("'y'", "more than 50", "regression"), "multiclass"
    ),
    "5 not whole": Case(rows("{x},{k},{c}.5"), ("not whole", "'0.5'", "regression")),
    "6 target blank": Case(one_bad("", 7, "y"), ("'y'", "missing in 1 row", "row 7", "blank_target=drop")),
    "8 a single class": Case(rows("{x},{k},1"), ("'y'", "only one class")),
    "8 three classes for binary": Case(one_bad("2", 5, "y"), ("3 classes, '0', '1', '2';", "multiclass")),
    "8 two classes in four ways": Case(
        one_bad("Yes", 5, "y").replace(",1\n", ",yes\n"), ("3 classes, '0', 'Yes', 'yes';", "only in case")
    ),
    "10 a class absent from training": Case(
        one_bad("rare", 5, "y"),
        ("no training rows", "'rare'"),
        "multiclass",
        spec={"split": {"train": 0.2, "val": 0.5, "test": 0.3}},
    ),
    "13 infinity": Case(one_bad("inf", 9), ("row 9", "'b'", "'inf'", "not a finite number")),
    "13 beyond float32": Case(one_bad("1e39", 9), ("row 9", "'b'", "1e+39", "not a finite number")),
    "15 duplicate names": Case(GOOD.replace("a,b,y", "a,a,y"), ("row 1", "'a'", "more than one")),
    "15 a row for names": Case(GOOD.replace("a,b,y", "1,1,a"), ("row 1", "'1'", "--data header=false")),
    "17 more cells in every row": Case(
        rows("{x},{k},{c},9"), ("row 2", "more cells ('9')", "columns (3)", "39 more rows")
    ),
    "17 two more in every row": Case(
        rows("{x},{k},{c},8,9"), ("row 2", "more cells ('8')", "columns (3)", "39 more rows")
    ),
    "18 long rows": Case(one_bad("1,2,3", 8).replace("\n", "\n", 1), ("row 8", "5 cells", "3 columns")),
    "18 a long row among many": Case(
        rows("{x},{k},{c}", 70_000).replace(",69990,", ",1,2,"), ("row 69992", "more cells")
    ),
    "18 an unclosed quote": Case(one_bad('"oops', 8), ("row 8", "never closed")),
    "18 an unclosed quote far down": Case(
        rows("{x},{k},{c}", 70_000).replace(",69990,", ',"69990,'), ("row 69992", "never closed")
    ),
    "19 unsure delimiter": Case("a,b;c,y\n1,2;3,4\n5,6;7,8\n", ("unsure", "comma", "semicolon", "delimiter")),
    "19 unsure tab": Case("a\tb|c\ty\n1\t2|3\t4\n", ("delimiter=tab ", r'(delimiter = "\t" in a preset)')),
    "19 unsure comma": Case(
        rows("{x};1,234;{c}", header="a;b;y").replace(".", ""), ("unsure", "'1,234'", "decimal")
    ),
    "19 one column": Case("a b y\n1 2 3\n1 2 3\n1 2 3\n", ("one column", "a b y")),
    "20 latin-1": Case(GOOD.replace("a,b", "ä,b").encode("latin-1"), ("byte 0", "0xe4", "UTF-8", "encoding")),
    "20 latin-1 far down": Case(
        (GOOD * 30000).replace("a,b,y\n", "").encode() + b"\xff",
        ("byte", "0xff", "UTF-8"),
        spec={"target": "column_3"},
    ),
    "20 NUL": Case(one_bad("\0", 9), ("byte", "NUL")),
    "20 a binary file": Case(
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + bytes(99), ("a PNG image", "a folder of images")
    ),
    "20 an Excel workbook": Case(b"PK\3\4\x14\0\6\0" + bytes(99), ("Excel workbook", "CSV")),
    "20 a Parquet file": Case(b"PAR1\x15\4" + bytes(99), ("Parquet", ".parquet")),
    "20 a binary file of no known kind": Case(b"\x89\1\2" + bytes(99), ("byte 0", "0x89")),
    "20 UTF-16 without its mark": Case(GOOD.encode("utf-16-le"), ("byte 1", "NUL", "utf-16")),
    "20 cut in the middle of a letter": Case(GOOD.encode() + b"\xc3", ("byte", "0xc3")),
    "20 gzip cut short": Case(gzip.compress(GOOD.encode())[:-20], ("gzip",), name="t.csv.gz"),
    "21 mixed types": Case(one_bad("many", 12), ("row 12", "'b'", "'many'", "missing=many", "leave_out=b")),
    "21 nothing left": Case(rows("some text {k},{k} words,{c}"), ("no usable feature column",)),
    "22 over int64": Case(
        rows("{x},99999999999999999{k:03},{c}"), ("'b'", "99999999999999999000", "64 bits", "leave_out=b")
    ),
    "22 over int64, in the target": Case(
        rows("{x},{k},99999999999999999{k:03}"), ("'y'", "64 bits", "--target"), "regression"
    ),
    "22 over int64, of few": Case(rows("{x},1844674407370955{c}000,{c}"), ("'b'", "64 bits", "leave_out=b")),
    "19 thousands or decimals": Case(rows('{x},"1,{k:03}",{c}'), ("'b'", "ambiguous", "--data decimal=.")),
    "19 thousands or decimals in the target": Case(
        rows('{x},{k},"1,{k:03}"'), ("'y'", "ambiguous", "--data decimal=."), "regression"
    ),
    "26 a blank row without an end": Case(
        gzip.compress(b"a,b,y\n" + b" " * 3_000_000), ("without the end of a row",), name="t.csv.gz"
    ),
}

WARNED: dict[str, Case] = {
    "6 target blank, to be dropped": Case(
        one_bad("", 7, "y"), ("'y'", "missing in 1 row", "row 7", "dropped"), spec={"blank_target": "drop"}
    ),
    "7 labels that look like blanks": Case(
        GOOD.replace(",1\n", ",NA\n").replace(",0\n", ",None\n"), ("'NA'", "'None'", "kept as a class")
    ),
    "10 a class with one sample": Case(one_bad("2", 5, "y"), ("'2'", "too few rows of class"), "multiclass"),
    "11 strong imbalance": Case(
        GOOD.replace(",1\n", ",0\n").replace(",0\n", ",1\n", 3), ("92%", "constant prediction")
    ),
    "12 blank features": Case(
        one_bad("", 7), ("'b'", "1 missing value filled", "mean of the training split")
    ),
    "12 words for blank": Case(one_bad("NA", 7), ("'b'", "1 missing value filled")),
    "12 own words for blank": Case(
        one_bad("-", 7), ("'b'", "1 missing value filled"), spec={"missing": ["-"]}
    ),
    "12 a blank category": Case(
        rows("{x},u{c},{c}").replace("u1", "", 1), ("'b'", "1 missing value filled", "most frequent")
    ),
    "14 all blank": Case(rows("{x},,{c}"), ("'b'", "left out", "always missing")),
    "14 constant": Case(rows("{x},7,{c}"), ("'b'", "left out", "always 7")),
    "14 constant text": Case(rows("{x},same,{c}"), ("'b'", "left out", "only one value")),
    "16 a trailing comma": Case(rows("{x},{k},{c},", header="a,b,y,"), ("column 4", "without a name")),
    "18 a short row": Case(rows("{c},{x},{k}", header="y,a,b") + "1,2\n", ("'b'", "1 missing value filled")),
    "19 semicolons": Case(GOOD.replace(",", ";"), ("delimiter is a semicolon",)),
    "19 tabs": Case(GOOD.replace(",", "\t"), ("delimiter is a tab",)),
    "19 decimal commas": Case(
        GOOD.replace(",", ";").replace(".", ","), ("decimal comma",)
    ),
    "19 quoted decimal commas": Case(rows('{x},"{k},5",{c}'), ("'b'", "decimal comma")),
    "19 thousands": Case(
        rows('{x},"1,234,{k:03}",{c}'), ("'b'", "'1,234,000'", "thousands")
    ),
    "21 dates": Case(rows("{x},2026-01-{k:02},{c}"), ("'b'", "left out", "dates")),
    "21 free text": Case(rows("{x},it is {k},{c}"), ("'b'", "left out", "40 distinct", "one_hot=b")),
    "21 ids": Case(
        rows("{x},{k},{c}", header="a,user_id,y"), ("'user_id'", "left out", "id", "number=user_id")
    ),
    "21 few texts": Case(rows("{x},u{c},{c}"), ("'b'", "2 different values", "one-hot encoded")),
    "22 over 2^53": Case(rows("{x},90071992547409{k:03},{c}"), ("'b'", "2^53")),
    "22 over 2^53 with a blank": Case(
        rows("{x},90071992547409{k:03},{c}").replace("90071992547409000", "", 1), ("'b'", "2^53", "becomes")
    ),
    "22 over 2^53 in the target": Case(
        rows("{x},{k},90071992547409{k:03}"), ("'y'", "2^53", "'90071992547409", "becomes"),
        "regression",
    ),
    "22 ids of many digits": Case(
        rows("{x},99999999999999999{k:03},{c}", header="a,user_id,y"), ("'user_id'", "left out", "id")
    ),
    "19 thousands in the target": Case(
        rows('{x},{k},"1,0{k:02}.5"'), ("'y'", "'1,000.5'", "thousands"), "regression"
    ),
    "19 thousands that are said": Case(
        rows('{x},"1,{k:03}",{c}'), ("'b'", "'1,000'", "thousands"), spec={"decimal": "."}
    ),
    "6 own words for blank in the target": Case(
        one_bad("NA", 7, "y"), ("'y'", "missing in 1 row"), spec={"missing": ["NA"], "blank_target": "drop"}
    ),
    "23 no header": Case(
        rows("{x},{k},{c}", header=""), ("only numbers", "column_1"), spec={"target": "column_3"}
    ),
    "23 names that count": Case(
        rows("{x},{k},{c}", header="0,1,2"), ("counts up",), spec={"target": "2"}
    ),
    "23 most names are numbers": Case(
        rows("{x},{k},{c},u{c}", header="0.3,1,0,u1"), ("'0.3'", "if it is data", "--data header=false"),
        spec={"target": "u1"},
    ),
    "9 classes that differ in case": Case(
        one_bad("A", 5, "y").replace(",1\n", ",a\n"), ("'A' and 'a'", "only in case"), "multiclass"
    ),
    "25 the same row in two splits": Case(
        "a,b,y\n" + "1,2,0\n3,4,1\n" * 20, ("12 of the 12", "equal training rows")
    ),
    "3 a copy of the target": Case(rows("{x},{c}0,{c}"), ("'b'", "gives the target 'y' away", "leave_out=b")),
    "3 nearly the target": Case(
        "a,b,y\n" + "".join(f"{k * 7 % 13},{k * 2 + k % 3},{k}\n" for k in range(60)),
        ("'b' alone predicts the target 'y' almost exactly (R² 0.99", "leave_out=b"),
        "regression",
    ),
    "blank rows": Case(GOOD.replace("\n", "\n\n", 5), ("5 blank rows",)),
}  # fmt: skip


@pytest.mark.parametrize("name", REFUSED)
def test_refused(tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if name.startswith("26"):
        monkeypatch.setattr(local_file, "LONGEST_CHUNK", 2_000_000)
    with pytest.raises(InputError) as caught:
        load(REFUSED[name].asked(tmp_path), CPU)
    message = str(caught.value)
    assert all(word in message for word in REFUSED[name].words), message
    assert all("t.csv" in problem for problem in caught.value.problems), "each names the file"
    assert "\x1b" not in message


@pytest.mark.parametrize("name", WARNED)
def test_warned(tmp_path: Path, name: str) -> None:
    data = load(WARNED[name].asked(tmp_path), CPU)
    told = (*data.warnings, *data.about.facts)
    assert any(all(word in line for word in WARNED[name].words) for line in told), told
    assert not any("t.csv" in line for line in told), "a run has one file: its name need not be said"
    assert bool(data.train.x.isfinite().all())


def good(folder: Path, content: str | bytes, task: Task = "binary", **spec: object) -> Dataset:
    return load(Case(content, (), task, spec=spec).asked(folder), CPU)


def test_every_row_of_the_list_is_here() -> None:
    numbers = {int(name.split()[0]) for name in (*REFUSED, *WARNED) if name[0].isdigit()}
    others = {9, 24, 27, 28}  # tests of their own, below
    assert numbers | others == set(range(1, 29))


def test_a_good_table_gives_no_warning(tmp_path: Path) -> None:
    assert good(tmp_path, GOOD).warnings == ()


def test_9_labels_are_numbered_from_0_and_keep_their_names(tmp_path: Path) -> None:
    data = good(tmp_path, rows("{x},{k},{c}").replace(",1\n", ",yes\n").replace(",0\n", ",no\n"))
    assert data.about.classes == ("no", "yes")
    assert sorted(set(data.train.y.tolist())) == [0.0, 1.0]
    counted = good(tmp_path, GOOD.replace(",1\n", ",2\n").replace(",0\n", ",1\n"), "multiclass")
    assert counted.about.classes == ("1", "2")
    assert sorted(set(counted.train.y.tolist())) == [0, 1]


@pytest.mark.parametrize(
    ("yes", "no"), [("true", "false"), ("TRUE", "FALSE"), ("yes", "no"), ("True", "False")]
)
def test_24_booleans_are_0_and_1(tmp_path: Path, yes: str, no: str) -> None:
    plain = rows("{x},{c},{k}")
    words = "\n".join(
        ",".join([a, {"1": yes, "0": no}.get(b, b), y])
        for a, b, y in (line.split(",") for line in plain.split())
    )
    as_words, as_numbers = good(tmp_path, words, "regression"), good(tmp_path, plain, "regression")
    assert torch.equal(as_words.train.x, as_numbers.train.x)
    assert as_words.warnings == as_numbers.warnings


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_20_a_mark_tells_the_encoding(tmp_path: Path, encoding: str) -> None:
    text = GOOD.replace("a,b", "größe,b")
    data = good(tmp_path, text.encode(encoding))
    assert [column.name for column in data.recipe.columns] == ["größe", "b"]


def test_20_an_encoding_may_be_named(tmp_path: Path) -> None:
    data = good(tmp_path, GOOD.replace("a,b", "größe,b").encode("latin-1"), encoding="latin-1")
    assert data.recipe.columns[0].name == "größe"


def test_26_size_is_held_against_free_memory_before_reading(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "big.csv"
    path.write_text(GOOD)
    os.truncate(path, 10_000_000_000)
    monkeypatch.setattr(local_file, "free_memory", lambda: 2_000_000_000)
    monkeypatch.setattr(local_file.TextSource, "__enter__", lambda self: pytest.fail("it was opened"))
    spec = DataSpec(file=str(path), target="y")
    with pytest.raises(InputError, match=r"10\.0 GB, but only 2\.0 GB of memory are free"):
        load(experiment(tmp_path).model_copy(update={"data": spec}), CPU)


@pytest.mark.slow
def test_26_a_gzip_bomb_is_counted_while_it_is_unpacked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "bomb.csv.gz"
    with gzip.open(path, "wb", 9) as file:
        for _ in range(300):
            file.write(b"1,2,3\n" * 100_000)
    assert path.stat().st_size < 1_000_000
    monkeypatch.setattr(delimited, "free_memory", lambda: 100_000_000)
    seen: list[float] = []
    spec = DataSpec(file=str(path), target="column_3")
    with pytest.raises(InputError, match=r"needs about .* of memory, but only 100 MB are free"):
        load(experiment(tmp_path).model_copy(update={"data": spec}), CPU, seen.append)
    assert len(seen) < 5, "it was not unpacked to the end"


def test_26_what_unpacks_to_hundreds_of_times_its_size_is_refused_early(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local_file, "_BOMB_FROM", 2**20)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"a,b,y\n") + gzip.compress(b"1,2,3\n" * 500_000) * 100)
    seen: list[float] = []
    spec = DataSpec(file=str(path), target="y")
    with pytest.raises(InputError, match=r"unpack to over 200 times that.*gunzip"):
        load(experiment(tmp_path).model_copy(update={"data": spec}), CPU, seen.append)
    assert max(seen, default=0) < 0.2, "it was not unpacked to the end"


def test_26_a_table_of_few_values_is_no_bomb(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(local_file, "_BOMB_FROM", 2**16)
    path = tmp_path / "plain.csv.gz"
    rows = "".join(f"{k % 10},{k % 3},{k % 7}\n" for k in range(30_000))
    path.write_bytes(gzip.compress(b"a,b,y\n" + rows.encode()))
    assert path.stat().st_size * 50 < len(rows)
    spec = DataSpec(file=str(path), target="y")
    assert load(experiment(tmp_path).model_copy(update={"data": spec}), CPU).about.rows == 30_000


@pytest.mark.parametrize("what", ["https://example.org/x.csv", "folder", "pipe", "/dev/zero", "no.csv", ""])
def test_27_only_regular_local_files_are_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("folder").mkdir()
    os.mkfifo("pipe")
    monkeypatch.setattr("socket.socket", lambda *a, **k: pytest.fail("a socket was opened"))
    spec = DataSpec.model_construct(**(DataSpec(file="x", target="y").__dict__ | {"file": what}))
    with pytest.raises(InputError, match="file"):
        load(experiment(tmp_path).model_copy(update={"data": spec}), CPU)


def test_28_an_unreadable_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(self: Path, *args: object, **options: object) -> None:
        raise PermissionError(13, "Permission denied")

    (tmp_path / "t.csv").write_text(GOOD)
    spec = DataSpec(file=str(tmp_path / "t.csv"), target="y")
    asked = experiment(tmp_path).model_copy(update={"data": spec})
    monkeypatch.setattr(Path, "open", refused)  # a mode of 0 would not keep root out
    with pytest.raises(InputError, match="Permission denied"):
        load(asked, CPU)


def test_28_a_disk_that_fails_while_reading(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(self: object, buffer: object) -> int:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(local_file._Hashing, "readinto", broken)
    with pytest.raises(InputError, match=r"t\.csv: cannot be read: Input/output error"):
        good(tmp_path, GOOD)


def test_all_problems_of_a_table_are_told_at_once(tmp_path: Path) -> None:
    text = one_bad("many", 5).replace("a,b,y", "a,b,y").replace(",1\n", ",2\n", 1).splitlines()
    text[9] = text[9].replace(text[9].split(",")[0], "inf")
    with pytest.raises(InputError) as caught:
        good(tmp_path, "\n".join(text) + "\n")
    message = str(caught.value)
    assert all(word in message for word in ("'many'", "'inf'", "3 classes")), message


def test_hostile_names_and_cells_are_shown_not_obeyed(tmp_path: Path) -> None:
    text = rows("{x},\x1b[2J{k},{c}", header="a,\x1b[31mred\u202e,y")
    data = good(tmp_path, text)
    assert "\\x1b[31mred\\u202e" in data.warnings[0]
    assert all("\x1b" not in line and "\u202e" not in line for line in data.warnings)


@pytest.mark.parametrize("line_break", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("header", ['"a\nlong","b\n\nlonger",y', 'a "5 inch",b",y', '\n\n"a\n",b,y'])
def test_no_row_is_lost_behind_a_name_with_a_line_break_or_a_lone_quote(
    tmp_path: Path, header: str, line_break: str
) -> None:
    text = (header + "\n" + GOOD.split("\n", 1)[1]).replace("\n", line_break)
    assert good(tmp_path, text).about.rows == 40
    lost = (header + "\n" + one_bad("many", 12).split("\n", 1)[1]).replace("\n", line_break)
    row = 12 + header[:2].count("\n")
    with pytest.raises(InputError, match=rf"row {row}, column .*'many'"):
        good(tmp_path, lost)


def test_a_first_line_for_excel_names_the_delimiter(tmp_path: Path) -> None:
    data = good(tmp_path, "sep=|\r\n" + GOOD.replace(",", "|").replace("\n", "\r\n"))
    assert (data.about.rows, data.about.features) == (40, 2)
    with pytest.raises(InputError, match="row 13, column 'b': 'many'"):
        good(tmp_path, "sep=;\n" + one_bad("many", 12).replace(",", ";"))


def test_every_number_of_a_long_column_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A target, and a column that is read as text, may hold more numbers than a category has values."""
    monkeypatch.setattr("tui_lab.data.table.reading.columns.MOST_LABELS", 100)
    data = good(tmp_path, rows('{x},"1,{k:03}.5",{k}.25', 300), "regression", decimal=".")
    assert data.about.split["train"] == 210
    assert not any("blank" in line for line in data.warnings)
    assert len(data.train.x[:, 1].unique()) == len(data.train.y.unique()) == 210
    with pytest.raises(InputError, match=r"row 152, column 'b': '\.\.\.' is not a number"):
        good(tmp_path, rows("{x},u{k},{c}", 300).replace("u", "", 150), columns={"b": "number"})


@pytest.mark.slow
def test_a_wide_table_does_not_say_the_same_a_thousand_times(tmp_path: Path) -> None:
    names = ",".join(f"d{k}" for k in range(1000))
    line = ",".join(["2026-01-{k:02}"] * 1000)
    text = rows(line + ",{x},{c}", header=names + ",a,y")
    said = good(tmp_path, text).warnings
    assert len(said) == 11
    assert said[-1].endswith("and 990 more like this")
    with pytest.raises(InputError, match="and 990 more like this") as caught:
        good(tmp_path, text.replace("2026-01-07", "x").replace("2026-01-", ""))
    assert len(caught.value.problems) < 15


def test_blanks_set_cells_apart_where_that_is_said(tmp_path: Path) -> None:
    text = "  " + GOOD.replace(",", "  \t").replace("\n", " \n ")
    data = good(tmp_path, text, delimiter=" ")
    assert torch.equal(data.train.x, good(tmp_path, GOOD).train.x)
    assert data.warnings == ()
    with pytest.raises(InputError, match="if spaces do: --data delimiter=blank"):
        good(tmp_path, GOOD.replace(",", " "))
    with pytest.raises(InputError, match="row 12, column 'b': 'many'"):
        good(tmp_path, one_bad("many", 12).replace(",", " "), delimiter=" ")
