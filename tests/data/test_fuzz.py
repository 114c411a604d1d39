"""Whatever the bytes: a refusal in words or a table, never another exception, never an escape sequence."""

import gzip
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import HealthCheck, event, example, given, settings
from hypothesis import strategies as st

from tests.engine.helpers import experiment
from tui_lab.data.table.guess import guess_preset
from tui_lab.data.table.load import load
from tui_lab.data.table.preview import settle
from tui_lab.data.table.unseen import read_unseen
from tui_lab.errors import InputError, LabError
from tui_lab.experiment.experiment import DataSpec, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.network.layers import parse_layer, parse_layers
from tui_lab.experiment.network.shapes import plan
from tui_lab.experiment.presets import load_preset
from tui_lab.experiment.writing import preset_text
from tui_lab.safe import safe

pytestmark = pytest.mark.slow

CPU = torch.device("cpu")
FUZZ = settings(
    max_examples=int(os.environ.get("TUI_LAB_FUZZ", "50")),
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)

words = st.sampled_from(
    [
        "", "0", "1", "2", "-3.5", "1e39", "inf", "nan", "NA", "None", "true", "no", "1,5", "1.234,5",
        "1,234", "?",
        "99999999999999999999", "2026-01-02", '"', '""', '"a', "a b", "\x1b[2J", "\u202e", "ß", "id", "y",
        "#", "'",
        "\t", ";", "|", "\\", "0x10", "1_000", "١٢", "=1+1", "-", "+", ".", "e5", "1e400", "\ufeff",
        "\x85", "\u2028",
    ]
)  # fmt: skip
cells = words | st.integers().map(str) | st.floats(width=32).map(str) | st.text(max_size=6)
tables = st.builds(
    lambda rows, delimiter, end: end.join(delimiter.join(row) for row in rows),
    st.lists(st.lists(cells, min_size=1, max_size=5), max_size=30)
    | st.integers(2, 4).flatmap(lambda n: st.lists(st.lists(cells, min_size=n, max_size=n), max_size=40)),
    st.sampled_from([",", ";", "\t", "|", ", ", ",,"]),
    st.sampled_from(["\n", "\r\n", "\r", "\n\n"]),
)
columns = st.lists(
    st.sampled_from(["number", "text", "words", "blank", "constant", "bool", "wild"]), min_size=2, max_size=5
)


@st.composite
def likely(draw: st.DrawFn) -> str:
    """A table that is nearly sound, so that what comes after reading is met as well."""
    kinds, rows = draw(columns), draw(st.integers(5, 60))
    values = {
        "number": st.floats(-1e6, 1e6).map(lambda v: f"{v:.3g}"),
        "text": st.text(max_size=5).map(lambda t: t.translate(dict.fromkeys(map(ord, '\r\n,"\0')))),
        "words": st.sampled_from(["red", "green", "blue", ""]),
        "blank": st.sampled_from(["", "NA"]),
        "constant": st.just("7"),
        "bool": st.sampled_from(["yes", "no"]),
        "wild": words.map(lambda t: t.replace('"', "").replace(",", "")),
    }
    lines = [",".join(f"{kind}{k}" for k, kind in enumerate(kinds))]
    lines += [",".join(draw(values[kind]) for kind in kinds) for _ in range(rows)]
    return "\n".join(lines)


def tried(folder: Path, content: bytes, name: str = "t.csv") -> None:
    """All the ways of a file: guessed, written as a preset, made to tensors, read as new rows."""
    path = folder / name
    path.write_bytes(content)
    messages: list[str] = []
    try:
        guess = guess_preset(DataSpec(file=str(path), target=" "))
        settled = settle(guess.raw, guess.preset.data, guess.preset.task, guess.said)
        preset = settled.pinned
        messages += [*settled.said, *settled.problems]
        written = folder / "t.toml"
        written.write_text(preset_text(preset), "utf-8")
        assert load_preset(written) == preset
        data = load(preset.experiment(), CPU)
        messages += data.warnings
        for part in (data.train, data.val, data.test):
            assert bool(part.x.isfinite().all())
            assert bool(part.y.isfinite().all())
        unseen = read_unseen(preset.data, data.recipe)
        assert np.isfinite(unseen.x_NF).all()
        messages += unseen.warnings
        event("became tensors")
    except InputError as error:
        messages += error.problems
        event("refused")
    for message in messages:
        assert safe(message, 100_000) == message


