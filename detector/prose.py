"""Is there English prose to score? Abstaining is a result, not an error."""

from __future__ import annotations

from typing import Final

import numpy as np

from detector.lexicon import DIGIT, FIRST_WORD, I32, NAME, NUMBER, UNKNOWN, Lexicon
from detector.results import Status

#: Paragraphs with fewer words are not scored: there is too little to go by.
FEWEST_WORDS: Final = 20
#: English prose has a function word in every third to fifth; other languages share a few of them. Names fill up
#: honest sentences ("a 2008 Turkish film starring ..."), so unknown words alone make no text foreign.
FEWEST_FUNCTION_WORDS: Final = 0.08
FEW_FUNCTION_WORDS: Final = 0.15
MANY_UNKNOWN: Final = 0.4
MOST_UNKNOWN: Final = 0.6
#: Of the tokens of prose most are words; of tables, code and formulas they are not.
FEWEST_WORD_TOKENS: Final = 0.5
LAST_LATIN: Final = "\u024f"


def status_of(text: str, ids: I32, lexicon: Lexicon) -> Status:
    """What can be done with a paragraph, given its text and its tokens' ids (tokens,)."""
    if not text.isascii() and _mostly_foreign(text[:2000]):
        return "not_english"
    known = int((ids >= FIRST_WORD).sum())
    outside = int(((ids == UNKNOWN) | (ids == NAME)).sum())
    words = known + outside
    numbers = int(((ids >= DIGIT) & (ids <= NUMBER)).sum())
    if words + numbers < FEWEST_WORDS:
        return "too_short"
    if words < FEWEST_WORD_TOKENS * len(ids):
        return "not_prose"
    function = int(lexicon.is_function[ids].sum())
    if function < FEWEST_FUNCTION_WORDS * words:
        return "not_english" if outside > 0.25 * words else "not_prose"
    foreign = outside > (MANY_UNKNOWN if function < FEW_FUNCTION_WORDS * words else MOST_UNKNOWN) * words
    return "not_english" if foreign else "scored"


def _mostly_foreign(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return len(letters) >= 10 and sum(c > LAST_LATIN for c in letters) > len(letters) / 2


def has_words(ids: I32) -> bool:
    """Whether one of the tokens is a word or a number, and not all are marks."""
    return bool(((ids >= FIRST_WORD) | ((ids >= UNKNOWN) & (ids <= NUMBER))).any())


def unknown_share(ids: I32) -> np.float32:
    """Share of tokens that are words outside the vocabulary."""
    return np.float32(((ids == UNKNOWN) | (ids == NAME)).sum() / max(len(ids), 1))
