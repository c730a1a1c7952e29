"""From scored slots to odd phrases with suggestions.

A flagged word takes along the neighbour, a content word or a number, that tells against it: in *social employees* it
is *social*, because *social workers* is usual. Flagged words side by side make one phrase. Suggestions replace the whole phrase.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.batch import Batch
from detector.features import Slots
from detector.lexicon import DIGIT, I32, NUMBER, Lexicon
from detector.originals import IMPOSSIBLE, TRIED_TOGETHER, Originals
from detector.rules.tokens import in_case_of

RULE: Final = "word-choice"
MOST_WORDS: Final = 6
MOST_SUGGESTIONS: Final = 5
#: A neighbour is taken along where a substitute was seen with it so much more often (log2 of counts).
TAKEN_ALONG: Final = 3
#: What a doubling of the count above chance of two words side by side adds to how well they fit together, in nats.
TIE_TOGETHER: Final = 0.4
#: What a word loses, in nats, where it was offered in its place already.
OFFERED: Final = 1.0


@dataclass(frozen=True)
class Phrase:
    """Token positions [first, last] in the batch, the flagged slots in it (indices into batch.slots)."""

    first: int
    last: int
    slots: tuple[int, ...]


def phrases(batch: Batch, found: Slots, flagged: Sequence[int], lexicon: Lexicon) -> list[Phrase]:
    """The phrases of the flagged slots, in order, apart from each other, of at most MOST_WORDS tokens."""
    out: list[Phrase] = []
    chosen = np.array(flagged, np.intp)
    places = _with_neighbours(batch, found, chosen, lexicon).tolist()
    owners = batch.owner[chosen].tolist()
    for i, (slot, (first, at, last)) in enumerate(zip(flagged, places, strict=True)):
        if out and first <= out[-1].last + 1 and owners[i - 1] == owners[i]:
            before = out[-1]
            start = min(before.first, first)
            end = max(before.last, last)
            if end - start < MOST_WORDS:
                out[-1] = Phrase(start, end, (*before.slots, slot))
                continue
            if at <= before.last:
                out[-1] = Phrase(before.first, before.last, (*before.slots, slot))
                continue
            first = max(first, before.last + 1)
        out.append(Phrase(first, max(last, at), (slot,)))
    return out


def _with_neighbours(batch: Batch, found: Slots, chosen: npt.NDArray[np.intp], lexicon: Lexicon) -> I32:
    """Token positions (chosen, 3) of each word with the neighbour with which a substitute is far more usual, if there
    is one: the first, the word's own, the last."""
    at = batch.slots[chosen]
    gains = found.levels[chosen, 1:4].astype(np.int16) - found.levels[chosen, :1]  # (chosen, 3, 5)
    left = np.maximum(gains[:, :, 0], gains[:, :, 3] - 1).max(axis=1)
    right = np.maximum(gains[:, :, 1], gains[:, :, 3] - 1).max(axis=1)
    # A neighbour can make a phrase with the word where it tells something: *the* goes with everything.
    tells = lexicon.is_content[batch.ids] | ((batch.ids >= DIGIT) & (batch.ids <= NUMBER))
    take_left = (left >= right) & (left >= TAKEN_ALONG) & tells[at - 1]
    take_right = ~take_left & (right >= TAKEN_ALONG) & tells[at + 1]
    return np.column_stack([at - take_left, at, at + take_right])


def suggestions(text: str, batch: Batch, phrase: Phrase, known: Originals, lexicon: Lexicon) -> tuple[str, ...]:
    """Up to MOST_SUGGESTIONS texts that can stand in place of the phrase, best first. known: of its odd words at least."""
    if len(phrase.slots) == 1:
        return _for_one_word(text, batch, phrase, known, lexicon)
    positions = batch.slots[list(phrase.slots)].tolist()
    pieces, at = [], batch.starts[phrase.first]  # what stands before each odd word, and the word
    for start, end in zip(batch.starts[positions].tolist(), batch.ends[positions].tolist(), strict=True):
        pieces.append((text[at:start], text[start:end]))
        at = end
    tail = text[at : batch.ends[phrase.last]]
    rows = [known.row[position] for position in positions]
    put = known.words[rows, :TRIED_TOGETHER].tolist()
    out = []
    for choice in _combined(rows, positions, known):
        words = (
            before + (in_case_of(odd, lexicon.word(listed[at - 1])) if at else odd)
            for (before, odd), listed, at in zip(pieces, put, choice, strict=True)
        )
        out.append("".join(words) + tail)
    return tuple(out)


def _for_one_word(text: str, batch: Batch, phrase: Phrase, known: Originals, lexicon: Lexicon) -> tuple[str, ...]:
    """The same where one word of the phrase is odd, as in most."""
    at = batch.slots[phrase.slots[0]]
    start, end = batch.starts[at], batch.ends[at]
    before, odd, after = text[batch.starts[phrase.first] : start], text[start:end], text[end : batch.ends[phrase.last]]
    words = known.words[known.row[at], :MOST_SUGGESTIONS].tolist()
    return tuple(before + in_case_of(odd, lexicon.word(word)) + after for word in words if word)


def _combined(rows: list[int], positions: list[int], known: Originals) -> Iterator[tuple[int, ...]]:
    """Which substitute to put for each odd word, from 1, or 0 for leaving it, the best together first.

    Of several odd words one may be odd for the other's sake alone, so that each may stay, though not all. What was
    offered counts for less from then on, so that the other words of its place are offered too.
    """
    scores = known.scores[rows, : 1 + TRIED_TOGETHER]
    total = scores[0]  # in the end (options of the first word, of the second, ...)
    for i in range(1, len(rows)):
        total = total[..., None] + scores[i]
        if positions[i] == positions[i - 1] + 1:
            total += TIE_TOGETHER * known.ties[rows[i - 1]]
    total[(0,) * total.ndim] = -np.inf
    for _ in range(MOST_SUGGESTIONS):
        best = tuple(int(at) for at in np.unravel_index(int(total.argmax()), total.shape))
        if total[best] < IMPOSSIBLE:
            return
        yield best
        for axis, at in enumerate(best):
            total[(slice(None),) * axis + (at,)] -= OFFERED
        total[best] = -np.inf


def message(text: str, best: Sequence[str]) -> str:
    """One sentence for the reader."""
    if not best:
        return f"“{text}” is unusual here."
    return f"“{text}” is unusual here; “{best[0]}” would be expected."
