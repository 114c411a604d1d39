"""Who is notified of the end of a run, and with `--notify` whether that works."""

from collections.abc import Iterator

from tui_lab.cli.doctor.checks import Finding
from tui_lab.cli.output.output import ring
from tui_lab.errors import InputError
from tui_lab.session.notify.notification import Notification
from tui_lab.session.notify.targets import settings_file, targets

_TEST = Notification("test", "finished", "tui-lab: a test", "This is how the end of a run is announced.")


def notifications(*, test: bool) -> Iterator[Finding]:
    """A finding for each target. `test`: send a notification to it first."""
    try:
        found = targets()
    except InputError as error:
        yield Finding(str(error), f"correct it in TUI_LAB_NOTIFY or {settings_file()}")
        return
    if not found:
        yield Finding("nobody is notified when a run ends; see --notify of `tui-lab train --help`")
    for target in found:
        problem = ""
        if test:
            from tui_lab.session.notify.send import send

            problem = send(target, _TEST)
            if target.kind == "bell":
                ring(_TEST.title)
        if problem:
            yield Finding(problem, "check the address, or the command in a shell of its own")
        else:
            yield Finding(f"{target.shown}: a test was sent" if test else target.shown)
