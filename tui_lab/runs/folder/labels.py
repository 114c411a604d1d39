"""The name and the note of a run: `label.json` in its folder.

A name is only shown and searched; no file is named after it, so it cannot contain a harmful path. The summary
records that there is a label, so that one that has been lost is reported.
"""

import json
import unicodedata
from dataclasses import dataclass, field

from tui_lab.errors import InputError, RunError
from tui_lab.files import reason
from tui_lab.runs.files.sealed import UNSEALED, seal, unseal
from tui_lab.runs.folder.folder import LABEL, RunFolder
from tui_lab.runs.folder.summary import remember_label, was_labelled
from tui_lab.safe import safe

MAX_NAME, MAX_NOTE = 60, 1000
_FORMAT, _VERSION = "tui-lab.label", 1
_MAX_BYTES = 32_768


@dataclass(frozen=True, slots=True)
class Label:
    """A name and a note, one line each; empty if not given.

    `problem`: why the file cannot be read, as a sentence.
    """

    name: str = ""
    note: str = ""
    problem: str = field(default="", compare=False)


def read_label(folder: RunFolder, labelled: bool | None = None) -> Label:
    """The label of a run; an empty one if there is none or it cannot be read. Never raises.

    `labelled`: whether the run's summary says that it had one; None: look there.
    """
    try:
        content = unseal(folder.files.read(LABEL, _MAX_BYTES))
        if content["format"] != _FORMAT:
            raise ValueError("not a label")
        return Label(_shown(content["name"], MAX_NAME), _shown(content["note"], MAX_NOTE))
    except FileNotFoundError:
        if not (was_labelled(folder) if labelled is None else labelled):
            return Label()
        why = "the file is gone"
    except OSError as error:
        why = reason(error)
    except (ValueError, TypeError, KeyError):
        why = "it is damaged"
    return Label(problem=f"{folder.label}: the name of the run cannot be read: {why}")


def write_label(folder: RunFolder, label: Label) -> None:
    """Write a label, whole or not at all.

    Raises InputError if a text is too long or contains control characters, RunError if the file cannot be
    written.
    """
    checked = check_label(label)
    content = {"format": _FORMAT, "version": _VERSION, "name": checked.name, "note": checked.note}
    try:
        text = json.dumps(content | UNSEALED, ensure_ascii=False) + "\n"
        folder.files.replace(LABEL, seal(text))
    except OSError as error:
        raise RunError(f"{folder.label}: cannot be written: {reason(error)}") from None
    remember_label(folder)


def check_label(label: Label) -> Label:
    """The label with single spaces and none at the ends. Raises InputError with everything that is wrong."""
    problems = [*_problems("a name", label.name, MAX_NAME), *_problems("a note", label.note, MAX_NOTE)]
    if problems:
        raise InputError(problems)
    return Label(" ".join(label.name.split()), " ".join(label.note.split()))


def _problems(what: str, text: str, limit: int) -> list[str]:
    problems, text = [], text.strip(" ")
    if len(text) > limit:
        problems.append(f"{what} can have at most {limit} characters (given: {len(text)})")
    hidden = sorted({char for char in text[: 2 * limit] if _acts(char)})
    if hidden:
        shown = ", ".join(safe(char) for char in hidden[:5])
        problems.append(f"{what} must be printable text; remove {shown}")
    return problems


def _acts(char: str) -> bool:
    return unicodedata.category(char)[0] == "C" or char in "\u2028\u2029"


def _shown(text: object, limit: int) -> str:
    """A text from an untrusted file."""
    if not isinstance(text, str):
        raise TypeError("not text")
    return safe(" ".join(text.split()), limit)
