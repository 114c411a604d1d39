"""Columns of numbers as short text that gives back every bit.

The first bytes of all numbers of a column, then the second ones and so on, are compressed: sign and exponent
of noisy values hardly change. Integers are stored as differences, each from the one before.
"""

import sys
import zlib
from array import array
from base64 import b64decode, b64encode
from collections.abc import Iterable, Sequence
from itertools import accumulate, chain
from operator import sub
from typing import Any

MAX_BYTES = 4 * 2**20
"""The numbers in one text take at most this much memory."""


def to_text(columns: Iterable[tuple[str, Sequence[Any]]]) -> str:
    """Columns, each with its type code in `array`: `q`, `d`, or `b` for small integers.

    Raises ValueError, OverflowError or TypeError if they do not fit.
    """
    content = b"".join([_bytes(code, values) for code, values in columns])
    if len(content) > MAX_BYTES:
        raise ValueError("too many numbers for one text")
    return b64encode(zlib.compress(content)).decode()


def from_text(text: str, count: int, codes: Sequence[str]) -> list[Sequence[Any]]:
    """Columns of `count` numbers, by their type codes. Raises ValueError if these are not in the text."""
    widths = [array(code).itemsize for code in codes]
    size = count * sum(widths)
    if not 0 <= size <= MAX_BYTES:
        raise ValueError("too many numbers for one text")
    unpacker = zlib.decompressobj()
    try:
        content = unpacker.decompress(b64decode(text, validate=True), size + 1)
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if len(content) != size or not unpacker.eof:
        raise ValueError("not as many numbers as expected")
    ends = list(accumulate(count * width for width in widths))
    return [
        _values(code, content[end - count * width : end])
        for code, width, end in zip(codes, widths, ends, strict=True)
    ]


def _bytes(code: str, values: Sequence[Any]) -> bytes:
    column = array(code, map(sub, values, chain((0,), values)) if code == "q" else values)
    if sys.byteorder == "big":
        column.byteswap()
    content, width = column.tobytes(), column.itemsize
    return b"".join([content[place::width] for place in range(width)])


def _values(code: str, content: bytes) -> Sequence[Any]:
    column = array(code)
    width = column.itemsize
    count = len(content) // width
    turned = bytearray(len(content))
    for place in range(width):
        turned[place::width] = content[place * count : (place + 1) * count]
    column.frombytes(bytes(turned))
    if sys.byteorder == "big":
        column.byteswap()
    return list(accumulate(column)) if code == "q" else column
