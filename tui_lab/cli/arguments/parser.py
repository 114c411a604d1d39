"""The command-line parser.

A first word that is not a command is a preset or a path, and opens the lab.
"""

import argparse
from collections.abc import Sequence
from typing import Any

from tui_lab import __version__
from tui_lab.cli.arguments.command_parser import Arguments, Parser
from tui_lab.cli.arguments.sweep_parser import IN_STUDY, take_best_options, take_sweep_options
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.tasks import TASKS

COMMANDS = (
    "train", "sweep", "sweeps", "best", "presets", "runs", "plot", "resume", "attach", "ctl", "fork",
    "export", "predict", "evaluate", "doctor",
)  # fmt: skip
CTL = ("set", "pause", "resume", "step", "epoch", "undo", "stop", "checkpoint", "look", "evaluate")
_DATA = (
    "how to read the data. Tables: leave_out=COLUMN, one_hot=COLUMN, one_hot_other=COLUMN, number=COLUMN, "
    "missing=WORD (these can be repeated), blank_target=drop, one_hot_up_to=N, other_below=N, delimiter=, "
    "decimal=, encoding=, header=. Image folders: shape=3,64,64, fit=, broken=skip. Made data: noise=0.2, "
    "rows=1000. All: split=0.7,0.2,0.1"
)
_RUN = "a run id, the beginning or end of one, a name, or `last`"
_MODULE = "your own network: an nn.Module, or a function that returns one; user code runs only if named here"
_DEVICE = "auto, cpu, cuda, cuda:N or mps"
_CODE: Arguments = {
    "--module FILE.py:NAME": _MODULE,
    "--dataset FILE.py:NAME": "your own data: a Dataset, or a function that returns (x, y)",
    "--download": "download missing torchvision data sets and weights",
}
"""User code runs only if it is named here."""
_CHANGED_DATA: Arguments = {"--changed-data": "continue even though the run's data have changed"}
_FOLLOWING: Arguments = {
    "--export FILE": "export the run as JSON when it ends",
    "--quiet": "print only errors",
    "--json": "print every event to stdout as JSON lines",
    "--gpus N": "train on N GPUs of this machine (for many machines: torchrun -m tui_lab ...)",
    "--processes N": "train in N processes on the CPU, as with --gpus",
    "--detach": "train in the background: print the run id and return",
    "--no-diagnostics": "do not measure the layers while training, which takes a hundredth of the time",
}
"""The output of a training, and where it happens."""
_USAGE = "tui-lab [--runs DIR] [PRESET | FILE | FOLDER]\n       tui-lab [--runs DIR] COMMAND ..."
_ABOUT = "A training lab in the terminal. Without a command it opens the lab, on PRESET if given."
_EPILOG = """\
exit status: 0 finished or stopped on request, 1 failed, 2 bad usage or input (nothing was started),
3 diverged, 130 and 143 ended by SIGINT and SIGTERM. Results go to stdout, everything else to stderr."""


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse a command line; `handler` names the module that runs it.

    Raises InputError for bad usage, and SystemExit after showing the help or the version.
    """
    word = _first_word(argv)
    if word is None and not {"-h", "--help", "--version"} & set(argv):
        args, rest = _lab().parse_known_args(argv)
        if not rest:
            return args
    if word is None or word in COMMANDS:
        return _parsed(argv, word)
    if {"-h", "--help"} & set(argv):
        return _whole().parse_args(["--help"])
    lab = _lab()
    _add_data(lab)
    lab.add_argument("what")
    args, rest = lab.parse_known_args(argv)
    if rest:
        from tui_lab.cli.arguments.experiment_args import find_preset

        find_preset(args.what, args, commands=COMMANDS)  # an unknown first word is the more likely mistake
        lab.error(f"unrecognized arguments: {' '.join(rest)}")
    return args


def _lab() -> Parser:
    """The options that open the lab: the whole parser takes 20 ms, which the first frame would pay."""
    parser = Parser(prog="tui-lab", add_help=False)
    _add_runs(parser)
    _add_lab(parser)
    parser.set_defaults(handler="lab", what=None)
    return parser


def _parsed(argv: Sequence[str], word: str | None) -> argparse.Namespace:
    """Parse a command line; unknown arguments are reported by the parser of the command."""
    parser = _whole()
    args, rest = parser.parse_known_args(argv)
    if rest:
        its = parser.commands.get(word or "", parser)
        its.error(f"unrecognized arguments: {' '.join(rest)}{_instead(its, rest[0])}")
    return args


def _instead(parser: Parser, given: str) -> str:
    """What an unknown option may have meant: another option, or a hyperparameter (`--lr`)."""
    known = [option for action in parser._actions for option in action.option_strings]
    name, _, value = given.partition("=")
    if not name.startswith("-"):
        return ""
    if name.startswith("--") and "--set" in known:
        from tui_lab.experiment.catalogue import meant  # pydantic: 0.1 s

        if hyper := meant(name):
            other = f"--{hyper}" if f"--{hyper}" in known else f"--set {hyper}={value or 'VALUE'}"
            return f" (did you mean '{other}'?)"
    return did_you_mean(name, known)


def _first_word(argv: Sequence[str]) -> str | None:
    """The first positional argument."""
    words = iter(argv)
    for word in words:
        if word == "--":
            return next(words, None)
        if word in ("--runs", "--target", "--task", "--data", "--on-quit", "--notify"):
            next(words, None)
        elif not word.startswith("-") or word == "-":
            return word
    return None


def _whole() -> Parser:
    parser = Parser(prog="tui-lab", usage=_USAGE, description=_ABOUT, epilog=_EPILOG)
    parser.add_argument("--version", action="version", version=f"tui-lab {__version__}")
    _add_runs(parser)
    _add_lab(parser)
    parser.set_defaults(handler="lab", what=None)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", prog="tui-lab")
    parser.commands = commands.choices
    _add_train(commands)
    _add_sweep(commands)
    _add(commands, "sweeps", "list sweeps, newest first", IN_STUDY | {"--json": "print JSON"})
    best = _add(commands, "best", "the best trials of a sweep, with their spread over seeds")
    take_best_options(best)
    _add_presets(commands)
    _add_list(commands)
    _add_plot(commands)
    _add_resume(commands)
    attach = _add(
        commands,
        "attach",
        "open the lab on a run or sweep, finished or still training",
        {"RUN": _RUN} | IN_STUDY,
    )
    _add_low_bandwidth(attach)
    ctl = _add(commands, "ctl", "control a run that is training in another process", {"RUN": _RUN})
    ctl.add_argument("verb", metavar="VERB", choices=CTL, help=" | ".join(CTL))
    ctl.add_argument("settings", metavar="NAME=VALUE", nargs="*", help="what to `set`, e.g. lr=0.003")
    ctl.add_argument("--why", metavar="TEXT", default="", help="the reason; ledger and export keep it")
    _add_fork(commands)
    _add_export(commands)
    _add_predict(commands)
    _add_evaluate(commands)
    doctor = _add(commands, "doctor", "check versions, devices, terminal and folders")
    test = "send a test notification to TARGET, and say whether that worked; can be repeated"
    doctor.add_argument("--notify", action="append", metavar="TARGET", help=test)
    return parser


def _add_train(commands: Any) -> None:
    train = _add(commands, "train", "train from the command line")
    what = "a preset name, a preset file (.toml), a table, or an image folder"
    train.add_argument("what", metavar="PRESET|FILE", nargs="?", help=what)
    weights = "start from the best weights of a run, or from a file, where names and shapes match"
    train.take({"--replay RUN": "repeat a run, with its edits at the same steps (instead of PRESET)"})
    train.take(_CHANGED_DATA)
    train.take(
        {
            "--weights RUN|FILE.safetensors": weights,
            "--model NAME": "use a torchvision model instead of the preset's network, e.g. resnet18",
            "--pretrained": "use torchvision's pretrained weights",
        }
    )
    _add_data(train)
    train.take(_CODE)
    _add_settings(train)
    train.take(
        {
            "--seeds N": "train N runs, with seed, seed + 1 and so on, and print the mean and the spread",
            "--folds K": "cross-validate: train K runs, each validated on another part of the rows",
        }
    )
    train.take(_FOLLOWING)
    _add_notify(train)


def _add_sweep(commands: Any) -> None:
    sweep = _add(commands, "sweep", "train with many values, seeds or folds, and find the best")
    take_sweep_options(sweep)
    _add_data(sweep)
    sweep.take(_CODE)
    _add_settings(sweep)


def _add_presets(commands: Any) -> None:
    presets = _add(
        commands, "presets", "list the presets", {"--json": "print JSON, with all hyperparameters"}
    )
    source = "write a preset for this table or image folder, ready to edit"
    presets.add_argument("--from", dest="source", metavar="FILE", help=source)
    presets.take({"-o --output FILE": "output file (default: stdout)"})
    _add_data(presets)


def _add_list(commands: Any) -> None:
    runs = _add(
        commands, "runs", "list runs, newest first", {"--json": "print JSON, with notes and hyperparameters"}
    )
    sort = "order by a column, metric or hyperparameter: acc, lr"
    runs.add_argument("--sort", metavar="NAME", default="when", help=sort)
    runs.take({"--reverse": "reverse the order"})
    words = "list only matching runs: words, or conditions such as status=finished 'acc>0.9' 'lr>=1e-3'"
    runs.add_argument("words", metavar="WORD", nargs="*", help=words)


def _add_plot(commands: Any) -> None:
    plot = _add(commands, "plot", "print the chart of a run", {"RUN": _RUN})
    what = "a metric such as acc, or `learning rate` (can be repeated; default: the loss)"
    plot.add_argument("--metric", action="append", metavar="NAME", help=what)
    plot.take(
        {
            "--width N": "columns (default: the terminal's, 80 in a pipe)",
            "--height N": "rows of each chart (default: a quarter of the width)",
        }
    )


def _add_resume(commands: Any) -> None:
    resume = _add(commands, "resume", "resume a run from its last good checkpoint, or a sweep", {"RUN": _RUN})
    resume.take({"--epochs N": "train to this total number of epochs"})
    resume.take(_CHANGED_DATA | _CODE | _FOLLOWING)
    _add_notify(resume)


def _add_fork(commands: Any) -> None:
    fork = _add(commands, "fork", "train a new run from the weights of another", {"RUN": _RUN})
    fork.take({"--at STEP": "fork from the checkpoint at this step (default: the last)"})
    fork.take(_CHANGED_DATA | _CODE)
    _add_settings(fork)
    fork.take(_FOLLOWING)
    _add_notify(fork)


def _add_export(commands: Any) -> None:
    export = _add(commands, "export", "export a run as JSON, or its weights; or all trials of a sweep")
    export.take({"RUN": f"{_RUN}; SWEEP/17 for trial 17 of a sweep; with --to csv or parquet a sweep"})
    to = "a run as JSON, or its best weights; csv, parquet: a sweep as a table, one row a trial"
    forms = ("json", "safetensors", "csv", "parquet")
    export.add_argument("--to", choices=forms, default="json", help=to)
    output = "output file (default: stdout for JSON and CSV, RUN.safetensors, SWEEP.parquet)"
    export.take(
        {
            "-o --output FILE": output,
            "--history-only": "only the per-epoch records",
            "--steps": "only the training loss of each step, as CSV, or as JSON if -o names a .json file",
        }
    )


def _add_predict(commands: Any) -> None:
    about = "predict new rows or images with the best weights of a run"
    predict = _add(commands, "predict", about, {"RUN": _RUN})
    file = "a table with the run's feature columns, an image, or a folder of images"
    predict.add_argument("file", metavar="FILE", nargs="?", help=file)
    split = "predict this split of the run's own data instead of FILE"
    predict.add_argument("--split", choices=("train", "val", "test"), help=split)
    predict.take(
        {
            "-o --output FILE": "output file (default: stdout)",
            "--module FILE.py:NAME": _MODULE,
            "--older": "if the newest checkpoint is damaged, use the one before it instead of refusing",
        }
    )
    predict.add_argument("--device", default="auto", help=_DEVICE)
    predict.take(
        {
            "--anyway": "predict even if nearly all values of a column are unknown to the run",
            "--quiet": "print only errors and warnings",
        }
    )
    predict.add_argument("--data", action="append", default=[], metavar="NAME=VALUE", help=_DATA)


def _add_evaluate(commands: Any) -> None:
    about = "how good a run is, and where it is wrong: with its best weights, or as they are while it runs"
    evaluate = _add(commands, "evaluate", about, {"RUN": _RUN})
    split = "the split to evaluate (default: test; while the run trains only val)"
    evaluate.add_argument("--split", choices=("val", "test"), help=split)
    out_of_fold = (
        "evaluate all folds of a cross-validation together: each row by the fold that did not see it"
    )
    evaluate.add_argument("--out-of-fold", action="store_true", help=out_of_fold)
    against = "compare two runs on the same rows: which is better, and is that luck?"
    errors = "also list rows of training and validation whose label is probably wrong: trains the run again"
    evaluate.add_argument("--label-errors", action="store_true", help=errors)
    evaluate.take(
        {
            "--folds N": "how many times it is trained for --label-errors (default: 5)",
            "--fold-epochs N": "train each for at most so many epochs (default: up to the best of the run)",
            "--against RUN": against,
            "--json": "print everything as JSON",
        }
        | _CODE
    )


def _add_settings(parser: Parser) -> None:
    """Settings that go with a preset or a run."""
    setting = "set a hyperparameter, e.g. lr=0.01"
    parser.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help=setting)
    parser.take({"--epochs N": "same as --set epochs=N", "--seed N": "same as --set seed=N"})
    parser.add_argument("--device", default="auto", help=_DEVICE)
    parser.take({"--name NAME": "name the run; later commands accept it as RUN"})


def _add_data(parser: Parser) -> None:
    """Flags for tables."""
    parser.take({"--target COLUMN": "the column to predict"})
    parser.add_argument("--task", choices=tuple(TASKS), help="the type of prediction")
    parser.add_argument("--data", action="append", default=[], metavar="NAME=VALUE", help=_DATA)


def _add_lab(parser: Parser) -> None:
    """Flags of the lab."""
    parser.take({"--in-process": "train inside the lab's process, so that runs end with the lab"})
    parser.add_argument(
        "--on-quit",
        choices=("ask", "leave", "stop"),
        help="what to do with a run in progress on quit: ask, leave it training, or stop it "
        "(or set TUI_LAB_ON_QUIT)",
    )
    _add_low_bandwidth(parser)
    _add_notify(parser)


def _add_notify(parser: argparse.ArgumentParser) -> None:
    """Whom to notify; it works before and after the command."""
    whom = (
        "whom to tell when a run ends, fails or stands still: `bell` (of the terminal), the address of a "
        "webhook (ntfy, Slack, Discord or any other), or a command; can be repeated (or set TUI_LAB_NOTIFY)"
    )
    parser.add_argument("--notify", action="append", metavar="TARGET", default=argparse.SUPPRESS, help=whom)


def _add_low_bandwidth(parser: argparse.ArgumentParser) -> None:
    """Like `--runs`, it works before and after the command."""
    slow = "for slow connections: draw the training once a second or less, in under 2 kB; keys need not wait"
    parser.add_argument("--low-bandwidth", action="store_true", default=argparse.SUPPRESS, help=slow)


def _add(commands: Any, name: str, about: str, arguments: Arguments | None = None) -> Parser:
    parser: Parser = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
    _add_runs(parser)
    parser.take(arguments or {})
    parser.set_defaults(handler=name)
    return parser


def _add_runs(parser: argparse.ArgumentParser) -> None:
    """`--runs` works before and after the command; a default would overwrite the first."""
    parser.add_argument(
        "--runs", metavar="DIR", default=argparse.SUPPRESS, help="folder of the runs (or set TUI_LAB_RUNS)"
    )
