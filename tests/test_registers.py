"""Kinds of text: which words are strangers to their paragraph, and which are of old books."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.batch import PADDING, Batch
from detector.lexicon import F32, FIRST_WORD
from detector.registers import REGISTER_NAMES, SCALE, TEMPER, register_features

#: Ids of two words of the sea, two of the kitchen, a function word, and a function word of old books.
SAIL, MAST, STEW, OVEN, THE, THOU = range(FIRST_WORD, FIRST_WORD + 6)
CONTENT = (SAIL, MAST, STEW, OVEN)
#: Old books, texts of the sea, of the kitchen.
TABLE = np.zeros((FIRST_WORD + 6, 3), np.int8)
TABLE[[SAIL, MAST]] = 0, 2 * SCALE, -2 * SCALE
TABLE[[STEW, OVEN]] = 0, -2 * SCALE, 2 * SCALE
TABLE[THOU] = 3 * SCALE, 0, 0
TABLE[OVEN, 0] = -SCALE

PARAGRAPHS = st.lists(st.lists(st.integers(1, THOU), max_size=12), min_size=1, max_size=6)


def batch_of(*paragraphs: Sequence[int]) -> Batch:
    ids: list[int] = [0] * PADDING
    bounds = []
    for paragraph in paragraphs:
        bounds.append((len(ids), len(ids) + len(paragraph)))
        ids += [*paragraph, *[0] * PADDING]
    array, edges = np.array(ids, np.int32), np.array(bounds, np.int32).reshape(-1, 2)
    slots = np.flatnonzero(np.isin(array, CONTENT)).astype(np.int32)
    owner = (np.searchsorted(edges[:, 0], slots, side="right") - 1).astype(np.int32)
    return Batch(array, np.zeros_like(array), np.zeros_like(array), np.zeros(len(array), np.bool_), edges, slots, owner)


def features(*paragraphs: Sequence[int]) -> F32:
    return register_features(batch_of(*paragraphs), TABLE)


def test_a_word_is_at_home_among_its_own_kind() -> None:
    at_home = features([SAIL, MAST, SAIL, MAST, THE, STEW])[:, REGISTER_NAMES.index("at_home")]
    assert (at_home[:4] > 0.5).all()
    assert at_home[4] < -0.5


def test_how_much_follows_from_the_rest_of_the_paragraph() -> None:
    rest = np.exp(TEMPER * np.array([2.0, -2.0]))  # MAST, as evidence for either kind
    expected = math.log(rest @ np.exp([-2.0, 2.0]) / rest.sum())
    assert features([MAST, THE, STEW])[1, 0] == pytest.approx(expected, abs=1e-5)


def test_a_word_alone_says_nothing_of_its_own_home() -> None:
    assert features([THE, SAIL])[0, 0] == pytest.approx(math.log(math.cosh(2)), abs=1e-5)


def test_a_word_is_as_old_as_the_books_it_stands_in() -> None:
    assert features([THOU, THE, SAIL, OVEN])[:, REGISTER_NAMES.index("old")].tolist() == [0, -1]


def test_without_kinds_every_word_is_at_home() -> None:
    assert register_features(batch_of([THOU, SAIL, OVEN]), TABLE[:, :1]).tolist() == [[0, 0], [0, -1]]


def test_nothing_to_read() -> None:
    assert features().shape == (0, len(REGISTER_NAMES))
    assert features([]).shape == (0, len(REGISTER_NAMES))


@given(PARAGRAPHS)
def test_a_paragraph_is_read_alike_in_any_company(paragraphs: list[list[int]]) -> None:
    alone = np.concatenate([features(paragraph) for paragraph in paragraphs])
    assert np.array_equal(features(*paragraphs), alone)


@given(st.lists(st.integers(1, THOU), max_size=400))
def test_features_are_finite_however_long_the_paragraph(paragraph: list[int]) -> None:
    assert np.isfinite(features(paragraph, [SAIL] * 3000)).all()
