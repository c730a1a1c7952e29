"""Traces beside the word choice: their form, and how much one paragraph can gather of them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_model import WORDS

from detector.batch import Batch, make_batch
from detector.lexicon import F32, Lexicon
from detector.model import Model
from detector.rules import phrases
from detector.rules.catalogue import RULES
from detector.rules.phrases import Phrase
from detector.rules.rule import Hit
from detector.traces import MOST_HITS, MOST_OF_ONE, MOST_WEIGHT, OF_TOKENS, TRACE_NAMES, rule_traces, token_traces

RULE_NAMES = TRACE_NAMES[OF_TOKENS:]
#: A rule of each column; the others are for the reader alone.
COLUMN_OF = {"article": "slips", "preposition": "slips", "altered-name": "altered", "untranslated": "untranslated",
             "split-number": "debris", "loose-quote": "debris"}  # fmt: skip
SILENT = ("doubled-determiner", "word-choice", "stock-phrase", "repeated-sentence", "site-footer", "html-entity")
PARAGRAPHS = st.lists(st.lists(st.sampled_from([*WORDS, ",", "Zyzzyva", "1997"]), min_size=1, max_size=30), max_size=5)


def batch_of(lexicon: Lexicon, texts: Sequence[str]) -> Batch:
    return make_batch([(text, 0, len(text)) for text in texts], lexicon)


def traces_of(lexicon: Lexicon, *texts: str) -> F32:
    return token_traces(batch_of(lexicon, texts), texts, lexicon, [0.25] * len(texts))


def hit(rule: str) -> Hit:
    return Hit(0, 1, rule, (), "message")


def test_the_columns_are_named_once_and_the_tokens_come_first() -> None:
    assert len(set(TRACE_NAMES)) == len(TRACE_NAMES)
    assert 0 < OF_TOKENS < len(TRACE_NAMES)
    assert RULE_NAMES == ("slips", "altered", "untranslated", "debris")


@given(PARAGRAPHS)
def test_each_paragraph_has_a_row_of_its_own(small: Model, paragraphs: list[list[str]]) -> None:
    texts = [" ".join(words) for words in paragraphs]
    if not texts:
        return
    found = traces_of(small.lexicon, *texts)
    assert found.shape == (len(texts), OF_TOKENS)
    assert found.dtype == np.float32
    assert np.isfinite(found).all()
    assert found[:, TRACE_NAMES.index("unknown")].tolist() == [0.25] * len(texts)
    alone = np.concatenate([traces_of(small.lexicon, text) for text in texts])
    assert found == pytest.approx(alone, abs=1e-6)


@pytest.mark.parametrize(
    ("weights", "gathered"),
    [
        ((2.0, 1.5), 3.5),
        ((2.0, -1.5), 0.5),
        ((-3.0, -2.0), -5.0),
        ((MOST_OF_ONE + 4, 1.0), MOST_OF_ONE + 1),
        ((MOST_OF_ONE, -1.0), MOST_OF_ONE - 1),
        ((0.0, 0.0), 0.0),
    ],
)
def test_the_weights_of_phrases_add_up(
    small: Model, monkeypatch: pytest.MonkeyPatch, weights: tuple[float, float], gathered: float
) -> None:
    listed = [Phrase(text, ("house",), w) for text, w in zip(("old bus", "warm rain"), weights, strict=True)]
    table = phrases.table(listed, small.lexicon)
    monkeypatch.setattr(phrases, "load", lambda _: table)
    found = traces_of(
        small.lexicon,
        "the old bus",
        "the old bus was late in a warm rain and an old bus is an old bus",  # what comes again says nothing new
        "the warm old rain",
    )
    first = min(weights[0], MOST_OF_ONE)
    assert found[:, TRACE_NAMES.index("phrases")].tolist() == [first, gathered, 0.0]


def test_the_weights_of_phrases_add_up_to_a_bound(small: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    nouns = ("bus", "house", "road", "river", "song")
    table = phrases.table([Phrase(f"old {noun}", ("house",), 9.0) for noun in nouns], small.lexicon)
    monkeypatch.setattr(phrases, "load", lambda _: table)
    found = traces_of(small.lexicon, " and ".join(f"the old {noun}" for noun in nouns))
    assert found[:, TRACE_NAMES.index("phrases")].tolist() == [MOST_WEIGHT]


@given(st.lists(st.lists(st.sampled_from([*COLUMN_OF, *SILENT]), max_size=12), max_size=6))
def test_hits_are_counted_up_to_a_bound(rules: list[list[str]]) -> None:
    found = rule_traces([map(hit, own) for own in rules])
    assert found.shape == (len(rules), len(RULE_NAMES))
    for row, own in zip(found, rules, strict=True):
        expected = {name: sum(COLUMN_OF.get(rule) == name for rule in own) for name in RULE_NAMES}
        assert dict(zip(RULE_NAMES, row.tolist(), strict=True)) == {
            name: min(count, MOST_HITS) for name, count in expected.items()
        }


def test_the_rules_of_these_tests_are_rules() -> None:
    assert {*COLUMN_OF, *SILENT} <= set(RULES)
