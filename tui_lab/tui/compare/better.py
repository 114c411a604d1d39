"""Which of two runs is better, in words."""

from tui_lab.experiment.metrics import short_name
from tui_lab.protocol.evaluation import RunsCompared
from tui_lab.tui.style.format import change, score


def better_words(found: RunsCompared, first: str, second: str, *, classes: bool) -> str:
    """Whether the first run is better than the second, by how much, and whether that may be luck."""
    rival, metric = found.rival, found.metric
    verdict = {
        "network": f"{first} is better than {second}",
        "rival": f"{first} is worse than {second}",
        "unclear": f"{first} and {second}: too close to tell which is better",
    }[rival.better]
    if classes and not rival.network_only and not rival.rival_only:
        return f"{first} and {second} are right and wrong on the same of the {found.rows:,} test rows"
    gap, theirs = rival.difference[metric], rival.scores[metric]
    name = short_name(metric)
    right = "right" if classes else "closer"
    chance = "below 0.001" if rival.p_value < 0.001 else f"{rival.p_value:.2g}"
    return (
        f"{verdict}, on {found.rows:,} test rows: {name} {score(metric, found.scores[metric].value)} and "
        f"{score(metric, theirs.value)}, difference {change(gap.value)} (95% interval {change(gap.low)} to "
        f"{change(gap.high)}); only the first is {right} on {rival.network_only:,}, only the second on "
        f"{rival.rival_only:,}: by chance alone with probability {chance}"
    )
