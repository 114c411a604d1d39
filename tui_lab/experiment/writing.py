"""A preset as TOML text that `load_preset` reads back as the same preset."""

import json
import re
from typing import Any

from tui_lab.experiment.presets import Preset

_BARE = re.compile(r"[A-Za-z0-9_-]+")
_FIRST = ("format", "version", "name", "title", "task", "learn")


def preset_text(preset: Preset) -> str:
    """The TOML text of a preset. Defaults are left out, except in the first lines."""
    fields = preset.model_dump(mode="json", exclude_defaults=True)
    lines = [f"{name} = {_value(fields.pop(name))}" for name in _FIRST if name in fields]
    _table(fields, (), lines)
    return "\n".join(lines) + "\n"


def _table(fields: dict[str, Any], path: tuple[str, ...], lines: list[str]) -> None:
    """Plain values first, then tables: in TOML one cannot return to an outer table."""
    lines += [
        f"{_key(name)} = {_value(value)}" for name, value in fields.items() if not isinstance(value, dict)
    ]
    for name, value in fields.items():
        if isinstance(value, dict):
            inner = (*path, name)
            lines += ["", f"[{'.'.join(map(_key, inner))}]"]
            _table(value, inner, lines)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _text(name)


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return _text(value)
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(_value, value))}]"
    return repr(value)


def _text(value: str) -> str:
    """A basic string. JSON's escapes are valid in TOML; unprintable characters are escaped as well."""
    return "".join(map(_visible, json.dumps(value, ensure_ascii=False)))


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    return f"\\u{ord(char):04x}" if ord(char) < 0x10000 else f"\\U{ord(char):08x}"


def preset_name(text: str) -> str:
    """A valid preset name, as close to `text` as possible."""
    return re.sub(r"[^a-z0-9_-]+", "-", text.lower()).strip("-_")[:40] or "table"
