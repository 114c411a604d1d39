"""What may be asked for, drawn at random: every hyperparameter within its bounds, whole experiments."""

import math

from hypothesis import strategies as st

from tui_lab.experiment.catalogue import Hyperparameter, Value, catalogue
from tui_lab.experiment.experiment import DataSpec, Experiment, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.split import Split

ENTRIES = list(catalogue().values())
LAYERS = ("linear 8", "activation", "dropout", "dropout 0.125", "batch_norm", "leaky_relu 0.3", "flatten")


def values(item: Hyperparameter) -> st.SearchStrategy[Value]:
    """Every value that the hyperparameter may have."""
    if item.choices:
        return st.sampled_from(item.choices)
    assert item.low is not None
    assert item.high is not None
    if item.type is int:
        return st.integers(int(item.low), int(item.high))
    low = math.nextafter(item.low, math.inf) if item.low_open else item.low
    high = math.nextafter(item.high, -math.inf) if item.high_open else item.high
    # Numbers of a person's making are found rarely among all floats, so they are offered as well.
    usual = [float(f"{m}e{e}") for m in (1, 2, 3, 5) for e in range(-6, 3)]
    return st.floats(low, high) | st.sampled_from([v for v in usual if low <= v <= high])


named_values = st.sampled_from(ENTRIES).flatmap(lambda item: st.tuples(st.just(item), values(item)))
hyperparameters = st.fixed_dictionaries({item.name: values(item) for item in ENTRIES}).map(
    Hyperparameters.model_validate
)
text = st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30)


@st.composite
def splits(draw: st.DrawFn) -> Split:
    """Three shares that add up to 1."""
    train = draw(st.floats(0.01, 0.9))
    val = draw(st.floats(0.01, 0.99)) * (1 - train)
    return Split(train=train, val=val, test=1 - train - val)


experiments = st.builds(
    Experiment,
    preset=st.from_regex(r"\A[a-z0-9][a-z0-9_-]{0,39}\Z"),
    task=st.sampled_from(["regression", "binary", "multiclass"]),
    data=st.builds(
        DataSpec,
        file=text,
        target=text,
        shape=st.none() | st.tuples(*[st.integers(1, 65_536)] * 3),
        split=splits(),
    ),
    model=st.builds(ModelSpec, layers=st.lists(st.sampled_from(LAYERS), max_size=8).map(tuple)),
    hyperparameters=hyperparameters,
    device=text,
)
