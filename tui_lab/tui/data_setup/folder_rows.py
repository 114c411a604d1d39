"""The set-up of a folder of images as lines of text. No widgets."""

from tui_lab.data.images.survey import FolderFinalSettings, FolderSurvey
from tui_lab.tui.data_setup.folder_settings import ImagesSetup
from tui_lab.tui.data_setup.table_rows import framed_setting, on_screen
from tui_lab.tui.style.format import count, plural
from tui_lab.tui.style.text import Line, clip, fill, line, wrap

LABELS = {"size": "size", "colour": "colour", "fit": "other shapes", "task": "task", "splits": "splits",
          "broken": "broken files"}  # fmt: skip
ABOUT = {
    "size": "Height and width every image is resized to. Smaller trains faster, larger keeps more "
    "detail. Left and right change it; e types it: 64, or 48 x 64.",
    "colour": "Three channels (RGB) or one (gray). If colour carries no information, gray trains faster.",
    "fit": "How images of another aspect ratio are fitted: crop fills the frame and cuts off the rest; "
    "pad fits the whole image and fills the rest with black; stretch distorts it.",
    "task": "Binary: two classes, with a threshold. Multiclass: any number of classes.",
    "splits": "How the images are divided: training, validation after each epoch, and the test at the end, "
    "stratified by class. The folder's own splits are kept. e types three percentages: 70 20 10.",
    "broken": "Images that cannot be decoded: refuse the folder (so nobody overlooks them), or skip them.",
}
OWN_SPLITS = "The folder has its own train/, val/ and test/; they are used as they are."
_FITS = {"crop": "cropped", "pad": "padded with black", "stretch": "stretched"}
_BROKEN = {"refuse": "refused", "skip": "skipped"}
NAMES = ("train", "val", "test")
_NUMBER, _BARS, _LISTED = 9, 17, 6
_FLAGS = (
    (' with --data broken=skip (broken = "skip")', ": ← → on broken files"),
    (" (change it with --data shape=...)", ""),
    ("make them smaller (shape)", "make them smaller (size)"),
)


def said_here(sentence: str, shown: str) -> str:
    """A note adapted to the screen: without the path, and with keys in place of flags."""
    for flag, words in _FLAGS:
        sentence = sentence.replace(flag, words)
    return on_screen(sentence, shown).replace(f"{shown}/", "")


def image_setting(setup: ImagesSetup, setting: str, chosen: bool, lit: bool, width: int) -> Line:
    """A setting, its value and a note."""
    value, note = _value(setup, setting)
    return framed_setting(LABELS[setting], value, note, setup.chosen(setting), chosen, lit, width)


def _value(setup: ImagesSetup, setting: str) -> tuple[str, str]:
    opened, spec = setup.opened, setup.spec
    if opened is None:
        return "", ""
    survey, settled = opened.survey, opened.settled
    guessed = "" if setup.chosen(setting) else "automatic, see below"
    channels, height, width = setup.shape
    match setting:
        case "size":
            return f"{height} x {width}", guessed or f"automatic: {setup.guess[1]} x {setup.guess[2]}"
        case "colour":
            return "colour" if channels == 3 else "gray", ", ".join(mode for mode, _ in survey.modes[:4])
        case "fit":
            return _FITS[spec.fit], "" if len(survey.sizes) > 1 else "all have the same size"
        case "task":
            return settled.preset.task, f"{len(survey.counts):,} classes"
        case "splits":
            shares = (spec.split.train, spec.split.val, spec.split.test)
            rows = settled.data.split if settled.data is not None else {}
            note = ", ".join(f"{name} {count(number)}" for name, number in rows.items())
            own = " ".join(f"{name}/" for name in NAMES if name in survey.splits)
            dealt = " / ".join(f"{100 * share:g}" for share in shares) + " %"
            return own if not setup.dealt else f"{own} + random" if own else dealt, note
    broken = f"{plural(settled.broken, 'unreadable file')}"
    return _BROKEN[spec.broken], broken if settled.broken else ""


