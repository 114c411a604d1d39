"""The files of run folders are opened in one place only: a new reader goes through it, or is named here."""

import ast
from pathlib import Path

import tui_lab

PACKAGE = Path(tui_lab.__file__).parent
ROOMS = [
    *PACKAGE.glob("runs/**/*.py"), *PACKAGE.glob("session/**/*.py"),
    *PACKAGE.glob("engine/checkpoints/*.py"),
    *(
        PACKAGE / "cli/commands" / f"{name}.py"
        for name in ("fork", "predict", "export", "resume", "ctl", "attach")
    ),
    PACKAGE / "files.py", PACKAGE / "tui/compare/screen.py", PACKAGE / "tui/runs/screen.py",
]  # fmt: skip
OPENERS = frozenset(
    (
        "open", "read_bytes", "read_text", "write_bytes", "write_text", "unlink", "mkdir", "rmdir", "rename",
        "glob", "rglob", "iterdir", "scandir", "listdir", "exists", "is_file", "is_dir", "is_symlink",
        "touch", "chmod", "symlink_to", "hardlink_to", "rmtree", "mkstemp", "copyfile",
    )
)  # fmt: skip
ALLOWED = {
    ("runs/files/secure_files.py", "the one way"): OPENERS,
    ("files.py", "files that a person names, and the writing itself"): {"open", "unlink", "is_dir", "rmtree"},
    ("runs/folder/folder.py", "the folder of all runs"): {
        "exists", "is_dir", "mkdir", "chmod", "scandir", "rmtree",
    },
    ("runs/folder/removal.py", "by descriptor"): {"open", "rename", "rmtree", "listdir"},
    ("runs/files/output_file.py", "files that a person names"): {"exists", "is_dir", "is_file", "open"},
    ("session/host/control_socket.py", "the names of open files, and a link to a deep folder"): {
        "is_dir", "symlink_to",
    },
    ("session/host/streams.py", "/dev/null"): {"open"},
    ("session/sweeps/host.py", "a SweepJournal"): {"open"},
    ("session/cluster/local_workers.py", "the GPUs of this machine"): {"glob"},
    ("session/cluster/training.py", "whether a folder named elsewhere is here"): {"is_dir", "is_symlink"},
    ("session/cluster/wheel.py", "the files of the lab itself"): {
        "is_file", "read_bytes", "read_text", "rglob",
    },
    ("session/notify/send.py", "whether there is a home folder"): {"is_dir"},
    ("session/notify/targets.py", "the user's settings"): {"open"},
}  # fmt: skip


def opened(path: Path) -> set[str]:
    """The calls of a module that may open a file, unless they are those of a `SecureFolder`."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if not isinstance(node, ast.Call):
            continue
        match node.func:
            case ast.Name(id="open"):
                found.add("open")
            case ast.Attribute(attr=name, value=owner) if name in OPENERS:
                text = ast.unparse(owner)
                if not text.endswith("files") and not text.startswith(("SecureFolder", "Journal")):
                    found.add(name)
    return found


def test_run_files_are_opened_in_one_way() -> None:
    allowed = {name: calls for (name, _), calls in ALLOWED.items()}
    astray = {
        name: calls
        for path in ROOMS
        if (calls := opened(path) - set(allowed.get(name := str(path.relative_to(PACKAGE)), ())))
    }
    assert astray == {}, "open it through RunFolder.files (tui_lab/runs/files/secure_files.py)"


def test_the_list_of_exceptions_is_not_longer_than_it_must_be() -> None:
    for (name, _), calls in ALLOWED.items():
        if name != "runs/files/secure_files.py":
            assert opened(PACKAGE / name) == set(calls), name


def test_such_a_call_is_seen(tmp_path: Path) -> None:
    bad = tmp_path / "bad.py"
    bad.write_text(
        "folder.journal.read_bytes()\nopen(folder.lock)\nos.open(folder.log, 0)\nfolder.files.open('lock')\n"
    )
    assert opened(bad) == {"read_bytes", "open"}
