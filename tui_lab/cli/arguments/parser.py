"""The command-line parser.

A first word that is not a command is a preset or a path, and opens the lab.
"""

import argparse
from collections.abc import Sequence
from typing import Any, NoReturn

from tui_lab import __version__
from tui_lab.errors import InputError
from tui_lab.experiment.nearest import did_you_mean
from tui_lab.experiment.tasks import TASKS

COMMANDS = ("train", "presets", "runs", "resume", "attach", "ctl", "fork", "export", "predict", "doctor")
CTL = ("set", "pause", "resume", "step", "epoch", "undo", "stop", "checkpoint", "look")
_DATA = (
    "how to read the data. Tables: leave_out=COLUMN, one_hot=COLUMN, one_hot_other=COLUMN, number=COLUMN, "
    "missing=WORD (these can be repeated), blank_target=drop, one_hot_up_to=N, other_below=N, delimiter=, "
    "decimal=, encoding=, header=. Image folders: shape=3,64,64, fit=, broken=skip. Both: split=0.7,0.2,0.1"
)
_RUN = "a run id, the beginning or end of one, a name, or `last`"
_MODULE = "your own network: an nn.Module, or a function that returns one; user code runs only if named here"
_USAGE = "tui-lab [--runs DIR] [PRESET | FILE | FOLDER]\n       tui-lab [--runs DIR] COMMAND ..."
_ABOUT = "A training lab in the terminal. Without a command it opens the lab, on PRESET if given."
_EPILOG = """\
exit status: 0 finished or stopped on request, 1 failed, 2 bad usage or input (nothing was started),
3 diverged, 130 and 143 ended by SIGINT and SIGTERM. Results go to stdout, everything else to stderr."""


class Parser(argparse.ArgumentParser):
    """Raises InputError on bad usage, so that a single place writes to stderr and makes text safe.

    `commands` holds the subcommands' parsers, if any.
    """

    commands: "dict[str, Parser]"

    def __init__(self, **options: Any) -> None:
        super().__init__(allow_abbrev=False, formatter_class=argparse.RawDescriptionHelpFormatter, **options)
        self.commands = {}

    def error(self, message: str) -> NoReturn:
        raise InputError(f"{message}; see `{self.prog} --help`")


def parse(argv: Sequence[str]) -> argparse.Namespace:
    """Parse a command line; `handler` names the module that runs it.

    Raises InputError for bad usage, and SystemExit after showing the help or the version.
    """
    word = _first_word(argv)
    if word is None or word in COMMANDS:
        return _parsed(argv, word)
    if {"-h", "--help"} & set(argv):
        return _whole().parse_args(["--help"])
    lab = Parser(prog="tui-lab", add_help=False)
    _add_runs(lab)
    _add_lab(lab)
    _add_data(lab)
    lab.add_argument("what")
    args, rest = lab.parse_known_args(argv)
    if rest:
        from tui_lab.cli.arguments.experiment_args import find_preset

        find_preset(args.what, args, commands=COMMANDS)  # an unknown first word is the more likely mistake
        lab.error(f"unrecognized arguments: {' '.join(rest)}")
    args.handler = "lab"
    return args


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
        if word in ("--runs", "--target", "--task", "--data", "--on-quit"):
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
    presets = _add(commands, "presets", "list the presets")
    presets.add_argument("--json", action="store_true", help="print JSON, with all hyperparameters")
    presets.add_argument(
        "--from",
        dest="source",
        metavar="FILE",
        help="write a preset for this table or image folder, ready to edit",
    )
    presets.add_argument("-o", "--output", metavar="FILE", help="output file (default: stdout)")
    _add_data(presets)
    runs = _add(commands, "runs", "list runs, newest first")
    runs.add_argument("--json", action="store_true", help="print JSON, with notes and hyperparameters")
    runs.add_argument(
        "--sort", metavar="NAME", default="when", help="order by a column, metric or hyperparameter: acc, lr"
    )
    runs.add_argument("--reverse", action="store_true", help="reverse the order")
    runs.add_argument(
        "words",
        metavar="WORD",
        nargs="*",
        help="list only matching runs: words, or conditions such as status=finished 'acc>0.9' 'lr>=1e-3'",
    )
    _add_resume(commands)
    attach = _add(commands, "attach", "open the lab on a run, finished or still training")
    attach.add_argument("run", metavar="RUN", help=_RUN)
    _add_ctl(commands)
    _add_fork(commands)
    export = _add(commands, "export", "export a run as JSON, or its weights")
    export.add_argument("run", metavar="RUN", help=_RUN)
    export.add_argument(
        "--to", choices=("json", "safetensors"), default="json", help="the run as JSON, or its best weights"
    )
    export.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        help="output file (default: stdout for JSON, RUN.safetensors for weights)",
    )
    export.add_argument("--history-only", action="store_true", help="only the per-epoch records")
    export.add_argument(
        "--steps",
        action="store_true",
        help="only the training loss of each step, as CSV, or as JSON if -o names a .json file",
    )
    _add_predict(commands)
    _add(commands, "doctor", "check versions, devices, terminal and folders")
    return parser


def _add_train(commands: Any) -> None:
    train = _add(commands, "train", "train from the command line")
    train.add_argument(
        "what",
        metavar="PRESET|FILE",
        nargs="?",
        help="a preset name, a preset file (.toml), a table, or an image folder",
    )
    train.add_argument(
        "--replay", metavar="RUN", help="repeat a run, with its edits at the same steps (instead of PRESET)"
    )
    _add_changed_data(train)
    train.add_argument(
        "--weights",
        metavar="RUN|FILE.safetensors",
        help="start from the best weights of a run, or from a file, where names and shapes match",
    )
    train.add_argument(
        "--model",
        metavar="NAME",
        help="use a torchvision model instead of the preset's network, e.g. resnet18",
    )
    train.add_argument("--pretrained", action="store_true", help="use torchvision's pretrained weights")
    _add_data(train)
    _add_code(train)
    _add_settings(train)
    _add_following(train)


