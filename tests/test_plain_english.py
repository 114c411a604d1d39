"""Phrases that were replaced by plain English do not come back: in code, presets, docs and generated help."""

import re
from pathlib import Path

import pytest

from tui_lab.cli.arguments.parser import COMMANDS, parse
from tui_lab.experiment.catalogue import catalogue
from tui_lab.tui.keys.table import KEYS

ROOT = Path(__file__).parent.parent
LIST = ROOT / "docs" / "words.md"
BANNED = tuple(LIST.read_text("utf-8").split("```\n")[1].splitlines())


def plain(text: str) -> str:
    """One line in lower case, as it is read: string pieces joined, comment signs and line breaks gone."""
    text = re.sub(r'"\s*\n\s*f?r?"|\\\n|\n\s*#', " ", text)
    return " ".join(text.casefold().split())


def found(text: str) -> list[str]:
    said = plain(text)
    return [phrase for phrase in BANNED if phrase in said and re.search(rf"\b{re.escape(phrase)}\b", said)]


def files() -> list[Path]:
    kinds = ("tui_lab/**/*.py", "tui_lab/**/*.json", "presets/*.toml", "docs/**/*.md")
    paths = [path for kind in kinds for path in ROOT.glob(kind)]
    return sorted({*paths, ROOT / "README.md", ROOT / "CHANGELOG.md"} - {LIST})


def test_no_file_holds_a_phrase_of_the_list() -> None:
    assert len(files()) > 250, "the product is there"
    assert {path.name: said for path in files() if (said := found(path.read_text("utf-8")))} == {}


def test_generated_help_holds_none(capsys: pytest.CaptureFixture[str]) -> None:
    texts = [key.help for key in KEYS] + [entry.knob.help for entry in catalogue().values()]
    for command in ((), *((name,) for name in COMMANDS)):
        with pytest.raises(SystemExit):
            parse([*command, "--help"])
        texts.append(capsys.readouterr().out)
    assert all(map(len, texts))
    assert found("\n".join(texts)) == []


@pytest.mark.parametrize(
    "text",
    ["It LEARNS BY HEART.", '"learns by "\n    "heart"', "learns by\nheart", "# by\n# heart", "by \\\nheart"],
)
def test_a_phrase_is_found_however_it_is_written(text: str) -> None:
    assert found(text) == ["by heart"]


def test_a_part_of_a_word_is_none() -> None:
    assert found("amend it; recommend the preset") == []
