"""The table of `docs/coach.md`, made from the results of the campaign."""

from collections.abc import Sequence

from tests.coach.campaign import HEALTHY, Result
from tests.coach.cases import CASES
from tui_lab.coach.registry import RULES


def _share(part: int, whole: int) -> str:
    return f"{part} of {whole}" if whole else "–"


def by_rule(results: Sequence[Result]) -> str:
    """For each rule: hits where it is right, false alarms in healthy runs, and what its advice did."""
    head = [
        "rule",
        "right in",
        *(f"false, {name}" for name in HEALTHY),
        "said first",
        "improved the best loss",
    ]
    rows = [head, ["---"] * len(head)]
    for rule in RULES:
        mine = {case.name for case in CASES if rule.name in case.rules}
        where = [result for result in results if result.job.case in mine]
        healthy = [[r for r in results if r.job.case == f"healthy {name}"] for name in HEALTHY]
        false = [
            "note" if rule.note else _share(sum(rule.name in r.alarms for r in runs), len(runs))
            for runs in healthy
        ]
        said = [r for r in results if r.said == rule.name and not r.job.healthy]
        tried = [r for r in said if r.before is not None and r.after is not None]
        better = sum(r.after < r.before for r in tried if r.after is not None and r.before is not None)
        hits = _share(sum(rule.name in r.fired for r in where), len(where))
        rows.append([f"`{rule.name}`", hits, *false, str(len(said)), _share(better, len(tried))])
    return _laid_out(rows)


def by_case(results: Sequence[Result]) -> str:
    """For each way to break a run: what the coach said first."""
    rows = [["broken by", "runs", "said first"], ["---"] * 3]
    for case in CASES:
        runs = [result for result in results if result.job.case == case.name]
        said = [result.said or "nothing" for result in runs]
        counted = sorted({name: said.count(name) for name in said}.items(), key=lambda item: -item[1])
        rows.append([case.name, str(len(runs)), ", ".join(f"`{name}` {count}" for name, count in counted)])
    return _laid_out(rows)


def totals(results: Sequence[Result]) -> str:
    """In a sentence: false alarms over all rules, and applied advice over all."""
    healthy = [result for result in results if result.job.healthy]
    alarmed = sum(bool(result.alarms) for result in healthy)
    tried = [r for r in results if r.before is not None and r.after is not None]
    better = sum(r.after < r.before for r in tried if r.after is not None and r.before is not None)
    broken = [result for result in results if not result.job.healthy]
    seeds = len({result.job.seed for result in results})
    return (
        f"{len(healthy)} healthy and {len(broken)} broken runs, {seeds} seeds. "
        f"Healthy runs with a false alarm of any rule: {_share(alarmed, len(healthy))}. "
        f"Applied advice that improved the best validation loss: {_share(better, len(tried))}."
    )


def _laid_out(rows: Sequence[Sequence[str]]) -> str:
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)
