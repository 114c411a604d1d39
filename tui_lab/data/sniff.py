"""How a table is written: what stands between its cells, what a comma means, whether it has a header."""

import csv
import io
import re
from dataclasses import dataclass
from itertools import islice

from tui_lab.data.words import named
from tui_lab.errors import InputError
from tui_lab.safe import safe
from tui_lab.spec.experiment import DataSpec

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
BLANKS = " "
"""One blank or tab or many; never guessed."""
_BLANKS = re.compile(r"[ \t]+")
_LOOKED_AT = 200  # rows
_POINT = re.compile(r"[+-]?\d+\.\d+")
_COMMA = re.compile(r"[+-]?\d+,\d+")
_COMMA_THOUSANDS = re.compile(r"[+-]?[1-9]\d{0,2},\d{3}")
_EXCEL = re.compile(r"sep=([,;\t|])[^\n]*\n", re.IGNORECASE)
"""A first line that tells Excel, and whoever else heeds it, what sets the cells apart."""
_NUMBER = re.compile(r"[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?|[+-]?\d+,\d+")


@dataclass(frozen=True, slots=True)
class Dialect:
    """How to read a table.

    `names`: the columns, in order; an unnamed one has an empty name. `skip`: line breaks before the first
    row of data, those in quoted names among them. `first_row`: the number of that row as a spreadsheet
    counts. `said`: what was guessed and is not a matter of course. `facts`: what is no guess to doubt, but
    may be worth knowing.
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
    """Read the manner of a table off its beginning; `whole`: the sample is all of it.

    `fewest`: how many columns it must have, 1 or 2. What `spec` says is not guessed. Raises InputError
    where there is no table or the guess is unsure.
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
            facts.append(f"{shown}: the cells are set apart by {DELIMITERS[delimiter]}s")
    if delimiter == BLANKS:
        body = "\n".join(_BLANKS.sub(" ", line).strip() for line in body.split("\n"))
    records = _records(body, delimiter)
    if not records:
        raise InputError(f"{shown}: its first line cannot be read as cells; is this a table?")
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
    """The first records of a text, blank ones left out."""
    try:
        rows = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
        return list(islice((row for row in rows if row), count))
    except csv.Error:
        return []


def _lines_of(text: str, delimiter: str) -> int:
    """How many lines the first record takes: a quoted name may hold a line break."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, skipinitialspace=True)
    next(reader)
    return reader.line_num


def _delimiter(text: str, shown: str, fewest: int) -> str:
    """The one that cuts most rows into as many cells as the header has. Raises InputError if two do."""
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
            f"{shown}: one column only: its first line {named(text.splitlines()[0])} holds no comma, "
            "semicolon, tab or bar that sets cells apart; needed are a target and at least one input"
            + ("; if blanks do: --data delimiter=blank" if " " in text.split("\n", 1)[0].strip() else "")
        )
    best = max(agreement.values())
    likely = [delimiter for delimiter, share in agreement.items() if share == best]
    if len(likely) > 1 and text.count("\n") > 0:
        words = " or ".join(DELIMITERS[delimiter] for delimiter in likely)
        raise InputError(
            f"{shown}: what sets the cells apart is unsure: {words}; say it, as in "
            f'--data delimiter={DELIMITERS[likely[0]]} (delimiter = "{safe(likely[0])}" in a preset)'
        )
    return likely[0]


def _decimal(cells: list[str], delimiter: str, shown: str, said: list[str]) -> str:
    """`,` if numbers are written so. Raises InputError where it may as well mark thousands."""
    commas = [cell for cell in cells if _COMMA.fullmatch(cell.strip())]
    if delimiter == "," or not commas or any(_POINT.fullmatch(cell.strip()) for cell in cells):
        return "."
    if all(_COMMA_THOUSANDS.fullmatch(cell.strip()) for cell in commas):
        raise InputError(
            f"{shown}: what the comma in {named(commas[0].strip(), 30)} means is unsure: a decimal "
            "comma, or thousands; say it with --data decimal=, or --data decimal=. (decimal in a preset)"
        )
    said.append(f"{shown}: {named(commas[0].strip(), 30)} was read with a decimal comma")
    return ","


def _has_header(first: list[str], shown: str, said: list[str]) -> bool:
    """Whether the first record holds names: not if all of them are numbers, unless they count up."""
    names = [name.strip() for name in first]
    numbers = [name for name in names if _NUMBER.fullmatch(name)]
    if len(numbers) < len(names):
        if numbers and 2 * len(numbers) >= sum(name != "" for name in names):
            said.append(
                f"{shown}: the first line was taken for the names of the columns, though many are numbers, "
                f"such as {named(numbers[0], 30)}; if it is a row, say so: --data header=false"
            )
        return True
    if names in ([str(k + start) for k in range(len(names))] for start in (0, 1)):
        said.append(f"{shown}: the first line counts up, so it was taken for the names of the columns")
        return True
    said.append(
        f"{shown}: the first line holds numbers only, so it was taken for a row; the columns are called "
        f"column_1 to column_{len(names)} (--data header=true if they are names)"
    )
    return False
