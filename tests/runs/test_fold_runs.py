"""Finding the runs of all folds of a cross-validation; nothing trains."""

from pathlib import Path

import pytest

from tests.runs.samples import epoch, opening
from tests.tui.kept import make
from tui_lab.errors import InputError
from tui_lab.experiment.split import Split
from tui_lab.protocol.events import RunEnded
from tui_lab.runs.folder.folder import RunFolder
from tui_lab.runs.index.fold_runs import all_folds, folds_if_whole


def run(root: Path, number: int, fold: int | None, status: str = "finished", seed: int = 0) -> RunFolder:
    split = Split() if fold is None else Split(folds=3, fold=fold)
    ended = RunEnded(status, "")  # type: ignore[arg-type]
    return make(root, number, "binary", [*opening(), epoch(1), ended], 9 - number, split, seed=seed)


def test_all_folds_are_found_in_order_with_the_run_itself(tmp_path: Path) -> None:
    made = [run(tmp_path, number, fold) for number, fold in enumerate((1, 0, 2))]
    run(tmp_path, 3, 1, seed=7)
    run(tmp_path, 4, None)
    newer = run(tmp_path, 5, 0)
    first, second, third = made[1].run_id, made[0].run_id, made[2].run_id
    assert [each.run_id for each in all_folds(made[1])] == [first, second, third], (
        "itself, not its repetition"
    )
    assert [each.run_id for each in all_folds(made[2])] == [newer.run_id, second, third]
    assert folds_if_whole(made[1]) == all_folds(made[1])


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    only = run(tmp_path, 0, 1)
    with pytest.raises(
        InputError, match=r"folds 1, 3 of 3 of the cross-validation of run .*--folds 3` trains"
    ):
        all_folds(only)
    stopped = run(tmp_path, 1, 0, "stopped")
    run(tmp_path, 2, 2)
    for each in (only, stopped):
        with pytest.raises(InputError, match=r"^fold 1 of 3 of the cross-validation"):
            all_folds(each)
    run(tmp_path, 3, 0)
    assert len(all_folds(stopped)) == 3, "another run of its fold finished"
    assert folds_if_whole(run(tmp_path, 4, 1, seed=7)) == ()


def test_a_run_without_folds_is_none(tmp_path: Path) -> None:
    plain = run(tmp_path, 0, None)
    with pytest.raises(InputError, match="is no fold of a cross-validation"):
        all_folds(plain)
    assert folds_if_whole(plain) == ()
    assert folds_if_whole(RunFolder(tmp_path / "none")) == ()
