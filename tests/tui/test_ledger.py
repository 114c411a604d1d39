"""The lines of the ledger."""

import pytest

from tui_lab.protocol.ledger import LedgerEntry
from tui_lab.protocol.steering_events import Edited
from tui_lab.tui.lab.panes.ledger import entry_lines, heading


@pytest.mark.parametrize("epoch", [9, 99_999, 123_456])
@pytest.mark.parametrize("step", [9, 99_999, 12_345_678])
def test_numbers_of_any_size_keep_apart(step: int, epoch: int) -> None:
    edited = Edited(step, epoch, "lr", 0.1, 0.2, 10)
    first, top = (
        "".join(text for text, _ in found)
        for found in (entry_lines(LedgerEntry(0.0, edited), 60)[0], heading(60))
    )
    assert len(first.split()) == len(top.split()) + len(["lr", "0.1", "→", "0.2"])


def test_an_edit_is_told_with_its_reason_and_what_else_it_did() -> None:
    edited = Edited(9, 1, "optimizer", "adam", "sgd", 10, "its state is reset", "adam swings")
    rows = entry_lines(LedgerEntry(0.0, edited, undone=True), 200)
    told = "".join(text for text, _ in rows[0])
    assert told.endswith("optimizer adam → sgd, because: adam swings (its state is reset) · undone")
