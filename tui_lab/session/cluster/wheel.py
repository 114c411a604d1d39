"""The lab as a wheel, to be brought to other machines: made from what runs here, without a build tool."""

import hashlib
import zipfile
from importlib.metadata import PackageNotFoundError, distribution
from io import BytesIO
from pathlib import Path

import tui_lab
from tui_lab.errors import InputError
from tui_lab.experiment.preset_files import bundled_folder

_EPOCH = (1980, 1, 1, 0, 0, 0)
_WHEEL = "Wheel-Version: 1.0\nGenerator: tui-lab\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
_ENTRY = "[console_scripts]\ntui-lab = tui_lab.cli.main:entry\n"


def wheel_name() -> str:
    """Its file name, which pip reads."""
    return f"tui_lab-{tui_lab.__version__}-py3-none-any.whl"


def make_wheel() -> bytes:
    """The wheel: the same bytes for the same lab. Raises InputError if the lab's own files are not there."""
    package = Path(tui_lab.__file__).parent
    try:
        metadata = distribution("tui-lab").read_text("METADATA")
    except PackageNotFoundError:
        metadata = None
    if metadata is None:
        raise InputError("--hosts: tui-lab is not installed here as a package, so it cannot be brought along")
    info = f"tui_lab-{tui_lab.__version__}.dist-info"
    content = {f"tui_lab/{name}": data for name, data in _files(package).items()}
    content |= {f"tui_lab/_presets/{name}": data for name, data in _files(bundled_folder()).items()}
    content |= {
        f"{info}/METADATA": metadata.encode(),
        f"{info}/WHEEL": _WHEEL.encode(),
        f"{info}/entry_points.txt": _ENTRY.encode(),
    }
    content[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in (*content, f"{info}/RECORD")).encode()
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(content):
            archive.writestr(zipfile.ZipInfo(name, _EPOCH), content[name], zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _files(folder: Path) -> dict[str, bytes]:
    """The files in a folder, but for what Python compiled."""
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "__pycache__" not in path.parts
    }


def digest(wheel: bytes) -> str:
    """What tells one wheel from another: the name of its folder in the cache of a host."""
    return hashlib.sha256(wheel).hexdigest()[:16]
