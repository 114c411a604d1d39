"""Finding the run that a reference on the command line means."""

from pathlib import Path

from tui_lab.errors import InputError
from tui_lab.runs.folder.folder import RunFolder, run_ids
from tui_lab.runs.folder.labels import read_label

_SHOWN = 8
_LEAST_ENDING = 3


def find(root: Path, ref: str) -> RunFolder:
    """The run that `ref` means: its id, the beginning or the end of one, its name, or `last`.

    An exact match comes before a partial one, and a beginning before an ending; an ending has at least three
    characters. The preset comes last: a run without a name is listed under it. Names are compared without
    regard to case; if several runs match, the message lists them.
    `ref` is only compared with runs that exist, so it cannot lead out of `root`. Raises InputError.
    """
    ids = run_ids(root)
    if not ids:
        raise InputError(f"{root}: no runs yet; `tui-lab train PRESET` starts one")
    if ref == "last":
        return RunFolder(root / ids[0])
    if ref in ids:
        return RunFolder(root / ref)
    wanted = " ".join(ref.split())
    if not wanted:
        raise InputError("the run's name is empty; `tui-lab runs` lists all runs")
    names = {run_id: read_label(RunFolder(root / run_id)).name for run_id in ids}
    folded = wanted.casefold()
    ways = (
        ("is the name of", [i for i in ids if names[i].casefold() == folded]),
        ("is the beginning of", [i for i in ids if i.startswith(wanted)]),
        ("is the end of", [i for i in ids if len(wanted) >= _LEAST_ENDING and i.endswith(_joined(wanted))]),
        ("is the beginning of the name of", [i for i in ids if names[i].casefold().startswith(folded)]),
        ("is part of the name of", [i for i in ids if folded in names[i].casefold()]),
        ("is the preset of", [i for i in ids if _preset(i).casefold() == folded]),
    )
    shown = repr(wanted)
    for how, matches in ways:
        if len(matches) == 1:
            return RunFolder(root / matches[0])
        if matches:
            raise InputError(
                [f"{shown} {how} {len(matches)} runs; give the id of one:", *_listed(matches, names)]
            )
    raise InputError(f"no run {shown} in {root}; `tui-lab runs` lists all runs")


def _joined(words: str) -> str:
    """A title of the list as in an id: `wine 3f2a` is the end of `20261123-101502-wine-3f2a`."""
    return words.replace(" ", "-")


def _preset(run_id: str) -> str:
    """The preset in an id, which is the run's title in a list until it gets a name."""
    return "-".join(run_id.split("-")[2:-1])


def _listed(ids: list[str], names: dict[str, str]) -> list[str]:
    """One line for each of the first few."""
    lines = [f"  {run_id}  {names[run_id]}".rstrip() for run_id in ids[:_SHOWN]]
    return lines + ([f"  and {len(ids) - _SHOWN} more"] if len(ids) > _SHOWN else [])
