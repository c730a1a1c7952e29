from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from drawers import Case, cases
from hypothesis import given
from hypothesis import strategies as st

from detector import Detector
from detector.batch import Batch, make_batch
from detector.features import slot_features
from detector.model import Model
from detector.rules.grammar import RULES, find
from detector.rules.inflection import bars_a, bars_an, forms, verb_forms
from detector.rules.rule import Hit, Rule
from detector.rules.tokens import TokenHit, as_hit


def hits(model: Model, *texts: str) -> list[list[Hit]]:
    """What is found in each of the texts, which are read as one batch."""
    batch = make_batch([(text, 0, len(text)) for text in texts], model.lexicon)
    found = find(batch, model.lexicon, slot_features(batch, model.lexicon, model.choice), model.choice)
    owners = np.searchsorted(batch.bounds[:, 0], [hit.first for hit in found], side="right") - 1
    out: list[list[Hit]] = [[] for _ in texts]
    for hit, owner in zip(found, owners.tolist(), strict=True):
        out[owner].append(as_hit(hit, batch, texts[owner]))
    return out


@pytest.mark.parametrize("case", cases("rules/grammar"))
def test_slips_are_found_and_nothing_else(shipped_detector: Detector, case: Case) -> None:
    text = case["text"]
    [found] = hits(shipped_detector._model, text)
    expected = [(case["rule"], case["found"])] if "rule" in case else []
    assert [(hit.rule, text[hit.start : hit.end]) for hit in found] == expected
    for hit in found:
        assert case["suggestion"] in hit.suggestions
        assert f"“{case['found']}”" in hit.message
        assert "{" not in hit.message


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_its_examples(shipped_detector: Detector, rule: Rule) -> None:
    found = hits(shipped_detector._model, *rule.examples)
    assert [[hit.rule for hit in own] for own in found] == [[rule.id], [rule.id]]


def test_paragraphs_of_a_batch_do_not_touch(shipped_detector: Detector) -> None:
    texts = ["The town has a", "individual who never forgets a name.", "She is a individual who never forgets a name."]
    assert [len(found) for found in hits(shipped_detector._model, *texts)] == [0, 0, 1]


def test_only_slots_that_are_judged_have_slips(shipped_detector: Detector) -> None:
    model, text = shipped_detector._model, "She is a individual who praised the its quiet harbour."
    batch = make_batch([(text, 0, len(text))], model.lexicon)
    batch = batch.keeping(batch.starts[batch.slots] > text.index("praised"))
    found = find(batch, model.lexicon, slot_features(batch, model.lexicon, model.choice), model.choice)
    assert [hit.rule for hit in found] == ["doubled-determiner"]
    nothing = batch.keeping(np.zeros(len(batch.slots), np.bool_))
    slots = slot_features(batch, model.lexicon, model.choice).keeping(np.zeros(len(batch.slots), np.bool_), False)
    assert find(nothing, model.lexicon, slots, model.choice) == []


@pytest.mark.parametrize("beside", ["", "They reached an contract with the union on Friday. He found a directions."])
def test_a_slip_does_not_depend_on_the_other_paragraphs(shipped_detector: Detector, beside: str) -> None:
    text = "She is a individual who never forgets a name."
    assert hits(shipped_detector._model, beside, text)[1] == hits(shipped_detector._model, text)[0]


WORDS = "a an the its these many this to will of was were were in them worker house teacher month open , . ' Nice 12".split()


@given(st.lists(st.lists(st.sampled_from(WORDS), max_size=25).map(" ".join), min_size=1, max_size=3))
def test_hits_are_in_order_apart_and_within_their_paragraph(small: Model, texts: list[str]) -> None:
    batch = make_batch([(text, 0, len(text)) for text in texts], small.lexicon)
    found = find(batch, small.lexicon, slot_features(batch, small.lexicon, small.choice), small.choice)
    assert all(before.last < after.first for before, after in pairwise(found))
    for hit in found:
        inside = (batch.bounds[:, 0] <= hit.first) & (hit.last < batch.bounds[:, 1])
        assert inside.sum() == 1
        assert hit.rule in {rule.id for rule in RULES}


@pytest.mark.parametrize(
    ("text", "replacement", "written"),
    [
        ("a individual", "a person", "a person"),
        ("A individual", "a person", "A person"),
        ("an Nice", "a nice", "a Nice"),
        ("an Nice", "an excellent", "an Excellent"),
        ("A INDIVIDUAL", "a person", "A PERSON"),
        ("The its", "its", "Its"),
        ("the Its", "the", "the"),
        ("effects  on Victims was", "impact on victims was", "impact on Victims was"),
    ],
)
def test_replacements_are_written_like_what_they_replace(
    small: Model, text: str, replacement: str, written: str
) -> None:
    batch = make_batch([(text, 0, len(text))], small.lexicon)
    first, last = batch.bounds[0]
    hit = as_hit(TokenHit(int(first), int(last) - 1, "article", (replacement,), "{found} > {best}"), batch, text)
    assert hit == Hit(0, len(text), "article", (written,), f"{text} > {written}")


def test_what_stands_there_is_no_suggestion(small: Model) -> None:
    text = "We saw An Apple."
    batch: Batch = make_batch([(text, 0, len(text))], small.lexicon)
    first = int(batch.bounds[0, 0])
    hit = as_hit(TokenHit(first + 2, first + 3, "article", ("an apple", "a pear"), "{best}"), batch, text)
    assert hit == Hit(7, 15, "article", ("A Pear",), "A Pear")


@pytest.mark.parametrize(
    ("word", "other"),
    [
        ("studies", "study"),
        ("study", "studied"),
        ("stopped", "stop"),
        ("use", "using"),
        ("makes", "make"),
        ("box", "boxes"),
    ],
)
def test_forms_of_a_word(word: str, other: str) -> None:
    assert other in forms(word)
    assert word not in forms(word)


def test_forms_of_a_verb() -> None:
    assert {"muzzled", "muzzling"} <= verb_forms("muzzle")
    assert "conned" in verb_forms("con")


def test_what_spelling_tells_of_the_article() -> None:
    assert all(map(bars_a, ("apple", "idea", "end")))
    assert not any(map(bars_a, ("european", "hour", "one", "university", "pear")))
    assert all(map(bars_an, ("pear", "table", "dog")))
    assert not any(map(bars_an, ("hour", "apple", "mp", "xylophone")))
