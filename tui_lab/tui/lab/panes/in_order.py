"""The panes of the lab; their order is that of their names in `keys/lab.py`."""

from tui_lab.tui.lab.panes.chart_pane import ChartPane
from tui_lab.tui.lab.panes.hyperparameters import HyperparametersPane
from tui_lab.tui.lab.panes.ledger import LedgerPane
from tui_lab.tui.lab.panes.pane import Pane
from tui_lab.tui.lab.panes.presets import PresetsPane

PANE_TYPES: tuple[type[Pane], ...] = (PresetsPane, ChartPane, HyperparametersPane, LedgerPane)