def class_heading(width: int) -> Line:
    """The heading of the list of classes."""
    heads = "".join(word.rjust(_NUMBER) for word in ("images", *NAMES))
    return clip(line((fill("  class", _name_width(width)) + heads, "head")), width)


def _name_width(width: int) -> int:
    return max(10, min(50, width - 4 * _NUMBER - _BARS))


def class_line(setup: ImagesSetup, label: int, chosen: bool, lit: bool, width: int) -> Line:
    """A class: its name, its number of images in total and in each split, and a bar."""
    opened = setup.opened
    if opened is None:
        return ()
    name, images = opened.survey.counts[label]
    dealt = opened.settled.dealt
    if dealt:
        images = sum(dealt[label])
    numbers = [images, *(dealt[label] if dealt else ())]
    most = max(map(sum, dealt)) if dealt else max(number for _, number in opened.survey.counts)
    return clip(
        line(
            ("› " if chosen else "  ", "cursor" if lit else "key"),
            (fill(name or "(no name)", _name_width(width) - 2), "cursor" if lit else ""),
            (count(images).rjust(_NUMBER), ""),
            ("".join(count(number).rjust(_NUMBER) for number in numbers[1:]).ljust(3 * _NUMBER), "dim"),
            ("  " + bar(images, most, _BARS - 2), "accent"),
        ),
        width,
    )


def bar(number: int, most: int, width: int) -> str:
    """A bar; at least one cell unless the number is zero."""
    return "━" * (max(1, round(width * number / most)) if number else 0)


def about_images(setup: ImagesSetup, width: int) -> list[Line]:
    """What prevents training on the folder; the selected row; everything that was guessed and done."""
    opened = setup.opened
    if opened is None:
        return []
    survey, settled = opened.survey, opened.settled
    lines: list[Line] = []
    if settled.problems:
        lines += wrap("cannot train on this yet", width, "bad", first="✗ ")
        for problem in settled.problems:
            lines += wrap(said_here(problem, survey.shown), width, "", first="  · ")
    if setup.label is not None:
        lines += _about_class(survey, settled, setup.label, width)
    elif setup.setting is not None:
        own = setup.setting == "splits" and not setup.dealt
        lines += wrap(OWN_SPLITS if own else ABOUT[setup.setting], width)
    for doubt in settled.doubts:
        lines += wrap(said_here(doubt, survey.shown), width, "warn", first="⚠ ")
    for sentence in (_sizes(survey), _modes(survey), *settled.said):
        lines += wrap(said_here(sentence, survey.shown), width, "dim", first="· ")
    return lines


def _about_class(survey: FolderSurvey, settled: FolderFinalSettings, label: int, width: int) -> list[Line]:
    name, images = survey.counts[label]
    every = survey.images
    if settled.dealt:
        images, every = sum(settled.dealt[label]), every - settled.broken
    share = images / every if every else 0
    facts = f"{plural(images, 'image')}, {share:.0%} of all"
    if settled.dealt:
        train, val, test = map(count, settled.dealt[label])
        facts += f"; {train} training, {val} validation, {test} test"
    return [*wrap(name or "(no name)", width, "bold"), *wrap(facts, width)]


def _sizes(survey: FolderSurvey) -> str:
    listed = ", ".join(f"{w} x {h} ({count(n)})" for (w, h), n in survey.sizes[:_LISTED])
    more = len(survey.sizes) - _LISTED
    looked = f" (of {survey.looked:,} checked)" if survey.looked < survey.images else ""
    return f"sizes{looked}, width x height: {listed}" + (f", and {more} more" if more > 0 else "")


def _modes(survey: FolderSurvey) -> str:
    return "modes: " + ", ".join(f"{mode} ({count(n)})" for mode, n in survey.modes[:_LISTED])
