from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.lexicon import FIRST_WORD, NAME, NUMBER, SYMBOL, UNKNOWN, YEAR
from detector.model import Model
from detector.prose import FEWEST_WORDS, Census, census, status_of
from detector.results import Status
from detector.text import tokenize


def status(text: str, model: Model) -> Status:
    return status_of(text, counted(model.lexicon.ids(tokenize(text).surfaces), model))


def counted(ids: list[int], model: Model) -> Census:
    (found,) = census(np.array(ids, np.int32), np.array([[0, len(ids)]], np.int32), model.lexicon)
    return found


SENTENCE = "the worker was at the small house by the river and they had not a road to walk on late"  # 20 words


def test_twenty_words_are_enough_and_nineteen_are_not(small: Model) -> None:
    assert len(SENTENCE.split()) == FEWEST_WORDS == 20
    assert status(SENTENCE, small) == "scored"
    assert status(f"“{SENTENCE}!”", small) == "scored"
    assert status(SENTENCE.rsplit(" ", 1)[0] + " .", small) == "too_short"


def test_a_number_counts_as_a_word(small: Model) -> None:
    assert status(SENTENCE.replace("small", "1997"), small) == "scored"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "too_short"),
        ("3.5 7 12 1,400 2.75 " * 10, "not_prose"),
        ("worker house river road " * 10, "not_prose"),
        ("xylograph quixotry zzyzx kwyjibo " * 10, "not_english"),
        ("the zzyzx of kwyjibo xylograph quixotry " * 10, "not_english"),
        ("if (a[0] == b) { return (c + 1); } " * 10, "not_prose"),
        ("这是一个测试，没有英文。" * 10, "not_english"),
        ("Это предложение написано по-русски, и в нём нет ни одного английского слова.", "not_english"),
        (f"{SENTENCE} 测试", "scored"),
        (f"{SENTENCE} \U0001f600 café", "scored"),
    ],
)
def test_what_is_not_english_prose(small: Model, text: str, expected: Status) -> None:
    assert status(text, small) == expected


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=300))
def test_every_text_has_a_status(small: Model, text: str) -> None:
    assert status(text, small) in ("scored", "too_short", "not_prose", "not_english")


def test_the_unknown_share_is_that_of_words_outside_the_vocabulary(small: Model) -> None:
    assert counted([UNKNOWN, NAME, FIRST_WORD, SYMBOL, NUMBER, YEAR, 99, 98], small).unknown_share == 0.25
    assert counted([], small).unknown_share == 0


def test_each_paragraph_is_counted_by_itself_and_without_what_is_left_out(small: Model) -> None:
    ids = np.array([0, UNKNOWN, FIRST_WORD, 0, NUMBER, NAME, NAME, 0], np.int32)
    bounds = np.array([[1, 3], [4, 7], [7, 7]], np.int32)
    first, second, empty = census(ids, bounds, small.lexicon)
    assert (first.tokens, first.known, first.outside, first.numbers) == (2, 1, 1, 0)
    assert (second.tokens, second.known, second.outside, second.numbers) == (3, 0, 2, 1)
    assert empty == Census(0, 0, 0, 0, 0)
    left_out = np.array([True, True, True, True, False, False, True, True])
    assert census(ids, bounds, small.lexicon, left_out)[1] == Census(1, 0, 1, 0, 0)
