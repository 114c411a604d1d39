"""Functions of torchmetrics without the rest; user code that imports torchmetrics still gets all of it."""

import subprocess
import sys

import pytest

CODE = """
import sys
from tui_lab.engine.tasks.torchmetrics_functions import torchmetrics_function
first = torchmetrics_function("classification.multiclass_recall")
print(sorted(name for name in sys.modules if name.startswith("torchmetrics")), "torchvision" in sys.modules)
import torch, torchmetrics
answers, targets = torch.eye(3), torch.tensor([0, 1, 1])
whole = torchmetrics.functional.classification.multiclass_recall
print([float(recall(answers, targets, num_classes=3)) for recall in (first, whole)])
print(float(torchmetrics.Accuracy("multiclass", num_classes=3)(answers, targets)))
print(torchmetrics_function("regression.r2_score") is torchmetrics.functional.r2_score)
"""


@pytest.mark.slow
def test_without_the_rest_and_with_all_of_it_later() -> None:
    done = subprocess.run([sys.executable, "-c", CODE], capture_output=True, text=True)
    assert done.stdout.splitlines()[0] == "[] False", done.stderr
    values, accuracy, same = done.stdout.splitlines()[1:]
    assert eval(values) == [0.5, 0.5]
    assert (accuracy[:5], same) == ("0.666", "True")
