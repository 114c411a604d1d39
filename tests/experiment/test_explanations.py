"""What the help explains: everything that has a name on a screen."""

import pytest

from tui_lab.experiment.catalogue import catalogue
from tui_lab.experiment.explanations import of_figure, of_hyperparameter, of_layer, of_metric
from tui_lab.experiment.metrics import METRICS
from tui_lab.experiment.network.layer_kinds import KINDS
from tui_lab.tui.layers_over_time.quantities import FIGURES, QUANTITIES

WITHOUT_FORMULA = {
    "epochs", "patience", "max_minutes", "seed", "speed", "precision", "frozen_layers", "activation", "flip",
    "rotation", "crop", "color_jitter",
}  # fmt: skip


@pytest.mark.parametrize("name", METRICS)
def test_a_metric_has_a_paragraph_a_formula_and_its_source(name: str) -> None:
    found = of_metric(name)
    assert found.words and found.formula and found.source


def test_a_metric_of_another_version_has_none() -> None:
    assert of_metric("kappa").words == ""


@pytest.mark.parametrize("name", catalogue())
def test_a_hyperparameter_has_a_paragraph_and_a_formula_unless_it_is_none(name: str) -> None:
    found = of_hyperparameter(name)
    assert found.words
    assert bool(found.formula) == (name not in WITHOUT_FORMULA)


@pytest.mark.parametrize("kind", KINDS)
def test_a_layer_has_a_paragraph_and_a_formula(kind: str) -> None:
    found = of_layer(kind)
    assert found.words
    assert bool(found.formula) == (kind != "activation")  # the hyperparameter says which


def test_what_is_measured_of_layers_is_explained() -> None:
    assert all(of_figure(quantity.name).words for quantity in QUANTITIES)
    assert all(of_figure(figure.name).formula for figure in FIGURES)
