"""`tui-lab ctl`: control a run that is training in another process, and wait for its answer."""

from argparse import Namespace

from tui_lab.cli.arguments.runs_root import runs_root
from tui_lab.cli.output.output import say
from tui_lab.errors import InputError, Problems
from tui_lab.experiment.catalogue import check_live, format_value, parse
from tui_lab.protocol.commands import (
    LONGEST_WHY,
    Advance,
    Checkpoint,
    Command,
    Edit,
    Evaluate,
    Look,
    Pause,
    Resume,
    Stop,
    Undo,
)
from tui_lab.protocol.events import CheckpointFailed, CheckpointSaved, EpochEnded, Event, RunEnded
from tui_lab.protocol.steering_events import (
    CommandRefused,
    Continued,
    Edited,
    EditQueued,
    Evaluated,
    ForwardProbed,
    LayerLook,
    Paused,
    StepProbed,
    Superseded,
    Undone,
    Withdrawn,
)
from tui_lab.runs.sweeps.reading import find_run
from tui_lab.safe import safe
from tui_lab.session.clients.ask_run import ask_run

_PLAIN: dict[str, Command] = {
    "pause": Pause(),
    "resume": Resume(),
    "step": Advance("step"),
    "epoch": Advance("epoch"),
    "undo": Undo(),
    "stop": Stop(),
    "checkpoint": Checkpoint(),
    "look": Look(),
    "evaluate": Evaluate(),
}


def run(args: Namespace) -> int:
    """Send each command and print the result. Raises InputError if one is refused."""
    commands = _commands(args.verb, args.settings, args.why)
    folder = find_run(runs_root(args), args.run)
    problems = Problems()
    for command in commands:
        answer = ask_run(folder, command)
        if isinstance(answer, CommandRefused | CheckpointFailed):
            problems.append(answer.why if isinstance(answer, CommandRefused) else answer.message)
        else:
            say(_told(answer))
            if isinstance(answer, ForwardProbed):
                for layer in answer.layers:
                    say(_layer_told(layer))
    problems.refuse()
    return 0


def _commands(verb: str, settings: list[str], why: str) -> list[Command]:
    why = safe(why.strip(), LONGEST_WHY)
    if verb != "set":
        if why:
            raise InputError(f"{verb}: only `set` takes a reason (--why)")
        if settings:
            raise InputError(f"{verb}: takes no further arguments (given: {settings[0]})")
        return [_PLAIN[verb]]
    if not settings:
        raise InputError("set: write NAME=VALUE, e.g. lr=0.003")
    made: list[Command] = []
    problems = Problems()
    for setting in settings:
        name, eq, text = setting.partition("=")
        with problems.caught():
            if not eq:
                raise InputError(f"{setting!r}: write NAME=VALUE, e.g. lr=0.003")
            check_live(name, "use `tui-lab fork`, or start a new run")
            made.append(Edit(name, parse(name, text), why))
    problems.refuse()
    return made


def _told(event: Event) -> str:
    match event:
        case Edited(step=step, name=name, old=old, new=new, note=note, why=why):
            more = (f" ({note})" if note else "") + (f", because: {why}" if why else "")
            return f"{name} {format_value(old)} -> {format_value(new)} after step {step}{more}"
        case EditQueued(name=name, value=value):
            return f"{name} {format_value(value)} from the next epoch"
        case Withdrawn(name=name, value=value):
            return f"{name} {format_value(value)} is no longer queued for the next epoch"
        case Superseded(name=name, value=value, planned=planned):
            return f"{name} is no longer set to {format_value(value)} after step {planned}, as it was before"
        case Undone(name=name, old=old, step=step, from_step=came):
            return f"back from step {came} to step {step}: {name} is {format_value(old)} again"
        case StepProbed(step=step, loss=loss, gradient=gradient):
            return f"step {step}: loss {loss:.6g}, gradient norm {gradient:.4g}"
        case ForwardProbed(step=step):
            return f"one batch after step {step}"
        case Evaluated(step=step, metrics=metrics):
            return f"validation after step {step}: " + ", ".join(f"{k} {v:.4g}" for k, v in metrics.items())
        case EpochEnded(epoch=epoch, train_loss=train, val_loss=val):
            return f"epoch {epoch}: train {train:.6g}, val {val:.6g}"
        case CheckpointSaved(file=file):
            return file
        case Paused(step=step):
            return f"paused after step {step}"
        case Continued(step=step):
            return f"continuing after step {step}"
        case RunEnded(status=status, message=message):
            return message if message.startswith(status) else f"{status}: {message}"
    raise AssertionError(f"no answer to a command: {event.kind}")


def _layer_told(layer: LayerLook) -> str:
    shape = "x".join(map(str, layer.shape))
    return (
        f"{layer.layer}: {shape} {layer.dtype} on {layer.device}, {layer.low:.4g} to {layer.high:.4g}, "
        f"mean {layer.mean:.4g}, {layer.zeros:.0%} zeros"
    )
