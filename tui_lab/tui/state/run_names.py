"""Names for runs, and how many can be compared."""

from collections import Counter
from collections.abc import Iterable

from tui_lab.runs.index.listing import RunLine

MOST = 8
"""How many runs can be compared at once."""


def tails(lines: Iterable[RunLine]) -> dict[str, str]:
    """For runs that share a title: the end of the id, by id."""
    titles = {line.id: line.title for line in lines}
    times = Counter(titles.values())
    return {run_id: run_id[-4:] for run_id, title in titles.items() if times[title] > 1}
