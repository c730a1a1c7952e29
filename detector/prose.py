"""Is there English prose to score? Abstaining is a result, not an error."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

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
#: A letter beyond the last Latin one.
_FOREIGN_LETTER: Final = re.compile(r"[^\W\d_\u0000-\u024f]")


class Census(NamedTuple):
    """How many tokens of each kind a paragraph has."""

    tokens: int
    known: int  # in the vocabulary
    outside: int
    numbers: int
    function: int  # of those known

    @property
    def has_words(self) -> bool:
        """Whether a token is a word or a number, and not all are marks."""
        return self.known + self.outside + self.numbers > 0

    @property
    def unknown_share(self) -> float:
        """Share of tokens that are words outside the vocabulary."""
        return self.outside / max(self.tokens, 1)


def census(ids: I32, bounds: I32, lexicon: Lexicon, counted: npt.NDArray[np.bool_] | None = None) -> list[Census]:
    """Count the tokens, with ids (tokens,), of each paragraph, from bounds (paragraphs, 2); only those counted (tokens,)."""
    kinds = (
        np.ones(len(ids), np.bool_),
        ids >= FIRST_WORD,
        (ids == UNKNOWN) | (ids == NAME),
        (ids >= DIGIT) & (ids <= NUMBER),
        lexicon.is_function[ids],
    )
    columns = []
    for kind in kinds:
        running = np.concatenate([[0], np.cumsum(kind if counted is None else kind & counted)])
        columns.append((running[bounds[:, 1]] - running[bounds[:, 0]]).tolist())
    return [Census(*row) for row in zip(*columns, strict=True)]


def status_of(text: str, found: Census) -> Status:
    """What can be done with a paragraph, given its text and what it is made of."""
    if not text.isascii() and _mostly_foreign(text[:2000]):
        return "not_english"
    words = found.known + found.outside
    if words + found.numbers < FEWEST_WORDS:
        return "too_short"
    if words < FEWEST_WORD_TOKENS * found.tokens:
        return "not_prose"
    if found.function < FEWEST_FUNCTION_WORDS * words:
        return "not_english" if found.outside > 0.25 * words else "not_prose"
    most = MANY_UNKNOWN if found.function < FEW_FUNCTION_WORDS * words else MOST_UNKNOWN
    return "not_english" if found.outside > most * words else "scored"


def _mostly_foreign(text: str) -> bool:
    foreign = len(_FOREIGN_LETTER.findall(text))
    letters = sum(map(str.isalpha, text)) if foreign else 0
    return letters >= 10 and foreign > letters / 2
