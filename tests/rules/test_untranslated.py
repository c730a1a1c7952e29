"""Foreign words that stand alone in English prose are named; loans, quotations, names and typos are not."""

from __future__ import annotations

import pytest
from drawers import Case, cases

from detector import Detector
from detector.batch import make_batch
from detector.lexicon import Lexicon
from detector.rules.tokens import as_hit
from detector.rules.untranslated import LOANS, RULES, find


@pytest.fixture(scope="module")
def lexicon(shipped_detector: Detector) -> Lexicon:
    return shipped_detector._model.lexicon


def _found(lexicon: Lexicon, text: str) -> list[str]:
    batch = make_batch([(text, 0, len(text))], lexicon)
    hits = [as_hit(hit, batch, text) for hit in find(batch, [text], lexicon)]
    assert all(hit.rule == "untranslated" and not hit.suggestions for hit in hits)
    assert all(text[hit.start : hit.end] in hit.message for hit in hits)
    return [text[hit.start : hit.end] for hit in hits]


@pytest.mark.parametrize("case", cases("rules/untranslated"))
def test_words_left_over_are_named_and_nothing_else(lexicon: Lexicon, case: Case) -> None:
    assert _found(lexicon, case["text"]) == case["found"]


@pytest.mark.parametrize("example", RULES[0].examples)
def test_examples_hold_what_the_rule_finds(lexicon: Lexicon, example: str) -> None:
    assert len(_found(lexicon, example)) == 1


@pytest.mark.parametrize("word", sorted(LOANS))
def test_loans_are_english(lexicon: Lexicon, word: str) -> None:
    assert _found(lexicon, f"They talked of the {word} in the old house.") == []


def test_each_paragraph_is_read_in_its_own_text(lexicon: Lexicon) -> None:
    texts = ["Nothing is wrong here.", "The bridge is próximo to it.", "", "They saw the blokajn types of it."]
    batch = make_batch([(text, 0, len(text)) for text in texts], lexicon)
    words = [as_hit(hit, batch, text) for hit, text in zip(find(batch, texts, lexicon), texts[1::2], strict=True)]
    assert [text[hit.start : hit.end] for hit, text in zip(words, texts[1::2], strict=True)] == ["próximo", "blokajn"]


def test_a_batch_without_paragraphs_has_no_hits(lexicon: Lexicon) -> None:
    assert find(make_batch([], lexicon), [], lexicon) == []
