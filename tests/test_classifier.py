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
    KINDS,
    PARAGRAPH_NAMES,
    SHARES,
    Evidence,
    ParagraphModel,
    Trees,
    document_features,
    either,
    in_document,
    paragraph_features,
    probability,
    shares,
)
from detector.lexicon import F32
from detector.traces import TRACE_NAMES
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


def naive_row(logits: list[float], kept: list[list[float]], traces: list[float], prior_logit: float) -> list[float]:
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
        "surprising": mean([float(value < -11) for value in score]),
    }
    return [*(values[name] for name in PARAGRAPH_NAMES[: -len(traces)]), *traces]


@settings(max_examples=50)
@given(st.lists(st.integers(0, 45), max_size=8), st.integers(0, 1000))
def test_paragraphs_are_summed_up_as_a_loop_would(sizes: list[int], seed: int) -> None:
    rng = np.random.default_rng(seed)
    owner = np.repeat(np.arange(len(sizes)), sizes).astype(np.int32)
    logits: F32 = rng.normal(-2, 2, len(owner)).astype(np.float32)
    kept: F32 = rng.normal(-6, 4, (len(owner), len(KEPT))).astype(np.float32)
    traces: F32 = rng.normal(0, 1, (len(sizes), len(TRACE_NAMES))).astype(np.float32)
    found = paragraph_features(Evidence(logits, kept), owner, traces, -2.0)
    assert found.shape == (len(sizes), len(PARAGRAPH_NAMES))
    for number, row in enumerate(found):
        mine = owner == number
        expected = naive_row(logits[mine].tolist(), kept[mine].tolist(), traces[number].tolist(), -2.0)
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


@given(FINITE, FINITE)
def test_a_paragraph_of_a_document_is_reworded_if_both_are(own: float, document: float) -> None:
    both = in_document(np.array([own]), np.array([document]))
    alone, whole = probability(np.array([own, document]))
    assert probability(both) == pytest.approx(alone * whole, rel=1e-9)
    assert both[0] <= min(own, document)


@given(FINITE, FINITE, st.floats(0.01, 5))
def test_it_rises_with_its_own_logit_and_with_its_documents(own: float, document: float, more: float) -> None:
    logits = in_document(np.array([own, own + more, own]), np.array([document, document, document + more]))
    assert logits[0] <= min(logits[1:])


def model_of(weights: F32, intercepts: list[float]) -> ParagraphModel:
    one = np.ones(len(PARAGRAPH_NAMES), np.float32)
    return ParagraphModel(0 * one, one, weights, np.array(intercepts))


def test_one_feature_alone_decides_no_paragraph() -> None:
    model = model_of(np.ones((len(KINDS), len(PARAGRAPH_NAMES)), np.float32), [0.0, -100.0])
    wild = np.zeros((1, len(PARAGRAPH_NAMES)), np.float32)
    wild[0, 3] = 1e9
    assert model.kinds(wild).tolist() == [[ParagraphModel.LIMIT, ParagraphModel.LIMIT - 100]]
    assert model.logits(wild).tolist() == [ParagraphModel.LIMIT]


ROWS = st.lists(st.tuples(FINITE, FINITE), min_size=1, max_size=8).map(np.array)


@given(ROWS)
def test_kinds_are_the_classes_of_a_multinomial_model(kinds: npt.NDArray[np.float64]) -> None:
    odds = np.exp(np.column_stack([np.zeros(len(kinds)), kinds]))
    expected = odds / odds.sum(axis=1, keepdims=True)
    reworded = 1 / (1 + np.exp(-either(kinds)))
    assert reworded == pytest.approx(1 - expected[:, 0], abs=1e-9)
    assert reworded[:, None] * shares(kinds) == pytest.approx(expected[:, 1:], abs=1e-9)
    assert shares(kinds).sum(axis=1) == pytest.approx(1)


@given(FINITE)
def test_a_kind_that_never_is_leaves_everything_to_the_other(logit: float) -> None:
    kinds = np.array([[logit, logit - 60]])
    assert either(kinds) == pytest.approx(logit)
    assert shares(kinds).tolist() == [pytest.approx([1, 0])]


def test_a_paragraph_is_judged_alike_whatever_stands_beside_it() -> None:
    rng = np.random.default_rng(0)
    weights: F32 = rng.normal(0, 1, (len(KINDS), len(PARAGRAPH_NAMES))).astype(np.float32)
    rows: F32 = rng.normal(0, 2, (40, len(PARAGRAPH_NAMES))).astype(np.float32)
    model = model_of(weights, [0.5, -1.0])
    one_by_one = np.concatenate([model.kinds(rows[at : at + 1]) for at in range(len(rows))])
    assert (model.kinds(rows) == one_by_one).all()


def test_names_of_features_are_distinct() -> None:
    assert len(set(PARAGRAPH_NAMES)) == len(PARAGRAPH_NAMES)
