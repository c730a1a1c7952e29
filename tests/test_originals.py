"""What odd words may have replaced."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_model import CONTENT_WORDS

from detector.batch import Batch, make_batch
from detector.lexicon import ENDINGS
from detector.model import Model
from detector.originals import IMPOSSIBLE, LOOKED_UP, originals

TEXTS = st.lists(st.sampled_from([*CONTENT_WORDS.split(), "the", "of", ",", "-", "Zyzzyva"])).map(" ".join)


def batch_of(texts: list[str], model: Model) -> Batch:
    return make_batch([(text, 0, len(text)) for text in texts], model.lexicon)


@given(TEXTS)
def test_originals_are_other_words_each_once_the_best_first(small: Model, text: str) -> None:
    batch = batch_of([text], small)
    found = originals(batch, batch.slots, small.lexicon, small.choice)
    assert list(found.row) == batch.slots.tolist()
    for position, row in found.row.items():
        words = found.words[row][found.words[row] > 0].tolist()
        assert words == found.words[row][: len(words)].tolist()  # nothing behind the end
        assert len(set(words)) == len(words) <= LOOKED_UP
        assert batch.ids[position] not in words
        scores = found.scores[row, 1:].tolist()
        assert all(better >= worse for better, worse in pairwise(scores))
        assert all((score > IMPOSSIBLE) == (place < len(words)) for place, score in enumerate(scores))


@given(TEXTS)
def test_what_a_word_lists_is_among_them_and_what_its_substitutes_list(small: Model, text: str) -> None:
    batch = batch_of([text], small)
    found = originals(batch, batch.slots, small.lexicon, small.choice)
    candidates = small.lexicon.candidates
    for position, row in found.row.items():
        listed = set(candidates[batch.ids[position]].tolist()) - {0}
        lent = set(candidates[sorted(listed)].ravel().tolist()) - {0}
        words = set(found.words[row].tolist()) - {0}
        assert words <= listed | lent
        new = lent - listed - {int(batch.ids[position])}
        assert len(words) == LOOKED_UP or (listed <= words and bool(words & new) == bool(new))


@given(TEXTS, TEXTS)
def test_company_changes_nothing(small: Model, text: str, other: str) -> None:
    alone, together = batch_of([text], small), batch_of([other, text], small)
    one = originals(alone, alone.slots, small.lexicon, small.choice)
    mine = together.slots[together.owner == 1]
    two = originals(together, mine, small.lexicon, small.choice)
    assert np.array_equal(one.words, two.words)
    assert np.array_equal(one.scores, two.scores)
    assert np.array_equal(one.ties, two.ties)


def test_a_text_without_odd_words_has_none(small: Model) -> None:
    batch = batch_of(["the worker house"], small)
    found = originals(batch, batch.slots[:0], small.lexicon, small.choice)
    assert not found.row
    assert found.words.size == 0


def test_only_words_side_by_side_are_tied(small: Model) -> None:
    batch = batch_of(["worker house of river road"], small)
    found = originals(batch, batch.slots, small.lexicon, small.choice)
    assert [bool(ties.any()) for ties in found.ties] == [True, False, True, False]


@pytest.mark.parametrize(
    ("word", "ending"), [("evening", "ing"), ("morning", "ing"), ("train", ""), ("bus", ""), ("house", "")]
)
def test_endings(small: Model, word: str, ending: str) -> None:
    number = small.lexicon.ending[small.lexicon.index[word]]
    assert ("", *ENDINGS)[number] == ending
