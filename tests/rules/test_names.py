from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from drawers import Case, cases
from hypothesis import given
from hypothesis import strategies as st

from detector import Detector
from detector.lexicon import FIRST_WORD
from detector.rules.names import RULES, Names, find, find_all, pair_keys
from detector.rules.rule import Hit, Rule
from detector.text import paragraphs

NO_CAPITALS = np.zeros(FIRST_WORD + 40, np.uint8)


def hits(detector: Detector, text: str) -> list[Hit]:
    model = detector._model
    return find(text, list(paragraphs(text)), model.lexicon, model.names)


def table(pairs: dict[tuple[int, int, int], int]) -> Names:
    rows = np.array([(*pair, count) for pair, count in pairs.items()], np.int64).reshape(-1, 4)
    return Names.of(pair_keys(rows[:, 0], rows[:, 1], rows[:, 2]), rows[:, 3], NO_CAPITALS)


@pytest.mark.parametrize("case", cases("rules/names"))
def test_altered_names_are_found_and_nothing_else(shipped_detector: Detector, case: Case) -> None:
    text = case["text"]
    found = hits(shipped_detector, text)
    assert [text[hit.start : hit.end] for hit in found] == case.get("found", [])
    for hit in found:
        assert case["suggestion"] in hit.suggestions
        assert f"“{text[hit.start : hit.end]}”" in hit.message
        assert f"“{hit.suggestions[0]}”" in hit.message


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_a_rule_finds_its_examples(shipped_detector: Detector, rule: Rule) -> None:
    assert [[hit.rule for hit in hits(shipped_detector, text)] for text in rule.examples] == [[rule.id], [rule.id]]


def test_a_known_name_in_the_document_speaks_against_its_variant(shipped_detector: Detector) -> None:
    variant = "The plan was made in the Drives Laboratory that year."
    both = f"{variant} Nobody else in the Propulsion Laboratory knew of it."
    assert not hits(shipped_detector, variant)
    assert [both[hit.start : hit.end] for hit in hits(shipped_detector, both)] == ["Drives Laboratory"]


def test_documents_do_not_speak_for_each_other(shipped_detector: Detector) -> None:
    model = shipped_detector._model
    texts = [f"She sang “Difficult Business” at the end of show {number}." for number in (1, 2)]
    places = [list(paragraphs(text)) for text in texts]
    assert find_all(texts, places, model.lexicon, model.names) == [[], []]
    assert len(hits(shipped_detector, " ".join(texts))) == 2


@given(
    st.lists(st.sampled_from(["The Unified Kingdom left. ", "It was in the White Home. ", "No. ", "“A B” ", "\n\n"]))
)
def test_many_documents_at_once_are_the_same_as_one_by_one(shipped_detector: Detector, texts: list[str]) -> None:
    model = shipped_detector._model
    places = [list(paragraphs(text)) for text in texts]
    together = find_all(texts, places, model.lexicon, model.names)
    assert together == [hits(shipped_detector, text) for text in texts]
    for text, own in zip(texts, together, strict=True):
        assert all(a.end <= b.start for a, b in pairwise(own))
        assert all(text[hit.start : hit.end] in ("Unified Kingdom", "White Home") for hit in own)


@given(st.text(alphabet="The Unified Kingdom“” of.,\n'", max_size=200))
def test_any_text_is_read(shipped_detector: Detector, text: str) -> None:
    for hit in hits(shipped_detector, text):
        assert text[hit.start : hit.end].strip()
        assert hit.suggestions


def test_nothing_is_found_where_no_name_is_known(shipped_detector: Detector) -> None:
    lexicon = shipped_detector._model.lexicon
    nothing = Names(np.zeros(0, np.uint64), np.zeros(len(lexicon.candidates), np.uint8))
    text = "She wrote to the Unified Countries about it."
    assert find(text, [(0, len(text))], lexicon, nothing) == []


IDS = st.integers(FIRST_WORD, FIRST_WORD + 39)


@given(st.dictionaries(st.tuples(IDS, st.integers(0, 2), IDS), st.integers(1, 100_000), max_size=60), IDS, IDS)
def test_the_table_answers_like_a_dictionary(pairs: dict[tuple[int, int, int], int], one: int, other: int) -> None:
    names = table(pairs)
    assert (np.diff(names.packed.astype(np.int64)) > 0).all()
    asked = [*pairs, (one, 0, other)]
    levels = names.levels_of(pair_keys(*np.array(asked, np.int64).T))
    assert levels.tolist() == [min(pairs[pair].bit_length(), 15) if pair in pairs else 0 for pair in asked]
    for side, word in ((0, one), (1, other)):
        beside = {pair[2 - 2 * side]: count for pair, count in pairs.items() if pair[2 * side] == word and pair[1] == 1}
        words, their_levels = names.partners(side, word, 1)
        size, highest = names.slots(side, np.array([word]), np.array([1]))
        assert dict(zip(words.tolist(), their_levels.tolist(), strict=True)) == {
            word: min(count.bit_length(), 15) for word, count in beside.items()
        }
        assert (size.item(), highest.item()) == (len(beside), max(their_levels.tolist(), default=0))
