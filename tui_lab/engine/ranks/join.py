"""Joining the other ranks, as torchrun's variables in the environment say."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import torch
from torch import distributed
from torch.distributed.rendezvous import rendezvous

from tui_lab.engine.ranks.group import Ranks, become
from tui_lab.errors import InputError, RunError
from tui_lab.safe import safe

_PrefixStore: Any = distributed.PrefixStore  # type: ignore[attr-defined]


@contextmanager
def joined(timeout_s: float) -> Iterator[Ranks]:
    """Inside, this process is one of the ranks. `timeout_s`: how long an exchange may take at most.

    Raises InputError if the variables are unusable, RunError if the others do not come.
    """
    os.environ.setdefault("TORCH_NCCL_BLOCKING_WAIT", "1")  # a lost rank is an exception, not the end of us
    rank, count = _number("RANK"), _number("WORLD_SIZE")
    local_rank, local = _number("LOCAL_RANK", rank), _number("LOCAL_WORLD_SIZE", count)
    limit = timedelta(seconds=timeout_s)
    gpus = torch.cuda.is_available() and distributed.is_nccl_available()
    try:
        store, _, _ = next(rendezvous("env://", timeout=limit))
        own = _PrefixStore(f"tui-lab-{_attempt()}", store)
        distributed.init_process_group(
            "cpu:gloo,cuda:nccl" if gpus else "gloo",
            store=own,
            rank=rank,
            world_size=count,
            timeout=limit,
        )
    except (RuntimeError, ValueError) as error:
        raise RunError(
            f"the {count} ranks did not come together within {timeout_s:g} s "
            f"(at {os.environ.get('MASTER_ADDR')}:{os.environ.get('MASTER_PORT')}): {safe(error, 200)}"
        ) from None
    ranks = Ranks(rank, count, local_rank, local, own, _without_prefix(store))
    become(ranks)
    try:
        ranks.meet()
        yield ranks
    finally:
        become(Ranks())
        distributed.destroy_process_group()


def _attempt() -> str:
    return os.environ.get("TORCHELASTIC_RESTART_COUNT", "0")


def _without_prefix(store: Any) -> Any:
    """torchrun's own store: what it gives the ranks begins with how often it has started them."""
    while isinstance(store, _PrefixStore):
        store = store.underlying_store
    return store


def _number(name: str, default: int | None = None) -> int:
    text = os.environ.get(name, "" if default is None else str(default))
    if not text.isdecimal():
        raise InputError(f"{name}: must be a whole number, as torchrun sets it (given: {text!r})")
    return int(text)
