"""Preset files: what is read, what is refused, and that one broken file spoils only itself."""

import os
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.experiment.strategies import text
from tui_lab.errors import InputError
from tui_lab.experiment import preset_files
from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.presets import Preset, all_presets, data_path, load_preset
from tui_lab.experiment.writing import preset_text
from tui_lab.safe import safe

BUNDLED_NAMES = ["regression", "binary", "multiclass", "cnn", "shapes", "moons", "spirals", "curve"]
GOOD = """\
format = "tui-lab.preset"
version = 1
name = "mine"
title = "My own"
task = "regression"
[data]
file = "x.csv"
target = "y"
"""


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which a person keeps presets, empty."""
    folder = tmp_path / "own"
    folder.mkdir()
    monkeypatch.setattr(preset_files, "own_folder", lambda: folder)
    return folder


def refused(path: Path) -> tuple[str, ...]:
    with pytest.raises(InputError) as caught:
        load_preset(path)
    return caught.value.problems


def test_a_good_one(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD + "[hyperparameters]\nlr = 1\n")
    preset = load_preset(path)
    assert (preset.name, preset.task, preset.learn) == ("mine", "regression", "")
    assert preset.data.file == str(tmp_path / "x.csv"), "relative to the file, wherever one stands"
    assert preset.hyperparameters == Hyperparameters(lr=1.0)


def test_a_byte_order_mark_is_no_fault(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text("\ufeff" + GOOD, "utf-8")
    assert load_preset(path).name == "mine"


def test_its_experiment_takes_other_hyperparameters(tmp_path: Path) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(GOOD)
    preset = load_preset(path)
    assert preset.experiment().hyperparameters == preset.hyperparameters
    other = preset.experiment(Hyperparameters(lr=0.5), device="cpu")
    assert (other.preset, other.device, other.hyperparameters.lr) == ("mine", "cpu", 0.5)


def _replace(old: str, new: str) -> bytes:
    assert GOOD.count(old) == 1
    return GOOD.replace(old, new).encode()


def _add(text: str) -> bytes:
    return (GOOD + text).encode()


BROKEN: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "format: a preset starts with"),
    "broken toml": (_add("[model\n"), r"not TOML: .*at line 9, column 7"),
    "broken value": (_add("split =\n"), r"not TOML: .*at line 9, column 8"),
    "a key twice": (_replace("version = 1", "version = 1\nversion = 1"), r"not TOML: .*at line 3, column 12"),
    "not utf-8": (_add("# \xff").decode().encode("latin-1"), f"not UTF-8 at byte {len(GOOD) + 2}"),
    "utf-16": (GOOD.encode("utf-16"), "not UTF-8 at byte 0"),
    "nul bytes": (b"\x00" * 50, "not TOML"),
    "too deep": (b"a = " + b"[" * 100_000, "not TOML"),
    "too many digits": (_add("[hyperparameters]\nseed = " + "9" * 5000), "not TOML"),
    "100 MB": (b"#" * 100_000_000, "100,000,000 bytes is too large"),
    "another format": (_replace("tui-lab.preset", "tui-lab.run"), "format: a preset starts with"),
    "newer": (_replace("version = 1", "version = 2"), "version: 2 is newer than this tui-lab reads"),
    "older": (_replace("version = 1", "version = 0"), "version: must be 1"),
    "version true": (_replace("version = 1", "version = true"), "version: must be 1 .given: True"),
    "version 1.0": (_replace("version = 1", "version = 1.0"), "version: must be 1"),
    "version as text": (_replace("version = 1", 'version = "1"'), "version: must be 1"),
    "no version": (_replace("version = 1\n", ""), "version: missing"),
    "no target": (_replace('target = "y"\n', ""), r"data\.target: missing"),
    "empty title": (_replace("My own", ""), "title: must have at least 1 character"),
    "a name with capitals": (_replace('"mine"', '"Mine"'), "name: must match pattern"),
    "a name that is a path": (_replace('"mine"', '"../mine"'), "name: must match pattern"),
    "an unknown task": (
        _replace('"regression"', '"ranking"'),
        "task: must be 'regression', 'binary' or 'multiclass'",
    ),
    "an unknown key": (
        _add("[hyperparameters]\nlearning_rate = 1"),
        r"hyperparameters\.learning_rate: unknown key",
    ),
    "an unknown table": (_add("[modle]"), "modle: unknown key"),
    "text for a number": (
        _add('[hyperparameters]\nlr = "0.1"'),
        r"hyperparameters\.lr: must be a valid number",
    ),
    "true for a number": (
        _add("[hyperparameters]\nepochs = true"),
        r"hyperparameters\.epochs: must be a valid integer",
    ),
    "a date for a number": (
        _add("[hyperparameters]\nlr = 2024-01-01"),
        r"hyperparameters\.lr: must be a valid number",
    ),
    "nan": (_add("[hyperparameters]\nlr = nan"), r"hyperparameters\.lr: must be a finite number"),
    "text for a table": (_add('model = "linear"'), r"data\.model: unknown key"),
    "a table for text": (_replace('title = "My own"', "title = {}"), "title: must be a valid string"),
    "layers as text": (_add('[model]\nlayers = "linear 3"'), r"model\.layers: must be a list"),
    "an unknown layer": (
        _add('[model]\nlayers = ["linaer 3"]'),
        r"model\.layers: layer 1: .*did you mean 'linear'",
    ),
    "too many layers": (
        _add("[model]\nlayers = [" + '"elu",' * 201 + "]"),
        r"model\.layers: must have at most 200 items",
    ),
    "a split over 1": (_add("split = {train = 0.7, val = 0.7}"), r"data\.split\.test: .*must add up to 1"),
    "a flat shape": (_add("shape = [8, 8]"), r"data\.shape"),
    "a nul in the file": (_replace("x.csv", r"a\u0000b"), r"data\.file: cannot use"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_a_broken_file_is_refused_and_spoils_only_itself(own: Path, case: str) -> None:
    content, says = BROKEN[case]
    path = own / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(InputError, match=says):
        load_preset(path)
    for problem in refused(path):
        assert problem.startswith(f"{path}: ")
        assert problem == safe(problem, 1000)
    (own / "good.toml").write_text(GOOD)
    found = all_presets()
    assert list(found.presets) == [*BUNDLED_NAMES, "mine"]
    (problem,) = found.problems
    assert problem.startswith(f"{path}: ") and problem.count(str(path)) == 1, "a line for each file"
    assert all(said.removeprefix(f"{path}: ") in problem for said in refused(path))


def test_every_problem_of_a_file_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(
        GOOD.replace("regression", "guess")
        + '[hyperparameters]\nlr = -1\nepochs = 1.5\nfoo = 1\n"\\u001b[2J" = 1\n'
        + '[model]\nlayers = ["linear x", "elu", "swish"]\n'
    )
    places = [problem.removeprefix(f"{path}: ").split(": ")[0] for problem in refused(path)]
    assert sorted(places) == sorted(
        [
            "task",
            "hyperparameters.lr",
            "hyperparameters.epochs",
            "hyperparameters.foo",
            r"hyperparameters.\x1b[2J",
            "model.layers",
            "model.layers",
        ]
    )


def _directory(path: Path) -> None:
    path.mkdir()


def _pipe(path: Path) -> None:
    os.mkfifo(path)


def _loop(path: Path) -> None:
    path.symlink_to(path)


def _dangling(path: Path) -> None:
    path.symlink_to("nowhere")


@pytest.mark.parametrize("make", [_directory, _pipe, _loop, _dangling])
def test_what_is_no_file_is_refused_without_waiting(own: Path, make: Callable[[Path], None]) -> None:
    make(own / "odd.toml")
    assert refused(own / "odd.toml") == (f"{own / 'odd.toml'}: not a regular file",)
    (own / "good.toml").write_text(GOOD)
    assert "mine" in all_presets().presets


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "not a regular file" in refused(tmp_path / "none.toml")[0]
    assert "cannot be read" in refused(tmp_path / ("x" * 300))[0]
    assert r"\x00" in refused(Path("a\0b"))[0]


def test_a_data_file_that_is_a_link_to_itself(tmp_path: Path) -> None:
    (tmp_path / "x.csv").symlink_to("x.csv")
    path = tmp_path / "p.toml"
    path.write_text(GOOD)
    try:
        assert load_preset(path).data.file.endswith("x.csv")  # newer Pythons leave it to the reader
    except InputError as error:
        assert "data.file: cannot use 'x.csv'" in str(error)


def test_a_folder_whose_name_is_not_unicode(tmp_path: Path) -> None:
    folder = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9"))
    try:
        folder.mkdir()
    except OSError:
        pytest.skip("this file system takes only Unicode names")
    (folder / "p.toml").write_text(GOOD)
    (problem,) = refused(folder / "p.toml")
    assert "not UTF-8; rename that folder" in problem
    problem.encode()


def test_of_two_with_one_name_the_first_stays(own: Path) -> None:
    (own / "a.toml").write_text(GOOD.replace("mine", "cnn"))
    (own / "b.toml").write_text(GOOD)
    (own / "c.toml").write_text(GOOD.replace("My own", "Another"))
    found = all_presets()
    assert found["cnn"].title != "My own", "a bundled one is not replaced unnoticed"
    assert found["mine"].title == "My own"
    assert found.problems == (
        f"{own / 'a.toml'}: name: 'cnn' is taken; choose another",
        f"{own / 'c.toml'}: name: 'mine' is taken; choose another",
    )


def test_without_a_folder_of_ones_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(preset_files, "own_folder", lambda: tmp_path / "none")
    assert list(all_presets().presets) == BUNDLED_NAMES
    assert all_presets().problems == ()


def test_a_name_that_is_not_on_the_shelf(own: Path) -> None:
    with pytest.raises(
        InputError, match=r"'regresion' is neither a preset nor a file \(did you mean 'regression'"
    ):
        all_presets()["regresion"]
    with pytest.raises(InputError, match=r"\\x1b"):
        all_presets()["\x1b"]


@pytest.mark.parametrize("name", ["../x", "data/../../x", "/etc/passwd", "a\0b"])
def test_a_bundled_file_lies_inside_its_folder(name: str) -> None:
    with pytest.raises(InputError):
        data_path("bundled:" + name)


def test_where_a_data_file_is() -> None:
    assert data_path("/somewhere/x.csv") == Path("/somewhere/x.csv")
    assert data_path("bundled:data/wine.csv").is_file()


@given(name=text, title=text.filter(str.strip))
def test_what_is_written_is_printable_and_read_back_as_it_was(name: str, title: str) -> None:
    data = DataSpec(file="x.csv", target=name, columns={name: "one_hot"})
    written = Preset(
        format="tui-lab.preset", version=1, name="mine", title=title, task="regression", data=data
    )
    told = preset_text(written)
    assert all(char.isprintable() or char == "\n" for char in told)
    assert Preset.model_validate(tomllib.loads(told)) == written


@given(junk=st.binary(max_size=200) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
def test_junk_behind_a_good_beginning_is_read_or_refused(
    junk: bytes, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.getbasetemp() / "junk.toml"
    path.write_bytes(GOOD.encode() + junk)
    try:
        assert isinstance(load_preset(path), Preset)
    except InputError as error:
        assert error.problems
        assert all(problem == safe(problem, 2000) for problem in error.problems)
