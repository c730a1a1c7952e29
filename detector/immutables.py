"""What a spinner leaves alone: the names, the numbers and the grammar of a text, in their order.

A spinner swaps words that its dictionary has. Everything else stays where it was, and tells the text from every other
(Zhang, Wang, Voelker, "DSpin: Detecting Automatically Spun Content on the Web", NDSS 2014, call it the immutables). Here
that is every word without candidates: names, numbers, rare words, and the function words, whose succession is as good as
a fingerprint.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from zlib import crc32

import numpy as np
import numpy.typing as npt

from detector.lexicon import DIGIT, FIRST_WORD, NAME, NUMBER, UNKNOWN, Lexicon, normalise
from detector.text import tokenize

U32 = npt.NDArray[np.uint32]
U16 = npt.NDArray[np.uint16]

#: A text is looked at as far as this, in characters.
LONGEST: Final = 400_000
#: Marks that are kept of a text at most: those with the smallest hashes, which are the same ones in every text.
MARKS: Final = 256
#: A mark is this many facts in succession, or this many words of any kind that a spinner leaves alone.
FACTS, WORDS = 2, 3
#: From the first fact of a mark to its last there are at most so many tokens.
APART: Final = 40

#: A capital behind one of these begins a sentence and makes no name.
_BEGINNING: Final = frozenset(["", *".!?:;\"'“”‘’([-—–•*"])


class Sketch(NamedTuple):
    """What is kept of a text to compare it with others.

    marks: uint32 (marks,), hashes of what stays, ascending, each once. places: uint16 (marks,), where each begins: the
    number of its token, in a text of more than 65,536 tokens in proportion.
    """

    marks: U32
    places: U16


def sketch(text: str, lexicon: Lexicon) -> Sketch:
    """The sketch of a text, of bounded size, made in bounded time, whatever the text's length."""
    surfaces = tokenize(text[:LONGEST]).surfaces
    kept = list(immutables(surfaces, lexicon))
    runs = [*_runs(kept, WORDS, None), *_runs([one for one in kept if one.fact], FACTS, APART)]
    marks, first = np.unique(np.array([mark for mark, _ in runs], np.uint32), return_index=True)
    scale = min(1.0, 0xFFFF / max(1, len(surfaces)))
    places = np.array([int(scale * place) for _, place in runs], np.uint16)
    return Sketch(marks[:MARKS].copy(), places[first[:MARKS]])


class Immutable(NamedTuple):
    """A word that stays: its hash, whether it is a fact (a name, a number, a rare word), its token's number."""

    hash: int
    fact: bool
    place: int


def immutables(surfaces: Sequence[str], lexicon: Lexicon) -> Iterator[Immutable]:
    """The words that a spinner leaves alone, in order."""
    before = ""
    for place, (surface, id_) in enumerate(zip(surfaces, lexicon.ids(surfaces), strict=True)):
        word = id_ >= FIRST_WORD
        function = word and bool(lexicon.is_function[id_])
        if word and not function:
            fact = not lexicon.is_content[id_] or (surface[0].isupper() and before not in _BEGINNING)
        else:
            fact = UNKNOWN <= id_ <= NAME or DIGIT <= id_ <= NUMBER
        if fact or function:
            yield Immutable(crc32(normalise(surface).encode("utf-8", "surrogatepass")), fact, place)
        before = surface


def _runs(kept: Sequence[Immutable], length: int, apart: int | None) -> Iterator[tuple[int, int]]:
    """Hash and place of every run of `length` in succession, of which no two ends are more than `apart` tokens apart."""
    for i in range(len(kept) - length + 1):
        run = kept[i : i + length]
        if apart is None or run[-1].place - run[0].place <= apart:
            mixed = length
            for one in run:
                mixed = ((mixed ^ one.hash) * 0x9E3779B1) & 0xFFFFFFFF
                mixed ^= mixed >> 15
            yield mixed, run[0].place
