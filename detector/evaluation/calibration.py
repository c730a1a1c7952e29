"""Whether a score is a probability, also where few texts are spun, and what a flag is worth there."""

from __future__ import annotations

from collections.abc import Mapping
from math import log, nan
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.classifier import F64, probability
from detector.evaluation.metrics import calibration_error
from detector.results import Json

#: Shares of spun texts that the calibration is measured at: half, as scores are meant, and few, as in a queue.
PREVALENCES: Final[Mapping[str, float]] = {"p50": 0.5, "p05": 0.05}
#: Shares of spun texts that the precision of each mode is given for.
QUEUES: Final = (0.01, 0.05, 0.2)
BINS: Final = 15


def at_prevalence(logits: F64, prevalence: float) -> F64:
    """Probabilities (texts,) where a share `prevalence` of all texts is spun, from logits that hold where half are.

    Bayes' rule for another prior (Saerens et al. 2002): the logit of the prevalence is added.
    """
    return probability(logits + log(prevalence / (1 - prevalence)))


def evaluate_calibration(spun: npt.NDArray[np.bool_], logits: F64) -> Json:
    """Expected calibration error and the reliability diagram at each prevalence. spun, logits: (texts,)."""
    report: Json = {"ece": {}}
    for name, prevalence in PREVALENCES.items():
        scores = at_prevalence(logits, prevalence)
        weight = np.where(spun, prevalence / spun.sum(), (1 - prevalence) / (~spun).sum())
        report["ece"][name] = calibration_error(spun.astype(int).tolist(), scores.tolist(), weight.tolist(), BINS)
        report[name] = reliability(spun, scores, weight)
    return report


def reliability(spun: npt.NDArray[np.bool_], scores: F64, weight: F64) -> list[Json]:
    """For equally wide bins of the score: how many texts, their weighed mean score and weighed share of spun ones."""
    at = np.minimum((scores * BINS).astype(np.int64), BINS - 1)
    n = np.bincount(at, minlength=BINS)
    mass = np.bincount(at, weight, BINS)
    score, share = (np.bincount(at, weight * values, BINS) for values in (scores, spun))
    return [
        {
            "low": i / BINS,
            "high": (i + 1) / BINS,
            "n": int(n[i]),
            "mean_score": float(score[i] / mass[i]) if n[i] else nan,
            "share_spun": float(share[i] / mass[i]) if n[i] else nan,
        }
        for i in range(BINS)
    ]


def precision(true_positives: float, false_positives: float, prevalence: float) -> float:
    """Share of the flagged texts that are spun, from the two rates; NaN where nothing is flagged."""
    right, wrong = prevalence * true_positives, (1 - prevalence) * false_positives
    return right / (right + wrong) if right + wrong else nan


def precisions(true_positives: float, false_positives: float) -> Json:
    """The two rates of a mode, and its precision in each of the QUEUES."""
    row = {f"{share:.2f}": precision(true_positives, false_positives, share) for share in QUEUES}
    return {"tpr": true_positives, "fpr": false_positives, **row}
