"""Run by `doctor` in a separate Python process: which libraries are installed, and which devices work.

Only torch is imported, for its devices; all libraries together take three times as long. In a separate
process an import that crashes or writes to stdout does no harm. The last line of output is one JSON object.
"""

import json
from importlib.metadata import PackageNotFoundError, version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

LIBRARIES = (
    *("torch", "torchvision", "torchmetrics", "safetensors", "textual", "plotext"),
    *("pandas", "pydantic", "rich", "platformdirs", "psutil"),
)


def main() -> None:
    """Print the result: `libraries` to `[version, error]`, and `devices`."""
    libraries = {name: _library(name) for name in LIBRARIES}
    devices = _devices() if not libraries["torch"][1] else {}
    print("\n" + json.dumps({"libraries": libraries, "devices": devices}))


def _library(name: str) -> tuple[str, str]:
    spec = find_spec(name)
    if spec is None:
        return "", "is not installed"
    try:
        if name == "torch":
            import torch  # noqa: F401
        if name == "torchvision":
            _load_operators(Path((spec.submodule_search_locations or [""])[0]))
        return version(name), ""
    except PackageNotFoundError:
        return "", "has files here, but is not installed"
    except BaseException as error:
        return "", f"cannot be imported: {type(error).__name__}: {error}"


def _load_operators(torchvision: Path) -> None:
    """Load torchvision's compiled part, which fails if it was built for another torch."""
    import torch

    for library in sorted(torchvision.glob("_C*.so")):
        torch.ops.load_library(library)  # type: ignore[no-untyped-call]


def _devices() -> dict[str, Any]:
    import warnings

    import torch

    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        there = torch.cuda.is_available()
    cuda = [_cuda(torch, k) for k in range(torch.cuda.device_count())] if there else []
    return {
        "threads": torch.get_num_threads(),
        "cuda": cuda,
        "cuda_problem": str(caught[-1].message).splitlines()[0] if caught and not there else "",
        "built_for": torch.version.cuda or "",
        "mps": torch.backends.mps.is_available(),
    }


def _cuda(torch: Any, index: int) -> tuple[str, str]:
    """Name and memory of a device, and the error of a small allocation on it."""
    try:
        properties = torch.cuda.get_device_properties(index)
        name = f"{properties.name}, {properties.total_memory / 2**30:.0f} GiB"
    except Exception as error:
        return f"device {index}", str(error)
    try:
        torch.zeros(1, device=f"cuda:{index}").item()
    except Exception as error:
        return name, str(error).splitlines()[0]
    return name, ""


if __name__ == "__main__":
    main()
