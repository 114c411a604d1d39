"""The command palette, safe for keys that arrive while it closes."""

from textual.command import CommandInput, CommandList, CommandPalette


class Palette(CommandPalette):
    """Textual's palette; without its list, as it is being taken down, it ignores keys instead of failing."""

    def on_mount(self) -> None:
        """Where nothing is animated (`--low-bandwidth`), the caret does not blink."""
        self.query_one(CommandInput).cursor_blink = self.app.animation_level != "none"

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Whether a key of the palette can do anything."""
        return super().check_action(action, parameters) if self.query(CommandList) else False
