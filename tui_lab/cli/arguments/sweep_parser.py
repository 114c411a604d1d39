"""The options of `tui-lab sweep` that no other command has."""

from tui_lab.cli.arguments.command_parser import Parser
from tui_lab.experiment.sweeps.choices import SAMPLER_NAMES, STOP_RULE_NAMES

SWEEP = "a sweep's id, the beginning or end of one, its preset, or `last`"
_OVER = (
    "what varies: NAME=LOW..HIGH, NAME=LOW..HIGH:log or NAME=A,B,C; NAME is a hyperparameter, or width1, "
    "width2 for the width of the first, second layer; can be repeated"
)


def take_sweep_options(sweep: Parser) -> None:
    """Add them."""
    words = (
        "a preset name, a preset file (.toml), a table, or an image folder; or `resume SWEEP`, `stop SWEEP`, "
        "`pause SWEEP`, `continue SWEEP`, `drop SWEEP/TRIAL`, `keep SWEEP/TRIAL`, `join URL STUDY`"
    )
    sweep.add_argument("words", metavar="PRESET|FILE", nargs="*", help=words)
    sweep.add_argument("--over", action="append", default=[], metavar="NAME=VALUES", help=_OVER)
    sweep.take(
        {
            "--trials N": "trainings in all (default: all combinations of lists, else 16, 32 or 64 per seed)",
            "--seeds N": "train each combination with N seeds",
            "--folds N": "train each combination on N folds of training and validation rows",
        }
    )
    sampler = "how combinations are chosen (default: grid where all are listed, else sobol)"
    sweep.add_argument("--sampler", choices=SAMPLER_NAMES, help=sampler)
    stop = (
        "give up trials early: asha goes on with the best third again and again, median with the better half"
    )
    sweep.add_argument("--stop", choices=STOP_RULE_NAMES, default="none", help=stop)
    metric = "what is compared: val_loss, or a metric such as val_accuracy"
    sweep.add_argument("--metric", metavar="NAME", default="val_loss", help=metric)
    sweep.take(
        {
            "--warm-up N": "epochs before a trial may be given up",
            "--budget TIME": "end after so much training: 90s, 10m, 1.5h",
            "--workers N": "trials at a time (default: measured)",
            "--exact": "train as `train` does, not with speed=fast, whose rounding and dropout differ",
            "--dry-run": "say what would be trained and how long it would take; train nothing",
            "--quiet": "print only errors",
            "--json": "print every event to stdout as JSON lines",
            "--detach": "train in the background: print the sweep's id and return",
        }
    )
    take_study_options(sweep)
    sweep.set_defaults(weights=None, model=None, pretrained=False)


IN_STUDY = {"--study URL": "of the studies in a database, see `sweep`"}


def take_best_options(best: Parser) -> None:
    """Add those of `tui-lab best`."""
    best.take({"SWEEP": SWEEP} | IN_STUDY)
    best.take(
        {
            "--count N": "so many trials, or combinations where each has several seeds (default: 10)",
            "--group-by AXIS": "instead the trials by the values of an axis, with best, mean and spread",
            "--json": "print JSON: the best with all their trials, importance, and ranges to widen",
        }
    )


def take_study_options(sweep: Parser) -> None:
    """Those of a sweep on many machines."""
    url = (
        "share the trials with other machines through PostgreSQL: postgresql://USER@HOST/DATABASE, with the "
        "password in ~/.pgpass or PGPASSWORD; --name names the study"
    )
    sweep.take({"--study URL": url})
    hosts = "with --study: start workers on these machines by ssh, which have Python and torch"
    sweep.take({"--hosts HOST,HOST": hosts})
    sweep.take({"--host-python PATH": "with --hosts: their Python that has torch (default: found)"})
    sweep.take({"--slurm N": "with --study: have SLURM start workers in N jobs"})
    option = "an option of these jobs, e.g. partition=gpu gpus_per_node=1 timeout_min=120; can be repeated"
    sweep.add_argument("--slurm-option", action="append", default=[], metavar="KEY=VALUE", help=option)
