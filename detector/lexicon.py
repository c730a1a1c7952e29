"""Token ids: the vocabulary, and what stands for everything outside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.ngrams import NgramTable

F32 = npt.NDArray[np.float32]
I32 = npt.NDArray[np.int32]

# Ids below FIRST_WORD are not words. Numbers are folded into classes: which year it is
# tells nothing about the word beside it, that it is a year does.
BOUNDARY: Final = 0  # before, between and after paragraphs
UNKNOWN: Final = 1  # a word outside the vocabulary
NAME: Final = 2  # a capitalised word outside the vocabulary
DIGIT: Final = 3
TWO_DIGITS: Final = 4
YEAR: Final = 5
NUMBER: Final = 6
SYMBOL: Final = 7  # any other single character
_CLASSES: Final = ("<boundary>", "<unknown>", "<name>", "<1>", "<11>", "<1999>", "<number>", "<symbol>")
_PUNCTUATION: Final = (*".,;:!?()[]\"'-—/%$&…*#@=+", "'s")
FIRST_WORD: Final = 64
#: Endings of inflected words.
ENDINGS: Final = ("ing", "ed", "ly", "s")
#: Function words are among the most frequent ones.
FREQUENT: Final = 1500

_SAME: Final = {
    **dict.fromkeys("“”„«»‟″", '"'),
    **dict.fromkeys("‘’‚‛′`´", "'"),
    **dict.fromkeys("–―−", "—"),
    **dict.fromkeys("‐‑", "-"),
    "’s": "'s",
    "'S": "'s",
    "’S": "'s",
}
_SPECIAL_IDS: Final = {
    **{mark: len(_CLASSES) + i for i, mark in enumerate(_PUNCTUATION)},
    **{variant: len(_CLASSES) + _PUNCTUATION.index(mark) for variant, mark in _SAME.items()},
}
assert len(_CLASSES) + len(_PUNCTUATION) <= FIRST_WORD


def normalise(surface: str) -> str:
    """A word as the vocabulary spells it: lower case, straight apostrophe."""
    return surface.lower().replace("\u2019", "'")


def special_id(surface: str) -> int | None:
    """Id of a token that is not a word, None for a word."""
    found = _SPECIAL_IDS.get(surface)
    if found is not None:
        return found
    first = surface[0]
    if first.isalpha():
        return None
    if first.isdigit():
        if not surface.isdecimal():
            return NUMBER
        if len(surface) == 1:
            return DIGIT
        if len(surface) == 2:
            return TWO_DIGITS
        return YEAR if len(surface) == 4 and "1000" <= surface < "2100" else NUMBER
    return SYMBOL


class _SurfaceIds(dict[str, int]):
    """Token as written -> id, remembered; bounded, so that no input can fill the memory."""

    MOST: Final = 200_000
    LONGEST: Final = 40

    def __init__(self, index: Mapping[str, int]) -> None:
        self._index = index

    def __missing__(self, surface: str) -> int:
        found = special_id(surface)
        if found is None:
            found = self._index.get(normalise(surface)) or (NAME if surface[0].isupper() else UNKNOWN)
        if len(self) < self.MOST and len(surface) <= self.LONGEST:
            self[surface] = found
        return found


class Lexicon:
    """What is known of each word: its id, frequency, candidates, and how usual it is for it to look odd.

    words: the vocabulary, most frequent first. log_share: float32 (ids,), natural logarithm of the share of tokens.
    candidates: int32 (ids, 40), best first, 0 where the list has ended. usual: float32 (ids, 2), mean and standard
    deviation of the word's choice score on clean text. prior: float32 (ids,), log ratio of being a spinner's output.
    kinds: int8 (ids, 1 + kinds), see detector.registers; None where no kinds of text were told apart.
    """

    def __init__(
        self, words: Sequence[str], log_share: F32, candidates: I32, usual: F32, prior: F32, ngrams: NgramTable,
        kinds: npt.NDArray[np.int8] | None = None,
    ) -> None:  # fmt: skip
        self.words = words
        self.log_share, self.candidates = log_share, candidates
        self.usual, self.prior, self.ngrams = usual, prior, ngrams
        self.kinds = np.zeros((len(candidates), 1), np.int8) if kinds is None else kinds
        self.index: dict[str, int] = {word: FIRST_WORD + i for i, word in enumerate(words)}
        self.is_content: npt.NDArray[np.bool_] = candidates[:, 0] > 0
        #: The grammar of English: what the most frequent words without candidates are.
        self.is_function: npt.NDArray[np.bool_] = ~self.is_content & (np.arange(len(candidates)) >= FIRST_WORD)
        self.is_function[FIRST_WORD + FREQUENT :] = False
        self._surface_ids = _SurfaceIds(self.index)

    @cached_property
    def ending(self) -> npt.NDArray[np.int8]:
        """(ids,) which of ENDINGS each word has, by number from 1, 0 where it has none."""
        ends = np.array([word[-3:] if len(word) > 4 else "" for word in self.words], "U3")
        out = np.zeros(FIRST_WORD + len(self.words), np.int8)
        for number, ending in enumerate(ENDINGS, 1):
            out[FIRST_WORD:][np.char.endswith(ends, ending)] = number
        out[FIRST_WORD:][np.char.endswith(ends, "ss")] = 0
        return out

    def ids(self, surfaces: Sequence[str]) -> list[int]:
        """The tokens' ids."""
        return list(map(self._surface_ids.__getitem__, surfaces))

    def word(self, id_: int) -> str:
        """The word of an id at or above FIRST_WORD."""
        return self.words[id_ - FIRST_WORD]
