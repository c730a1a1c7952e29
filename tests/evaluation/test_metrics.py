"""The figures agree with scikit-learn's, and with what can be counted on fingers."""

from __future__ import annotations

from math import isnan

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.calibration import calibration_curve
from sklearn.metrics import f1_score, precision_score, recall_score, roc_auc_score, roc_curve

from detector.evaluation.metrics import (
    auc,
    best_threshold,
    calibration_error,
    class_weights,
    counted,
    hit_at,
    mean_reciprocal_rank,
    tpr_at_fpr,
    weighted_f1,
    wilson,
)

# Few distinct scores, so that ties are common; one text of each label at least.
ROWS = st.lists(st.tuples(st.integers(0, 1), st.integers(0, 9)), min_size=1, max_size=60).map(
    lambda rows: [(0, 3), (1, 5), *rows]
)


@given(ROWS)
def test_auc_is_scikit_learns(rows: list[tuple[int, int]]) -> None:
    labels, scores = zip(*rows, strict=True)
    assert auc(labels, scores) == pytest.approx(roc_auc_score(labels, scores))


@given(ROWS, st.sampled_from([0.0, 0.01, 0.05, 0.3, 1.0]))
def test_tpr_is_the_best_point_of_the_curve_within_the_limit(rows: list[tuple[int, int]], limit: float) -> None:
    labels, scores = zip(*rows, strict=True)
    false, true, _ = roc_curve(labels, scores, drop_intermediate=False)
    assert tpr_at_fpr(labels, scores, limit) == pytest.approx(true[false <= limit].max())


@given(ROWS)
def test_f1_precision_and_recall_are_scikit_learns(rows: list[tuple[int, int]]) -> None:
    labels = [label for label, _ in rows]
    flagged = [score > 4 for _, score in rows]
    counts = counted(labels, flagged)
    assert counts.f1 == pytest.approx(f1_score(labels, flagged))
    assert counts.precision == pytest.approx(precision_score(labels, flagged))
    assert counts.recall == pytest.approx(recall_score(labels, flagged))


@given(ROWS)
def test_weighted_f1_is_scikit_learns(rows: list[tuple[int, int]]) -> None:
    labels = [label for label, _ in rows]
    flagged = [score > 4 for _, score in rows]
    weights = class_weights(labels)
    assert weights[np.array(labels) == 1].sum() == pytest.approx(1)
    assert weighted_f1(labels, flagged, weights) == pytest.approx(f1_score(labels, flagged, sample_weight=weights))
    assert weighted_f1(labels, [True] * len(labels), weights) == pytest.approx(2 / 3)


@given(ROWS)
def test_no_other_threshold_has_a_higher_f1(rows: list[tuple[int, int]]) -> None:
    labels, scores = map(np.array, zip(*rows, strict=True))
    weights = class_weights(labels.tolist())
    reached = {t: weighted_f1(labels.tolist(), scores >= t, weights) for t in set(scores.tolist())}
    assert reached[best_threshold(labels.tolist(), scores.tolist(), weights)] == pytest.approx(max(reached.values()))


def test_of_equally_good_thresholds_the_highest_is_taken() -> None:
    labels, scores = [1, 0, 0, 1, 0, 0], [5.0, 4.0, 3.0, 2.0, 1.0, 1.0]
    assert best_threshold(labels, scores, np.ones(6)) == 5.0  # as good as 2.0
    assert best_threshold(labels, scores, class_weights(labels)) == 2.0


@given(st.lists(st.tuples(st.integers(0, 1), st.floats(0, 1)), min_size=1, max_size=80))
def test_calibration_error_follows_scikit_learns_curve(rows: list[tuple[int, float]]) -> None:
    labels, scores = map(np.array, zip(*rows, strict=True))
    edges = np.linspace(0, 1, 16)[1:-1]
    if np.isclose(scores[:, None], edges).any():
        return  # whether an edge belongs to the bin above or below is a convention
    share, mean = calibration_curve(labels, scores, n_bins=15)
    sizes = np.bincount(np.minimum((scores * 15).astype(int), 14), minlength=15)
    expected = (np.abs(share - mean) * sizes[sizes > 0]).sum() / len(scores)
    assert calibration_error(labels.tolist(), scores.tolist()) == pytest.approx(expected)


def test_weights_stand_for_copies() -> None:
    assert calibration_error([1, 0], [0.9, 0.2], weights=[1, 3]) == pytest.approx(
        calibration_error([1, 0, 0, 0], [0.9, 0.2, 0.2, 0.2])
    )


@pytest.mark.parametrize(
    ("hits", "n", "low", "high"),
    [(0, 10, 0.0, 0.2775), (1, 10, 0.0179, 0.4042), (5, 10, 0.2366, 0.7634), (20, 1000, 0.0130, 0.0307)],
)
def test_wilson_interval_matches_the_published_table(hits: int, n: int, low: float, high: float) -> None:
    interval = wilson(hits, n)
    assert interval == pytest.approx((hits / n, low, high), abs=1e-4)


def test_ranks() -> None:
    ranks = [1, None, 3, 6]
    assert hit_at(ranks, 1) == 0.25
    assert hit_at(ranks, 5) == 0.5
    assert mean_reciprocal_rank(ranks) == pytest.approx((1 + 1 / 3 + 1 / 6) / 4)


def test_what_cannot_be_measured_is_not_a_number() -> None:
    assert isnan(auc([1, 1], [0.1, 0.2]))
    assert isnan(tpr_at_fpr([0], [0.1], 0.01))
    assert isnan(wilson(0, 0).share)
    assert isnan(counted([0], [False]).f1)
    assert isnan(weighted_f1([0], [False], [1.0]))
    assert isnan(best_threshold([0], [0.1], [1.0]))
    assert isnan(hit_at([], 5))
