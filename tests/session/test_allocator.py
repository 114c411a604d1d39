"""What a step has freed is kept for the next one: no page is paid for twice."""

import os
import platform
import subprocess
import sys

import pytest

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="it is glibc's memory that is managed"),
]

STEPS = """
import resource, threading
from tui_lab.session.host.allocator import keep_freed_memory

def pages():
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt

def work():
    def step():
        return len([bytearray(b"x") * (size * 2**20) for size in (1, 10, 40)])
    step()
    step()
    before = pages()
    for _ in range(4):
        step()
    print((pages() - before) // 4)

{keep}
thread = threading.Thread(target=work)
thread.start()
thread.join()
"""


def pages_of_a_step(keep: str, **environment: str) -> int:
    """How many pages each step of a thread asks of the system, which hold 51 MiB in all."""
    without = {name: value for name, value in os.environ.items() if not name.startswith("MALLOC_")}
    ended = subprocess.run(
        [sys.executable, "-c", STEPS.format(keep=keep)],
        env=without | environment,
        capture_output=True,
        text=True,
        check=True,
    )
    return int(ended.stdout)


def test_a_step_of_a_host_asks_for_no_memory_anew() -> None:
    assert pages_of_a_step("keep_freed_memory()") < 100
    assert pages_of_a_step("") > 2000, "without it, each does"


def test_what_the_user_has_set_is_left_alone() -> None:
    assert pages_of_a_step("keep_freed_memory()", MALLOC_ARENA_MAX="8") > 2000
