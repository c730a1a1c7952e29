"""Scores that are probabilities are found to be, at any prevalence, and flags are worth what Bayes' rule says."""

from __future__ import annotations

from math import isnan, log

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.classifier import F64, probability
from detector.evaluation.calibration import (
    BINS,
    QUEUES,
    at_prevalence,
    evaluate_calibration,
    precision,
    precisions,
    reliability,
)

LOGITS = st.floats(-12, 12)
SHARES = st.floats(0.001, 0.999)


@pytest.fixture(scope="module")
def logits() -> F64:
    """Of two hundred thousand texts, as many likely spun as likely clean."""
    return np.random.default_rng(1).normal(0, 3, 200_000)


@pytest.fixture(scope="module")
def spun(logits: F64) -> npt.NDArray[np.bool_]:
    """Spun as often as the logits say."""
    return np.random.default_rng(2).random(len(logits)) < probability(logits)


def test_true_probabilities_have_no_calibration_error(logits: F64, spun: npt.NDArray[np.bool_]) -> None:
    report = evaluate_calibration(spun, logits)
    assert report["ece"]["p50"] < 0.01
    assert report["ece"]["p05"] < 0.01
    for name in ("p50", "p05"):
        assert [one["low"] for one in report[name]] == pytest.approx([i / BINS for i in range(BINS)])
        assert sum(one["n"] for one in report[name]) == len(logits)
    for one in report["p50"]:
        assert one["share_spun"] == pytest.approx(one["mean_score"], abs=0.03)


def test_many_more_spun_texts_than_clean_ones_make_no_difference(logits: F64, spun: npt.NDArray[np.bool_]) -> None:
    kept = spun | (np.arange(len(spun)) % 5 == 0)
    report = evaluate_calibration(spun[kept], logits[kept])
    assert report["ece"]["p50"] < 0.01
    assert report["ece"]["p05"] < 0.01


@pytest.mark.parametrize("wrong", [lambda logits: 3 * logits, lambda logits: logits / 3, lambda logits: logits + 1])
def test_what_is_too_sure_or_not_sure_enough_has_one(logits: F64, spun: npt.NDArray[np.bool_], wrong: object) -> None:
    assert callable(wrong)
    assert evaluate_calibration(spun, wrong(logits))["ece"]["p50"] > 0.04


def test_empty_bins_have_no_figures() -> None:
    bins = reliability(np.array([True, False]), np.array([1.0, 0.0]), np.array([0.5, 0.5]))
    assert (bins[-1]["n"], bins[-1]["mean_score"], bins[-1]["share_spun"]) == (1, 1.0, 1.0)
    assert bins[5]["n"] == 0
    assert isnan(bins[5]["mean_score"])
    assert isnan(bins[5]["share_spun"])


def test_a_score_of_nine_tenths_where_one_text_in_twenty_is_spun() -> None:
    logits = np.array([log(9.0)])
    assert at_prevalence(logits, 0.5) == pytest.approx([0.9])
    assert at_prevalence(logits, 0.05) == pytest.approx([0.9 * 0.05 / (0.9 * 0.05 + 0.1 * 0.95)])  # 0.32


@given(LOGITS, SHARES)
def test_another_prevalence_is_bayes_rule(logit: float, prevalence: float) -> None:
    odds = np.exp(logit) * prevalence / (1 - prevalence)
    assert at_prevalence(np.array([logit]), prevalence) == pytest.approx([odds / (1 + odds)])


@given(SHARES, SHARES, st.integers(1, 99))
def test_precision_is_the_share_of_right_flags_among_many_texts(true: float, false: float, percent: int) -> None:
    right, wrong = percent * true, (100 - percent) * false
    assert precision(true, false, percent / 100) == pytest.approx(right / (right + wrong))


def test_precision_where_nothing_or_nothing_wrong_is_flagged() -> None:
    assert isnan(precision(0.0, 0.0, 0.05))
    assert precision(0.3, 0.0, 0.01) == 1.0
    assert precision(0.0, 0.01, 0.2) == 0.0


def test_precisions_by_queue() -> None:
    row = precisions(0.8, 0.01)
    assert list(row) == ["tpr", "fpr", "0.01", "0.05", "0.20"]
    assert (row["tpr"], row["fpr"]) == (0.8, 0.01)
    assert [row[f"{share:.2f}"] for share in QUEUES] == pytest.approx([0.4469, 0.8081, 0.9524], abs=1e-4)
