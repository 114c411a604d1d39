"""`--gpus N` and `--processes N`: start the ranks of a run on this machine, by torch's elastic launcher."""

import logging
import os
import sys
import uuid
from argparse import Namespace
from collections.abc import Mapping
from pathlib import Path

from tui_lab.cli.output.output import complain
from tui_lab.cli.output.waiting import meanwhile
from tui_lab.data.messages import counted
from tui_lab.errors import InputError
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.folder.reading import load_run
from tui_lab.session.host.exit_status import FAILED, FINISHED
from tui_lab.session.host.signals import status_of
from tui_lab.session.jobs.in_ranks import many
from tui_lab.session.jobs.jobs import Job, Resumed
from tui_lab.session.ranks_timeout import rank_timeout_s


def option_of(args: Namespace) -> str:
    """The option that asks for ranks, `--gpus` or `--processes`; empty if neither is given."""
    given = [option for option in ("--gpus", "--processes") if getattr(args, option[2:], None) is not None]
    if len(given) > 1:
        raise InputError("give either --gpus or --processes: a run trains on GPUs or on the CPU")
    return given[0] if given else ""


def check(args: Namespace) -> None:
    """Raise InputError if ranks are asked for in a way that cannot be carried out."""
    option = option_of(args)
    if not (option or many()):
        return
    asked = option or "torchrun"
    if option:
        _number(args, option)
    if args.detach:
        raise InputError(f"--detach: cannot be combined with {asked}; start it with `nohup ... &` instead")
    if getattr(args, "seeds", None) is not None:
        raise InputError(f"--seeds: cannot be combined with {asked}, which trains one run; give --seed")
    rank_timeout_s()


def launch(args: Namespace, job: Job) -> int:
    """Start the ranks, wait for them, and return the exit status of rank 0. Raises InputError."""
    option = option_of(args)
    count = _number(args, option)
    device = _device_of(job)
    if option == "--gpus":
        _check_gpus(count, device, quiet=args.quiet)
    else:
        _check_processes(count, device)
        os.environ["CUDA_VISIBLE_DEVICES"] = ""
    return _launched(count, args.given)


def _number(args: Namespace, option: str) -> int:
    """How many ranks. Raises InputError unless it is a whole number, 1 or more, that torchrun agrees with."""
    text = getattr(args, option[2:])
    if not (text.isascii() and text.isdecimal() and int(text) >= 1):
        raise InputError(f"{option}: must be a whole number, 1 or more (given: {text})")
    started = os.environ.get("WORLD_SIZE", "1") if many() else text
    if int(started) != int(text):
        raise InputError(f"{option}: torchrun has started {started} ranks already; remove {option} {text}")
    return int(text)


def _device_of(job: Job) -> str:
    """What the run is to train on, or trains on already."""
    if not isinstance(job, Resumed):
        return job.experiment.device
    asked = load_run(RunFolder(Path(job.folder))).view.experiment
    return "auto" if asked is None else asked.device


def _check_gpus(count: int, device: str, *, quiet: bool) -> None:
    if device not in ("auto", "cuda"):
        raise InputError(f"--gpus: the device of this run is {device}, so it cannot use {count} GPUs")
    with meanwhile("loading torch", quiet=quiet):
        import torch

        there = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not there:
        raise InputError(
            f"--gpus {count}: this machine has no GPU that torch can use; `tui-lab doctor` says more. "
            "--processes trains in several processes on the CPU"
        )
    if there < count:
        raise InputError(f"--gpus {count}: this machine has {counted(there, 'GPU', 'GPUs')}")


def _check_processes(count: int, device: str) -> None:
    if device not in ("auto", "cpu"):
        raise InputError(f"--processes: trains on the CPU, but the device of this run is {device}")
    cores = os.cpu_count() or 1
    if count > cores:
        raise InputError(f"--processes {count}: this machine has {counted(cores, 'core', 'cores')}")


def _launched(count: int, given: list[str]) -> int:
    """Run this command line in `count` processes; the exit status."""
    from torch.distributed.elastic.multiprocessing.api import SignalException
    from torch.distributed.elastic.multiprocessing.errors import ChildFailedError
    from torch.distributed.launcher.api import LaunchConfig, elastic_launch

    logging.disable(logging.CRITICAL)  # torch's: the words of the run are enough
    config = LaunchConfig(
        min_nodes=1, max_nodes=1, nproc_per_node=count, run_id=uuid.uuid4().hex, rdzv_backend="c10d",
        rdzv_endpoint="localhost:0", local_addr="localhost", max_restarts=0,
    )  # fmt: skip
    try:
        elastic_launch(config, sys.executable)("-m", "tui_lab", *given)
    except SignalException as ended:
        return status_of(int(ended.sigval))
    except ChildFailedError as error:
        first = error.get_first_failure()[0]
        return _status({rank: failure.exitcode for rank, failure in error.failures.items()}, first)
    return FINISHED


def _status(codes: Mapping[int, int], first: int) -> int:
    """The exit status, from those of ranks that failed, of which `first` was the first.

    It is rank 0's, which has said what is wrong, unless its process was killed.
    """
    code = codes.get(0, FAILED)
    if code > 0:
        return code
    how = f"was ended by signal {-codes[first]}" if codes[first] < 0 else f"ended with status {codes[first]}"
    complain(f"failed: rank {first} {how}; `tui-lab resume last` goes on if a checkpoint was saved")
    return FAILED
