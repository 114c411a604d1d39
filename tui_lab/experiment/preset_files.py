"""Where presets are, and what their files say as it stands: without pydantic, which takes 0.15 s to import.

Bundled presets are in `presets/` of a checkout, or in the wheel; a user's own are in the folder `presets`
of their configuration folder, or anywhere if given by path.
"""

import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import platformdirs

from tui_lab.errors import InputError

_MAX_BYTES = 1_000_000
_ORDER = ("regression", "binary", "multiclass", "cnn", "shapes", "moons", "spirals", "curve")


class PresetWords(NamedTuple):
    """What a preset file says about itself."""

    name: str
    title: str
    learn: str = ""


def bundled_folder() -> Path:
    """Where the bundled presets are."""
    package = Path(__file__).parent.parent
    wheel = package / "_presets"
    return wheel if wheel.is_dir() else package.parent / "presets"


def own_folder() -> Path:
    """Where a user keeps their own presets; it need not exist."""
    return platformdirs.user_config_path("tui-lab") / "presets"


def preset_files() -> Iterator[Path]:
    """All of them, the bundled ones first."""
    bundled = sorted(bundled_folder().glob("*.toml"))
    yield from sorted(bundled, key=lambda p: _ORDER.index(p.stem) if p.stem in _ORDER else len(_ORDER))
    try:
        yield from sorted(own_folder().glob("*.toml"))
    except OSError:
        return


def read_toml(path: Path, shown: str) -> dict[str, object]:
    """What a preset file says, unchecked. Raises InputError; `shown` is its name in the message."""
    try:
        if not path.is_file():
            raise InputError(f"{shown}: not a regular file")
        if (size := path.stat().st_size) > _MAX_BYTES:
            raise InputError(f"{shown}: {size:,} bytes is too large for a preset (at most {_MAX_BYTES:,})")
        return tomllib.loads(path.read_text("utf-8-sig"))
    except OSError as error:
        raise InputError(f"{shown}: cannot be read: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise InputError(f"{shown}: not UTF-8 at byte {error.start}") from None
    except (ValueError, RecursionError) as error:  # not only TOMLDecodeError: int() limits its digits
        raise InputError(f"{shown}: not TOML: {error}") from None


def all_words() -> list[PresetWords]:
    """The words of all presets whose files can be read, in order; nothing else in them is checked."""
    found: dict[str, PresetWords] = {}
    for path in preset_files():
        try:
            table = read_toml(path, str(path))
        except InputError:
            continue
        words = [table.get(name, "") for name in PresetWords._fields]
        if all(isinstance(word, str) for word in words) and words[0]:
            said = PresetWords(*map(str, words))
            found.setdefault(said.name, said)
    return list(found.values())
