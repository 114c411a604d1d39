"""The views, in the order of their numbers."""

from tui_lab.sweep.importance import Importance
from tui_lab.tui.sweep.answer import Answer
from tui_lab.tui.sweep.views.cloud import CloudView
from tui_lab.tui.sweep.views.heat_map import HeatMapView
from tui_lab.tui.sweep.views.importance import ImportanceView
from tui_lab.tui.sweep.views.one_axis import OneAxisView
from tui_lab.tui.sweep.views.parallel import ParallelView
from tui_lab.tui.sweep.views.table import TableView
from tui_lab.tui.sweep.views.view import View


def all_views(shares: Answer[Importance]) -> list[View]:
    """Each once. `shares`: the importance of the axes."""
    return [CloudView(), HeatMapView(), OneAxisView(), ParallelView(), ImportanceView(shares), TableView()]
