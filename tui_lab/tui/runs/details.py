"""Details of the selected run, below the list: settings, state and scores."""

from tui_lab.experiment.metrics import short_name
from tui_lab.runs.index.listing import RunLine
from tui_lab.tui.runs.columns import setting_text
from tui_lab.tui.runs.run_list import RunList
from tui_lab.tui.style.format import count, duration, number, plural, score
from tui_lab.tui.style.marks import MARKS
from tui_lab.tui.style.text import Line, clip, cut, line, wrap


def details(run_list: RunList, run: RunLine, width: int) -> list[Line]:
    """Name and id, note, state, scores, differences from its preset, and hyperparameters."""
    title = cut(run.title, 100)
    mark, style = MARKS[run.state]
    lines = [clip(line((title, "bold"), ("  " + run.id, "dim")), width)]
    if run.note:
        lines += _few(wrap(run.note, width, "", first="✎ "), 3, width)
    lines += _few(
        wrap(_standing(run_list, run), width, style.replace("bad", "warn"), first=f"{mark} "), 2, width
    )
    if run.best_val_loss is not None:
        scores = [f"best epoch {count(run.best_epoch)}: loss {number(run.best_val_loss)}"]
        scores += [f"test {short_name(name)} {score(name, value)}" for name, value in run.test.items()]
        lines.append(clip(line((cut("★ " + "   ".join(scores), width), "")), width))
    if changed := _changed(run_list, run):
        lines += _few(wrap(changed, width, "changed", first="≠ "), 2, width)
    if run.hyperparameters:
        told = " · ".join(f"{name} {setting_text(value)}" for name, value in run.hyperparameters.items())
        lines.append(line((cut(told, width), "dim")))
    if run.problem:
        lines += _few(wrap(run.problem, width, "warn", first="⚠ "), 2, width)
    return lines


def _changed(run_list: RunList, run: RunLine) -> str:
    """The differences from its preset, or from most runs of the same file, with the values of those."""
    changes, usual = run_list.differences.of(run), run_list.differences.usual
    whose = f"most runs of {run.preset}" if run_list.differences.inferred(run) else "preset"
    return ", ".join(
        f"{name} {setting_text(value)} ({whose}: {setting_text(usual(run, name))})"
        for name, value in changes.items()
    )


def _standing(run_list: RunList, run: RunLine) -> str:
    trained = "" if run.seconds is None else f", {duration(run.seconds)} of training"
    epochs = f"after {plural(run.epochs, 'epoch')}{trained}"
    if run.status != "broken" and run.parent:
        epochs += f", a fork of {_parent(run_list, run)}"
    match run.status:
        case "running":
            by = f" in {run.trained_by}" if run.trained_by else ""
            return f"{run.state}{by}, {plural(run.epochs, 'epoch')} done; ⏎ opens it"
        case "interrupted":
            return f"interrupted {epochs}: its process is gone; g resumes it"
        case "diverged":
            return (
                f"diverged {epochs}: resuming (g) would diverge again; ⏎ opens it, then f forks "
                "it with a lower lr"
            )
        case "stopped" | "failed":
            return f"{run.status} {epochs}; g resumes it"
        case "broken":
            return "this run cannot be read"
    return f"{run.status} {epochs}"


def _parent(run_list: RunList, run: RunLine) -> str:
    parent = run_list.titled(run.parent)
    return run.parent if parent is None else f"{parent.title} ({parent.id})"


def _few(lines: list[Line], most: int, width: int) -> list[Line]:
    """At most `most` lines, the last one with `…` if there were more."""
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    return [*lines[: most - 1], clip((*last[:-1], (last[-1][0] + " …", last[-1][1])), width)]
