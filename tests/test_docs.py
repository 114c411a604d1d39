"""The docs generated from code are up to date. TUI_LAB_UPDATE_DOCS=1 regenerates them."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from tui_lab.coach.registry import RULES
from tui_lab.experiment.catalogue import catalogue, format_value
from tui_lab.experiment.concepts import CONCEPTS
from tui_lab.experiment.network.layer_kinds import KINDS
from tui_lab.experiment.network.layers import usage
from tui_lab.tui.keys.table import KEYS

DOCS = Path(__file__).parent.parent / "docs"


def hyperparameters() -> str:
    """Every hyperparameter with its declaration."""
    parts = [
        "# Hyperparameters",
        "Generated from `tui_lab/experiment/hyperparameters.py`. Names are those of torch, the same in "
        "presets, `--set`, the lab and exports.",
    ]
    for name, entry in catalogue().items():
        knob = entry.knob
        facts = [f"default `{format_value(entry.default)}`", f"allowed `{entry.bounds()}`"]
        if knob.typical:
            low, high = (format_value(value) for value in knob.typical)
            facts.append(f"typical {low} to {high}")
        for other, values in knob.used_when:
            facts.append(f"used with {other} {', '.join(map(str, values))}")
        if knob.images:
            facts.append("for image files" if knob.colour else "for images")
        parts += [
            f"## `{name}`",
            "; ".join(facts) + ".",
            " ".join([knob.help, *dict(knob.choice_help).values()]),
        ]
    return "\n\n".join(parts) + "\n"


def layers() -> str:
    """The table of the types of layers."""
    lines = [
        "# Layers",
        "",
        "Generated from `tui_lab/experiment/network/layer_kinds.py`. The first number may be written without "
        "its name, what is in brackets may be left out, and `name=value` shows the default.",
        "",
        "| layer | what it does |",
        "|---|---|",
    ]
    lines += [f"| `{text}` | {kind.help} |" for text, kind in zip(usage(), KINDS.values(), strict=True)]
    return "\n".join(lines) + "\n"


def keys() -> str:
    """The table of keys."""
    lines = [
        "# Keys",
        "",
        "Generated from `tui_lab/tui/keys/table.py`.",
        "",
        "| key | where | what it does |",
        "|---|---|---|",
    ]
    places = {
        "lab": "everywhere in the lab",
        "editor": "while typing a value",
        "runs": "list of runs",
        "compare": "comparison",
        "layers": "layer editor",
        "layer": "while typing a layer",
        "over_time": "layers over time",
        "table": "set-up of data",
        "sweep": "sweep",
        "line": "other text fields",
        "sweep_form": "form of a sweep",
        "sweeps": "list of sweeps",
    }
    lines += [f"| `{key.cap}` | {places.get(key.place, key.place)} | {key.help} |" for key in KEYS]
    return "\n".join(lines) + "\n"


def notes() -> str:
    """Every concept: what it is, its formula, and what to press."""
    parts = [
        "# Notes",
        "Generated from `tui_lab/experiment/concepts.py`. The concepts of deep learning in the order in "
        "which one learns them. Press the keys in the lab; there, `N` shows these notes.",
    ]
    for concept in CONCEPTS:
        parts += [f"## {concept.name}", concept.words]
        if concept.formula:
            parts.append(f"    {concept.formula}" + (f"\n\n{concept.source}" if concept.source else ""))
        presses = " ".join(f"`{key}`" for key in concept.keys)
        parts.append(f"**Press {presses}.** {concept.here}")
    return "\n\n".join(parts) + "\n"


def test_the_rules_of_the_coach_are_described_as_they_are() -> None:
    path, head, tail = DOCS / "coach.md", "<!-- rules, generated -->\n", "<!-- end of rules -->"
    rules = "\n".join(f"- **`{rule.name}`: {rule.title}.** {rule.about} *{rule.source}*" for rule in RULES)
    before, _, rest = path.read_text("utf-8").partition(head)
    after = rest.partition(tail)[2]
    made = f"{before}{head}{rules}\n{tail}{after}"
    if os.environ.get("TUI_LAB_UPDATE_DOCS"):
        path.write_text(made, "utf-8")
    assert path.read_text("utf-8") == made


@pytest.mark.parametrize(
    ("name", "made"),
    [("hyperparameters.md", hyperparameters), ("layers.md", layers), ("keys.md", keys), ("notes.md", notes)],
)
def test_a_page_says_what_the_code_says(name: str, made: Callable[[], str]) -> None:
    path = DOCS / name
    if os.environ.get("TUI_LAB_UPDATE_DOCS"):
        path.write_text(made(), "utf-8")
    assert path.read_text("utf-8") == made()


def test_the_readme_names_every_preset_and_command() -> None:
    from tui_lab.cli.arguments.parser import COMMANDS
    from tui_lab.experiment.presets import all_presets

    text = (DOCS.parent / "README.md").read_text("utf-8")
    assert all(f"`{name}`" in text for name in all_presets().presets)
    assert all(f"tui-lab {name}" in text for name in COMMANDS if name != "presets")
