"""N-gram counts of a token stream: what a table of n-grams is built from."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from detector.lexicon import BOUNDARY, I32, UNKNOWN
from detector.ngrams import U64, bigram_keys, trigram_keys

#: Sightings from which a bigram and a trigram are kept.
LEAST_BIGRAM, LEAST_TRIGRAM = 2, 3

_Counted = tuple[U64, npt.NDArray[np.int64]]
_Mask = npt.NDArray[np.bool_]


def count_ngrams(stream: I32, content: _Mask) -> _Counted:
    """Keys (n,) and counts (n,) of the bigrams, then the trigrams, with a content word and without an unknown one.

    stream: ids (tokens,). content: (ids,). Memory: about 30 bytes a token.
    """
    keys, counts = zip(_bigrams(stream, content), _trigrams(stream, content), strict=True)
    return np.concatenate(keys), np.concatenate(counts)


def _bigrams(x: I32, content: _Mask) -> _Counted:
    usable = _touching(content[x], 2) & ~_touching(x == UNKNOWN, 2)
    return _counted(bigram_keys(x[:-1][usable], x[1:][usable]), LEAST_BIGRAM)


def _trigrams(x: I32, content: _Mask) -> _Counted:
    usable = _touching(content[x], 3) & ~_touching(x == UNKNOWN, 3)
    usable &= x[1 : len(x) - 1] != BOUNDARY  # one that spans two paragraphs says nothing
    return _counted(trigram_keys(x[:-2][usable], x[1:-1][usable], x[2:][usable]), LEAST_TRIGRAM)


def _touching(marked: _Mask, length: int) -> _Mask:
    """Whether each window of a length holds a marked token (tokens - length + 1,)."""
    windows = max(len(marked) - length + 1, 0)
    found = marked[:windows].copy()
    for offset in range(1, length):
        found |= marked[offset : offset + windows]
    return found


def _counted(keys: U64, least: int) -> _Counted:
    """The distinct keys seen at least so often; sorts keys in place."""
    keys.sort()
    first = np.flatnonzero(np.diff(keys, prepend=keys[:1] + np.uint64(1)))
    counts = np.diff(first, append=len(keys))
    kept = counts >= least
    return keys[first[kept]], counts[kept]
