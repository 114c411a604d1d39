"""The safetensors format: there and back bit for bit, and nothing hostile read."""

import json
import os
import pickle
import struct
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from tui_lab.errors import InputError
from tui_lab.model.safetensors import from_bytes, read_file, to_bytes

MAX_HEADER = 100_000_000
DTYPES = (
    torch.float64, torch.float32, torch.float16, torch.bfloat16, torch.float8_e4m3fn, torch.float8_e5m2,
    torch.complex64, torch.int64, torch.int32, torch.int16, torch.int8,
    torch.uint64, torch.uint32, torch.uint16, torch.uint8,
)  # fmt: skip


def made(header: object, data: bytes = b"", length: int | None = None) -> bytes:
    """A file of that header; `length` is told instead of its own."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


def entry(begin: int = 0, end: int = 8, **other: Any) -> dict[str, Any]:
    return {"dtype": "F32", "shape": [2], "data_offsets": [begin, end]} | other


def of_every_dtype() -> dict[str, torch.Tensor]:
    raw = torch.arange(48, dtype=torch.uint8)
    tensors = {str(dtype): raw.clone().view(dtype) for dtype in DTYPES}
    return tensors | {"BOOL": torch.tensor([[True], [False]])}


def same(a: torch.Tensor, b: torch.Tensor) -> bool:
    def raw(tensor: torch.Tensor) -> bytes:
        return tensor.contiguous().reshape(-1).view(torch.uint8).numpy().tobytes()

    return (a.dtype, a.shape, raw(a)) == (b.dtype, b.shape, raw(b))


def test_there_and_back_bit_for_bit() -> None:
    tensors = of_every_dtype() | {
        "a scalar": torch.tensor(1.5),
        "empty": torch.empty(0, 3),
        "turned": torch.randn(3, 5).T,
        "nan": torch.tensor([float("nan"), -0.0, float("inf")]),
        "ключ \x1b": torch.ones(1),
    }
    found = from_bytes(to_bytes(tensors, {"run": "r"}))
    assert found.metadata == {"run": "r"}
    assert found.tensors.keys() == tensors.keys()
    assert all(same(tensors[name], found.tensors[name]) for name in tensors)


@given(
    st.dictionaries(st.text(max_size=5).filter(lambda n: n != "__metadata__"), st.lists(st.floats(width=32)))
)
def test_whatever_the_names_and_values(drawn: dict[str, list[float]]) -> None:
    tensors = {name: torch.tensor(values) for name, values in drawn.items()}
    found = from_bytes(to_bytes(tensors)).tensors
    assert all(same(tensors[name], found[name]) for name in tensors)


def test_the_bytes_are_those_that_the_format_prescribes() -> None:
    """Written out by hand from the description of the format."""
    content = to_bytes({"b": torch.tensor([1, 2], dtype=torch.uint8), "w": torch.tensor([[1.0]])}, {"k": "v"})
    text = (
        b'{"__metadata__":{"k":"v"},"w":{"dtype":"F32","shape":[1,1],"data_offsets":[0,4]},'
        b'"b":{"dtype":"U8","shape":[2],"data_offsets":[4,6]}}'
    )
    text += b" " * (-len(text) % 8)
    assert content == len(text).to_bytes(8, "little") + text + b"\x00\x00\x80\x3f" + b"\x01\x02"


def test_each_tensor_lies_at_a_multiple_of_its_size() -> None:
    content = to_bytes({"a": torch.ones(3, dtype=torch.int8), "b": torch.ones(1, dtype=torch.float64)})
    length = int.from_bytes(content[:8], "little")
    header = json.loads(content[8 : 8 + length])
    assert (8 + length) % 8 == 0
    assert header["b"]["data_offsets"] == [0, 8]


def test_metadata_may_be_null() -> None:
    assert from_bytes(made({"__metadata__": None})).metadata == {}


def test_a_dtype_that_the_format_lacks_is_refused() -> None:
    with pytest.raises(ValueError, match="complex128"):
        to_bytes({"z": torch.zeros(1, dtype=torch.complex128)})


HOSTILE = {
    "nothing": (b"", "not a safetensors file, or truncated"),
    "seven bytes": (b"\x01" * 7, "not a safetensors file, or truncated"),
    "a header beyond the end": (made({}, length=10**6), "not a safetensors file, or truncated"),
    "a header of 2^64 - 1": (b"\xff" * 8 + b"{}", "not a safetensors file, or truncated"),
    "a header of 0": (made(b""), "not a safetensors file, or truncated"),
    "no JSON": (made(b"{{"), "invalid JSON"),
    "no text": (made(b"\xff\xfe\xff"), "invalid UTF-8"),
    "nested for ever": (made(b"[" * 100_000), "invalid JSON"),
    "a number of a million digits": (made(b'{"a":' + b"9" * 10**6 + b"}"), "number out of range"),
    "a list": (made([]), "invalid type: sequence"),
    "a name twice": (made(b'{"a":{},"a":{}}'), "missing field"),
    "metadata of numbers": (made({"__metadata__": {"a": 1}}), "expected a string"),
    "metadata, a list": (made({"__metadata__": []}), "expected a map"),
    "an entry of one key": (made({"a": {"dtype": "F32"}}), "missing field `shape`"),
    "an entry, a number": (made({"a": 1}), "expected struct TensorInfo"),
    "an unknown dtype": (made({"a": entry(dtype="F99")}, b"\0" * 8), "unknown variant `F99`"),
    "a dtype, a list": (made({"a": entry(dtype=["F32"])}, b"\0" * 8), "invalid type: sequence"),
    "a shape, a text": (made({"a": entry(shape="2")}, b"\0" * 8), "invalid type: string"),
    "a shape below 0": (made({"a": entry(shape=[-2])}, b"\0" * 8), "integer `-2`, expected usize"),
    "a shape of true": (made({"a": entry(shape=[True, 2])}, b"\0" * 8), "boolean `true`, expected usize"),
    "a shape of 2.0": (made({"a": entry(shape=[2.0])}, b"\0" * 8), "expected usize"),
    "a shape beyond 64 bits": (made({"a": entry(shape=[2**62, 2**62])}, b"\0" * 8), "overflow"),
    "offsets, three": (made({"a": entry(data_offsets=[0, 4, 8])}, b"\0" * 8), "expected 2 elements"),
    "offsets that go back": (made({"a": entry(8, 0)}, b"\0" * 8), "invalid offset"),
    "offsets below 0": (made({"a": entry(-8, 0)}, b"\0" * 8), "expected usize"),
    "offsets for another shape": (made({"a": entry(0, 4)}, b"\0" * 8), "invalid shape, data type, or offset"),
    "data truncated": (made({"a": entry()}, b"\0" * 7), "not fully covered"),
    "data out of range": (made({"a": entry(10**9, 10**9 + 8)}, b"\0" * 8), "invalid offset"),
    "data left over": (made({"a": entry()}, b"\0" * 9), "not fully covered"),
    "a gap": (made({"a": entry(), "b": entry(9, 17)}, b"\0" * 17), "invalid offset"),
    "overlapping": (made({"a": entry(), "b": entry(4, 12)}, b"\0" * 12), "invalid offset"),
    "the same bytes twice": (made({"a": entry(), "b": entry()}, b"\0" * 8), "invalid offset"),
    "a hostile name": (made({"\x1b[2J": entry(8, 16)}, b"\0" * 16), r"\\x1b\[2J"),
}  # fmt: skip


@pytest.mark.parametrize("name", HOSTILE)
def test_a_file_that_is_not_as_it_must_be_is_refused_in_words(name: str, tmp_path: Path) -> None:
    content, words = HOSTILE[name]
    path = tmp_path / "weights.safetensors"
    path.write_bytes(content)
    with pytest.raises(InputError, match=words) as error:
        read_file(path)
    assert str(error.value).startswith(str(path))
    assert "\x1b" not in str(error.value)


def test_the_limit_of_the_header_holds_before_it_is_read() -> None:
    with pytest.raises(InputError, match="header too large"):
        from_bytes(made(b"{" * (MAX_HEADER + 1)))


class Payload:
    def __reduce__(self) -> tuple[Any, ...]:
        return os.mkdir, (os.environ["PAYLOAD"],)


@pytest.mark.parametrize("writer", ["pickle", "torch", "old torch"])
def test_a_pickle_under_another_name_is_refused_and_never_run(
    writer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PAYLOAD", str(tmp_path / "was-run"))
    path = tmp_path / "weights.safetensors"
    if writer == "pickle":
        path.write_bytes(pickle.dumps(Payload()))
    else:
        torch.save({"w": Payload()}, path, _use_new_zipfile_serialization=writer == "torch")
    with pytest.raises(InputError, match="a pickle"):
        read_file(path)
    assert not (tmp_path / "was-run").exists()


@pytest.mark.parametrize(("name", "words"), [("none", "no such file"), ("", "not a regular file")])
def test_what_is_no_file(name: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match=words):
        read_file(tmp_path / name)


def test_a_pipe_is_refused_and_not_waited_on(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InputError, match="not a regular file"):
        read_file(tmp_path / "pipe")


whole = to_bytes({"a": torch.arange(3.0), "b": torch.tensor([True])}, {"k": "v"})


@given(st.integers(0, len(whole) - 1))
def test_every_cut_is_noticed(length: int) -> None:
    with pytest.raises(InputError):
        from_bytes(whole[:length])


@given(st.binary(max_size=200) | st.binary(max_size=60).map(made))
def test_junk_is_refused_by_one_kind_of_error(junk: bytes) -> None:
    try:
        from_bytes(junk)
    except InputError:
        return


@given(st.integers(0, len(whole) - 1), st.integers(0, 255))
def test_one_byte_changed_is_read_or_refused(place: int, value: int) -> None:
    try:
        from_bytes(whole[:place] + bytes([value]) + whole[place + 1 :])
    except InputError:
        return
