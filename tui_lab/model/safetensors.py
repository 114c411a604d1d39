"""The safetensors format: named tensors in a file without code.

Eight bytes give the length of a header (unsigned, little-endian). The header is a JSON object of
`name: {"dtype", "shape", "data_offsets": [begin, end]}` and perhaps `"__metadata__"`, texts by name. The data
follow, little-endian, row by row, without gaps or overlaps. Everything in the header is validated before any
data is read.
"""

import hashlib
import json
import stat
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from tui_lab.errors import InputError
from tui_lab.safe import safe

MAX_HEADER = 100_000_000
"""Bytes; the limit that the format itself sets."""
_MAX_DIMENSIONS = 64
_METADATA = "__metadata__"
_DTYPES: dict[str, torch.dtype] = {
    "F64": torch.float64, "F32": torch.float32, "F16": torch.float16, "BF16": torch.bfloat16,
    "F8_E4M3": torch.float8_e4m3fn, "F8_E5M2": torch.float8_e5m2, "C64": torch.complex64,
    "I64": torch.int64, "I32": torch.int32, "I16": torch.int16, "I8": torch.int8,
    "U64": torch.uint64, "U32": torch.uint32, "U16": torch.uint16, "U8": torch.uint8, "BOOL": torch.bool,
}  # fmt: skip
_NAMES = {dtype: name for name, dtype in _DTYPES.items()}
_PICKLES = (b"\x80", b"PK\x03\x04")  # a pickle, and the zip that torch.save makes of one


@dataclass(frozen=True, slots=True)
class TensorFile:
    """What a file holds: tensors on the CPU by name, in the order of the header, and texts by name."""

    tensors: dict[str, Tensor]
    metadata: dict[str, str]
    sha256: str


@dataclass(frozen=True, slots=True)
class _Entry:
    name: str
    dtype: torch.dtype
    shape: tuple[int, ...]
    begin: int
    end: int


def to_bytes(tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """Serialise these tensors; the same tensors and texts give the same bytes.

    Wide types come first, so that every tensor starts at a multiple of its item size. Raises ValueError for a
    dtype that the format does not have.
    """
    ordered = sorted(tensors.items(), key=lambda item: (-item[1].element_size(), item[0]))
    header: dict[str, Any] = {_METADATA: dict(metadata)} if metadata else {}
    parts: list[bytes] = []
    end = 0
    for name, tensor in ordered:
        if tensor.dtype not in _NAMES:
            raise ValueError(f"{name}: safetensors has no {tensor.dtype}")
        data = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()
        header[name] = {
            "dtype": _NAMES[tensor.dtype],
            "shape": list(tensor.shape),
            "data_offsets": [end, end + len(data)],
        }
        end += len(data)
        parts.append(data)
    text = json.dumps(header, separators=(",", ":"), ensure_ascii=False).encode()
    text += b" " * (-len(text) % 8)
    return b"".join([struct.pack("<Q", len(text)), text, *parts])


def read_file(path: Path) -> TensorFile:
    """Read a file. Raises InputError, naming it, for anything but a valid safetensors file."""
    shown = safe(path, 300)
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise InputError(f"{shown}: not a regular file; give a safetensors file")
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{shown}: no such file") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{shown}: cannot be read: {safe(why)}") from None
    except MemoryError:
        raise InputError(f"{shown}: larger than the free memory") from None
    try:
        return from_bytes(data)
    except InputError as error:
        raise InputError([f"{shown}: {problem}" for problem in error.problems]) from None


