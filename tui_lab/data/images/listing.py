"""The images of a folder with their class and split, by path; none is decoded.

A class is a subfolder and everything in it, at any depth. With `train/` and one of `val/` and `test/`, the
class folders are in these.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tui_lab.data.messages import counted
from tui_lab.errors import InputError
from tui_lab.safe import safe

SUFFIXES = (
    ".png", ".jpg", ".jpeg", ".jpe", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm",
    ".pbm", ".pnm", ".avif", ".heic", ".heif",
)  # fmt: skip
_MAGIC = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"RIFF")
_SPLITS = {"train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val",
           "test": "test", "testing": "test"}  # fmt: skip
_NO_CLASS = frozenset({
    "__macosx", "__pycache__", "@eadir", "#recycle", "$recycle.bin", "system volume information",
    "lost+found",
})  # fmt: skip
_MOST_CLASSES = 1000
_LISTED = 5
TREE = (
    "expected one folder per class (photos/cats/1.jpg, photos/dogs/2.jpg), or the same in "
    "photos/train, photos/val and photos/test"
)


@dataclass(frozen=True, slots=True)
class ImageFile:
    """An image: its path in the folder, the index of its class, and its split (empty if it is random).

    `state` is file system metadata that is unique to a file and its content.
    """

    path: str
    label: int
    split: str
    state: tuple[int, ...] = ()


def file_state(about: os.stat_result) -> tuple[int, ...]:
    """The `state` of an `ImageFile`; ctime, unlike mtime, cannot be set by a user."""
    return about.st_size, about.st_mtime_ns, about.st_ctime_ns, about.st_ino


@dataclass(frozen=True, slots=True)
class Listing:
    """The content of a folder. `splits`: the folder's own splits. `shown`: its name, made safe."""

    root: Path
    shown: str
    classes: tuple[str, ...]
    files: tuple[ImageFile, ...]
    splits: tuple[str, ...]
    warnings: tuple[str, ...]

    @property
    def fingerprint(self) -> str:
        """Changes whenever a file is added, removed, renamed or written; unique to the folder.

        Based on paths and metadata: no file is read.
        """
        digest = hashlib.sha256(os.fsencode(self.root.resolve()) + b"\0")
        for file in self.files:
            entry = f"{file.label} {file.split} {file.state} ".encode()
            digest.update(entry + os.fsencode(file.path) + b"\0")
        return digest.hexdigest()


def class_name(folder: str) -> str:
    """The name of a class: that of its folder, with bytes that are not UTF-8 escaped."""
    return os.fsencode(folder).decode("utf-8", "backslashreplace")


def list_images(root: Path) -> Listing:
    """All images under `root`. Raises InputError with everything wrong with the folder."""
    return _Lister(root).make()


