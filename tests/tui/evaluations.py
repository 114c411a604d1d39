"""Evaluations as a run would give them, made by hand: what the screen shows of them."""

import random
from base64 import b64encode
from dataclasses import replace

from pydantic_core import to_json

from tui_lab.protocol.class_evaluation import (
    Average,
    Calibration,
    ClassCurve,
    ClassScore,
    Confusion,
    ReliabilityBin,
    Threshold,
)
from tui_lab.protocol.evaluation import (
    ColumnResiduals,
    Evaluation,
    Importance,
    Interval,
    ResidualBin,
    Residuals,
    Response,
    Rival,
    Slice,
    Verdict,
    Worst,
)
from tui_lab.protocol.example import Example, Picture
from tui_lab.protocol.label_errors import LabelErrors, LabelPair
from tui_lab.protocol.steering_events import Evaluated

COLUMNS = ("radius", "texture", "smoothness", "site")


def answer(found: Evaluation) -> Evaluated:
    """The event with which a run gives it."""
    verdict = found.verdict
    assert verdict is not None
    metrics = {name: score.value for name, score in verdict.scores.items()}
    split = "test" if found.split == "test" else "val"
    return Evaluated(found.step, found.epoch, split, metrics, to_json(found, inf_nan_mode="strings").decode())


def binary(split: str = "val", step: int = 90) -> Evaluation:
    """Two classes, 100 rows of a table."""
    rng = random.Random(1)
    rows = [(rng.random(), k % 3 == 0) for k in range(100)]
    chances = [(0.55 * draw + (0.4 if sick else 0.05), sick) for draw, sick in rows]
    thresholds = tuple(_threshold(chances, k / 50) for k in range(51))
    examples = tuple(_example(k, True, 0.1 + 0.05 * k) for k in range(6))
    similar = tuple(_example(20 + k, False, 0.9, split="train") for k in range(3))
    return Evaluation(
        split=split,  # type: ignore[arg-type]
        rows=100,
        epoch=9,
        step=step,
        task="binary",
        target="answer",
        classes=("well", "sick"),
        verdict=_verdict("accuracy", "row"),
        class_scores=(
            ClassScore(0.985, 0.97, 0.977, 66, 65, 0.991, 0.995),
            ClassScore(0.943, 0.971, 0.957, 34, 35, 0.991, 0.982),
        ),
        averages=_averages(),
        confusion=Confusion((0, 1), False, ((64, 2), (6, 28)), {"1,0": (0, 1, 2, 3, 4, 5)}),
        curves=(_curve(chances),),
        thresholds=thresholds,
        calibration=_calibration(),
        columns=COLUMNS,
        columns_left_out=3,
        examples=(*examples, *similar),
        worst=tuple(Worst(k, (6, 7, 8), (0.41, 0.52, 1.3)) for k in range(6)),
        slices=(
            Slice("site", "[/x]\x1b[31m", 21, 0.71, 0.92, 0.004, True),
            Slice("radius", "13.2 to 15.8", 25, 0.84, 0.92, 0.21, False),
        ),
        slices_tested=17,
        importance=(
            Importance(("radius", "perimeter", "area"), 0.412, 0.031, 0.21, 0.02),
            Importance(("texture",), 0.101, 0.012, 0.05, 0.01),
            Importance(("site",), 0.002, 0.004, 0.0, 0.01),
        ),
        importance_repeats=10,
        responses=(
            Response(
                "radius", ("8", "12", "16", "20"), (8.0, 12.0, 16.0, 20.0), (),
                ((0.1, 0.22, 0.71, 0.93),), ((0.02, 0.1, 0.4, 0.8),), ((0.2, 0.5, 0.9, 0.99),), 500,
            ),
            Response(
                "site", ("Aarhus", "Bergen"), (), (), ((0.31, 0.36),), ((0.1, 0.12),), ((0.6, 0.7),), 500
            ),
        ),
        notes=("importance and responses: from the first 1,000 rows",),
        seconds=0.4,
    )  # fmt: skip


