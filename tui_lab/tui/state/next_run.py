"""The next run: the presets, the chosen one, and the changes to each."""

from tui_lab.experiment.catalogue import Value, catalogue, format_value
from tui_lab.experiment.experiment import Experiment, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.presets import Preset, Presets

DEFAULTS = Hyperparameters()


class NextRun:
    """Presets and their changes. Every preset keeps its own, so that choosing another one loses nothing.

    `typed` holds, for each preset, texts typed for a hyperparameter but not applied.
    """

    def __init__(self, presets: Presets, chosen: str | Preset | None = None, device: str = "auto") -> None:
        """Raises InputError if `chosen` is the name of no preset."""
        self.presets = list(presets.presets.values())
        self.problems = presets.problems
        self._device = device
        wanted = presets[chosen] if isinstance(chosen, str) else chosen
        if wanted is not None and wanted not in self.presets:
            self.presets.insert(0, wanted)
        self.chosen = 0 if wanted is None else self.presets.index(wanted)
        self._edits: list[dict[str, Value]] = [{} for _ in self.presets]
        self._layers: list[tuple[str, ...] | None] = [None for _ in self.presets]
        self._typed: list[dict[str, str]] = [{} for _ in self.presets]
        self._nothing: dict[str, str] = {}
        self._set_up: list[Preset] = []
        self._trained: set[str] = set()
        self._before_keep: tuple[int, int, dict[str, Value], tuple[str, ...] | None] | None = None

    @property
    def preset(self) -> Preset | None:
        return self.presets[self.chosen] if self.presets else None

    @property
    def typed(self) -> dict[str, str]:
        """Texts typed for the chosen preset but not applied."""
        return self._typed[self.chosen] if self.presets else self._nothing

    @property
    def values(self) -> Hyperparameters:
        """The hyperparameters of the next run."""
        return self.values_of(self.chosen) if self.presets else DEFAULTS

    def values_of(self, place: int) -> Hyperparameters:
        """The hyperparameters of a preset, changes included."""
        return self.presets[place].hyperparameters.model_copy(update=self._edits[place])

    def preset_of(self, place: int) -> Preset:
        """A preset with its current layers."""
        preset, layers = self.presets[place], self._layers[place]
        return preset if layers is None else preset.model_copy(update={"model": ModelSpec(layers=layers)})

    def edited_preset(self, place: int | None = None) -> Preset | None:
        """A preset, by default the chosen one, all changes included."""
        if not self.presets:
            return None
        place = self.chosen if place is None else place
        return self.preset_of(place).model_copy(update={"hyperparameters": self.values_of(place)})

    def choose(self, place: int) -> None:
        self.chosen = place

    def add(self, preset: Preset, *, changed: bool = False) -> None:
        """Insert a preset at the top, and choose it; `changed` if its data were set up by hand."""
        if changed:
            self._set_up.append(preset)
        self.presets.insert(0, preset)
        self._edits.insert(0, {})
        self._layers.insert(0, None)
        self._typed.insert(0, {})
        self._before_keep = None
        self.chosen = 0

    def set_layers(self, layers: tuple[str, ...]) -> None:
        """Set the layers of the chosen preset for the next run; the original ones do not count as a change.

        Raises ValidationError if they cannot be parsed.
        """
        if self.preset is not None:
            checked = ModelSpec(layers=layers).layers
            self._layers[self.chosen] = None if checked == self.preset.model.layers else checked

    def original(self, name: str) -> Value:
        """The value in the chosen preset's file."""
        preset = self.preset
        found: Value = getattr(preset.hyperparameters if preset else DEFAULTS, name)
        return found

    def set(self, name: str, value: Value) -> None:
        """Set a validated value; the preset's own value does not count as a change."""
        if not self.presets:
            return
        if value == self.original(name):
            self._edits[self.chosen].pop(name, None)
        else:
            self._edits[self.chosen][name] = value

    def take_over(self, asked: Experiment, values: dict[str, Value], typed: dict[str, str]) -> bool:
        """Keep edits to a run that never started for the next run of its preset; False if it is unknown."""
        place = self.place_of(asked)
        if place is None:
            return False
        before, self.chosen = self.chosen, place
        for name, value in values.items():
            self.set(name, value)
        self._typed[place].update(typed)
        self.chosen = before
        return True

    @property
    def relayered(self) -> bool:
        """Whether the layers of the chosen preset were changed."""
        return bool(self.presets) and self._layers[self.chosen] is not None

    def edits_of(self, place: int) -> int:
        """The number of changed values of a preset; its layers count as one."""
        return len(self._edits[place]) + (self._layers[place] is not None)

    def place_of(self, asked: Experiment) -> int | None:
        """The preset that a run was made from, whatever was changed; None if it is not in the list."""
        return next((k for k, preset in enumerate(self.presets) if preset.made(asked)), None)

    def says(self, asked: Experiment) -> bool:
        """Whether the next run would be this experiment, except for the device."""
        own = self.experiment()
        return own is not None and _fingerprint(own) == _fingerprint(asked)

    def keep(self, asked: Experiment) -> str:
        """Take the experiment of a run for the next run; returns what changes. `take_back` reverts it."""
        place = self.place_of(asked)
        if place is None:
            self._before_keep = None
            self.add(preset_of_run(asked))
            return f"the next run has the values of this one, as a new preset: {asked.preset}"
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
        return f"taken for the next run: {', '.join(changes) or 'no differences'}"

    @property
    def kept(self) -> bool:
        """Whether there is anything for `take_back`."""
        return self._before_keep is not None

    def take_back(self) -> None:
        """Revert `keep`."""
        if self._before_keep is not None:
            self.chosen, place, self._edits[place], self._layers[place] = self._before_keep
            self._before_keep = None

    def trained(self, asked: Experiment) -> None:
        """Record that a run was started with this experiment, so that it is in a journal."""
        self._trained.add(_fingerprint(asked))

    def unused(self) -> dict[str, Preset]:
        """Changed presets that no run was started with, which quitting would lose.

        Keyed by a description: `binary: lr 0.002, layers`.
        """
        found: dict[str, Preset] = {}
        for place in range(len(self.presets)):
            preset = self.preset_of(place).model_copy(update={"hyperparameters": self.values_of(place)})
            set_up = self.presets[place] in self._set_up
            if (set_up or self.edits_of(place)) and _fingerprint(preset.experiment()) not in self._trained:
                changes = ["set-up"] if set_up else []
                changes += [f"{name} {format_value(value)}" for name, value in self._edits[place].items()]
                changes += ["layers"] if self._layers[place] is not None else []
                found[f"{preset.name}: {', '.join(changes)}"] = preset
        return found

    def experiment(self) -> Experiment | None:
        """The experiment of the next run; None if there is no preset."""
        preset = self.edited_preset()
        return preset.experiment(device=self._device) if preset else None


def preset_of_run(asked: Experiment) -> Preset:
    """A preset from a run that was made from none of the presets in the list."""
    return Preset(
        format="tui-lab.preset",
        version=1,
        name=asked.preset,
        title=f"From a run of {asked.preset}",
        task=asked.task,
        data=asked.data,
        model=asked.model,
        hyperparameters=asked.hyperparameters,
    )


def _fingerprint(asked: Experiment) -> str:
    return asked.model_copy(update={"device": "auto"}).model_dump_json()