def from_bytes(data: bytes) -> TensorFile:
    """Read the content of a file. Raises InputError with what is wrong with it."""
    if data.startswith(_PICKLES) and data[8:9] != b"{":  # a header of 128 bytes starts like a pickle
        raise InputError(
            "a pickle, as written by torch.save: it may contain code and is not read; save the "
            "weights in the "
            "safetensors format (safetensors.torch.save_file, or `tui-lab export RUN --to safetensors`)"
        )
    length = int.from_bytes(data[:8], "little") if len(data) >= 8 else 0
    if not 2 <= length <= len(data) - 8:
        raise InputError(
            f"not a safetensors file, or truncated: it claims a header of {length:,} bytes but has only "
            f"{len(data):,} in total"
        )
    if length > MAX_HEADER:
        raise InputError(f"a header of {length:,} bytes; at most {MAX_HEADER:,} are allowed")
    entries, metadata = _header(data[8 : 8 + length])
    _check_places(entries, len(data) - 8 - length)
    view = memoryview(data)[8 + length :]
    tensors = {entry.name: _tensor(entry, view) for entry in entries}
    return TensorFile(tensors, metadata, hashlib.sha256(data).hexdigest())


def _header(text: bytes) -> tuple[list[_Entry], dict[str, str]]:
    try:
        header = json.loads(text, object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise InputError(f"not a safetensors file: its header is not JSON ({safe(error, 100)})") from None
    if not isinstance(header, dict):
        raise InputError("not a safetensors file: its header is not a JSON object")
    metadata = header.pop(_METADATA, {})
    if not isinstance(metadata, dict) or not all(isinstance(value, str) for value in metadata.values()):
        raise InputError("the header's __metadata__ must contain only strings")
    return [_entry(name, value) for name, value in header.items()], metadata


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name occurs twice")
    return found


def _entry(name: str, value: object) -> _Entry:
    shown = f"tensor {safe(name, 60)!r}"
    if not isinstance(value, dict) or set(value) != {"dtype", "shape", "data_offsets"}:
        raise InputError(f"{shown}: must have dtype, shape and data_offsets, and nothing else")
    dtype = _DTYPES.get(value["dtype"]) if isinstance(value["dtype"], str) else None
    if dtype is None:
        raise InputError(f"{shown}: unknown dtype {safe(value['dtype'], 30)}; known are {', '.join(_DTYPES)}")
    shape, offsets = value["shape"], value["data_offsets"]
    if not _counts(shape) or len(shape) > _MAX_DIMENSIONS:
        raise InputError(f"{shown}: the shape must be a list of non-negative integers")
    if not _counts(offsets) or len(offsets) != 2:
        raise InputError(f"{shown}: data_offsets must be two non-negative integers")
    begin, end = offsets
    needed = prod(shape) * dtype.itemsize
    if end - begin != needed:
        raise InputError(
            f"{shown}: {needed:,} bytes of {value['dtype']} are needed, but data_offsets give {end - begin:,}"
        )
    return _Entry(name, dtype, tuple(shape), begin, end)


def _counts(value: object) -> bool:
    """Whether it is a list of non-negative integers below 2**63; True and 1.0 do not count."""
    return isinstance(value, list) and all(type(item) is int and 0 <= item < 2**63 for item in value)


def _check_places(entries: list[_Entry], size: int) -> None:
    """Raise InputError unless the tensors fill the data from end to end, each byte once."""
    place = 0
    for entry in sorted(entries, key=lambda e: (e.begin, e.end)):
        shown = f"tensor {safe(entry.name, 60)!r}"
        if entry.end > size:
            raise InputError(
                f"{shown}: its data end at byte {entry.end:,} of {size:,}: the file is truncated or damaged"
            )
        if entry.begin < place:
            raise InputError(f"{shown}: its data overlap with another tensor")
        if entry.begin > place:
            raise InputError(f"{entry.begin - place:,} bytes before {shown} belong to no tensor")
        place = entry.end
    if place != size:
        raise InputError(f"{size - place:,} bytes at the end belong to no tensor")


def _tensor(entry: _Entry, data: memoryview) -> Tensor:
    """An aligned copy; a byte of BOOL is True unless it is 0."""
    if entry.begin == entry.end:
        return torch.empty(entry.shape, dtype=entry.dtype)
    raw = torch.frombuffer(bytearray(data[entry.begin : entry.end]), dtype=torch.uint8)
    if entry.dtype == torch.bool:
        return (raw != 0).reshape(entry.shape)
    return raw.view(entry.dtype).reshape(entry.shape)
