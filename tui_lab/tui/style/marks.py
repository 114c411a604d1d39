"""A symbol and a colour for each state of a run."""

MARKS: dict[str, tuple[str, str]] = {
    "ready": ("○", "dim"),
    "loading torch…": ("◌", "warn"),
    "starting…": ("◌", "warn"),
    "running": ("●", "accent"),
    "paused": ("‖", "warn"),
    "stepping…": ("▸", "accent"),
    "forking…": ("◐", "warn"),
    "stopping…": ("◐", "warn"),
    "finished": ("✓", "good"),
    "stopped": ("■", "warn"),
    "diverged": ("∞", "bad"),
    "failed": ("✗", "bad"),
    "interrupted": ("!", "bad"),
    "broken": ("?", "bad"),
    "not started": ("✗", "bad"),
}
"""Each state with a distinct symbol, so that colour is not needed."""
