"""The GPU waits for the processor, or for data."""

from statistics import fmean

from tui_lab.coach.advice import Finding, Rule
from tui_lab.coach.signs import Signs, percent

LOAD = 0.7
BUSY = 0.9
TIMES = 2
"""Reports in a row, each of half a minute."""


def look(signs: Signs) -> Finding | None:
    recent = [observed for observed in signs.view.gpu if observed.epoch > signs.since][-TIMES:]
    if len(recent) < TIMES or max(observed.load for observed in recent) >= LOAD:
        return None
    load, cores = fmean(o.load for o in recent), fmean(o.cores for o in recent)
    seconds = sum(o.seconds for o in recent)
    rows = signs.hyper.batch_size
    if cores >= BUSY:
        waits = f"the process that trains kept {cores:.1f} processor cores busy: it waits for the processor"
        instead = (
            f"larger batches than {rows} rows; the losses change with them. A small network trains as fast "
        )
        instead += "on the CPU"
    else:
        waits = f"the process that trains used {cores:.1f} processor cores: it waits for data"
        instead = (
            "data on a faster disk, or fewer rows or smaller images, so that they fit in the GPU's memory"
        )
    return Finding(
        evidence=f"for {seconds:.0f} seconds the GPU computed {percent(load)} of the time, while {waits}",
        epochs=(min(recent[0].epoch, signs.done), signs.done),
        instead=instead,
        watch=f"a load above {percent(LOAD)} (M), and more steps a second",
    )


RULE = Rule(
    "waiting_gpu",
    "the GPU waits",
    f"In {TIMES} reports in a row, each of half a minute, the GPU that trains computes less than "
    f"{percent(LOAD)} of the time. An explanation, not an alarm: it costs time, not accuracy.",
    "Amazon SageMaker Debugger's profiler",
    look,
    note=True,
)
