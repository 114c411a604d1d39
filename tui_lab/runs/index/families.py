"""Forks below the runs they were forked from."""

from collections.abc import Iterable, Sequence

from tui_lab.runs.index.listing import RunLine

Placed = tuple[RunLine, int]
"""A run, and the number of its ancestors above it."""


def in_families(shown: Sequence[RunLine], all_runs: Iterable[RunLine]) -> list[Placed]:
    """Move each run below its nearest ancestor that is shown.

    A family is placed where its first member was; forks of one run stay in their order.
    """
    parents = {line.id: line.parent for line in all_runs}
    here = {line.id for line in shown}
    under: dict[str, list[RunLine]] = {}
    places = {line.id: place for place, line in enumerate(shown)}
    for line in shown:
        under.setdefault(_ancestor(line.id, parents, here), []).append(line)

    found: list[Placed] = []
    first = _first_places(shown, under, places)
    waiting = [(line, 0) for line in sorted(under.get("", ()), key=lambda line: first[line.id], reverse=True)]
    while waiting:
        line, depth = waiting.pop()
        found.append((line, depth))
        waiting += [(fork, depth + 1) for fork in reversed(under.get(line.id, ()))]
    return found


def _ancestor(run_id: str, parents: dict[str, str], here: set[str]) -> str:
    """The nearest ancestor that is shown; empty if there is none, or for a cycle from a damaged folder."""
    seen = {run_id}
    parent = parents.get(run_id, "")
    while parent and parent not in here and parent not in seen:
        seen.add(parent)
        parent = parents.get(parent, "")
    return parent if parent in here and not _circular(run_id, parents) else ""


def _circular(run_id: str, parents: dict[str, str]) -> bool:
    seen: set[str] = set()
    while run_id and run_id not in seen:
        seen.add(run_id)
        run_id = parents.get(run_id, "")
    return bool(run_id)


def _first_places(
    shown: Sequence[RunLine], under: dict[str, list[RunLine]], places: dict[str, int]
) -> dict[str, int]:
    """For each run, the first position of it or any run below it."""
    first: dict[str, int] = {}
    waiting = [(line, False) for line in under.get("", ())]
    while waiting:
        line, ready = waiting.pop()
        forks = under.get(line.id, [])
        if ready:
            first[line.id] = min([places[line.id], *(first[fork.id] for fork in forks)])
        else:
            waiting += [(line, True), *((fork, False) for fork in forks)]
    return first
