from __future__ import annotations

import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_model import CONTENT_WORDS, FUNCTION_WORDS, WORDS

from detector.lexicon import (
    DIGIT,
    FIRST_WORD,
    NAME,
    NUMBER,
    SYMBOL,
    TWO_DIGITS,
    UNKNOWN,
    YEAR,
    Lexicon,
    normalise,
    special_id,
)
from detector.model import Model
from detector.text import tokenize


@pytest.fixture(scope="module")
def lexicon(small: Model) -> Lexicon:
    return small.lexicon


@pytest.mark.parametrize(
    ("surface", "id_"),
    [
        ("7", DIGIT),
        ("12", TWO_DIGITS),
        ("1997", YEAR),
        ("0997", NUMBER),
        ("2100", NUMBER),
        ("400", NUMBER),
        ("1,400.5", NUMBER),
        ("\u00b2", NUMBER),
        ("\u0661\u0669\u0669\u0669", NUMBER),  # Arabic digits
        ("\U0001f600", SYMBOL),
        ("\x00", SYMBOL),
        ("\ud800", SYMBOL),
        ("\u00bd", SYMBOL),
        ("word", None),
        ("\u00e9t\u00e9", None),
    ],
)
def test_what_is_no_word_is_folded_into_classes(surface: str, id_: int | None) -> None:
    assert special_id(surface) == id_


@pytest.mark.parametrize("same", ['"“”„«»', "'‘’`´", "—–−", "-‐‑"])
def test_marks_that_mean_the_same_are_the_same(same: str) -> None:
    ids = {special_id(mark) for mark in same}
    assert len(ids) == 1
    assert ids.pop() not in (None, SYMBOL)


def test_the_possessive_is_one_token_however_it_is_written() -> None:
    assert len({special_id(mark) for mark in ("'s", "’s", "'S", "’S")}) == 1


def test_words_are_found_in_any_case_and_with_any_apostrophe(lexicon: Lexicon) -> None:
    worker = lexicon.index["worker"]
    assert worker >= FIRST_WORD
    assert lexicon.ids(["worker", "Worker", "WORKER"]) == [worker] * 3
    assert lexicon.word(worker) == "worker"
    assert normalise("Don’t") == "don't"


def test_strangers_are_names_where_they_are_capitalised(lexicon: Lexicon) -> None:
    assert lexicon.ids(["zyzzyva", "Zyzzyva", "Élodie"]) == [UNKNOWN, NAME, NAME]


def test_words_with_candidates_are_content_and_the_frequent_others_are_grammar(lexicon: Lexicon) -> None:
    assert all(lexicon.is_content[lexicon.index[word]] for word in CONTENT_WORDS.split())
    assert all(lexicon.is_function[lexicon.index[word]] for word in FUNCTION_WORDS.split())
    assert not lexicon.is_content[:FIRST_WORD].any()
    assert not lexicon.is_function[:FIRST_WORD].any()


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=60))
def test_every_token_has_an_id(small: Model, text: str) -> None:
    ids = small.lexicon.ids(tokenize(text).surfaces)
    assert all(1 <= id_ < FIRST_WORD + len(WORDS) for id_ in ids)


def test_what_is_remembered_of_hostile_texts_is_bounded(small: Model) -> None:
    lexicon = fresh(small.lexicon)
    remembered = lexicon._surface_ids
    lexicon.ids(["x" * 10_000 + str(n) for n in range(50)])
    assert not remembered
    most = remembered.MOST
    assert lexicon.ids([f"x{n}" for n in range(most + 50)]) == [UNKNOWN] * (most + 50)
    assert len(remembered) == most


def test_threads_find_the_same_ids(small: Model) -> None:
    lexicon = fresh(small.lexicon)
    surfaces = [word for n in range(2_000) for word in (f"Stranger{n}", WORDS[n % len(WORDS)], f"{n}")]
    expected = small.lexicon.ids(surfaces)
    found: list[list[int]] = []
    threads = [threading.Thread(target=lambda: found.append(lexicon.ids(surfaces))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [expected] * 8


def fresh(lexicon: Lexicon) -> Lexicon:
    """The same lexicon, with nothing remembered."""
    tables = (lexicon.log_share, lexicon.candidates, lexicon.usual, lexicon.prior, lexicon.ngrams)
    return Lexicon(lexicon.words, *tables)