def multiclass(classes: int = 4) -> Evaluation:
    """Several classes, with a curve for each."""
    names = tuple(f"class {k}" for k in range(classes))
    counts = tuple(
        tuple(20 + i if i == j else (3 if j == (i + 1) % classes else 0) for j in range(classes))
        for i in range(classes)
    )
    curves = tuple(
        ClassCurve(
            k, (1.1, 0.9, 0.6, 0.4, 0.0), (0.0, 0.0, 0.05 * (k + 1), 0.3, 1.0), (0.0, 0.5, 0.8, 0.95, 1.0),
            (1.0, 1.0, 0.9, 0.7, 0.25), 0.93 - 0.01 * k, 0.9,
        )
        for k in range(classes)
    )  # fmt: skip
    found = binary()
    return replace(
        found,
        task="multiclass",
        classes=names,
        class_scores=tuple(ClassScore(0.9, 0.88, 0.89, 23, 23, 0.97, 0.93) for _ in names),
        confusion=Confusion(tuple(range(classes)), False, counts, {"0,1": (0, 1, 2)}),
        curves=curves,
        thresholds=(),
        slices=(),
        slices_tested=9,
    )


def images() -> Evaluation:
    """Ten digits as images."""
    found = multiclass(10)
    examples = tuple(replace(one, values=(), picture=_picture(k)) for k, one in enumerate(found.examples))
    return replace(
        found, classes=tuple("0123456789"), columns=(), columns_left_out=0, examples=examples,
        similar_by="activations", slices_tested=0, importance=(), responses=(),
    )  # fmt: skip


def labelled() -> Evaluation:
    """Two classes, in whose data label errors were found."""
    return replace(binary(), label_errors=label_errors())


def label_errors(pictures: bool = False) -> LabelErrors:
    """Nine rows of 500, eight of which are shown."""
    examples = tuple(
        replace(
            _example(40 + k, k % 3 > 0, 0.02 + 0.04 * k, split="train"),
            predicted=int(k % 3 == 0),
            probability=0.98 - 0.04 * k,
            picture=_picture(k) if pictures else None,
        )
        for k in range(8)
    )
    pairs = (LabelPair(1, 0, 6), LabelPair(0, 1, 3))
    return LabelErrors(5, 9, 500, 9, pairs, (0.91, 0.88), examples, best_epoch=9)


def regression() -> Evaluation:
    """Numbers from 25 to 340."""
    rng = random.Random(2)
    true = [25 + 3.15 * k for k in range(100)]
    points = tuple((value, 40 + 0.8 * value + rng.gauss(0, 25)) for value in true)
    bins = tuple(
        ResidualBin(f"{60 * k} to {60 * k + 60}", 60.0 * k, 60.0 * k + 60, 20, 10.0 * k - 20, _box(k))
        for k in range(5)
    )
    examples = tuple(
        replace(_example(k, True, 0.0), true=300.0 - k, predicted=150.0 + k, probability=None)
        for k in range(9)
    )
    percents = {0: -90.0, 1: -80.0, 5: -55.0, 25: -18.0, 50: 1.0, 75: 19.0, 95: 57.0, 99: 88.0, 100: 150.0}
    residuals = Residuals(
        points=points,
        mean=Interval(1.2, -4.1, 6.6),
        by_prediction=bins,
        by_column=(
            ColumnResiduals("texture", 0.13, bins[:4]),
            ColumnResiduals("site", 0.02, (ResidualBin("Bergen", None, None, 50, 2.0, _box(2)),)),
        ),
        quantiles=percents,
        absolute_quantiles={50: 19.0, 75: 33.0, 90: 52.0, 95: 66.0, 99: 101.0, 100: 150.0},
        true_quantiles=percents,
        predicted_quantiles=percents,
    )
    return replace(
        binary(),
        task="regression",
        target="progression",
        classes=(),
        verdict=_verdict("rmse", "row"),
        class_scores=(), averages=(), confusion=None, curves=(), thresholds=(), calibration=None,
        residuals=residuals, examples=examples,
    )  # fmt: skip


