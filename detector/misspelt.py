"""Slips of the pen: words that the vocabulary does not know and that are one letter away from a frequent one. People
make them; a machine that swaps or translates words does not."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.batch import Batch
from detector.lexicon import F32, FIRST_WORD, UNKNOWN, Lexicon
from detector.ngrams import U64

#: Shorter words are one letter away from too many others.
SHORTEST, LONGEST = 5, 20
#: Natural logarithm of the share of tokens that a frequent word has: ten in a million.
FREQUENT: Final = -11.5
#: So many are counted in a paragraph, and so many unknown words looked at.
MOST, LOOKED_AT = 3, 12

_LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
_BASE: Final = 0x9E3779B97F4A7C15  # any large odd number
_POWERS: Final = np.array([pow(_BASE, place, 2**64) for place in range(LONGEST + 1)], np.uint64)
_DOWN: Final = np.uint64(pow(_BASE, -1, 2**64))


def misspelt(batch: Batch, texts: Sequence[str], lexicon: Lexicon) -> F32:
    """How many misspelt words each paragraph has, at most MOST (paragraphs,). texts: those that they stand in."""
    counts = np.zeros(len(batch.bounds), np.float32)
    strange = np.flatnonzero((batch.ids == UNKNOWN) & ~batch.capital)
    owner = np.searchsorted(batch.bounds[:, 0], strange, side="right") - 1
    early = np.arange(len(owner)) - np.searchsorted(owner, owner) < LOOKED_AT
    strange, owner = strange[early], owner[early]
    places = zip(owner.tolist(), batch.starts[strange].tolist(), batch.ends[strange].tolist(), strict=True)
    words = [(paragraph, texts[paragraph][start:end]) for paragraph, start, end in places]
    plain = [(paragraph, word) for paragraph, word in words if _is_plain(word)]
    may_be = _near_frequent([word for _, word in plain], lexicon)
    for i in np.flatnonzero(may_be).tolist():
        paragraph, word = plain[i]
        if counts[paragraph] < MOST:
            counts[paragraph] += _is_misspelt(word, lexicon)
    return counts


def _is_plain(word: str) -> bool:
    return SHORTEST <= len(word) <= LONGEST and word.isascii() and word.isalpha() and word.islower()


def _is_misspelt(word: str, lexicon: Lexicon) -> bool:
    near = (lexicon.index.get(other) for other in _one_letter_away(word))
    return any(id_ is not None and lexicon.log_share[id_] > FREQUENT for id_ in near)


def _one_letter_away(word: str) -> Iterator[str]:
    """The word with a letter left out, put in or replaced, or with two letters in each other's place."""
    for i in range(len(word) + 1):
        head, tail = word[:i], word[i:]
        if tail:
            yield head + tail[1:]
            yield from (head + letter + tail[1:] for letter in _LETTERS)
        if len(tail) > 1:
            yield head + tail[1] + tail[0] + tail[2:]
        yield from (head + letter + tail for letter in _LETTERS)


def _near_frequent(words: Sequence[str], lexicon: Lexicon) -> npt.NDArray[np.bool_]:
    """Which words (n,) become a frequent one, or the same as one does, when each loses a letter or none: all that are one
    letter away from one do, and few others."""
    if not words:
        return np.zeros(0, np.bool_)
    known, hashes = _frequent(lexicon), _hashes(words)
    return np.asarray((known[np.searchsorted(known, hashes)] == hashes).any(axis=1))


@lru_cache(maxsize=4)
def _frequent(lexicon: Lexicon) -> U64:
    """Hashes of the frequent words, with a letter left out or none, ascending; the last is above all of them."""
    often = np.flatnonzero(lexicon.log_share[FIRST_WORD:] > FREQUENT).tolist()
    words = [word for word in map(lexicon.words.__getitem__, often) if word.isascii() and len(word) <= LONGEST + 1]
    return np.sort(np.append(_hashes(words), np.uint64(2**64 - 1)))


def _hashes(words: Sequence[str]) -> U64:
    """Hashes (n, LONGEST + 1) of each word without each of its letters, and of the word, where it is not longer than
    LONGEST: a letter's code times the power of its place, summed up modulo 2**64."""
    letters = np.array(words, f"S{LONGEST + 1}").view(np.uint8).reshape(len(words), -1)
    terms = letters * _POWERS
    ends = np.cumsum(terms, axis=1, dtype=np.uint64)
    # What stands behind the letter moves down by a place.
    return np.asarray(ends - terms + (ends[:, -1:] - ends) * _DOWN)
