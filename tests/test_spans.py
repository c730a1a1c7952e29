"""Which words a phrase takes in, and what can stand in its place."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_model import CONTENT_WORDS

from detector.batch import Batch, make_batch
from detector.features import LOOKED_UP, NAMES, Slots
from detector.model import Model
from detector.originals import IMPOSSIBLE, TRIED_TOGETHER, Originals
from detector.spans import MOST_SUGGESTIONS, MOST_WORDS, message, phrases, suggestions

LEFT, RIGHT, ACROSS = 0, 1, 3  # of the five n-gram levels


def read(text: str, model: Model) -> tuple[Batch, Slots]:
    """A batch of one paragraph; no n-gram was seen, and every candidate fits a little worse than the one before it."""
    batch = make_batch([(text, 0, len(text))], model.lexicon)
    words = batch.ids[batch.slots]
    count = len(words)
    ranked = model.lexicon.candidates[words][:, :LOOKED_UP]
    fit = np.tile(-np.arange(1.0 + LOOKED_UP, dtype=np.float32), (count, 1))
    levels = np.zeros((count, 1 + LOOKED_UP, 5), np.int8)
    contexts = np.zeros((count, 1), np.float32)
    return batch, Slots(np.zeros((count, len(NAMES)), np.float32), ranked, fit, levels, contexts)


def known(batch: Batch, model: Model) -> Originals:
    """Each word fits worse than all its candidates, and they fit the better the earlier they are listed."""
    positions = batch.slots.tolist()
    words = model.lexicon.candidates[batch.ids[positions]]
    scores = np.where(words > 0, -np.arange(1.0, 1 + words.shape[1], dtype=np.float32), 2 * IMPOSSIBLE)
    scores = np.concatenate([np.full((len(words), 1), -99), scores], axis=1).astype(np.float32)
    ties = np.zeros((len(words), 1 + TRIED_TOGETHER, 1 + TRIED_TOGETHER), np.float32)
    return Originals({position: row for row, position in enumerate(positions)}, words, scores, ties)


def texts_of(text: str, batch: Batch, slots: Slots, flagged: list[int], model: Model) -> list[str]:
    found = phrases(batch, slots, flagged, model.lexicon)
    return [text[batch.starts[p.first] : batch.ends[p.last]] for p in found]


def test_a_word_alone_is_a_phrase(small: Model) -> None:
    text = "the worker was at the small house by the river"
    batch, slots = read(text, small)
    assert texts_of(text, batch, slots, [0, 2], small) == ["worker", "house"]
    assert texts_of(text, batch, slots, [], small) == []


def test_words_side_by_side_are_one_phrase(small: Model) -> None:
    text = "the worker was at the small house by the river"
    batch, slots = read(text, small)
    assert texts_of(text, batch, slots, [1, 2], small) == ["small house"]


@pytest.mark.parametrize(
    ("text", "level", "expected"),
    [
        ("at the old house late by a road", LEFT, "old house"),
        ("at the old house late by a road", RIGHT, "house late"),
        ("at the old house late by a road", ACROSS, "old house"),
        ("at 11 house by a road", LEFT, "11 house"),
        ("at the house by a road", LEFT, "house"),  # the grammar goes with everything
        ("at the house by a road", RIGHT, "house"),
        ("at Zyzzyva house zyzzyva", RIGHT, "house"),
    ],
)
def test_a_neighbour_that_tells_against_the_word_is_taken_along(
    small: Model, text: str, level: int, expected: str
) -> None:
    batch, slots = read(text, small)
    slots.levels[:, 2, level] = 6
    house = [text[batch.starts[at] : batch.ends[at]] for at in batch.slots].index("house")
    assert texts_of(text, batch, slots, [house], small) == [expected]


@pytest.mark.parametrize("text", ["house, by a road", "a road. House", "road"])
def test_marks_and_the_ends_of_a_paragraph_are_not_taken_along(small: Model, text: str) -> None:
    batch, slots = read(text, small)
    slots.levels[:, 2, [LEFT, RIGHT]] = 6
    found = texts_of(text, batch, slots, list(range(len(batch.slots))), small)
    assert all(phrase.replace(" ", "").isalpha() for phrase in found)


def test_long_rows_are_cut(small: Model) -> None:
    text = "old house river road market price bank train"
    batch, slots = read(text, small)
    flagged = list(range(len(batch.slots)))
    assert texts_of(text, batch, slots, flagged, small) == ["old house river road market price", "bank train"]
    slots.levels[4, 2, RIGHT] = 6  # the sixth word is in the phrase already
    slots.levels[5, 2, RIGHT] = 6  # a seventh is not taken along
    assert texts_of(text, batch, slots, flagged[:6], small) == ["old house river road market price"]


def test_words_of_two_paragraphs_are_two_phrases(small: Model) -> None:
    text = "the worker house"
    batch = make_batch([(text, 0, 10), (text, 11, 16)], small.lexicon)
    _, slots = read(text, small)
    assert [p.slots for p in phrases(batch, slots, [0, 1], small.lexicon)] == [(0,), (1,)]


CONTENT = st.sampled_from(CONTENT_WORDS.split())
WORDS = st.lists(
    st.tuples(CONTENT | CONTENT | CONTENT | st.sampled_from(["the", ",", "Zyzzyva", "11"]), st.integers(0, 3))
)


@given(WORDS, st.integers(0, 100))
def test_phrases_are_apart_and_short_and_hold_their_words(
    small: Model, words: list[tuple[str, int]], seed: int
) -> None:
    """Three words of four are flagged, so that they stand in long rows."""
    text = " ".join(word for word, _ in words)
    batch, slots = read(text, small)
    levels = np.random.default_rng(seed).integers(0, 9, slots.levels.shape)
    slots.levels[:] = levels * (levels > 6)
    chosen = [choice > 0 for word, choice in words if small.lexicon.is_content[small.lexicon.ids([word])[0]]]
    flagged = np.flatnonzero(chosen).tolist()
    found = phrases(batch, slots, flagged, small.lexicon)
    assert [slot for phrase in found for slot in phrase.slots] == flagged
    before = -1
    for phrase in found:
        assert before < phrase.first <= phrase.last
        assert phrase.last - phrase.first < MOST_WORDS
        assert all(phrase.first <= batch.slots[slot] <= phrase.last for slot in phrase.slots)
        before = phrase.last
        odd = text[batch.starts[phrase.first] : batch.ends[phrase.last]]
        best = suggestions(text, batch, phrase, known(batch, small), small.lexicon)
        assert 1 <= len(best) <= MOST_SUGGESTIONS
        assert len(set(best)) == len(best)
        assert odd not in best
        assert all(len(each.split()) == len(odd.split()) for each in best)


@pytest.mark.parametrize(("word", "first"), [("worker", str.lower), ("Worker", str.capitalize), ("WORKER", str.upper)])
def test_suggestions_have_the_case_of_the_word(small: Model, word: str, first: type[str]) -> None:
    batch, slots = read(word, small)
    (phrase,) = phrases(batch, slots, [0], small.lexicon)
    best = suggestions(word, batch, phrase, known(batch, small), small.lexicon)
    listed = small.lexicon.candidates[small.lexicon.index["worker"]][:MOST_SUGGESTIONS]
    assert list(best) == [first(small.lexicon.word(id_)) for id_ in listed.tolist()]


def test_suggestions_replace_the_whole_phrase_as_it_is_spaced(small: Model) -> None:
    text = "at cold\u00a0worker by"
    batch, slots = read(text, small)
    slots.levels[1, 1, LEFT] = 6
    (phrase,) = phrases(batch, slots, [1], small.lexicon)
    best = suggestions(text, batch, phrase, known(batch, small), small.lexicon)
    assert all(each.startswith("cold\u00a0") for each in best)


def pair(text: str, model: Model, own: float, ties: dict[tuple[int, int], float]) -> list[tuple[int, ...]]:
    """Two odd words, each of which fits so well, and whose substitutes go together so well: which are offered of each,
    from 1, 0 for the word itself."""
    batch, slots = read(text, model)
    (phrase,) = phrases(batch, slots, [0, 1], model.lexicon)
    originals = known(batch, model)
    originals.scores[:, 0] = own
    for place, tie in ties.items():
        originals.ties[0][place] = tie
    listed = [["", *map(model.lexicon.word, words[words > 0])] for words in originals.words]
    odd = text.split()
    offered = suggestions(text, batch, phrase, originals, model.lexicon)
    return [
        tuple(0 if word == odd[i] else listed[i].index(word) for i, word in enumerate(suggestion.split()))
        for suggestion in offered
    ]


def test_substitutes_that_were_seen_together_come_first(small: Model) -> None:
    assert pair("worker walk", small, own=-99, ties={})[0] == (1, 1)
    assert pair("worker walk", small, own=-99, ties={(3, 2): 12})[0] == (3, 2)


def test_a_word_that_is_odd_for_its_neighbours_sake_may_stay(small: Model) -> None:
    offered = pair("worker walk", small, own=-2, ties={(0, 1): 12})
    assert offered[0] == (0, 1)
    assert (0, 0) not in offered


def test_suggestions_differ_in_more_than_one_word(small: Model) -> None:
    offered = pair("worker walk", small, own=-99, ties={(1, place): 2.6 for place in range(7)})
    assert len({first for first, _ in offered}) > 1


def test_the_message_names_the_best_suggestion() -> None:
    assert message("social employees", ["social workers", "staff"]) == (
        "“social employees” is unusual here; “social workers” would be expected."
    )
    assert message("period 11", []) == "“period 11” is unusual here."
