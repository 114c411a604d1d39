import os
import stat
import sys
from importlib.metadata import version
from pathlib import Path

import psutil
import pytest

from tests.session.cluster.helpers import Postgres, tiny_sweep
from tests.session.cluster.test_workers import assert_complete
from tests.waiting import until
from tui_lab.cli.main import main
from tui_lab.errors import InputError
from tui_lab.session.cluster.database import Database
from tui_lab.session.cluster.hosts import find_hosts, parse_hosts, start_on_hosts
from tui_lab.session.cluster.study import create_or_join, names
from tui_lab.session.cluster.wheel import make_wheel

_SSH = """#!/bin/sh
# each host is a home folder on this machine; the options come before --
while [ "$1" != -- ]; do shift; done
host=$2; command=$3
[ -d "{homes}/$host" ] || {{ echo "ssh: connect to host $host port 22: No route to host" >&2; exit 255; }}
HOME="{homes}/$host" XDG_DATA_HOME= XDG_CACHE_HOME= PATH="{homes}/$host/bin:/usr/bin:/bin"
export HOME XDG_DATA_HOME XDG_CACHE_HOME PATH
cd "$HOME"
exec sh -c "$command"
"""
_NO_TORCH = """#!{python} -IS
import sys
sys.argv[:] = sys.argv[1:]
exec(sys.stdin.read())
"""


def script(path: Path, text: str) -> None:
    path.write_text(text)
    path.chmod(stat.S_IRWXU)


@pytest.fixture
def homes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Hosts `a` and `b`; an `ssh` that runs commands for them here."""
    found = tmp_path / "homes"
    for host in ("a", "b"):
        (found / host / "bin").mkdir(parents=True)
        script(found / host / "bin" / "python3", f'#!/bin/sh\nexec {sys.executable} "$@"\n')
    (tmp_path / "bin").mkdir()
    script(tmp_path / "bin" / "ssh", _SSH.format(homes=found))
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    return found


def without_torch(home: Path) -> None:
    script(home / "bin" / "python3", _NO_TORCH.format(python=sys.executable))


def test_a_host_without_torch_is_named(homes: Path) -> None:
    without_torch(homes / "b")
    with pytest.raises(InputError) as refused:
        find_hosts(["a", "b", "c"], b"wheel")
    assert [problem.partition(" (")[0] for problem in refused.value.problems] == [
        "host b has no torch",
        "host c: cannot be reached by ssh: ssh: connect to host c port 22: No route to host",
    ]


def test_what_is_there_is_found(homes: Path) -> None:
    (host,) = find_hosts(["a"], b"wheel")
    assert (host.python, host.torch, host.ready) == (
        str(homes / "a/bin/python3"), version("torch"), False,
    )  # fmt: skip
    assert not (homes / "a" / ".cache").exists()


def test_the_python_of_the_hosts_can_be_named(homes: Path) -> None:
    with pytest.raises(InputError, match=r"host a: /bin/false is not Python 3.11 or newer"):
        find_hosts(["a"], b"wheel", python="/bin/false")


@pytest.mark.parametrize("text", ["", ",", "-oProxyCommand=x", "a;b", "a,a"])
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(InputError, match="--hosts: "):
        parse_hosts(text)


def test_a_wheel_is_the_same_each_time() -> None:
    assert make_wheel() == make_wheel()


def test_if_one_host_has_no_torch_nothing_is_started(
    server: Postgres, database: Database, homes: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    without_torch(homes / "b")
    asked = ["sweep", "regression", "--over", "lr=0.1,0.2", "--study", server.url, "--name", "none"]
    assert main([*asked, "--hosts", "a,b"]) == 2
    assert "tui-lab: host b has no torch" in capsys.readouterr().err
    assert "none" not in names(database) and not (homes / "a" / ".cache").exists()


@pytest.mark.slow
@pytest.mark.timeout(180)
def test_a_host_joins_and_goes_on_by_itself(server: Postgres, database: Database, homes: Path) -> None:
    study = create_or_join(database, "hosts", tiny_sweep(trials=2))
    wheel = make_wheel()
    (started,) = start_on_hosts(find_hosts(["a"], wheel), wheel, server.url, "hosts", workers=1)
    assert started.problem == "" and started.pid
    until(lambda: not psutil.pid_exists(started.pid))
    assert_complete(study, 2, epochs=3)
    assert list(homes.glob("a/.local/share/tui-lab/runs/sweeps/study-hosts/trials/*/experiment.json"))
    (again,) = find_hosts(["a"], wheel)
    assert again.ready
    (refused,) = start_on_hosts([again], wheel, server.url, "nothing such")
    assert "'nothing such': no such study" in refused.problem
