"""Saving a preset from the lab."""

from pathlib import Path
from shlex import quote

from tui_lab.errors import InputError
from tui_lab.experiment.preset_files import own_folder
from tui_lab.experiment.presets import Preset
from tui_lab.experiment.writing import preset_name, preset_text
from tui_lab.files import reason, write_atomically


def suggested(preset: Preset) -> str:
    """A free file name in the user's preset folder, where the lab finds it again."""
    folder = own_folder()
    name = next(
        n for k in range(1, 1000) if not (folder / f"{(n := _numbered(preset.name, k))}.toml").exists()
    )
    return str(folder / f"{name}.toml")


def _numbered(name: str, number: int) -> str:
    return f"{name[:34]}-{number}"


def keep_preset(preset: Preset, text: str) -> str:
    """Save a preset under the typed file name, which becomes its name. Returns a message with the path.

    Raises InputError if it cannot be written, or if the file exists.
    """
    if not text.strip():
        raise InputError("type a file name, e.g. mine.toml")
    try:
        path = Path(text.strip()).expanduser()
        path = path if path.suffix.lower() == ".toml" else path.with_name(path.name + ".toml")
        if path.parent == own_folder():
            path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists():
            raise InputError(f"{path}: already exists; choose another name")
        named = preset.model_copy(update={"name": preset_name(path.stem)})
        write_atomically(path, preset_text(named).encode(), mode=None)
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"{text}: cannot write: {reason(error)}") from None
    return f"saved: {path} · train it with: tui-lab train {quote(str(path))}"
