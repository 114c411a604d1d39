"""How the runs of a list differ from the presets they were made from."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from tui_lab.runs.folder.settings import Scalar
from tui_lab.runs.index.listing import RunLine

Settings = Mapping[str, Scalar]
BRIEF = {"batch_size": "batch", "weight_decay": "decay", "optimizer": "optim"}
"""Short names of settings, for columns."""
LAST = ("epochs", "patience", "max_minutes")
"""Limits on the length of a run, which say less about it than other settings."""


class Differences:
    """The differences of all runs from their presets; an unknown preset is inferred from its runs."""

    def __init__(self, lines: Sequence[RunLine], presets: Mapping[str, Settings]) -> None:
        self._presets = presets
        self._usual = {**_typical(lines, presets), **presets}
        self._found = {line.id: self._changes(line) for line in lines}

    def of(self, line: RunLine) -> Settings:
        """The settings of a run that differ from its preset, with their values."""
        return self._found.get(line.id, {})

    def usual(self, line: RunLine, name: str) -> Scalar | None:
        return self._usual.get(line.preset, {}).get(name)

    def inferred(self, line: RunLine) -> bool:
        """Whether its preset is unknown, such as that of a file: then it differs from most of those runs."""
        return line.preset not in self._presets

    def names(self, lines: Iterable[RunLine]) -> list[str]:
        """The settings in which any of these runs differs from its preset, the most frequent first."""
        times = Counter(name for line in lines for name in self.of(line))
        return sorted(times, key=lambda name: (name in LAST, -times[name], name))

    def _changes(self, line: RunLine) -> Settings:
        usual = self._usual.get(line.preset)
        if usual is None:
            return {}
        asked = line.asked
        names = sorted({**asked, **usual}, key=lambda name: (name in LAST, name not in line.hyperparameters))
        return {
            name: asked.get(name, "")
            for name in names
            if asked and asked.get(name) != usual.get(name) and _known(name, asked, usual)
        }


def title_of(name: str) -> str:
    """The name of a setting in a column: `batch`, `layers`."""
    return BRIEF.get(name, name.rpartition(".")[2])


def _known(name: str, asked: Settings, usual: Settings) -> bool:
    """Whether both have the setting: versions of tui-lab differ in their hyperparameters."""
    return "." in name or (name in asked and name in usual)


def _typical(lines: Sequence[RunLine], known: Mapping[str, Settings]) -> dict[str, Settings]:
    """For each unknown preset, the most frequent values of its runs; in a tie, those of the oldest run."""
    families: dict[str, list[Settings]] = {}
    for line in reversed(lines):
        if line.preset and line.preset not in known and line.asked:
            families.setdefault(line.preset, []).append(line.asked)
    found: dict[str, Settings] = {}
    for preset, runs in families.items():
        names = dict.fromkeys(name for run in runs for name in run)
        common = {name: Counter(run.get(name) for run in runs).most_common(1)[0][0] for name in names}
        found[preset] = {name: value for name, value in common.items() if value is not None}
    return found
