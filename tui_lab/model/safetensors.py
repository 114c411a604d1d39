"""Weights as files in the safetensors format: named tensors and texts, without code."""

import hashlib
import json
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load, save
from torch import Tensor

from tui_lab.errors import InputError, placed

_METADATA = "__metadata__"
_PICKLES = (b"\x80", b"PK\x03\x04")  # a pickle, and the zip that torch.save makes of one


@dataclass(frozen=True, slots=True)
class TensorFile:
    """What a file holds: tensors on the CPU by name, and texts by name."""

    tensors: dict[str, Tensor]
    metadata: dict[str, str]
    sha256: str


def to_bytes(tensors: Mapping[str, Tensor], metadata: Mapping[str, str] | None = None) -> bytes:
    """Serialise these tensors; the same tensors and texts give the same bytes.

    The metadata are added here: the library writes them in an order that is drawn anew in each process.
    Raises ValueError for a dtype that the format does not have.
    """
    try:
        data = save({name: tensor.detach().cpu().contiguous().clone() for name, tensor in tensors.items()})
    except KeyError as error:
        raise ValueError(f"safetensors has no {error}") from None
    if not metadata:
        return data
    end = 8 + int.from_bytes(data[:8], "little")
    header = json.dumps(
        {_METADATA: dict(metadata)} | json.loads(data[8:end]), separators=(",", ":"), ensure_ascii=False
    ).encode()
    header += b" " * (-len(header) % 8)
    return b"".join([len(header).to_bytes(8, "little"), header, memoryview(data)[end:]])


def read_file(path: Path) -> TensorFile:
    """Read a file. Raises InputError, naming it, for anything but a valid safetensors file."""
    try:
        mode = path.stat().st_mode
        if not stat.S_ISREG(mode):
            raise InputError(f"{path}: not a regular file; give a safetensors file")
        data = path.read_bytes()
    except FileNotFoundError:
        raise InputError(f"{path}: no such file") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise InputError(f"{path}: cannot be read: {why}") from None
    except MemoryError:
        raise InputError(f"{path}: larger than the free memory") from None
    with placed(str(path)):
        return from_bytes(data)


def from_bytes(data: bytes) -> TensorFile:
    """Read the content of a file. Raises InputError with what is wrong with it."""
    if data.startswith(_PICKLES) and data[8:9] != b"{":  # a header of 128 bytes starts like a pickle
        raise InputError(
            "a pickle, as written by torch.save: it may contain code and is not read; save the weights in "
            "the safetensors format (safetensors.torch.save_file, or `tui-lab export RUN --to safetensors`)"
        )
    length = int.from_bytes(data[:8], "little") if len(data) >= 8 else 0
    if not 2 <= length <= len(data) - 8:
        raise InputError(
            f"not a safetensors file, or truncated: it claims a header of {length:,} bytes but has only "
            f"{len(data):,} in total"
        )
    try:
        tensors = {name: _valid(tensor) for name, tensor in load(data).items()}
        metadata = json.loads(data[8 : 8 + length]).get(_METADATA) or {}
    except KeyError as error:
        raise InputError(f"not a safetensors file, or damaged: unknown dtype {error}") from None
    except Exception as error:  # the library's, and torch's for a tensor that it cannot make
        why = str(error).removeprefix("Error while deserializing: ")
        raise InputError(f"not a safetensors file, or damaged: {why}") from None
    return TensorFile(tensors, metadata, hashlib.sha256(data).hexdigest())


def _valid(tensor: Tensor) -> Tensor:
    """A byte of a boolean tensor is True unless it is 0; torch would keep it as it is."""
    return tensor.view(torch.uint8) != 0 if tensor.dtype == torch.bool else tensor
