"""Two wordings of one text, word by word: what both say alike, and what one says for what the other does."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from detector.lexicon import Lexicon, normalise
from detector.text import Tokens, tokenize

#: Words that are compared at most: the rest of a long text is like its beginning.
LONGEST: Final = 3000
#: Between two words that occur once in both, stretches whose lengths multiply to more are not looked into.
GAP: Final = 40_000
#: A swap has at most so many tokens on either side; where more differ, something was cut or written anew.
SWAPPED: Final = 4


class Piece(NamedTuple):
    """Tokens [here_start, here_end) of one text and [there_start, there_end) of the other; `same` where they are alike."""

    here_start: int
    here_end: int
    there_start: int
    there_end: int
    same: bool

    @property
    def swapped(self) -> bool:
        """Whether a few words stand for a few others."""
        here, there = self.here_end - self.here_start, self.there_end - self.there_start
        return not self.same and 0 < here <= SWAPPED and 0 < there <= SWAPPED


class Wordings(NamedTuple):
    """Two texts, their tokens, and how they go together."""

    here: Tokens
    there: Tokens
    pieces: list[Piece]

    def swaps(self, lexicon: Lexicon) -> Swaps:
        """What became of the content words of the first text; what was cut or added does not count."""
        here, there = (np.array(lexicon.ids(side.surfaces), np.intp) for side in (self.here, self.there))
        words = swapped = neighbours = 0
        shorter = min(len(_content(side, lexicon)) for side in (here, there))
        for piece in self.pieces:
            gone = _content(here[piece.here_start : piece.here_end], lexicon)
            words += len(gone) if piece.same or piece.swapped else 0
            if piece.swapped:
                swapped += len(gone)
                came = _content(there[piece.there_start : piece.there_end], lexicon)
                neighbours += sum(_neighbours(*pair, lexicon) for pair in zip(gone, came, strict=False))
        return Swaps(words, swapped, neighbours, shorter)


class Swaps(NamedTuple):
    """Content words that stand in both texts or were swapped; those that were swapped; of these, the ones that were
    swapped for a neighbour in the dictionary, as a spinner does, while a person seldom does; and the content words of
    the shorter text."""

    words: int
    swapped: int
    neighbours: int
    shorter: int

    @property
    def share(self) -> float:
        """Share of the content words that were swapped."""
        return self.swapped / max(1, self.words)

    @property
    def coverage(self) -> float:
        """How much of the shorter text stands in the other, or was swapped."""
        return self.words / self.shorter if self.shorter else 1.0


def _content(ids: npt.NDArray[np.intp], lexicon: Lexicon) -> list[int]:
    content: list[int] = ids[lexicon.is_content[ids]].tolist()
    return content


def _neighbours(one: int, other: int, lexicon: Lexicon) -> bool:
    return one != other and bool((lexicon.candidates[one] == other).any() or (lexicon.candidates[other] == one).any())


def compare(here: str, there: str) -> Wordings:
    """Align two texts. Letter case does not count."""
    tokens = _first(tokenize(here)), _first(tokenize(there))
    a, b = (list(map(normalise, side.surfaces)) for side in tokens)
    return Wordings(*tokens, list(_joined(_aligned(a, b))))


def _first(tokens: Tokens) -> Tokens:
    starts, ends, surfaces, capital = tokens
    return Tokens(starts[:LONGEST], ends[:LONGEST], surfaces[:LONGEST], capital[:LONGEST])


def _aligned(a: Sequence[str], b: Sequence[str]) -> Iterator[Piece]:
    """Between anchors the texts are compared in full."""
    i = j = 0
    for to_i, to_j in [*_anchors(a, b), (len(a), len(b))]:
        if (to_i - i) * (to_j - j) > GAP:
            yield Piece(i, to_i, j, to_j, False)
        else:
            for tag, i1, i2, j1, j2 in SequenceMatcher(None, a[i:to_i], b[j:to_j], autojunk=False).get_opcodes():
                yield Piece(i + i1, i + i2, j + j1, j + j2, tag == "equal")
        if to_i < len(a):
            yield Piece(to_i, to_i + 1, to_j, to_j + 1, True)
        i, j = to_i + 1, to_j + 1


def _anchors(a: Sequence[str], b: Sequence[str]) -> list[tuple[int, int]]:
    """Places of words that occur once in either text, as many as stand in the same order in both."""
    once = {word for word, count in Counter(a).items() if count == 1}
    once &= {word for word, count in Counter(b).items() if count == 1}
    place = {word: j for j, word in enumerate(b) if word in once}
    pairs = [(i, place[word]) for i, word in enumerate(a) if word in once]
    return [pairs[k] for k in rising([j for _, j in pairs])]


def rising(values: Sequence[int]) -> list[int]:
    """Positions of a longest strictly rising subsequence."""
    tails: list[int] = []
    ends: list[int] = []  # position of the value in `tails`
    before: list[int] = []
    for position, value in enumerate(values):
        length = bisect_left(tails, value)
        before.append(ends[length - 1] if length else -1)
        if length == len(tails):
            tails.append(value)
            ends.append(position)
        else:
            tails[length], ends[length] = value, position
    chain: list[int] = []
    at = ends[-1] if ends else -1
    while at >= 0:
        chain.append(at)
        at = before[at]
    return chain[::-1]


def _joined(pieces: Iterable[Piece]) -> Iterator[Piece]:
    """Neighbours of one kind become one piece; empty ones go."""
    waiting: Piece | None = None
    for piece in pieces:
        if piece.here_start == piece.here_end and piece.there_start == piece.there_end:
            continue
        if waiting is not None and waiting.same == piece.same:
            waiting = Piece(waiting.here_start, piece.here_end, waiting.there_start, piece.there_end, piece.same)
        else:
            if waiting is not None:
                yield waiting
            waiting = piece
    if waiting is not None:
        yield waiting
