"""A look at an untrained network, in a process of its own."""

from pathlib import Path

import pytest

from tests.engine.helpers import experiment, run_all
from tests.engine.test_show import folder as photos
from tests.engine.test_show import of_images
from tui_lab.errors import InputError, RunError
from tui_lab.protocol.commands import Look, Show
from tui_lab.protocol.steering import ForwardProbed, SamplesShown
from tui_lab.session.inside import look_inside, show_samples


@pytest.mark.slow
def test_it_is_what_a_run_would_tell_before_its_first_step(tmp_path: Path) -> None:
    asked = experiment(tmp_path, "multiclass", epochs=1)
    found = look_inside(asked)
    told = next(event for event in run_all(asked, Look()) if isinstance(event, ForwardProbed))
    assert (told.step, found.step) == (0, 0)
    assert found == told
    assert found == look_inside(asked, in_process=True)


@pytest.mark.slow
def test_images_are_those_that_a_run_would_show(tmp_path: Path) -> None:
    asked = of_images(photos(tmp_path / "photos"), rotation=45.0, epochs=1)
    found = show_samples(asked, Show(3))
    assert all(sample.seen for sample in found.samples)
    assert found == next(event for event in run_all(asked, Show(3)) if isinstance(event, SamplesShown))
    assert found == show_samples(asked, Show(3), in_process=True)
    with pytest.raises(InputError, match="no images"):
        show_samples(experiment(tmp_path), Show(), in_process=True)


@pytest.mark.slow
def test_what_cannot_be_trained_is_refused_in_words(tmp_path: Path) -> None:
    asked = experiment(tmp_path, layers=("linear 1000000", "linear 1000000"))
    with pytest.raises(InputError, match="of memory, and"):
        look_inside(asked)


def test_a_process_that_fails_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = experiment(tmp_path)
    monkeypatch.setattr("sys.executable", "/bin/false")
    with pytest.raises(RunError, match="has ended"):
        look_inside(asked)
    monkeypatch.setattr("sys.executable", "/bin/echo")
    with pytest.raises(RunError, match="has failed"):
        look_inside(asked)
    monkeypatch.setattr("sys.executable", str(tmp_path / "none"))
    with pytest.raises(RunError, match="has failed"):
        look_inside(asked)