def _add_code(parser: Parser) -> None:
    """Flags for user code, which runs only if it is named here."""
    parser.add_argument("--module", metavar="FILE.py:NAME", help=_MODULE)
    parser.add_argument(
        "--dataset",
        metavar="FILE.py:NAME",
        help="your own data: a Dataset, or a function that returns (x, y)",
    )
    parser.add_argument(
        "--download", action="store_true", help="download missing torchvision data sets and weights"
    )


def _add_settings(parser: Parser) -> None:
    """Settings that go with a preset or a run."""
    parser.add_argument(
        "--set", action="append", default=[], metavar="NAME=VALUE", help="set a hyperparameter, e.g. lr=0.01"
    )
    parser.add_argument("--epochs", metavar="N", help="same as --set epochs=N")
    parser.add_argument("--seed", metavar="N", help="same as --set seed=N")
    parser.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    parser.add_argument("--name", metavar="NAME", help="name the run; later commands accept it as RUN")


def _add_ctl(commands: Any) -> None:
    ctl = _add(commands, "ctl", "control a run that is training in another process")
    ctl.add_argument("run", metavar="RUN", help=_RUN)
    ctl.add_argument("verb", metavar="VERB", choices=CTL, help=" | ".join(CTL))
    ctl.add_argument("settings", metavar="NAME=VALUE", nargs="*", help="what to `set`, e.g. lr=0.003")


def _add_fork(commands: Any) -> None:
    fork = _add(commands, "fork", "train a new run from the weights of another")
    fork.add_argument("run", metavar="RUN", help=_RUN)
    fork.add_argument(
        "--at", metavar="STEP", help="fork from the checkpoint at this step (default: the last)"
    )
    _add_changed_data(fork)
    _add_code(fork)
    _add_settings(fork)
    _add_following(fork)


def _add_predict(commands: Any) -> None:
    predict = _add(commands, "predict", "predict new rows or images with the best weights of a run")
    predict.add_argument("run", metavar="RUN", help=_RUN)
    predict.add_argument(
        "file",
        metavar="FILE",
        nargs="?",
        help="a table with the run's feature columns, an image, or a folder of images",
    )
    predict.add_argument(
        "--split",
        choices=("train", "val", "test"),
        help="predict this split of the run's own data instead of FILE",
    )
    predict.add_argument("-o", "--output", metavar="FILE", help="output file (default: stdout)")
    predict.add_argument("--module", metavar="FILE.py:NAME", help=_MODULE)
    predict.add_argument(
        "--older",
        action="store_true",
        help="if the newest checkpoint is damaged, use the one before it instead of refusing",
    )
    predict.add_argument("--device", default="auto", help="auto, cpu, cuda, cuda:N or mps")
    predict.add_argument(
        "--anyway",
        action="store_true",
        help="predict even if nearly all values of a column are unknown to the run",
    )
    predict.add_argument("--quiet", action="store_true", help="print only errors and warnings")
    predict.add_argument("--data", action="append", default=[], metavar="NAME=VALUE", help=_DATA)


def _add_data(parser: argparse.ArgumentParser) -> None:
    """Flags for tables."""
    parser.add_argument("--target", metavar="COLUMN", help="the column to predict")
    parser.add_argument("--task", choices=tuple(TASKS), help="the type of prediction")
    parser.add_argument("--data", action="append", default=[], metavar="NAME=VALUE", help=_DATA)


def _add_resume(commands: Any) -> None:
    resume = _add(commands, "resume", "resume a run from its last good checkpoint")
    resume.add_argument("run", metavar="RUN", help=_RUN)
    resume.add_argument("--epochs", metavar="N", help="train to this total number of epochs")
    _add_changed_data(resume)
    _add_code(resume)
    _add_following(resume)


def _add_changed_data(parser: Parser) -> None:
    """The flag that `resume`, `fork` and `train --replay` need if the data have changed since the run."""
    parser.add_argument(
        "--changed-data", action="store_true", help="continue even though the run's data have changed"
    )


def _add_following(parser: Parser) -> None:
    """Output flags of `train` and `resume`, and where they train."""
    parser.add_argument("--export", metavar="FILE", help="export the run as JSON when it ends")
    parser.add_argument("--quiet", action="store_true", help="print only errors")
    parser.add_argument("--json", action="store_true", help="print every event to stdout as JSON lines")
    parser.add_argument(
        "--detach", action="store_true", help="train in the background: print the run id and return"
    )


def _add_lab(parser: Parser) -> None:
    """Flags of the lab."""
    parser.add_argument(
        "--in-process",
        action="store_true",
        help="train inside the lab's process, so that runs end with the lab",
    )
    parser.add_argument(
        "--on-quit",
        choices=("ask", "leave", "stop"),
        default=None,
        help="what to do with a run in progress on quit: ask, leave it training, or stop it "
        "(or set TUI_LAB_ON_QUIT)",
    )


def _add(commands: Any, name: str, about: str) -> Parser:
    parser: Parser = commands.add_parser(name, help=about, description=about[0].upper() + about[1:] + ".")
    _add_runs(parser)
    parser.set_defaults(handler=name)
    return parser


def _add_runs(parser: argparse.ArgumentParser) -> None:
    """`--runs` works before and after the command; a default would overwrite the first."""
    parser.add_argument(
        "--runs", metavar="DIR", default=argparse.SUPPRESS, help="folder of the runs (or set TUI_LAB_RUNS)"
    )