def _verdict(metric: str, noun: str) -> Verdict:
    low, high = (0.86, 0.97) if metric == "accuracy" else (48.0, 61.0)
    value = (low + high) / 2
    scores = {"loss": Interval(0.21, 0.17, 0.26), metric: Interval(value, low, high)}
    span = high - low

    def rival(name: str, better: str, behind: float, own: int, others: int, p: float) -> Rival:
        return Rival(
            name,  # type: ignore[arg-type]
            "the class frequencies of the training split" if name == "constant" else "logistic regression",
            {metric: Interval(value - behind, low - behind, high - behind)},
            {metric: Interval(behind, behind - span / 2, behind + span / 2)},
            own,
            others,
            p,
            better,  # type: ignore[arg-type]
        )

    return Verdict(
        f"It has learned something, but is not clearly better than a linear model: 4 {noun}s of 100 more.",
        metric,
        scores,
        {"loss": 0.11, metric: high},
        400,
        (
            rival("constant", "network", 3 * span, 31, 2, 1e-7),
            rival("linear", "unclear", span / 4, 6, 2, 0.2891),
        ),
        1000,
    )


def _threshold(chances: list[tuple[float, bool]], at: float) -> Threshold:
    tp = sum(chance > at and sick for chance, sick in chances)
    fp = sum(chance > at and not sick for chance, sick in chances)
    fn = sum(chance <= at and sick for chance, sick in chances)
    precision = tp / (tp + fp) if tp + fp else 0.0
    recall = tp / (tp + fn) if tp + fn else 0.0
    f1 = 2 * tp / (2 * tp + fp + fn) if tp + fp + fn else 0.0
    return Threshold(at, tp, fp, fn, len(chances) - tp - fp - fn, precision, recall, f1)


def _curve(chances: list[tuple[float, bool]]) -> ClassCurve:
    found = [_threshold(chances, at - 1e-9) for at in (1.1, *sorted({c for c, _ in chances}, reverse=True))]
    return ClassCurve(
        1,
        tuple(one.threshold for one in found),
        tuple(one.fp / (one.fp + one.tn) for one in found),
        tuple(one.recall for one in found),
        tuple(one.precision if one.tp + one.fp else 1.0 for one in found),
        0.991,
        0.982,
    )


def _averages() -> tuple[Average, ...]:
    return (
        Average("micro", 0.97, 0.97, 0.97),
        Average("macro", 0.964, 0.9705, 0.967),
        Average("weighted", 0.971, 0.97, 0.9702),
    )


def _calibration() -> Calibration:
    bins = tuple(
        ReliabilityBin(k / 5, k / 5 + 0.2, 20, k / 5 + 0.1, min(1.0, k / 5 + 0.02 * k), k / 5, k / 5 + 0.2)
        for k in range(5)
    )
    return Calibration(bins, 0.06, 0.05, 0.11, 0.21, 1.31, bins[1:], 0.04, 0.1, 0.19)


def _example(k: int, sick: bool, chance: float, split: str = "val") -> Example:
    return Example(
        split, k, 100 + k, "", int(sick), int(chance > 0.5), 2.1 - chance, max(chance, 1 - chance), chance,  # type: ignore[arg-type]
        (f"{12.5 + k:.1f}", "18.2", "0.101", "Bergen" if k % 2 else "Aarhus"),
    )  # fmt: skip


def _box(k: int) -> tuple[float, float, float, float, float]:
    middle = 10.0 * k - 20
    return middle - 40, middle - 15, middle, middle + 15, middle + 40


def _picture(k: int) -> Picture:
    pixels = bytes((x * 30 + y * 7 + k * 11) % 256 for y in range(8) for x in range(8))
    return Picture(8, 8, 1, b64encode(pixels).decode())
