"""JSON with a checksum over its bytes, so that a flipped bit is not read as a different name or number."""

import json
import re
import zlib
from typing import Any

UNSEALED = {"check": "00000000"}
"""A placeholder in an object that becomes text; `seal` replaces it with the checksum of that text."""
_CHECK = re.compile(rb'(?<="check": ")[0-9a-f]{8}(?=")')  # inside a string the quotes would be escaped
_NONE = b"00000000"


def seal(text: str) -> bytes:
    """The text of an object that contains `UNSEALED`, with its checksum."""
    data = text.encode()
    return _CHECK.sub(b"%08x" % zlib.crc32(data), data, count=1)


def unseal(data: bytes) -> dict[str, Any]:
    """The sealed object; also one written by an earlier tui-lab, without a checksum.

    Raises ValueError if it is not a JSON object, or has been changed.
    """
    try:
        content = json.loads(data)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(content, dict):
        raise ValueError("not an object")
    check = content.pop("check", None)
    if check is not None and check != f"{zlib.crc32(_CHECK.sub(_NONE, data, count=1)):08x}":
        raise ValueError("it was changed or damaged since it was written (checksum)")
    return content
