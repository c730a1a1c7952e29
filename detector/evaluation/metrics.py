"""The figures a detector is judged by. Pure functions of small arrays, numpy only.

Labels are 1 for spun and 0 for clean. A figure that its input cannot give (no
clean text, no flagged text) is NaN, which the report prints as a dash.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import nan, sqrt
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]

#: Two-sided 95 % of the normal distribution.
Z95: Final = 1.959963984540054


class Interval(NamedTuple):
    """A share and its 95 % Wilson interval."""

    share: float
    low: float
    high: float


def auc(labels: Sequence[int], scores: Sequence[float]) -> float:
    """Probability that a spun text scores above a clean one; ties count half."""
    positive = np.asarray(labels) == 1
    spun, clean = int(positive.sum()), int((~positive).sum())
    if not spun or not clean:
        return nan
    _, inverse, counts = np.unique(np.asarray(scores, np.float64), return_inverse=True, return_counts=True)
    last = np.cumsum(counts)
    ranks = (last - (counts - 1) / 2)[inverse]  # (texts,), tied scores share their mean rank
    return float((ranks[positive].sum() - spun * (spun + 1) / 2) / (spun * clean))


def tpr_at_fpr(labels: Sequence[int], scores: Sequence[float], fpr: float) -> float:
    """Share of spun texts found by the best threshold whose share of clean texts is at most `fpr`.

    Conservative: a threshold is one of the scores, everything at or above it counts as
    flagged, and nothing is interpolated between two thresholds.
    """
    positive = np.asarray(labels) == 1
    values = np.asarray(scores, np.float64)
    if not positive.any() or positive.all():
        return nan
    spun, clean = np.sort(values[positive]), np.sort(values[~positive])
    thresholds = np.unique(values)
    false = (len(clean) - np.searchsorted(clean, thresholds, "left")) / len(clean)
    true = (len(spun) - np.searchsorted(spun, thresholds, "left")) / len(spun)
    allowed = true[false <= fpr]
    return float(allowed.max()) if len(allowed) else 0.0


class Counts(NamedTuple):
    """True and false positives, and misses."""

    true: int
    false: int
    missed: int

    @property
    def precision(self) -> float:
        return self.true / (self.true + self.false) if self.true + self.false else nan

    @property
    def recall(self) -> float:
        return self.true / (self.true + self.missed) if self.true + self.missed else nan

    @property
    def f1(self) -> float:
        total = 2 * self.true + self.false + self.missed
        return 2 * self.true / total if total else nan


def counted(labels: Sequence[int], flagged: Sequence[bool]) -> Counts:
    """Compare verdicts with labels."""
    positive, found = np.asarray(labels) == 1, np.asarray(flagged, bool)
    return Counts(int((positive & found).sum()), int((~positive & found).sum()), int((positive & ~found).sum()))


def class_weights(labels: Sequence[int]) -> Floats:
    """A weight (texts,) for each text, such that the spun and the clean ones weigh 1 each in all."""
    positive = np.asarray(labels) == 1
    spun, clean = max(1, int(positive.sum())), max(1, int((~positive).sum()))
    return np.where(positive, 1 / spun, 1 / clean)


def weighted_f1(
    labels: Sequence[int], flagged: Sequence[bool] | npt.NDArray[np.bool_], weights: Sequence[float] | Floats
) -> float:
    """F1 where a text counts as often as its weight says. With `class_weights`, flagging everything gives 2/3."""
    positive, found = np.asarray(labels) == 1, np.asarray(flagged, bool)
    weight = np.asarray(weights, np.float64)
    true, total = weight[positive & found].sum(), weight[positive].sum() + weight[found].sum()
    return float(2 * true / total) if total else nan


def best_threshold(labels: Sequence[int], scores: Sequence[float] | Floats, weights: Sequence[float] | Floats) -> float:
    """The score at or above which flagging gives the highest weighted F1; of several such scores the highest."""
    positive = np.asarray(labels) == 1
    values, weight = np.asarray(scores, np.float64), np.asarray(weights, np.float64)
    if not positive.any():
        return nan
    order = np.argsort(-values, kind="stable")
    ordered = values[order]
    last = np.append(ordered[1:] != ordered[:-1], True)  # a threshold takes all of its ties along
    true = np.cumsum((weight * positive)[order])[last]
    found = np.cumsum(weight[order])[last]
    return float(ordered[last][np.argmax(true / (weight[positive].sum() + found))])


def wilson(hits: int, n: int, z: float = Z95) -> Interval:
    """`hits` of `n` as a share with its Wilson interval."""
    if not n:
        return Interval(nan, nan, nan)
    share = hits / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z * sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def calibration_error(
    labels: Sequence[int], scores: Sequence[float], weights: Sequence[float] | None = None, bins: int = 15
) -> float:
    """Expected calibration error: mean gap between score and share of spun texts, over equally wide bins.

    `weights` count a text more or less than once, to stand for another prevalence.
    """
    if not len(labels):
        return nan
    values = np.asarray(scores, np.float64)
    weight = np.ones(len(values)) if weights is None else np.asarray(weights, np.float64)
    at = np.minimum((values * bins).astype(np.int64), bins - 1)
    gaps = np.bincount(at, weight * (values - np.asarray(labels, np.float64)), bins)
    return float(np.abs(gaps).sum() / weight.sum())


def hit_at(ranks: Sequence[int | None], k: int) -> float:
    """Share of slots whose right answer stands at rank `k` (from 1) or better; None is not found at all."""
    return sum(rank is not None and rank <= k for rank in ranks) / len(ranks) if ranks else nan


def mean_reciprocal_rank(ranks: Sequence[int | None]) -> float:
    """Mean of 1 / rank, 0 where the right answer was not found."""
    return sum(1 / rank for rank in ranks if rank is not None) / len(ranks) if ranks else nan
