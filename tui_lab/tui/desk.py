"""What lies before the person: the presets, the one that is chosen, and what was changed of each."""

from tui_lab.spec.catalogue import Value, catalogue, format_value
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
        self._trained: set[str] = set()
        self._before_keep: tuple[int, int, dict[str, Value], tuple[str, ...] | None] | None = None

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
        self._before_keep = None
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

    def place_of(self, asked: Experiment) -> int | None:
        """The preset that a run was made from, whatever was changed of it; None if it is not here."""
        return next((k for k, preset in enumerate(self.presets) if _made_from(asked, preset)), None)

    def says(self, asked: Experiment) -> bool:
        """Whether the next run would be asked the same as this one, wherever it is trained."""
        own = self.experiment()
        return own is not None and _fingerprint(own) == _fingerprint(asked)

    def keep(self, asked: Experiment) -> str:
        """Take what a run was asked for the next run; says what that changes. `take_back` undoes it."""
        place = self.place_of(asked)
        if place is None:
            self._before_keep = None
            self.add(preset_of_run(asked))
            return f"the next run has the values of this one, as a preset of its own: {asked.preset}"
        self._before_keep = self.chosen, place, self._edits[place], self._layers[place]
        old, new, preset = self.values_of(place), asked.hyperparameters, self.presets[place]
        layers = None if asked.model == preset.model else asked.model.layers
        changes = [
            f"{name} {format_value(getattr(old, name))} → {format_value(getattr(new, name))}"
            for name in catalogue()
            if getattr(old, name) != getattr(new, name)
        ] + (["layers"] if layers != self._layers[place] else [])
        self._edits[place] = {
            name: getattr(new, name)
            for name in catalogue()
            if getattr(new, name) != getattr(preset.hyperparameters, name)
        }
        self._layers[place] = layers
        self.chosen = place
        return f"kept for the next run: {', '.join(changes) or 'nothing that differs'}"

    @property
    def kept(self) -> bool:
        """Whether there is something for `take_back`."""
        return self._before_keep is not None

    def take_back(self) -> None:
        """Bring back what was set before `keep`."""
        if self._before_keep is not None:
            self.chosen, place, self._edits[place], self._layers[place] = self._before_keep
            self._before_keep = None

    def trained(self, asked: Experiment) -> None:
        """A run was begun with this: it is in that run's journal."""
        self._trained.add(_fingerprint(asked))

    def unused(self) -> dict[str, Preset]:
        """Presets as they are now that were changed, and no run was begun with: quitting loses that.

        By the words for it: `binary: lr 0.002, layers`.
        """
        found: dict[str, Preset] = {}
        for place in range(len(self.presets)):
            preset = self.preset_of(place).model_copy(update={"hyperparameters": self.values_of(place)})
            if self.edits_of(place) and _fingerprint(preset.experiment()) not in self._trained:
                changes = [f"{name} {format_value(value)}" for name, value in self._edits[place].items()]
                changes += ["layers"] if self._layers[place] is not None else []
                found[f"{preset.name}: {', '.join(changes)}"] = preset
        return found

    def experiment(self) -> Experiment | None:
        """What the next run is asked to do; None where there is no preset."""
        preset = self.edited_preset()
        return preset.experiment(device=self._device) if preset else None


def preset_of_run(asked: Experiment) -> Preset:
    """A run as a preset, for one that was not made from any that is here."""
    return Preset(
        format="tui-lab.preset",
        version=1,
        name=asked.preset,
        title=f"As a run of {asked.preset}",
        task=asked.task,
        data=asked.data,
        model=asked.model,
        hyperparameters=asked.hyperparameters,
    )


def _made_from(asked: Experiment, preset: Preset) -> bool:
    """A fork names the seed of its split: that is no difference where the preset's would be the same."""
    data, split = asked.data, asked.data.split
    if split.seed == asked.hyperparameters.seed and preset.data.split.seed is None:
        data = data.model_copy(update={"split": split.model_copy(update={"seed": None})})
    layered = asked.model.source == preset.model.source == "layers"
    same = (preset.name, preset.task, preset.data) == (asked.preset, asked.task, data)
    return same and (layered or asked.model == preset.model)


def _fingerprint(asked: Experiment) -> str:
    return asked.model_copy(update={"device": "auto"}).model_dump_json()
