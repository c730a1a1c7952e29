from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.ngrams import U64, NgramTable, bigram_keys, build, trigram_keys

#: How often a key that was never counted may be taken for a counted one: once in 4,096 times, and some room for chance.
FALSE_ALARMS = 1.3 / 4096


def distinct_keys(count: int, seed: int = 0) -> U64:
    return np.unique(np.random.default_rng(seed).integers(0, 2**62, count, dtype=np.uint64))


@given(st.dictionaries(st.integers(0, 2**64 - 1), st.integers(1, 2**40), max_size=200))
def test_counted_keys_have_the_logarithm_of_their_count(counts: dict[int, int]) -> None:
    table = build(np.array(list(counts), np.uint64), np.array(list(counts.values()), np.int64))
    found = table.log2_counts(np.array(list(counts), np.uint64))
    assert found.tolist() == [min(count.bit_length(), 16) for count in counts.values()]


def test_keys_in_any_number_and_order_are_answered_alike() -> None:
    keys = distinct_keys(40_000)
    counts = np.random.default_rng(1).integers(1, 100_000, len(keys))
    table = build(keys, counts)
    expected = np.floor(np.log2(counts)) + 1
    assert (table.log2_counts(keys) == np.minimum(expected, 16)).all()
    order = np.random.default_rng(2).permutation(len(keys))
    assert (table.log2_counts(keys[order]) == table.log2_counts(keys)[order]).all()
    assert all(table.log2_counts(keys[i : i + 1]) == table.log2_counts(keys)[i] for i in range(20))
    assert len(table.log2_counts(keys[:0])) == 0


def test_other_keys_are_seldom_taken_for_counted_ones() -> None:
    keys = distinct_keys(20_000)
    table = build(keys, np.ones(len(keys), np.int64))
    others = np.setdiff1d(distinct_keys(400_000, seed=9), keys)
    assert (table.log2_counts(others) > 0).mean() < FALSE_ALARMS


def test_a_table_takes_two_and_a_half_bytes_a_key() -> None:
    table = build(distinct_keys(50_000), np.ones(50_000, np.int64))
    assert table.cells.nbytes < 2.5 * 50_000


def test_an_empty_table_knows_next_to_nothing() -> None:
    table = build(np.zeros(0, np.uint64), np.zeros(0, np.int64))
    assert isinstance(table, NgramTable)
    assert (table.log2_counts(distinct_keys(100_000)) > 0).mean() < FALSE_ALARMS


def test_a_key_named_twice_is_an_error() -> None:
    keys = np.append(distinct_keys(100), distinct_keys(100)[:1])
    with pytest.raises(ValueError, match="named twice"):
        build(keys, np.ones(len(keys), np.int64))


IDS = st.integers(0, 2**17 - 1)


@given(st.lists(st.tuples(IDS, IDS) | st.tuples(IDS, IDS, IDS), unique=True))
def test_no_two_ngrams_have_the_same_key(ngrams: list[tuple[int, ...]]) -> None:
    keys = set()
    for ngram in ngrams:
        columns = [np.array([id_], np.int32) for id_ in ngram]
        keys.add(int((bigram_keys if len(ngram) == 2 else trigram_keys)(*columns)[0]))
    assert len(keys) == len(ngrams)
