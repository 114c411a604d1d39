"""A text reaches a terminal only through the modules that make it safe."""

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import tui_lab
import tui_lab.cli.output
import tui_lab.tui
import tui_lab.tui.style.text

PACKAGE = Path(tui_lab.__file__).parent
PACKAGE = Path(tui_lab.__file__).parent
WRITERS: dict[str, set[str]] = {
    "print": {
        "session/host/host.py", "session/sweeps/host.py", "session/cluster/worker.py", "cli/doctor/probe.py",
        "tui/launch.py",
    },
    "write to stdout or stderr": {"cli/output/output.py", "cli/output/progress.py", "cli/commands/export.py"},
    "os.write": {
        "cli/output/waiting.py", "runs/journal/journal.py", "runs/sweeps/journal.py",
        "tui/terminal/driver.py",
    },
    "console.print": {"cli/output/progress.py"},
    "Content": {"tui/style/text.py", "tui/widgets/lines.py"},
    "Segment": {
        "tui/chart/widget.py", "tui/inspect/fit/picture.py", "tui/layers_over_time/heat_widget.py",
        "tui/widgets/canvas.py", "tui/widgets/gallery.py", "tui/widgets/picture.py",
    },
    "Text": {"cli/output/progress.py"},
    "border_title": {"tui/widgets/lines.py"},
    "notify": set(),
    "__str__": {"runs/folder/lock.py"},
    "a widget of textual.widgets": {
        "tui/widgets/field.py", "tui/widgets/prompt.py",
        "tui/lab/form/value_editor.py", "tui/layers/widgets.py",
    },
    "put": {
        "cli/commands/best.py", "cli/commands/evaluate.py", "cli/commands/export.py",
        "cli/commands/follow_run.py", "cli/commands/plot.py", "cli/commands/predict.py",
        "cli/commands/presets.py", "cli/commands/runs.py", "cli/commands/sweep.py",
        "cli/commands/sweep_study.py", "cli/commands/sweeps.py", "cli/commands/train_series.py",
    },
}  # fmt: skip
"""Ways for a text to reach a terminal, and the only modules that may use them."""
LAB_SINKS = {
    "tui/style/text.py", "tui/widgets/lines.py", "tui/widgets/canvas.py", "tui/chart/drawing/grid.py",
    "tui/launch.py", "tui/quitting.py",
    "tui/data_setup/table_settings.py",  # a column is chosen by its name as it is shown
}  # fmt: skip


_MAY_WRITE = re.compile(
    r"print\(|write|Content|Segment|Text\(|_title|notify|__str__|"
    r"from (textual\.widgets|\S+\.output|tui_lab\.safe) "
)


def written(node: ast.AST) -> Iterator[str]:
    """The ways of writing that a piece of code uses."""
    match node:
        case ast.Call(func=ast.Name(id="print" | "Content" | "Segment" | "Text" as name)):
            yield name
        case ast.Call(func=ast.Attribute(value=ast.Name(id="Content" | "Segment" | "Text" as name))):
            yield name
        case ast.Call(func=ast.Attribute(attr="notify")):
            yield "notify"
        case ast.Call(func=ast.Attribute(attr="print")):
            yield "console.print"
        case ast.Call(func=ast.Attribute(value=ast.Name(id="os"), attr="write")):
            yield "os.write"
        case ast.Call(func=ast.Attribute(value=value, attr="write" | "writelines")):
            streams = ("stdout", "stderr", "stream", "__stdout__", "__stderr__")
            if any(
                isinstance(n, ast.Attribute | ast.Name) and name_of(n) in streams for n in ast.walk(value)
            ):
                yield "write to stdout or stderr"
        case ast.Attribute(
            attr="border_title" | "_border_title" | "border_subtitle" | "sub_title", ctx=ast.Store()
        ):
            yield "border_title"
        case ast.ImportFrom(module="tui_lab.cli.output.output", names=names) if "put" in [
            n.name for n in names
        ]:
            yield "put"
        case ast.ImportFrom(module="textual.widgets"):
            yield "a widget of textual.widgets"
        case ast.FunctionDef(name="__str__"):
            yield "__str__"
        case _:
            pass


def name_of(node: ast.Attribute | ast.Name) -> str:
    return node.attr if isinstance(node, ast.Attribute) else node.id


@cache
def code() -> list[tuple[str, ast.AST]]:
    """Every node of a file that could write, with the file."""
    found: list[tuple[str, ast.AST]] = []
    for file in sorted(PACKAGE.rglob("*.py")):
        if _MAY_WRITE.search(text := file.read_text()):
            name = file.relative_to(PACKAGE).as_posix()
            found += [(name, node) for node in ast.walk(ast.parse(text))]
    return found


def test_nothing_is_written_past_the_sinks() -> None:
    found: dict[str, set[str]] = {way: set() for way in WRITERS}
    for file, node in code():
        for way in written(node):
            found[way].add(file)
    assert found == WRITERS


def test_in_the_lab_only_the_sinks_make_a_text_safe() -> None:
    imports = [file for file, node in code() if getattr(node, "module", None) == "tui_lab.safe"]
    assert {file for file in imports if file.startswith("tui/")} == LAB_SINKS
