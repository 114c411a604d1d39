"""What a run and `doctor` import, in a process of their own: all the rest is time that somebody waits."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
NEVER = {
    "torch._dynamo",
    "torch._inductor",
    "sympy",
    "scipy",
    "transformers",
    "torchvision",
    "PIL",
    "textual",
}


def imported_by(*arguments: str) -> set[str]:
    """The modules that a process has imported once it has run tui-lab."""
    code = (
        "import json, sys\nfrom tui_lab.cli.main import main\nstatus = main(sys.argv[1:])\n"
        "print(json.dumps([status, *sys.modules]))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, env=dict(os.environ)
    )
    status, *modules = json.loads(done.stdout.splitlines()[-1])
    assert status == 0, done.stderr
    return set(modules)


def test_a_run_on_a_table_imports_nothing_it_does_not_need() -> None:
    found = imported_by("train", "regression", "--set", "epochs=1", "--quiet")
    assert "torch" in found
    assert not found & NEVER


def test_doctor_imports_no_library_but_torch_and_finds_one_for_another_torch(tmp_path: Path) -> None:
    """torchvision's compiled part is looked for and loaded, without torchvision."""
    probe = Path(__file__).parents[2] / "tui_lab/cli/doctor/probe.py"
    torchvision = tmp_path / "torchvision"
    torchvision.mkdir()
    (torchvision / "__init__.py").write_text("raise SystemExit('was imported')")
    (torchvision / "_C.so").write_bytes(b"built for another torch")
    code = (
        f"import runpy, sys; sys.path.insert(0, {str(tmp_path)!r}); "
        f"runpy.run_path({str(probe)!r}, run_name='__main__'); print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    answer, modules = done.stdout.splitlines()[-2:]
    libraries = json.loads(answer)["libraries"]
    assert libraries.pop("torchvision")[1].startswith("cannot be imported: OSError")
    assert all(version and not error for version, error in libraries.values())
    assert not {"torchmetrics", "torchvision", "textual", "pandas", "plotext"} & set(modules.split())
