"""What a run brings with it: weights from elsewhere."""

from argparse import Namespace
from pathlib import Path

from tui_lab.cli.root import runs_root
from tui_lab.errors import InputError
from tui_lab.protocol.events import WeightsTransferred
from tui_lab.runs.folder import find
from tui_lab.safe import safe

_SHOWN = 12


def weights_path(args: Namespace) -> str | None:
    """Where the weights of `--weights` lie: a safetensors file, or the folder of a run. Raises InputError."""
    named: str | None = args.weights
    if named is None:
        return None
    try:
        path = Path(named).expanduser()
        if "/" in named or named.endswith(".safetensors") or path.is_file():
            if not path.is_file():
                what = "a folder; name a run by its id" if path.is_dir() else "there is no such file"
                raise InputError(f"{safe(named, 300)}: {what}")
            found = path.resolve()
        else:
            found = find(runs_root(args), named).path.resolve()
        str(found).encode()
    except UnicodeEncodeError:
        raise InputError(f"--weights: {safe(named, 300)}: the path is not UTF-8; rename it") from None
    except InputError as error:
        raise InputError([f"--weights: {problem}" for problem in error.problems]) from None
    except (OSError, ValueError, RuntimeError) as error:
        raise InputError(f"--weights: {safe(named, 300)}: cannot be used: {safe(error, 200)}") from None
    return str(found)


def transfer_text(event: WeightsTransferred) -> list[str]:
    """What was taken and what was not, a line each, made safe."""
    lines = [f"weights from {safe(event.source, 300)}: taken {_listed(list(event.taken))}"]
    if event.new:
        reasons = [f"{name} ({why})" for name, why in event.new.items()]
        lines.append(f"weights that stay new: {_listed(reasons)}")
    if event.unused:
        lines.append(f"weights without a place here: {_listed(list(event.unused))}")
    return lines


def _listed(names: list[str]) -> str:
    shown = ", ".join(safe(name, 120) for name in names[:_SHOWN])
    return shown + (f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else "")
