"""How good the run is: in a sentence, in scores of each split, and against simpler models."""

from tui_lab.experiment.metrics import metric as metric_of
from tui_lab.protocol.evaluation import Evaluation, Interval, Rival, Verdict
from tui_lab.tui.evaluation.bars import interval, scale, span
from tui_lab.tui.evaluation.section import SPLITS, Section, noun_of
from tui_lab.tui.keys.key import When
from tui_lab.tui.style.format import change, plural, score
from tui_lab.tui.style.text import Line, clip, cut, fill, line, wrap

_RIVALS = {"constant": "constant prediction", "linear": "linear model"}
_NAME, _SCORE, _VALUE, _RANGE = 20, 9, 11, 17
_LEAST_BAR = 20


class VerdictSection(Section):
    """`others` are the evaluations of other splits of the same run, for scores beside each other."""

    name = "verdict"
    others: tuple[Evaluation, ...] = ()
    _lines = 0
    _seats = 1

    @classmethod
    def has(cls, evaluation: Evaluation) -> bool:
        return evaluation.verdict is not None

    @property
    def conditions(self) -> frozenset[When]:
        return frozenset({"readable"})

    def count(self) -> int:
        return max(1, self._lines - self._seats + 1)

    def lines(self, width: int, height: int) -> list[Line]:
        verdict = self.evaluation.verdict
        if verdict is None:
            return []
        found = [*wrap(verdict.sentence, width, "bold"), ()]
        found += self._scores(verdict, width)
        found += [(), *self._chart(verdict, width)]
        for rival in verdict.rivals:
            found += [(), *self._against(rival, verdict, width)]
        for note in self.evaluation.notes:
            found += wrap(note, width, "dim", first="· ")
        self._lines, self._seats = len(found), height
        self.place = min(self.place, self.count() - 1)
        if len(found) <= height:
            return found
        shown = found[self.place : self.place + height - 1]
        left = len(found) - self.place - len(shown)
        below = f"↓ {plural(left, 'more line')}" if left else "↑ the end"
        return [*shown, line((below, "dim"))]

    def _scores(self, verdict: Verdict, width: int) -> list[Line]:
        """A row for each metric: training, then each evaluated split with its interval."""
        splits = sorted((self.evaluation, *self.others), key=lambda one: tuple(SPLITS).index(one.split))
        splits = [one for one in splits if one.verdict is not None]
        name = max(len(metric_of(metric).title) for metric in verdict.scores) + 1
        value = max(_VALUE, *(len(SPLITS[one.split]) + 1 for one in splits))
        if width < name + _SCORE + len(splits) * (value + _RANGE):
            splits = [self.evaluation]
        head = fill("", name) + "training".rjust(_SCORE)
        head += "".join(SPLITS[one.split].rjust(value) + fill("  95% interval", _RANGE) for one in splits)
        found = [clip(line((head, "head")), width)]
        for metric in verdict.scores:
            texts = [(fill(metric_of(metric).title, name), "bold" if metric == verdict.metric else "")]
            texts.append((score(metric, verdict.train_scores.get(metric)).rjust(_SCORE), "train"))
            for one in splits:
                own = one.verdict.scores.get(metric) if one.verdict else None
                style = "val" if one is self.evaluation else ""
                texts.append((score(metric, own.value if own else None).rjust(value), style))
                texts.append((fill(f"  {_range(metric, own)}", _RANGE), "dim"))
            found.append(clip(line(*texts), width))
        rows = ", ".join(f"{SPLITS[one.split]} {one.rows:,}" for one in splits)
        found.append(
            clip(
                line((f"{noun_of(self.evaluation)}s: training {verdict.train_rows:,}, {rows}", "dim")), width
            )
        )
        return found

    def _against(self, rival: Rival, verdict: Verdict, width: int) -> list[Line]:
        """The network against a simpler model, in a heading and a sentence."""
        style = {"network": "good", "rival": "bad", "unclear": "warn"}[rival.better]
        words = {"network": "better than", "rival": "worse than", "unclear": "not clearly better than"}
        metric = verdict.metric
        own, difference = rival.scores.get(metric), rival.difference.get(metric)
        told = words[rival.better]
        if difference is not None and not difference.value and rival.better == "unclear":
            told, style = "as good as", ""
        head = line((f"{told} the {_RIVALS[rival.name]}", style), (f"  {rival.about}", "dim"))
        told_of: list[str] = []
        if own is not None and difference is not None:
            ends = f"{_change(difference.low)} to {_change(difference.high)}"
            told_of.append(
                f"{metric_of(metric).title} {score(metric, own.value)}; difference "
                f"{_change(difference.value)} (95% interval {ends})"
            )
        verb = "right" if self.evaluation.classes else "closer"
        ahead, side = self.rows_text(abs(rival.rows_ahead)), "ahead" if rival.rows_ahead >= 0 else "behind"
        told_of.append(
            f"{self.rows_text(rival.network_only)} only the network gets {verb}, {rival.rival_only:,} only "
            f"the other: {ahead} {side}; by chance alone with probability {_probability(rival.p_value)}"
        )
        return [clip(head, width), *wrap("; ".join(told_of) + ".", width, first="  ")]

    def _chart(self, verdict: Verdict, width: int) -> list[Line]:
        """The deciding metric of all that are compared, on one scale."""
        metric, cells = verdict.metric, width - _NAME - 2
        if cells < _LEAST_BAR or metric not in verdict.scores:
            return []
        rows: list[tuple[str, Interval, str]] = [
            (f"{_RIVALS[rival.name]}", rival.scores[metric], "dim")
            for rival in verdict.rivals
            if metric in rival.scores
        ]
        for one in (*self.others, self.evaluation):
            if one.verdict is not None and metric in one.verdict.scores:
                style = "val" if one is self.evaluation else ""
                rows.append((SPLITS[one.split], one.verdict.scores[metric], style))
        if (own := verdict.train_scores.get(metric)) is not None:
            rows.append(("training", Interval(own, own, own), "train"))
        limits = span((end for _, found, _ in rows for end in (found.low, found.high)), (0.0, 1.0))
        title = fill(cut(metric_of(metric).title, _NAME), _NAME)
        found = [line((title, "head"), (scale(limits, cells), "dim"))]
        for name, value, style in rows:
            marks = interval(value.low, value.value, value.high, limits, cells)
            found.append(line((fill(name, _NAME), style), (marks, style)))
        return found


def _range(metric: str, found: Interval | None) -> str:
    return f"{score(metric, found.low)} – {score(metric, found.high)}" if found else "–"


def _change(value: float) -> str:
    return change(value).replace("−", "-") if abs(value) >= 1e-9 else "0"


def _probability(value: float) -> str:
    return "below 0.001" if value < 0.001 else f"{value:.3f}" if value < 0.1 else f"{value:.2f}"
