from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector import Detector
from detector.batch import make_batch
from detector.rules.rule import Rule
from detector.rules.terms import RULES, find
from detector.rules.tokens import as_hit


def hits(detector: Detector, *documents: list[str]) -> list[tuple[str, tuple[str, ...]]]:
    """What is found in documents, each a list of paragraphs, which are read as one batch."""
    texts = [text for document in documents for text in document]
    numbers = np.repeat(np.arange(len(documents), dtype=np.int32), [len(document) for document in documents])
    batch = make_batch([(text, 0, len(text)) for text in texts], detector._model.lexicon)
    out = []
    for found in find(batch, numbers, detector._model.lexicon):
        text = texts[np.searchsorted(batch.bounds[:, 0], found.first, side="right") - 1]
        hit = as_hit(found, batch, text)
        out.append((text[hit.start : hit.end], hit.suggestions))
    return out


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_its_examples(shipped_detector: Detector, rule: Rule) -> None:
    assert [len(hits(shipped_detector, [text])) for text in rule.examples] == [1, 1]


USUAL, ODD = "They asked the social workers for help.", "The social employees had none."


def test_the_odd_one_of_two_renderings_is_found_in_any_paragraph(shipped_detector: Detector) -> None:
    expected = [("social employees", ("social workers",))]
    assert hits(shipped_detector, [USUAL, ODD]) == hits(shipped_detector, [ODD, USUAL]) == expected


def test_each_of_several_odd_ones_is_found(shipped_detector: Detector) -> None:
    assert len(hits(shipped_detector, [ODD, USUAL, ODD])) == 2


@pytest.mark.parametrize(
    "documents",
    [
        [[USUAL], [ODD]],
        [[ODD]],
        [[USUAL, "The social services and the care workers had none."]],
        [["The Social Workers of the town met.", ODD]],
        [["The science team won, and so did the science teams of the town."]],
        [["He sold the big house and the large house, and lived in a small home."]],
        [["social", "workers and social, employees", "and workers of the social"]],
        [[]],
    ],
    ids=["two documents", "alone", "two terms", "a name", "two forms", "two usual ones", "not side by side", "nothing"],
)
def test_nothing_else_is_found(shipped_detector: Detector, documents: list[list[str]]) -> None:
    assert hits(shipped_detector, *documents) == []


def test_only_words_that_are_judged_are_found(shipped_detector: Detector) -> None:
    lexicon = shipped_detector._model.lexicon
    text = f"{USUAL} {ODD}"
    batch = make_batch([(text, 0, len(text))], lexicon)
    unjudged = batch.keeping(batch.starts[batch.slots] < text.index("employees"))
    document = np.zeros(1, np.int32)
    assert len(find(batch, document, lexicon)) == 1
    assert find(unjudged, document, lexicon) == []


@given(st.lists(st.lists(st.sampled_from([USUAL, ODD, "It was late."]), max_size=4), max_size=4))
def test_documents_are_judged_by_themselves(shipped_detector: Detector, documents: list[list[str]]) -> None:
    alone = [hit for document in documents for hit in hits(shipped_detector, document)]
    assert hits(shipped_detector, *documents) == alone
