"""From scored slots to odd phrases with suggestions.

A flagged word takes along the neighbour, a content word or a number, that tells against it: in *social employees* it
is *social*, because *social workers* is usual. Flagged words side by side make one phrase. Suggestions replace the whole phrase.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.batch import Batch
from detector.features import BIGRAM_WEIGHT, Slots
from detector.lexicon import DIGIT, I32, NUMBER, Lexicon
from detector.ngrams import bigram_keys

RULE: Final = "word-choice"
MOST_WORDS: Final = 6
MOST_SUGGESTIONS: Final = 5
#: A neighbour is taken along where a substitute was seen with it so much more often (log2 of counts).
TAKEN_ALONG: Final = 3
#: How many substitutes of each word are tried together in a phrase of several odd words.
TRIED_TOGETHER: Final = 4


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


def suggestions(text: str, batch: Batch, found: Slots, phrase: Phrase, lexicon: Lexicon) -> tuple[str, ...]:
    """Up to MOST_SUGGESTIONS texts that can stand in place of the phrase, best first."""
    if len(phrase.slots) == 1:
        return _for_one_word(text, batch, found, phrase, lexicon)
    positions = batch.slots[list(phrase.slots)].tolist()
    options = [_options(found, slot) for slot in phrase.slots]
    pieces, at = [], batch.starts[phrase.first]  # what stands before each odd word, and the word
    for start, end in zip(batch.starts[positions].tolist(), batch.ends[positions].tolist(), strict=True):
        pieces.append((text[at:start], text[start:end]))
        at = end
    stop = batch.ends[phrase.last]
    tail, already = text[at:stop], text[batch.starts[phrase.first] : stop]
    out: list[str] = []
    for words in _ranked(options, positions, lexicon):
        put = (
            before + (_in_case_of(odd, lexicon.word(word)) if word else odd)
            for (before, odd), word in zip(pieces, words, strict=True)
        )
        suggestion = "".join(put) + tail
        if suggestion not in out and suggestion != already:
            out.append(suggestion)
            if len(out) == MOST_SUGGESTIONS:
                break
    return tuple(out)


def _for_one_word(text: str, batch: Batch, found: Slots, phrase: Phrase, lexicon: Lexicon) -> tuple[str, ...]:
    """The same where one word of the phrase is odd, as in most."""
    at = batch.slots[phrase.slots[0]]
    start, end = batch.starts[at], batch.ends[at]
    before, odd, after = text[batch.starts[phrase.first] : start], text[start:end], text[end : batch.ends[phrase.last]]
    words = [word for word in found.ranked[phrase.slots[0]].tolist() if word][:MOST_SUGGESTIONS]
    out = dict.fromkeys(before + _in_case_of(odd, lexicon.word(word)) + after for word in words)
    out.pop(before + odd + after, None)
    return tuple(out)


def _options(found: Slots, slot: int) -> list[tuple[int, float]]:
    """(word id, how much better it fits than the word that stands there) of the best substitutes."""
    pairs = zip(found.ranked[slot].tolist(), (found.fit[slot, 1:] - found.fit[slot, 0]).tolist(), strict=True)
    return [(word, gain) for word, gain in pairs if word][:TRIED_TOGETHER]


def _ranked(options: list[list[tuple[int, float]]], positions: list[int], lexicon: Lexicon) -> list[tuple[int, ...]]:
    """Combinations of substitutes, one for each flagged word, best first; words side by side are looked up together."""
    if len(options) > 3:  # too many to combine: the best of each, then one after the other changed
        best = [option[0] if option else (0, 0.0) for option in options]
        singles = [(gain, i, word) for i, option in enumerate(options) for word, gain in option[1:]]
        first = [word for word, _ in best]
        varied = [(*first[:i], word, *first[i + 1 :]) for _, i, word in sorted(singles, reverse=True)]
        return [tuple(first), *varied]
    filled = [option or [(0, 0.0)] for option in options]
    words = [np.array([word for word, _ in option], np.int32) for option in filled]
    total = np.zeros(())  # in the end (options of the first word, of the second, ...)
    for i, option in enumerate(filled):
        total = total[..., None] + np.array([gain for _, gain in option])
        if i and positions[i] == positions[i - 1] + 1:
            left, right = np.repeat(words[i - 1], len(words[i])), np.tile(words[i], len(words[i - 1]))
            seen = lexicon.ngrams.log2_counts(bigram_keys(left, right))
            total = total + 4 * BIGRAM_WEIGHT * seen.reshape(len(words[i - 1]), -1)
    order = np.unravel_index(np.argsort(-total, axis=None, kind="stable"), total.shape)
    return list(zip(*(own[at].tolist() for own, at in zip(words, order, strict=True)), strict=True))


def _in_case_of(model: str, word: str) -> str:
    if len(model) > 1 and model.isupper():
        return word.upper()
    return word[0].upper() + word[1:] if model[0].isupper() else word


def message(text: str, best: Sequence[str]) -> str:
    """One sentence for the reader."""
    if not best:
        return f"“{text}” is unusual here."
    return f"“{text}” is unusual here; “{best[0]}” would be expected."
