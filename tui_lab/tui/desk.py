"""What lies before the person: the presets, the one that is chosen, and what was changed of each."""

from tui_lab.spec.catalogue import Value
from tui_lab.spec.experiment import Experiment, ModelSpec
from tui_lab.spec.hyperparameters import Hyperparameters
from tui_lab.spec.presets import Preset, Shelf

DEFAULTS = Hyperparameters()


class Desk:
    """Presets and edits. Every preset keeps its own edits, so that choosing another loses nothing.

    `typed` holds, for each preset, texts that were typed for a hyperparameter and not applied yet.
    """

    def __init__(self, shelf: Shelf, chosen: str | Preset | None = None, device: str = "auto") -> None:
        """Raises InputError if `chosen` is a name that the shelf lacks."""
        self.presets = list(shelf.presets.values())
        self.problems = shelf.problems
        self._device = device
        wanted = shelf[chosen] if isinstance(chosen, str) else chosen
        if wanted is not None and wanted not in self.presets:
            self.presets.insert(0, wanted)
        self.chosen = 0 if wanted is None else self.presets.index(wanted)
        self._edits: list[dict[str, Value]] = [{} for _ in self.presets]
        self._layers: list[tuple[str, ...] | None] = [None for _ in self.presets]
        self._typed: list[dict[str, str]] = [{} for _ in self.presets]
        self._nothing: dict[str, str] = {}

    @property
    def preset(self) -> Preset | None:
        """The chosen preset; None only where no preset could be read."""
        return self.presets[self.chosen] if self.presets else None

    @property
    def typed(self) -> dict[str, str]:
        """Texts typed for the chosen preset and not applied."""
        return self._typed[self.chosen] if self.presets else self._nothing

    @property
    def values(self) -> Hyperparameters:
        """The hyperparameters of the next run."""
        return self.values_of(self.chosen) if self.presets else DEFAULTS

    def values_of(self, place: int) -> Hyperparameters:
        """The hyperparameters of a preset with what was changed of it."""
        return self.presets[place].hyperparameters.model_copy(update=self._edits[place])

    def preset_of(self, place: int) -> Preset:
        """A preset with the layers it has now."""
        preset, layers = self.presets[place], self._layers[place]
        return preset if layers is None else preset.model_copy(update={"model": ModelSpec(layers=layers)})

    def edited_preset(self) -> Preset | None:
        """The chosen preset with all that was changed of it."""
        if not self.presets:
            return None
        return self.preset_of(self.chosen).model_copy(update={"hyperparameters": self.values})

    def choose(self, place: int) -> None:
        """Take another preset."""
        self.chosen = place

    def add(self, preset: Preset) -> None:
        """Put a preset before all others, and take it."""
        self.presets.insert(0, preset)
        self._edits.insert(0, {})
        self._layers.insert(0, None)
        self._typed.insert(0, {})
        self.chosen = 0

    def set_layers(self, layers: tuple[str, ...]) -> None:
        """Give the chosen preset other layers, for the next run; its own are no change.

        Raises ValidationError if they cannot be read.
        """
        if self.preset is not None:
            checked = ModelSpec(layers=layers).layers
            self._layers[self.chosen] = None if checked == self.preset.model.layers else checked

    def original(self, name: str) -> Value:
        """What the chosen preset says."""
        preset = self.preset
        found: Value = getattr(preset.hyperparameters if preset else DEFAULTS, name)
        return found

    def changed(self, name: str) -> bool:
        """Whether the value is not the preset's."""
        return bool(self.presets) and name in self._edits[self.chosen]

    def set(self, name: str, value: Value) -> None:
        """Change a value that was checked; the preset's own value is no change."""
        if not self.presets:
            return
        if value == self.original(name):
            self._edits[self.chosen].pop(name, None)
        else:
            self._edits[self.chosen][name] = value

    def reset(self, name: str) -> None:
        """Go back to the preset's value."""
        if self.presets:
            self._edits[self.chosen].pop(name, None)

    @property
    def relayered(self) -> bool:
        """Whether the chosen preset has other layers than its file."""
        return bool(self.presets) and self._layers[self.chosen] is not None

    def edits_of(self, place: int) -> int:
        """How many values of a preset were changed; its layers count as one."""
        return len(self._edits[place]) + (self._layers[place] is not None)

    def experiment(self) -> Experiment | None:
        """What the next run is asked to do; None where there is no preset."""
        preset = self.edited_preset()
        return preset.experiment(device=self._device) if preset else None
