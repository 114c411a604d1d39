"""The set-up screen of a folder of images: classes, size, task, splits, sample images."""

from collections.abc import Callable

from tui_lab.experiment.experiment import DataSpec
from tui_lab.experiment.tasks import Task
from tui_lab.session.queries.folders import OpenedFolder, open_folder
from tui_lab.tui.data_setup.folder_rows import (
    ABOUT,
    LABELS,
    OWN_SPLITS,
    about_images,
    class_heading,
    class_line,
    image_setting,
)
from tui_lab.tui.data_setup.folder_settings import ImagesSetup
from tui_lab.tui.data_setup.screen import DataSetupScreen
from tui_lab.tui.data_setup.settings import AskedData
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.text import Line
from tui_lab.tui.widgets.gallery import Gallery, Tile
from tui_lab.tui.widgets.picture import picture_from

_MOST_TILES = 24


class FolderRows:
    """Settings and classes of a folder."""

    def __init__(self, setup: ImagesSetup) -> None:
        self._setup = setup

    def heading(self, width: int) -> Line:
        return class_heading(width)

    def setting(self, name: str, chosen: bool, lit: bool, width: int) -> Line:
        return image_setting(self._setup, name, chosen, lit, width)

    def item(self, place: int, chosen: bool, lit: bool, width: int) -> Line:
        return class_line(self._setup, place, chosen, lit, width)

    def about(self, width: int) -> list[Line]:
        return about_images(self._setup, width)


class FolderScreen(DataSetupScreen[OpenedFolder]):
    """The set-up screen of a folder."""

    KIND = "Images"
    WHAT = "folder"
    PREVIEW_INSTEAD = True
    BUSY = "scanning the folder again…"
    setup: ImagesSetup

    def __init__(self, asked: AskedData) -> None:
        setup = ImagesSetup(asked)
        self._gallery = Gallery(id="setup-images")
        self._seen: tuple[object, ...] = ()
        super().__init__(setup, FolderRows(setup), self._gallery)

    def open(
        self,
        spec: DataSpec,
        task: Task | None,
        progress: Callable[[float], None],
        before: OpenedFolder | None,
    ) -> OpenedFolder:
        return open_folder(spec, task, progress, before)

    def describe(self, opened: OpenedFolder) -> tuple[str, str]:
        survey = opened.survey
        channels, height, width = opened.settled.preset.data.shape or survey.shape
        kind = "colour" if channels == 3 else "gray"
        broken = opened.settled.broken if opened.settled.data is not None else 0
        images = f"{survey.images - broken:,} of " if broken else ""
        size = f"{images}{survey.images:,} images, {len(survey.counts):,} classes"
        return size, f"{height} x {width}, {kind}"

    def sync_preview(self) -> None:
        opened = self.setup.opened
        seen = id(opened), self.setup.label
        if seen != self._seen:
            self._seen = seen
            self._gallery.show(tiles_of(opened, self.setup.label) if opened is not None else ())

    def conditions(self) -> set[When]:
        opened = self.setup.opened
        return {"images"} if opened is not None and opened.settled.samples else set()

    def action_target(self) -> None:
        """Do nothing: the class is the target."""

    def action_type(self) -> None:
        """Open a field for the selected setting."""
        setting = self.setup.setting
        if self.setup.opened is None or self.prompt is not None:
            return
        if setting == "splits" and not self.setup.dealt:
            self.say(OWN_SPLITS)
        elif setting is None:
            self.say("classes are named after their folders: rename the folder and open it again")
        else:
            self.ask(LABELS[setting], ABOUT[setting])


def tiles_of(opened: OpenedFolder, label: int | None) -> tuple[Tile, ...]:
    """A tile for each image of a class, or for the first images of every class."""
    settled = opened.settled
    channels, height, width = settled.sample_shape
    every = [(name, images) for (name, _), images in zip(opened.survey.counts, settled.samples, strict=False)]
    if label is not None:
        every = every[label : label + 1]
    rounds = max((len(images) for _, images in every), default=0)
    chosen = [(name, images[k]) for k in range(rounds) for name, images in every if k < len(images)]
    return tuple(
        Tile(name, (picture_from(pixels, width, height, channels),)) for name, pixels in chosen[:_MOST_TILES]
    )