class _Lister:
    """Builds the `Listing` of a folder."""

    def __init__(self, root: Path) -> None:
        self._root, self._shown = root, safe(root, 300)
        self._problems: list[str] = []
        self._outside: list[str] = []
        self._inside = self._others = self._strays = 0

    def make(self) -> Listing:
        names = self._subfolders("")
        called = [name for name in names if name.lower() in _SPLITS]
        splits, ignored = {"": ""}, []
        if self._are_splits(called, names):
            splits = {_SPLITS[name.lower()]: name for name in called}
            ignored = [name for name in names if name not in called]
        by_split = {split: self._subfolders(name) for split, name in splits.items()}
        for folder in dict.fromkeys(("", *splits.values())):
            self._note_unused(folder)
        classes = self._classes(by_split, splits)
        files = [
            file
            for split, folders in by_split.items()
            for folder in folders
            if folder in classes
            for file in self._of_class(splits[split], folder, classes.index(folder), split)
        ]
        self._refuse(files, classes, by_split)
        return Listing(
            root=self._root,
            shown=self._shown,
            classes=tuple(map(class_name, classes)),
            files=tuple(files),
            splits=tuple(split for split in by_split if split),
            warnings=tuple(self._warnings(ignored)),
        )

    def _are_splits(self, called: list[str], names: list[str]) -> bool:
        """Whether folders named like splits (`called`) are splits; they might be classes.

        Raises InputError if neither makes sense.
        """
        if not called:
            return False
        meant = {split: [n for n in called if _SPLITS[n.lower()] == split] for split in _SPLITS.values()}
        if meant["train"] and all(self._subfolders(name) for name in called):
            twice = [f"{_names(same)} mean the same" for same in meant.values() if len(same) > 1]
            if twice:
                raise InputError(f"{self._shown}: {', and '.join(twice)}: keep only one, or merge them")
            return True
        if len(called) == len(names):
            empty = [name for name in called if not self._subfolders(name)]
            lacking = f"{_names(empty)} without a folder for each class" if empty else "no train/ beside them"
            raise InputError(
                f"{self._shown}: all its folders are named like splits, {_names(called)}, with {lacking}; "
                f"{TREE}"
            )
        return False

    def _subfolders(self, folder: str) -> list[str]:
        """The folders that may be classes."""
        entries = self._scan(folder)
        return [e.name for e in entries if e.is_dir(follow_symlinks=False) and not is_ignored(e.name)]

    def _note_unused(self, folder: str) -> None:
        for entry in self._scan(folder):
            if entry.is_symlink():
                self._linked(Path(entry.path))
            elif not entry.is_dir() and _has_suffix(entry.name):
                self._strays += 1

    def _scan(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            return sorted(os.scandir(self._root / folder), key=lambda entry: os.fsencode(entry.name))
        except FileNotFoundError:
            raise InputError(f"{self._shown}: no such folder; {TREE}") from None
        except NotADirectoryError:
            raise InputError(f"{self._shown}: this is a file, not a folder; {TREE}") from None
        except (OSError, ValueError) as error:
            raise InputError(f"{self._shown}: cannot be read: {error}") from None

    def _classes(self, by_split: dict[str, list[str]], splits: dict[str, str]) -> list[str]:
        classes = next(iter(by_split.values())) if "" in by_split else by_split["train"]
        for split, folders in by_split.items():
            missing, extra = set(classes) - set(folders), set(folders) - set(classes)
            if missing:
                self._wrong(f"{splits[split]}/ has no folder for class {_names(missing)}, which train/ has")
            if extra:
                self._wrong(
                    f"{splits[split]}/ has a folder for class {_names(extra)}, which train/ does not have"
                )
        if not classes:
            raise InputError(f"{self._shown}: no class folder in it; {TREE}")
        if len(classes) == 1:
            self._wrong(f"only one class, {_names(classes)}: at least two are needed; {TREE}")
        if len(classes) > _MOST_CLASSES:
            self._wrong(f"{len(classes):,} class folders; at most {_MOST_CLASSES:,} are supported")
        return classes

    def _wrong(self, problem: str) -> None:
        self._problems.append(f"{self._shown}: {problem}")

    def _of_class(self, above: str, folder: str, label: int, split: str) -> Iterator[ImageFile]:
        start, found = f"{above}/{folder}" if above else folder, 0
        for path, about in self._images(start):
            found += 1
            yield ImageFile(path, label, split, file_state(about))
        if not found:
            self._wrong(f"{start}/ contains no images; {TREE}")

    def _images(self, folder: str) -> Iterator[tuple[str, os.stat_result]]:
        """The images under a folder, by their paths below the root."""
        for entry in self._entries(folder):
            path = f"{folder}/{entry.name}"
            try:
                if entry.is_symlink():
                    self._linked(self._root / path)
                elif entry.is_dir():
                    if not is_ignored(entry.name):
                        yield from self._images(path)
                elif is_image(entry):
                    yield path, entry.stat()
                else:
                    self._others += not entry.name.startswith(".")
            except OSError as error:
                self._problems.append(f"{self._shown}/{path}: cannot be read: {error.strerror}")

    def _entries(self, folder: str) -> list[os.DirEntry[str]]:
        try:
            return sorted(os.scandir(self._root / folder), key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            self._problems.append(f"{self._shown}/{folder}: cannot be read: {error.strerror}")
            return []

    def _linked(self, path: Path) -> None:
        """Links are never followed: their targets in the folder are listed anyway."""
        try:
            inside = path.resolve().is_relative_to(self._root.resolve())
        except (OSError, RuntimeError):  # a symlink loop
            inside = True
        if inside:
            self._inside += 1
        else:
            self._outside.append(safe(path.relative_to(self._root), 100))

    def _refuse(self, files: list[ImageFile], classes: list[str], by_split: dict[str, list[str]]) -> None:
        if self._outside:
            listed = ", ".join(self._outside[:_LISTED]) + (", ..." if len(self._outside) > _LISTED else "")
            self._wrong(
                f"{counted(len(self._outside), 'link points', 'links point')} out "
                f"of the folder ({listed}); copy the files themselves into it"
            )
        if self._problems:
            raise InputError(self._problems)

    def _warnings(self, ignored: list[str]) -> Iterator[str]:
        if ignored:
            yield f"{self._shown}: {_names(ignored)} beside train/ are not used"
        if self._strays:
            yield self._unused(self._strays, "image outside a class folder", "images outside a class folder")
        if self._others:
            yield self._unused(self._others, "file that is not an image", "files that are not images")
        if self._inside:
            links = counted(self._inside, "link within the folder is", "links within the folder are")
            yield f"{self._shown}: {links} not followed: each file counts once"

    def _unused(self, count: int, one: str, many: str) -> str:
        return f"{self._shown}: {counted(count, f'{one} is', f'{many} are')} not used"


def is_ignored(name: str) -> bool:
    """Whether a folder with that name is created by a system or tool."""
    return name.startswith(".") or name.lower() in _NO_CLASS


def is_image(entry: os.DirEntry[str]) -> bool:
    """Whether an entry is a regular file (no link) that is an image by its suffix or first bytes."""
    return entry.is_file(follow_symlinks=False) and is_image_file(Path(entry.path))


def is_image_file(path: Path) -> bool:
    """The same for a regular file."""
    return _has_suffix(path.name) or _looks_like_one(path)


def _has_suffix(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def _looks_like_one(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(4).startswith(_MAGIC)


def _names(folders: set[str] | list[str]) -> str:
    named = [repr(safe(class_name(name), 60)) for name in sorted(folders)]
    return ", ".join(named[:_LISTED]) + (f" and {len(named) - _LISTED} more" if len(named) > _LISTED else "")
