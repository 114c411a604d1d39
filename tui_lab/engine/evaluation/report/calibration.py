"""Reliability with its noise floor, and temperature scaling.

Legend: B rows, K classes, M bins that are not empty, R simulated splits.
"""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import torch.nn.functional as F
from torch import Tensor

from tui_lab.engine.evaluation.report.bootstrap import many_times
from tui_lab.engine.evaluation.report.row_scores import RowScores
from tui_lab.protocol.class_evaluation import Calibration, ReliabilityBin

BINS = 15
_DRAWS = 2_000_000  # rows times simulated splits
_MOST_DRAWS = 40_000_000
_COLDEST, _HOTTEST = 0.05, 20.0
_NEWTON = 60


def calibration(rows: RowScores, validation: RowScores) -> Calibration:
    """Of `rows`; the temperature is fitted on `validation`."""
    temperature = fit_temperature(validation)
    scaled = at_temperature(rows, temperature)
    bins, ece, median, high = reliability(rows)
    scaled_bins, scaled_ece, _, scaled_high = reliability(scaled)
    return Calibration(
        bins=bins,
        ece=ece,
        floor_median=median,
        floor_high=high,
        loss=float(rows.loss_B.mean()),
        temperature=temperature,
        scaled_bins=scaled_bins,
        scaled_ece=scaled_ece,
        scaled_floor_high=scaled_high,
        scaled_loss=float(scaled.loss_B.mean()),
    )


def fit_temperature(rows: RowScores) -> float:
    """The temperature of the lowest loss, between 0.05 and 20 (Guo et al. 2017).

    The loss is convex in 1 / temperature: Newton's method, kept between the limits.
    """
    logits_BK, true_B1 = rows.logits_BK, rows.true_B.unsqueeze(1)
    logits_BK = logits_BK - logits_BK.gather(1, true_B1)
    low, high = 1 / _HOTTEST, 1 / _COLDEST
    sharpness = 1.0
    for _ in range(_NEWTON):
        chance_BK = F.softmax(sharpness * logits_BK, 1)
        mean_B = (chance_BK * logits_BK).sum(1)
        slope = float(mean_B.mean())
        curve = float(((chance_BK * logits_BK**2).sum(1) - mean_B**2).mean())
        low, high = (low, sharpness) if slope > 0 else (sharpness, high)
        tried = sharpness - slope / curve if curve > 0 else (low + high) / 2
        tried = tried if low < tried < high else (low + high) / 2
        if abs(tried - sharpness) < 1e-12 * sharpness:
            break
        sharpness = tried
    return 1 / sharpness


def at_temperature(rows: RowScores, temperature: float) -> RowScores:
    """The same predictions with logits divided by the temperature."""
    log_BK = F.log_softmax(rows.logits_BK / temperature, 1)
    loss_B = F.nll_loss(log_BK, rows.true_B, reduction="none")
    return replace(rows, logits_BK=rows.logits_BK / temperature, chance_BK=log_BK.exp(), loss_B=loss_B)


def reliability(rows: RowScores) -> tuple[tuple[ReliabilityBin, ...], float, float, float]:
    """The bins, the expected calibration error, and the median and 95th percentile of its noise floor."""
    chance_B, true_B = _claims(rows)
    bin_B = np.searchsorted(np.linspace(0, 1, BINS + 1)[1:-1], chance_B)
    order = np.argsort(bin_B, kind="stable")
    chance_B, true_B, bin_B = chance_B[order], true_B[order], bin_B[order]
    numbers_M, first_M, rows_M = np.unique(bin_B, return_index=True, return_counts=True)
    chance_M = np.add.reduceat(chance_B, first_M) / rows_M
    true_M = np.add.reduceat(true_B, first_M) / rows_M
    simulated_MR = _simulated(chance_B, first_M) / rows_M[:, None]
    share_M = rows_M / len(chance_B)
    floor_R = share_M @ np.abs(simulated_MR - chance_M[:, None])
    low_M, high_M = np.quantile(simulated_MR, [0.025, 0.975], axis=1)
    bins = tuple(
        ReliabilityBin(number / BINS, (number + 1) / BINS, *numbers)
        for number, *numbers in zip(
            *(column.tolist() for column in (numbers_M, rows_M, chance_M, true_M, low_M, high_M)), strict=True
        )
    )
    median, high = np.quantile(floor_R, [0.5, 0.95]).tolist()
    return bins, float(share_M @ np.abs(true_M - chance_M)), median, high


def _claims(rows: RowScores) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """The probability that is claimed for each row, and whether it came true."""
    if rows.binary:
        return rows.chance_BK[:, 1].numpy(), rows.true_B.double().numpy()
    chance_B: Tensor = rows.chance_BK.max(1).values
    return chance_B.numpy(), (rows.predicted_B == rows.true_B).double().numpy()


def _simulated(chance_B: npt.NDArray[np.float64], first_M: npt.NDArray[np.int64]) -> npt.NDArray[np.float64]:
    """How many rows of each bin come true if the probabilities are right `(M, R)`; seeded."""
    resamples = many_times(len(chance_B), _DRAWS, _MOST_DRAWS)
    draws_BR = np.random.default_rng(0).random((len(chance_B), resamples), dtype=np.float32)
    came_BR = draws_BR < chance_B[:, None].astype(np.float32)
    return np.add.reduceat(came_BR, first_M, axis=0, dtype=np.float64)
