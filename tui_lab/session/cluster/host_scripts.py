"""What is run on a host, as shell scripts that print lines `NAME=VALUE` and always succeed."""

import shlex


def assigned(**values: str) -> str:
    """Lines that set variables of a script."""
    return "".join(f"{name}={shlex.quote(value)}\n" for name, value in values.items())


PROBE = r"""
# python: the first one that has torch, else the first that is new enough
cd "$HOME" || exit 0
best=; best_torch=
for each in ${asked:-python3 python python3.14 python3.13 python3.12 python3.11}; do
  path=$(command -v "$each") || continue
  torch=$("$path" - 2>/dev/null <<'END'
import sys
if sys.version_info < (3, 11):
    sys.exit(1)
from importlib.metadata import PackageNotFoundError, version
try:
    print(version("torch"))
except PackageNotFoundError:
    print("")
END
  ) || continue
  [ -n "$best" ] || best=$path
  if [ -n "$torch" ]; then best=$path; best_torch=$torch; break; fi
done
folder=$folder/$(uname -n)  # the home folder may be shared by several hosts
echo "folder=$folder"
echo "python=$best"
echo "torch=$best_torch"
[ -e "$folder/installed" ] && [ "$(cat "$folder/installed")" = "$best" ] && echo ready=yes
exit 0
"""

INSTALL = r"""
cd "$HOME/$folder" || exit 0
umask 077
log=install.log
# an environment of its own, which sees the packages of that Python, torch among them
install() {
  rm -rf venv &&
  "$python" -m venv --without-pip venv &&
  "$python" - venv <<'END' &&
import glob, sys, sysconfig
(site,) = glob.glob(f"{sys.argv[1]}/lib/python*/site-packages")
paths = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib"), *sys.path[1:]])
with open(f"{site}/host.pth", "w") as file:
    file.write("".join(f"{path}\n" for path in paths if path.endswith("-packages")))
END
  echo "torch==$torch" > torch.txt &&
  if "$python" -m pip --version; then
    "$python" -m pip --python venv/bin/python install --quiet --constraint torch.txt "$wheel[cluster]"
  else
    venv/bin/python -m ensurepip &&
    venv/bin/python -m pip install --quiet --constraint torch.txt "$wheel[cluster]"
  fi &&
  venv/bin/python -c "import tui_lab, optuna, psycopg"
}
if install > "$log" 2>&1 < /dev/null; then
  echo "$python" > installed
  echo installed=yes
else
  echo "problem=$(tail -n 1 "$log")"
fi
exit 0
"""

START = r"""
umask 077
log="$HOME/$folder/join-$(date +%Y%m%d-%H%M%S)-$$.log"
cd / || exit 0
detached=$(command -v setsid)
eval "nohup $detached \"\$HOME/\$folder/venv/bin/python\" -m tui_lab $command" > "$log" 2>&1 < /dev/null &
pid=$!
count=0
# it says that it has joined once it has found the study
while [ $count -lt 60 ]; do
  count=$((count + 1))
  if grep -q '^joined' "$log"; then echo running=yes; break; fi
  if ! kill -0 $pid 2>/dev/null; then echo "problem=$(tail -n 1 "$log")"; break; fi
  sleep 0.5
done
echo "pid=$pid"
echo "log=$log"
exit 0
"""
