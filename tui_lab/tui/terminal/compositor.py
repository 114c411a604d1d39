"""Painting only the widgets of which something that changed is seen.

Textual asks every widget within the rectangle around all changes for its lines, containers behind others
included: a chart and a status line that changed are the whole screen, and the twenty widgets in it that did
not change took half of a redraw.
"""

from textual._compositor import ChopsUpdate, Compositor
from textual.geometry import Region
from textual.widget import Widget


class SparingCompositor(Compositor):
    """A compositor that leaves out what is hidden, or has not changed, while it paints changes."""

    _changed: tuple[Region, ...] = ()
    """What is being painted."""

    def render_partial_update(self) -> ChopsUpdate | None:
        """Render what changed."""
        _ = self.cuts  # made from all visible widgets, and kept
        self._changed = tuple(self._dirty_regions)
        try:
            return super().render_partial_update()
        finally:
            self._changed = ()

    @property
    def visible_widgets(self) -> dict[Widget, tuple[Region, Region]]:
        """Widgets with region and clip, front to back; while changes are painted, those that are needed."""
        visible = super().visible_widgets
        if not self._changed:
            return visible
        left, needed = list(self._changed), {}
        for widget, (region, clip) in visible.items():
            shown = region.intersection(clip)
            if any(map(shown.overlaps, left)):
                needed[widget] = region, clip
                left = [change for change in left if not shown.contains_region(change)]
            if not left:
                break
        return needed
