"""Checksums of JSON objects, so that a changed byte is not read as a different value.

A sealed object has a last key `crc`: eight hexadecimal digits, the CRC-32 of the bytes before it plus the
closing brace. A reader that does not know about seals can ignore it.
"""

from typing import Literal
from zlib import crc32

_KEY, _END = b',"crc":"', b'"}'
_DIGITS = 8
_LENGTH = len(_KEY) + _DIGITS + len(_END)

Seal = Literal["whole", "broken", "none"]
"""The state of an object: unchanged, changed, or without a seal."""


def seal(text: bytes) -> bytes:
    """Add the checksum to a JSON object, which must have a key."""
    return b"%b%b%08x%b" % (text[:-1], _KEY, crc32(text), _END)


def seal_of(text: bytes) -> Seal:
    """Whether a JSON object is unchanged since it was sealed."""
    tail = text[-_LENGTH:]
    if len(tail) < _LENGTH or not tail.startswith(_KEY) or not tail.endswith(_END):
        return "none"
    found = crc32(text[:-_LENGTH] + b"}")
    return "whole" if tail == b"%b%08x%b" % (_KEY, found, _END) else "broken"
