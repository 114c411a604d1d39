"""The set-up screen of a table: columns, target, task, splits."""

from collections.abc import Callable

from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.tasks import Task
from tui_lab.session.queries.tables import OpenedTable, open_table
from tui_lab.tui.data_setup.screen import DataSetupScreen
from tui_lab.tui.data_setup.settings import AskedData
from tui_lab.tui.data_setup.table_rows import ABOUT, LABELS
from tui_lab.tui.data_setup.table_settings import TableSetup
from tui_lab.tui.data_setup.widgets import SetupPreview, TableRows
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.format import plural


class SetupScreen(DataSetupScreen[OpenedTable]):
    """The set-up screen of a table."""

    KIND = "Table"
    BUSY = "reading the table again…"
    setup: TableSetup

    def __init__(self, asked: AskedData) -> None:
        setup = TableSetup(asked)
        self._rows_seen = SetupPreview(setup)
        super().__init__(setup, TableRows(setup), self._rows_seen)

    def open(
        self, spec: DataSpec, task: Task | None, progress: Callable[[float], None], before: OpenedTable | None
    ) -> OpenedTable:
        return open_table(spec, task, progress, before)

    def describe(self, opened: OpenedTable) -> tuple[str, str]:
        survey, data = opened.survey, opened.settled.data
        features = data.features if data is not None else 0
        return f"{survey.rows:,} rows, {len(survey.columns):,} columns", plural(features, "input")

    def sync_preview(self) -> None:
        self._rows_seen.sync()

    def conditions(self) -> set[When]:
        return {"rows", "column"} if self.setup.column is not None else {"rows"}

    def action_target(self) -> None:
        """Make the selected column the target."""
        if self.setup.column is None:
            self.say("select a column first; then t makes it the target")
        else:
            self._wish(self.setup.make_target())

    def action_type(self) -> None:
        """Open a field for the selected setting."""
        setting = self.setup.setting
        if self.setup.opened is None or self.prompt is not None:
            return
        if setting is None:
            self.say("← → set how a column is used; t makes it the target")
        else:
            self.ask(LABELS[setting], ABOUT[setting])
