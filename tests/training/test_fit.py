"""The paragraph classifier: what it is fitted on, and what it makes of texts of several kinds."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from small_model import WORDS

from detector import Detector
from detector.classifier import KEPT, KINDS, PARAGRAPH_NAMES, Evidence, evidence, paragraph_features
from detector.features import NAMES
from detector.lexicon import F32
from detector.model import Model
from detector.traces import TRACE_NAMES
from detector.training.fit import (
    NEVER,
    TEXTS_PER_BATCH,
    WORTH,
    Bags,
    Examples,
    bags,
    extract,
    fit_paragraphs,
    kind_of,
)
from detector.translation import TRANSLATION_NAMES

BY_HAND = [PARAGRAPH_NAMES.index(name) for name in WORTH]
#: Columns that tell the kinds apart in the texts of these tests.
OF_SPUN = [PARAGRAPH_NAMES.index(name) for name in ("logit", "ratio_best", "ratio_light")]
OF_TRANSLATED = [PARAGRAPH_NAMES.index(name) for name in TRANSLATION_NAMES]


@pytest.mark.parametrize(
    ("family", "kind"),
    [(None, 0), ("", 0), ("moby", 1), ("tortured", 1), ("translated_spa_gl", 2), ("postedit", 2)],
)
def test_what_a_family_does(family: str | None, kind: int) -> None:
    assert kind_of(family) == kind


def rows_of(kinds: list[int]) -> Bags:
    """Single texts of one register, in which each kind has a column of its own."""
    rng = np.random.default_rng(0)
    kind = np.array(kinds, np.int8)
    features: F32 = rng.normal(0, 1, (len(kind), len(PARAGRAPH_NAMES))).astype(np.float32)
    features[:, BY_HAND] = 0
    features[:, OF_SPUN] += 6 * (kind == 1)[:, None]
    features[:, OF_TRANSLATED] += 6 * (kind == 2)[:, None]
    no = np.zeros(len(kind), np.bool_)
    return Bags(features, kind, np.full(len(kind), "news"), no, no, no, [[i] for i in range(len(kind))])


def told(rows: Bags) -> npt.NDArray[np.int64]:
    """The likeliest kind of each row."""
    kinds = fit_paragraphs(rows).kinds(rows.features)
    return np.asarray(np.column_stack([np.zeros(len(kinds)), kinds]).argmax(axis=1))


def test_all_kinds_are_told_apart() -> None:
    rows = rows_of([0] * 150 + [1] * 100 + [2] * 60)
    assert (told(rows) == rows.kind).mean() > 0.9


@pytest.mark.parametrize("there", [1, 2])
def test_a_kind_without_examples_never_is(there: int) -> None:
    rows = rows_of([0] * 150 + [there] * 150)
    model = fit_paragraphs(rows)
    missing = 2 - there
    assert model.intercepts[missing] == NEVER
    assert (model.intercepts[there - 1] > NEVER).all()
    assert np.delete(model.weights[missing], BY_HAND).tolist() == [0] * (len(PARAGRAPH_NAMES) - len(BY_HAND))
    logits = model.logits(rows.features)
    assert np.median(logits[rows.kind == there]) > np.quantile(logits[rows.kind == 0], 0.95)


def test_what_rules_find_speaks_for_either_kind_as_much_as_it_is_worth() -> None:
    rows = rows_of([0] * 100 + [1] * 100 + [2] * 60)
    model = fit_paragraphs(rows)
    before = np.zeros((1, len(PARAGRAPH_NAMES)), np.float32)
    for name, worth in WORTH.items():
        after = before.copy()
        after[0, PARAGRAPH_NAMES.index(name)] = 2
        assert model.kinds(after) - model.kinds(before) == pytest.approx(np.full((1, len(KINDS)), 2 * worth), abs=1e-4)


def test_what_rules_find_is_not_learnt() -> None:
    """It tells nothing where clean text of training has more of it."""
    rows = rows_of([0] * 100 + [1] * 100)
    plain = fit_paragraphs(rows)
    rows.features[:100, BY_HAND] += 2
    assert fit_paragraphs(rows).weights == pytest.approx(plain.weights, abs=1e-4)


def examples_of(texts: list[dict[str, Any]], slots: int = 5) -> Examples:
    """Texts of `slots` slots each, whose traces are their numbers."""
    owner = np.repeat(np.arange(len(texts)), slots).astype(np.int32)
    traces = np.repeat(np.arange(len(texts), dtype=np.float32)[:, None], len(TRACE_NAMES), axis=1)
    tokens = np.arange(10, 10 + len(texts), dtype=np.int32)
    label = np.zeros(len(owner), np.int8)
    features = np.zeros((len(owner), len(NAMES)), np.float32)
    whole = [{"subset": "fit", "noise": None, "register": "news", **text} for text in texts]
    return Examples(features, label, owner, owner, whole, traces, tokens)


def test_documents_are_of_their_paragraphs_kind() -> None:
    families = [None, None, None, "moby", "moby", "translated_spa", "translated_spa"]
    examples = examples_of(
        [{"family": family, "group": "one"} for family in families]
        + [{"family": "postedit", "group": "two"}, {"family": None, "group": "three", "subset": "test"}]
    )
    count = len(examples.text_of)
    seen = Evidence(np.zeros(count, np.float32), np.zeros((count, len(KEPT)), np.float32))
    rows = bags(examples, seen, ["fit"], -2.0)
    assert rows.kind[~rows.document].tolist() == [0, 0, 0, 1, 1, 2, 2, 2]
    assert sorted(rows.kind[rows.document].tolist()) == [0, 1, 2]
    assert (rows.spun == (rows.kind > 0)).all()
    first_trace = PARAGRAPH_NAMES.index(TRACE_NAMES[0])
    for members, row in zip(rows.members, rows.features, strict=True):
        assert row[first_trace] == pytest.approx(np.average(members, weights=examples.tokens[members]), abs=1e-4)


def records_of(texts: list[str]) -> list[dict[str, Any]]:
    same = {"changes": [], "family": None, "noise": None, "register": "news", "subset": "fit", "group": "g"}
    return [{"id": str(number), "text": text, **same} for number, text in enumerate(texts)]


def test_training_sees_what_scoring_sees(small: Model) -> None:
    """In any batch, and with what rules found."""
    rng = np.random.default_rng(3)
    texts = [" ".join(rng.choice(WORDS, rng.integers(25, 60))) for _ in range(TEXTS_PER_BATCH + 9)]
    texts[::3] = [f"{text}. It was 3, 200 pounds ( and more ) a day, Zyzzyva." for text in texts[::3]]
    examples = extract(records_of(texts), small.lexicon, small.choice, small.names)
    assert examples.traces.shape == (len(texts), len(TRACE_NAMES))
    assert examples.traces[::3, TRACE_NAMES.index("debris")].min() >= 1
    seen = evidence(examples.features, small.trees)
    rows = paragraph_features(seen, examples.text_of, examples.traces, small.prior_logit)
    documents = Detector(small).score(texts, explain=True).documents
    for row, document in zip(rows, documents, strict=True):
        (paragraph,) = document.paragraphs
        assert list((paragraph.features or {}).values()) == pytest.approx(row.tolist(), rel=1e-4, abs=1e-4)


def test_extracted_texts_have_lost_their_text(small: Model) -> None:
    examples = extract(records_of(["the worker was late"]), small.lexicon, small.choice, small.names)
    assert [set(text) & {"text", "changes"} for text in examples.texts] == [set()]
