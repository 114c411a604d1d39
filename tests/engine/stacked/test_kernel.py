"""The Triton kernel, without a GPU: none was at hand.

Triton decides when it is imported whether it interprets, so its tests have processes of their own.
"""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(300),
    pytest.mark.skipif(find_spec("triton") is None, reason="Triton comes with torch for Linux only"),
]
TESTS = Path(__file__).with_name("interpreted_kernel.py")
PLAIN = {name: value for name, value in os.environ.items() if name != "TRITON_INTERPRET"}


def ran(*command: str, **environment: str) -> str:
    made = subprocess.run(
        [sys.executable, "-m", *command], env=PLAIN | environment, capture_output=True, text=True, timeout=280
    )
    assert made.returncode == 0, made.stdout + made.stderr
    return made.stdout


@pytest.mark.parametrize("what", ["autograd", "diverges", "dropout", "cannot"])
def test_in_the_interpreter(what: str) -> None:
    said = ran("pytest", "-q", "-p", "no:cacheprovider", str(TESTS), "-k", what, TRITON_INTERPRET="1")
    assert " passed" in said
    assert "skipped" not in said


def test_it_compiles_for_a_gpu_that_is_not_there(tmp_path: Path) -> None:
    said = ran("tests.engine.stacked.compile_kernel", TRITON_CACHE_DIR=str(tmp_path))
    assert int(said) > 10_000, "bytes of machine code"
