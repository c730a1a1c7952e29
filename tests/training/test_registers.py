"""Kinds of text are found in clean text alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detector.lexicon import FIRST_WORD
from detector.registers import SCALE
from detector.training.registers import PIECE, PIECES_PER_KIND, kinds, old_counts, register_table

SEA = range(FIRST_WORD, FIRST_WORD + 10)
KITCHEN = range(FIRST_WORD + 10, FIRST_WORD + 20)
IDS = FIRST_WORD + 20


@pytest.fixture(scope="module")
def stream() -> np.ndarray:
    """Pieces of the sea and of the kitchen by turns."""
    rng = np.random.default_rng(0)
    return np.concatenate([
        rng.choice(SEA if number % 2 else KITCHEN, PIECE) for number in range(2 * PIECES_PER_KIND)
    ]).astype(np.int32)  # fmt: skip


def share_of(stream: np.ndarray) -> np.ndarray:
    return np.bincount(stream, minlength=IDS)


@pytest.fixture(scope="module")
def vectors() -> np.ndarray:
    """Words of one kind point the same way, more or less."""
    found = np.random.default_rng(1).normal(0, 0.2, (IDS, 8))
    found[SEA, 0] += 1
    found[KITCHEN, 1] += 1
    return found.astype(np.float32)


def test_words_that_stand_together_make_a_kind(stream: np.ndarray, vectors: np.ndarray) -> None:
    counts = kinds(stream, vectors, share_of(stream))
    assert counts.shape == (2, IDS)
    assert counts.sum() == len(stream)
    assert sorted((row[SEA].sum() > 0, row[KITCHEN].sum() > 0) for row in counts) == [(False, True), (True, False)]


def test_the_same_every_time(stream: np.ndarray, vectors: np.ndarray) -> None:
    share = share_of(stream)
    assert np.array_equal(kinds(stream, vectors, share), kinds(stream, vectors, share))


def test_a_small_corpus_is_of_one_kind(stream: np.ndarray, vectors: np.ndarray) -> None:
    assert kinds(stream[: 3 * PIECE], vectors, share_of(stream)).shape == (1, IDS)


def test_the_table_says_how_much_more_often() -> None:
    share = np.zeros(IDS, np.int64)
    share[[SEA[0], SEA[1], SEA[2]]] = 500_000, 500_000, 10
    twice_as_often = np.zeros(IDS, np.int64)
    twice_as_often[SEA[0]] = 100_000
    table = register_table(twice_as_often[None], share)
    assert (table.shape, table.dtype) == ((IDS, 1), np.int8)
    assert table[SEA[0], 0] == pytest.approx(SCALE * np.log(2), abs=1)
    assert table[SEA[1], 0] == -127  # never seen: as low as the table goes
    assert table[SEA[2], 0] == pytest.approx(0, abs=3)  # too rare to say
    assert not table[:FIRST_WORD].any()


def test_nothing_is_known_of_a_kind_without_words() -> None:
    share = np.arange(IDS, dtype=np.int64)
    assert not register_table(np.zeros((1, IDS), np.int64), share).any()


def test_old_books_are_counted_without_what_is_held_out(tmp_path: Path) -> None:
    for name, held in (("old_novels", 1), ("news", 0)):
        np.save(tmp_path / f"{name}.ids.npy", np.array([0, SEA[0], 0, SEA[1], SEA[1], 0], np.int32))
        np.save(tmp_path / f"{name}.docs.npy", np.array([[0, 0, held], [2, 1, 0]]))
    counts = old_counts(tmp_path, ["news", "old_novels"], IDS)
    assert counts[[SEA[0], SEA[1]]].tolist() == [0, 2]
    assert not old_counts(tmp_path, ["news"], IDS).any()