@FUZZ
@given(content=st.binary(max_size=400))
@example(content=b"\xef\xbb\xbf")
@example(content=b"\xff\xfe")
@example(content=b"\xff\xfea\x00,\x00")
@example(content=b"\x1f\x8b")
@example(content=b'a,b\n"' + b"x," * 200)
def test_bytes(tmp_path: Path, content: bytes) -> None:
    tried(tmp_path, content)


@FUZZ
@given(text=tables | likely(), encoding=st.sampled_from(["utf-8", "utf-16", "latin-1"]), packed=st.booleans())
@example(text='a,y\n"1\n', encoding="utf-8", packed=False)
@example(text="|\t\n", encoding="utf-8", packed=False)
@example(text="a,y\n" + "1,2\n" * 10, encoding="utf-8", packed=True)
def test_tables(tmp_path: Path, text: str, encoding: str, packed: bool) -> None:
    content = text.encode(encoding, "replace")
    tried(tmp_path, gzip.compress(content) if packed else content, "t.csv.gz" if packed else "t.csv")


@FUZZ
@given(content=st.binary(max_size=300) | tables.map(lambda text: text.encode("utf-8", "replace")))
def test_new_rows(tmp_path: Path, content: bytes) -> None:
    given_data = experiment(tmp_path)
    recipe = load(given_data, CPU).recipe
    path = tmp_path / "new.csv"
    path.write_bytes(content.replace(b"id", b"a,b,c,d", 1))
    try:
        unseen = read_unseen(given_data.data.model_copy(update={"file": str(path)}), recipe)
    except InputError as error:
        assert all(safe(problem, 100_000) == problem for problem in error.problems)
    else:
        assert np.isfinite(unseen.x_NF).all()


@FUZZ
@given(
    content=st.binary(max_size=300)
    | st.lists(
        st.sampled_from(
            ['format = "tui-lab.preset"', "version = 1", 'name = "x"', 'title = "\x1b"', 'task = "binary"',
            "[data]",
             'file = "t.csv"', 'target = "y"', "[data.columns]", '"\\u001b" = "one_hot"',
             'columns = {a = "number"}',
             "delimiter = ';'", "header = 1", "missing = [1]", "[model]", 'layers = ["linear 8", "conv"]',
             "shape = [1]",
             "[hyperparameters]", "lr = nan", "split = {train = 1}"]
        )
    ).map(lambda lines: "\n".join(lines).encode())
)  # fmt: skip
def test_presets(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "p.toml"
    path.write_bytes(content)
    try:
        load_preset(path)
    except InputError as error:
        assert all(safe(problem, 100_000) == problem for problem in error.problems)


@FUZZ
@given(
    lines=st.lists(
        st.text(max_size=30)
        | st.builds(
            "{} {} {}".format,
            st.sampled_from(
                ["linear", "conv", "max_pool", "flatten", "dropout", "leaky_relu", "batch_norm", "LINEAR"]
            ),
            st.sampled_from(
                ["8", "0", "-1", "1e9", "nan", "inf", "kernel=3", "size=4", "p=0.5", "\x1b[2J", "٣", "="]
            ),
            st.sampled_from(["", "padding=1", "kernel=3", "kernel=", "=1", "stride=2"]),
        ),
        max_size=8,
    ).map(tuple)
)
def test_layers(lines: tuple[str, ...]) -> None:
    try:
        parse_layers(lines)
        ModelSpec(layers=lines)
        plan(lines, Hyperparameters(), (3, 8, 8), 2)
    except LabError as error:
        assert all(safe(problem, 100_000) == problem for problem in error.problems)


@pytest.mark.parametrize("line", ["linear ９", "linear 1_0", "conv 8 kernel=³", "dropout -0.0"])
def test_digits_of_other_alphabets_are_no_surprise(line: str) -> None:
    try:
        parse_layer(line)
    except LabError as error:
        assert "layer" in str(error) or "must" in str(error)
