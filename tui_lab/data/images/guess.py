"""From an image folder to a preset: automatic size, colour and task. All choices are reported."""

from collections import Counter
from contextlib import suppress

from tui_lab.data.images.decode_image import ImageHeader, PictureError, look_at
from tui_lab.data.images.listing import Listing
from tui_lab.data.local_file import Progress
from tui_lab.data.messages import to_keep
from tui_lab.errors import InputError
from tui_lab.experiment.experiment import DataSpec, ModelSpec
from tui_lab.experiment.hyperparameters import Hyperparameters
from tui_lab.experiment.presets import Preset
from tui_lab.experiment.tasks import Task
from tui_lab.experiment.torchvision_sets import CNN
from tui_lab.experiment.writing import preset_name
from tui_lab.safe import safe

_LOOKED_AT = 2000
_MOST_AS_IT_IS = 128
_USUAL = 64
_PATIENCE = ((1_000, 15), (10**12, 10))
"""Images up to, patience."""
_EPOCHS, _MINUTES = 200, 30
"""What a first run ends by is its patience; these are only so that it ends at all."""


def look_at_heads(listing: Listing, progress: Progress | None = None) -> tuple[Counter[ImageHeader], int]:
    """The headers of up to a few thousand images spread over the folder, and how many were tried.

    Unreadable ones are not counted here: they are reported when all are decoded.
    """
    step = max(1, len(listing.files) // _LOOKED_AT)
    chosen = listing.files[::step]
    pictures: Counter[ImageHeader] = Counter()
    for place, file in enumerate(chosen):
        with suppress(PictureError):
            pictures[look_at(listing.root / file.path)] += 1
        if progress is not None:
            progress((place + 1) / len(chosen))
    return pictures, len(chosen)


def guess_shape(
    listing: Listing, pictures: Counter[ImageHeader], looked: int, said: list[str]
) -> tuple[int, int, int]:
    """The size of the images if all have the same small size, else 64 x 64; gray if all are.

    Raises InputError if none of those tried could be read.
    """
    if not pictures:
        raise InputError(f"{listing.shown}: none of the {looked:,} images checked can be read")
    channels = 1 if all(picture.gray for picture in pictures) else 3
    sizes = {(picture.height, picture.width) for picture in pictures}
    (height, width), *others = sizes
    if others or max(height, width) > _MOST_AS_IT_IS:
        height = width = _USUAL
        why = "the images differ in size" if others else "the images are larger than a first run needs"
    else:
        why = "their own size"
    kind = "colour" if channels == 3 else "gray"
    said.append(
        f"{listing.shown}: shape {channels},{height},{width}: {kind}, {height} x {width} pixels, {why} "
        "(change it with --data shape=...)."
    )
    return channels, height, width


def guessed_preset(listing: Listing, spec: DataSpec, task: Task | None, said: list[str]) -> Preset:
    """A preset for a folder with a given shape; if no task is given, it is chosen and `said` gets it."""
    if task is None:
        classes = len(listing.classes)
        task = "binary" if classes == 2 else "multiclass"
        said.append(f"{listing.shown}: the task is {task}: there are {classes} class folders.")
    name, count = listing.root.resolve().name, len(listing.files)
    hyper = Hyperparameters(
        optimizer="adam",
        lr=0.001,
        activation="elu",
        dropout=0.25,
        batch_size=32 if count <= 10_000 else 128,
        epochs=_EPOCHS,
        patience=next(patience for most, patience in _PATIENCE if count <= most),
        max_minutes=_MINUTES,
    )
    assert spec.shape is not None
    layers = CNN if min(spec.shape[1:]) >= 4 else ("flatten", "linear 64", "activation")
    return Preset(
        format="tui-lab.preset",
        version=1,
        name=preset_name(name),
        title=safe(name, 80) or "images",
        learn=f"Made from {safe(name, 80)}, {count:,} images. {to_keep(said, spec.file)}".strip()[:2000],
        task=task,
        data=spec,
        model=ModelSpec(layers=layers),
        hyperparameters=hyper,
    )
