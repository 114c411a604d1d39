"""The panes of the lab, in the order of their names in `keys/lab.py`."""

from tui_lab.tui.lab.chart_pane import ChartPane
from tui_lab.tui.lab.hyperparameters import HyperparametersPane
from tui_lab.tui.lab.ledger import LedgerPane
from tui_lab.tui.lab.pane import Pane
from tui_lab.tui.lab.presets import PresetsPane

PANE_TYPES: tuple[type[Pane], ...] = (PresetsPane, ChartPane, HyperparametersPane, LedgerPane)
