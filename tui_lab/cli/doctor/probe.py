"""Run by `doctor` in a separate Python process: which libraries can be imported, and which devices work.

In a separate process an import that crashes or writes to stdout does no harm. The last line of output is
one JSON object.
"""

import importlib
import json
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
    from importlib.metadata import PackageNotFoundError, version

    try:
        importlib.import_module(name)
        return version(name), ""
    except PackageNotFoundError:
        return "", "is not installed"
    except BaseException as error:
        return "", f"cannot be imported: {type(error).__name__}: {error}"


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
