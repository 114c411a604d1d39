"""Detecting the format of a table: delimiter, decimal mark, header."""

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice

from tui_lab.data.messages import named
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec
from tui_lab.safe import safe

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
BLANKS = " "
"""Any run of spaces or tabs; never detected automatically."""
_BLANKS = re.compile(r"[ \t]+")
_LOOKED_AT = 200  # rows
_POINT = re.compile(r"[+-]?\d+\.\d+")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_COMMA_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_EXCEL = re.compile(r"sep=([,;\t|])[^\n]*\n", re.IGNORECASE)
"""A first line that tells Excel and others the delimiter."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?\d+,\d+")


@dataclass(frozen=True, slots=True)
class Dialect:
    """The format of a table.

    `names`: the columns, in order; an unnamed one has an empty name. `skip`: line breaks before the first
    row of data, including those in quoted names. `first_row`: the number of that row as a spreadsheet
    counts. `said`: automatic choices that may be wrong. `facts`: those that are safe but may be worth
    knowing.
    """

    delimiter: str
    decimal: str
    names: tuple[str, ...]
    skip: int
    first_row: int
    bytes_per_row: int
    said: tuple[str, ...] = ()
    facts: tuple[str, ...] = ()


def sniff(sample: str, whole: bool, spec: DataSpec, shown: str, fewest: int = 2) -> Dialect:
    """Detect the format of a table from a sample; `whole`: the sample is the whole file.

    `fewest`: the minimum number of columns, 1 or 2. Settings in `spec` are not detected. Raises InputError if
    there is no table or the format is ambiguous.
    """
    if not sample.strip():
        raise InputError(f"{shown}: the file is {'empty' if not sample else 'blank'}: no header, no rows")
    if not whole and "\n" in sample:
        sample = sample[: sample.rindex("\n") + 1]
    sample = sample.replace("\r\n", "\n").replace("\r", "\n")
    blank = len(sample[: len(sample) - len(sample.lstrip(" \n"))].split("\n")) - 1
    body = sample.split("\n", blank)[blank]
    said: list[str] = []
    facts: list[str] = []
    delimiter: str | None = spec.delimiter
    if excel := _EXCEL.match(body):
        blank, body = blank + 1, body[excel.end() :]
        delimiter = delimiter or excel[1]
    if delimiter is None:
        delimiter = _delimiter(body, shown, fewest)
        if delimiter != ",":
            facts.append(f"{shown}: the delimiter is a {DELIMITERS[delimiter]}")
    if delimiter == BLANKS:
        body = "\n".join(_BLANKS.sub(" ", line).strip() for line in body.split("\n"))
    records = _records(body, delimiter)
    if not records:
        raise InputError(f"{shown}: its first line cannot be parsed; is this a table?")
    header, cells = records[0], [cell for record in records[1:] for cell in record]
    decimal = spec.decimal or _decimal(cells, delimiter, shown, said)
    has_header = spec.header if spec.header is not None else _has_header(header, shown, said)
    names = tuple(name.strip() for name in header)
    if not has_header:
        names = tuple(f"column_{k}" for k in range(1, len(header) + 1))
    lines = _lines_of(body, delimiter) if has_header else 0
    return Dialect(
        delimiter,
        decimal,
        names,
        skip=blank + lines,
        first_row=blank + (2 if has_header else 1),
        bytes_per_row=max(1, len(body) // max(1, body.count("\n"))),
        said=tuple(said),
        facts=tuple(facts),
    )


def _records(text: str, delimiter: str, count: int = _LOOKED_AT) -> list[list[str]]:
    """The first records of a text, without blank ones."""
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
        return list(islice((row for row in rows if row), count))
    except csv.Error:
        return []


def _lines_of(text: str, delimiter: str) -> int:
    """The number of lines of the first record: a quoted name may contain a line break."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    next(reader)
    return reader.line_num


def _delimiter(text: str, shown: str, fewest: int) -> str:
    """The delimiter that splits most rows into as many cells as the header. Raises InputError if two do."""
    agreement: dict[str, float] = {}
    for delimiter in DELIMITERS:
        records = _records(text, delimiter)
        if records and len(records[0]) > 1:
            width = len(records[0])
            agreement[delimiter] = sum(len(record) == width for record in records) / len(records)
    if not agreement and fewest == 1:
        return ","
    if not agreement:
        raise InputError(
            f"{shown}: only one column: its first line {named(text.splitlines()[0])} has no comma, "
            "semicolon, tab or bar as a delimiter; a target and at least one feature are needed"
            + ("; if spaces do: --data delimiter=blank" if " " in text.split("\n", 1)[0].strip() else "")
        )
    best = max(agreement.values())
    likely = [delimiter for delimiter, share in agreement.items() if share == best]
    if len(likely) > 1 and text.count("\n") > 0:
        words = " or ".join(DELIMITERS[delimiter] for delimiter in likely)
        raise InputError(
            f"{shown}: the delimiter is ambiguous: {words}; set it, e.g. "
            f'--data delimiter={DELIMITERS[likely[0]]} (delimiter = "{safe(likely[0])}" in a preset)'
        )
    return likely[0]


def _decimal(cells: list[str], delimiter: str, shown: str, said: list[str]) -> str:
    """`,` if numbers are written that way. Raises InputError if it may also mark thousands."""
    commas = [cell for cell in cells if _COMMA.fullmatch(cell.strip())]
    if delimiter == "," or not commas or any(_POINT.fullmatch(cell.strip()) for cell in cells):
        return "."
    if all(_COMMA_THOUSANDS.fullmatch(cell.strip()) for cell in commas):
        raise InputError(
            f"{shown}: the comma in {named(commas[0].strip(), 30)} is ambiguous: a decimal comma, or "
            "thousands; set it with --data decimal=, or --data decimal=. (decimal in a preset)"
        )
    said.append(f"{shown}: {named(commas[0].strip(), 30)} was read with a decimal comma")
    return ","


def _has_header(first: list[str], shown: str, said: list[str]) -> bool:
    """Whether the first record is a header: not if all cells are numbers, unless they count up."""
    names = [name.strip() for name in first]
    numbers = [name for name in names if _NUMBER.fullmatch(name)]
    if len(numbers) < len(names):
        if numbers and 2 * len(numbers) >= sum(name != "" for name in names):
            said.append(
                f"{shown}: the first line was taken as the header, though many of its cells are numbers, "
                f"such as {named(numbers[0], 30)}; if it is data: --data header=false"
            )
        return True
    if names in ([str(k + start) for k in range(len(names))] for start in (0, 1)):
        said.append(f"{shown}: the first line counts up, so it was taken as the header")
        return True
    said.append(
        f"{shown}: the first line has only numbers, so it was taken as data; the columns are called "
        f"column_1 to column_{len(names)} (if it is a header: --data header=true)"
    )
    return False
