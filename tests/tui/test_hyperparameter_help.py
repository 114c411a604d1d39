"""The help on the selected hyperparameter tells of the value it has."""

from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.tui.lab.form.hyperparameter_rows import help_lines


def words(activation: str) -> str:
    lines = help_lines("activation", Hyperparameters(activation=activation), ("preset", "relu"), 40)
    return " ".join("".join(text for text, _ in line) for line in lines)


def test_it_explains_the_activation_that_is_chosen_and_no_other() -> None:
    assert "smooth ReLU" in words("gelu")
    assert "saturates" not in words("gelu")
    assert "saturates" in words("tanh")
    assert all("single linear map" in words(name) for name in ("gelu", "tanh"))
