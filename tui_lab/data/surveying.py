"""A table looked at without torch: what a person is shown of it before anything is trained."""

from tui_lab.data.recipe import fit_columns
from tui_lab.data.table import Table, read_table, rows_of_splits
from tui_lab.protocol.events import DataLoaded
from tui_lab.spec.experiment import Experiment


def look_at(experiment: Experiment) -> DataLoaded:
    """What a run would tell of its data. Reads the whole table; raises InputError."""
    return about(read_table(experiment.data, experiment.task), experiment)


def about(table: Table, experiment: Experiment) -> DataLoaded:
    """What a run would tell of a table that was read. Raises InputError if it cannot be split."""
    rows = rows_of_splits(table, experiment)
    spec = experiment.data
    columns, _ = fit_columns(table.inputs, rows.train, as_image=spec.shape is not None)
    features = sum(column.width for column in columns)
    return DataLoaded(
        source=table.source,
        sha256=table.sha256,
        rows=len(table.target_N),
        features=features,
        shape=spec.shape or (features,),
        target=spec.target,
        classes=table.classes,
        split={"train": len(rows.train), "val": len(rows.val), "test": len(rows.test)},
    )
