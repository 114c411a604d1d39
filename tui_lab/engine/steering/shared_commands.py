"""The commands of a run that several ranks train: rank 0 has them, and each rank carries them out."""

from collections.abc import Iterator, Sequence
from queue import SimpleQueue

from tui_lab.engine.ranks.group import Ranks
from tui_lab.engine.steering.command_source import CommandSource, PolledCommand
from tui_lab.protocol.commands import Command
from tui_lab.protocol.planned import Planned


class SharedCommands(CommandSource):
    """Gives all ranks the commands that rank 0 is sent, after the same step.

    Whether there are any is known from what each step exchanges in any case; only then is one passed on. The
    plan is the same on all ranks. While the run is paused rank 0 is heard of at least every `WAIT_S`.
    """

    def __init__(self, commands: SimpleQueue[Command], plan: Sequence[Planned], ranks: Ranks) -> None:
        super().__init__(commands, plan)
        self._ranks = ranks
        if ranks.leads:
            ranks.wanted = lambda: not commands.empty()

    @property
    def pending(self) -> bool:
        return bool(self._plan) or self._ranks.announced

    def _sent(self) -> Command | None:
        if not self._ranks.announced:
            return None
        return self._ranks.share(super()._sent() if self._ranks.leads else None)

    def wait(self) -> PolledCommand | None:
        return self._ranks.share(super().wait() if self._ranks.leads else None)

    def the_rest(self) -> Iterator[Command]:
        """Only rank 0 has any."""
        return super().the_rest() if self._ranks.leads else iter(())
