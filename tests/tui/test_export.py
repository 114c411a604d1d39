"""Writing a long run on a thread: how far it is, and what came of it."""

import json
from collections.abc import Iterable
from pathlib import Path
from threading import Event

import pytest

from tests.tui.fakes import NARROW, WIDE, a_lab
from tests.waiting import LONG_S
from tui_lab.runs.files import output_file


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_long_export_shows_a_bar_while_the_lab_goes_on(
    size: tuple[int, int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half, go_on = Event(), Event()
    write_text = output_file.write_text

    def slowly(path: Path, pieces: Iterable[str]) -> None:
        def halted() -> Iterable[str]:
            for piece in pieces:
                yield piece
                if '"epoch": 5' in piece and not half.is_set():
                    half.set()
                    go_on.wait(LONG_S)

        write_text(path, halted())

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tui_lab.tui.lab.export.SHORT_EPOCHS", 5)
    monkeypatch.setattr("tui_lab.runs.export.export_rows._PIECE_ROWS", 1)
    monkeypatch.setattr(output_file, "write_text", slowly)
    async with a_lab(size) as lab:
        run = await lab.train(9)
        await lab.press("j")
        assert half.wait(LONG_S)
        await lab.tick()
        bar = next(row for row in lab.lines() if "exporting" in row)
        assert f"exporting {run.run_id}.json" in bar
        share = int(bar.split("%")[0].split()[-1])
        assert 0 < share < 100
        assert bar.count("━") + bar.count("─") == 20
        assert bar.count("━") == 20 * share // 100
        await lab.press("j")
        run.epochs(10, 11)
        await lab.tick()
        assert "epoch 11/20" in lab.text(), "training is shown as before"
        assert not list(tmp_path.glob("*.json")), "half an export is none"
        go_on.set()
        while lab.screen.export is not None:
            await lab.tick()
        text = lab.text()
        assert f"exported: {run.run_id}.json" in text
        assert "exporting" not in text
        written = json.loads((tmp_path / f"{run.run_id}.json").read_text())
        assert [record["epoch"] for record in written["history"]] == list(range(1, 10)), "as it was at j"
        await lab.press("4")
        assert "exporting" not in lab.text(), "progress is no message that is kept"


async def test_what_goes_wrong_on_the_thread_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("tui_lab.tui.lab.export.SHORT_EPOCHS", 5)
    async with a_lab() as lab:
        run = await lab.train(9)
        (tmp_path / f"{run.run_id}.json").mkdir()
        await lab.press("j")
        while lab.screen.export is not None:
            await lab.tick()
        assert "not exported:" in lab.text()
