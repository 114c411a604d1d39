"""JSON with a checksum over its bytes: a flipped bit is not read as another name or number."""

import json
import re
import zlib
from typing import Any

UNSEALED = {"check": "00000000"}
"""What an object holds when it becomes text; `seal` puts the checksum of that text in its place."""
_CHECK = re.compile(rb'(?<="check": ")[0-9a-f]{8}(?=")')  # within a string the quotes would be escaped
_NONE = b"00000000"


def seal(text: str) -> bytes:
    """The text of an object that holds `UNSEALED`, with its checksum."""
    data = text.encode()
    return _CHECK.sub(b"%08x" % zlib.crc32(data), data, count=1)


def unseal(data: bytes) -> dict[str, Any]:
    """What was sealed; also what an earlier tui-lab wrote, without a checksum.

    Raises ValueError if it is no JSON object, or not as it was written.
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
