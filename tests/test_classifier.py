"""numpy gives what scikit-learn's trees give, and bags of slots are summed up as a plain loop would."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.ensemble import HistGradientBoostingClassifier

from detector.classifier import (
    CHUNK,
    KEPT,
    PARAGRAPH_NAMES,
    SHARES,
    DocumentModel,
    Evidence,
    ParagraphModel,
    Trees,
    document_features,
    paragraph_features,
    probability,
)
from detector.lexicon import F32
from detector.training.fit import trees_of


@pytest.mark.parametrize(("trees", "depth"), [(1, 1), (12, 3), (40, 5)])
def test_trees_are_scikit_learns(trees: int, depth: int) -> None:
    rng = np.random.default_rng(trees)
    rows = rng.normal(0, 2, (2 * CHUNK + 37, 6)).astype(np.float32)
    rows[:, 0] = np.round(rows[:, 0])
    label = rows[:, 0] * rows[:, 1] + rows[:, 2] > rng.normal(0, 1, len(rows))
    model = HistGradientBoostingClassifier(max_iter=trees, max_depth=depth, min_samples_leaf=5, random_state=0)
    model.fit(rows, label)
    ours = Trees.from_arrays(trees_of(model))
    assert ours.logits(rows) == pytest.approx(model.decision_function(rows), abs=1e-4)
    assert ours.logits(rows[:1]) == pytest.approx(ours.logits(rows)[:1])
    assert len(ours.logits(rows[:0])) == 0
    wider = np.column_stack([rows, rows])
    assert (ours.logits(wider[:, : rows.shape[1]]) == ours.logits(rows)).all()


def test_trees_that_are_too_deep_are_refused() -> None:
    rng = np.random.default_rng(0)
    model = HistGradientBoostingClassifier(max_iter=1, max_depth=2).fit(
        rng.normal(0, 1, (200, 2)), rng.integers(0, 2, 200)
    )
    with pytest.raises(ValueError, match="depth"):
        Trees.from_arrays({**trees_of(model), "trees.depth": np.array(60)})


def naive_row(logits: list[float], kept: list[list[float]], unknown: float, prior_logit: float) -> list[float]:
    """The features of one paragraph, one after the other."""
    n = max(len(logits), 1)

    def mean(values: list[float]) -> float:
        return sum(values) / n

    ordered = sorted(logits, reverse=True)

    def nth(position: float) -> float:
        return ordered[min(int(position), n - 1)] if ordered else 0.0

    ratios = [
        sum(math.log1p(share * (math.exp(min(logit - prior_logit, 12)) - 1)) for logit in logits) for share in SHARES
    ]
    columns = [list(column) for column in zip(*kept, strict=True)] or [[] for _ in KEPT]
    score = columns[KEPT.index("score")]
    values = {
        **{name: mean(column) for name, column in zip(KEPT, columns, strict=True)},
        "logit": mean(logits),
        "probability": mean([1 / (1 + math.exp(-logit)) for logit in logits]),
        "highest": nth(0),
        "second": nth(1),
        "third": nth(2),
        "top_5": nth(n * 0.05),
        "top_10": nth(n * 0.1),
        "top_20": nth(n * 0.2),
        "median": nth(n * 0.5),
        "ratio_light": ratios[0] / math.sqrt(n),
        "ratio_best": max(ratios) / math.sqrt(n),
        "ratio_heavy": ratios[-1] / n,
        "log_slots": math.log(n),
        "unknown": unknown,
        "surprising": mean([float(value < -11) for value in score]),
    }
    return [values[name] for name in PARAGRAPH_NAMES]


@settings(max_examples=50)
@given(st.lists(st.integers(0, 45), max_size=8), st.integers(0, 1000))
def test_paragraphs_are_summed_up_as_a_loop_would(sizes: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(len(sizes)), sizes).astype(np.int32)
    logits: F32 = rng.normal(-2, 2, len(owner)).astype(np.float32)
    kept: F32 = rng.normal(-6, 4, (len(owner), len(KEPT))).astype(np.float32)
    unknown: F32 = rng.random(len(sizes)).astype(np.float32)
    found = paragraph_features(Evidence(logits, kept), owner, unknown, -2.0)
    assert found.shape == (len(sizes), len(PARAGRAPH_NAMES))
    for number, row in enumerate(found):
        mine = owner == number
        expected = naive_row(logits[mine].tolist(), kept[mine].tolist(), float(unknown[number]), -2.0)
        assert row == pytest.approx(expected, rel=1e-3, abs=1e-3)


@given(st.lists(st.lists(st.floats(-12, 12), min_size=1, max_size=6), min_size=1, max_size=6))
def test_documents_are_summed_up_as_a_loop_would(logits: list[list[float]]) -> None:
    owner = np.repeat(np.arange(len(logits)), [len(row) for row in logits]).astype(np.int32)
    bag = np.linspace(-10, 10, len(logits))
    found = document_features(bag, np.concatenate([np.array(row, float) for row in logits]), owner)
    for row, own, total in zip(found, logits, bag, strict=True):
        clipped = sorted((min(max(x, -8), 8) for x in own), reverse=True)
        soft = math.log(sum(map(math.exp, clipped)) / len(clipped))
        mean = sum(clipped) / len(clipped)
        expected = [min(max(total, -8), 8), mean, clipped[0], clipped[min(1, len(own) - 1)], soft, math.log(len(own))]
        assert row == pytest.approx(expected)


FINITE = st.floats(-20, 20)


@given(FINITE, FINITE)
def test_the_score_rises_strictly_with_the_logit(a: float, b: float) -> None:
    low, high = probability(np.array([a, b]))
    assert (low < high) == (a < b) or math.isclose(a, b, abs_tol=1e-6)


def test_a_documents_logit_rises_with_its_paragraphs_logits() -> None:
    model = DocumentModel(np.array([0.5, 0.4, 0.3, 0.2, 0.4, -0.5, 0.1]), np.array([0.9, 0.3, 0.0]))
    own = np.array([-1.0, 0.0, 2.0])
    logits: npt.NDArray[np.float64] = model.paragraph_logits(own, np.full(3, 1.5))
    assert (np.diff(logits) > 0).all()


def test_one_feature_alone_decides_no_paragraph() -> None:
    one = np.ones(len(PARAGRAPH_NAMES), np.float32)
    model = ParagraphModel(0 * one, one, one, 0.0)
    wild = np.zeros((1, len(PARAGRAPH_NAMES)), np.float32)
    wild[0, 3] = 1e9
    assert model.logits(wild).tolist() == [ParagraphModel.LIMIT]
