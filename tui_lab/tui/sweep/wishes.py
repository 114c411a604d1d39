"""What the screen of a sweep cannot do itself, and wants done."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class OpenTrial:
    """Show a trial in the lab, as any run."""

    run_id: str


@dataclass(frozen=True, slots=True)
class ForkTrial:
    """Start a fork of a trial in the lab."""

    run_id: str


@dataclass(frozen=True, slots=True)
class SavePreset:
    """Write the experiment of a trial to a preset file. `trial`: its number."""

    trial: int


Wish = OpenTrial | ForkTrial | SavePreset
