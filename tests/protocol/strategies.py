"""Events and commands of every kind, drawn from their own declarations: a new kind is covered at once."""

from dataclasses import fields
from typing import Any, get_args

from hypothesis import strategies as st

from tests.experiment.strategies import experiments
from tui_lab.experiment.catalogue import Value
from tui_lab.experiment.experiment import Experiment
from tui_lab.protocol.commands import Command
from tui_lab.protocol.events import Event, Record

st.register_type_strategy(Experiment, experiments)

EVENTS: tuple[type[Any], ...] = get_args(Event)
COMMANDS: tuple[type[Any], ...] = get_args(Command)
# What a hyperparameter can be is finite: it has been checked.
VALUES = st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text()


def _all_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Build `kind` with every field drawn, those with a default as well; only the tag stays."""
    return st.builds(
        kind,
        **{
            f.name: VALUES if f.type == Value else ...
            for f in fields(kind)
            if f.name not in ("kind", "command")
        },
    )


def events_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Events of one kind."""
    return _all_of(kind)


def commands_of(kind: type[Any]) -> st.SearchStrategy[Any]:
    """Commands of one kind."""
    return _all_of(kind)


events = st.one_of([_all_of(kind) for kind in EVENTS])
times = st.floats(0, 4e9)
records = st.lists(st.tuples(times, events), max_size=20).map(
    lambda drawn: [Record(seq, time, event) for seq, (time, event) in enumerate(drawn, 1)]
)
