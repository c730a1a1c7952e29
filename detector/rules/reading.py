"""The slots of a batch beside their neighbours, and what n-gram counts tell of them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.batch import PADDING, Batch
from detector.choice import ChoiceModel
from detector.features import BIGRAM_WEIGHT, LOG2_TOKENS, TRIGRAM_WEIGHT, Slots
from detector.lexicon import BOUNDARY, F32, FIRST_WORD, I32, SYMBOL, Lexicon, special_id
from detector.ngrams import bigram_keys, trigram_keys
from detector.rules.inflection import forms

Rows = npt.NDArray[np.intp]
Mask = npt.NDArray[np.bool_]
Levels = npt.NDArray[np.int16]

#: Columns of levels: with the word on the left, with the one on the right, with both.
LEFT, RIGHT, ACROSS = 0, 1, 3
#: How much better (nats) a substitute must fit the context than the word that stands there.
GAIN: Final = 1.0

#: Tokens that are copied at once.
COPIED_AT_ONCE: Final = 20_000

_WEIGHTS: Final = np.array([BIGRAM_WEIGHT] * 2 + [TRIGRAM_WEIGHT] * 3, np.float32)


class Reading:
    """word, left, far_left, right: ids (slots,). own: (slots, 5) levels of the word that stands there. fitting: (slots,
    ranked), which substitutes fit the context better. ends_phrase: (slots,), whether a noun phrase may end with the
    word. lower: (slots,), whether neither the word nor the one before it has a capital. begins_sentence, (slots,):
    whether the word on the left, or far_left, begins one is told by `after_end`.

    Levels are 1 + log2 of a count, 0 for what was not counted.
    """

    def __init__(self, batch: Batch, lexicon: Lexicon, found: Slots, choice: ChoiceModel) -> None:
        self.batch, self.lexicon, self.found, self.choice = batch, lexicon, found, choice
        slots = batch.slots
        self.far_left, self.left, self.word, self.right, self.far_right = (batch.ids[slots + i] for i in range(-2, 3))
        self.own: Levels = found.levels[:, 0].astype(np.int16)
        self.fitting: Mask = (found.ranked > 0) & (found.fit[:, 1:] - found.fit[:, :1] >= GAIN)
        self.lower: Mask = ~batch.capital[slots] & ~batch.capital[slots - 1]
        ends = lexicon.is_function.copy()
        ends[SYMBOL:FIRST_WORD] = True
        ends[self.marks("-'/", "'s")] = False
        self.ends_phrase: Mask = ends[self.right]

    def marks(self, single: str, *longer: str) -> list[int]:
        """Ids of marks."""
        return [id_ for mark in (*single, *longer) if (id_ := special_id(mark)) is not None]

    def members(self, words: str | Iterable[str]) -> I32:
        """Ids of those words that are in the vocabulary."""
        index = self.lexicon.index
        listed = words.split() if isinstance(words, str) else words
        return np.array([index[word] for word in listed if word in index], np.int32)

    def among(self, ids: I32, words: str) -> Mask:
        """Which of ids (n,) are one of the words."""
        listed = np.zeros(len(self.lexicon.log_share), np.bool_)
        listed[self.members(words)] = True
        return np.asarray(listed[ids])

    def after_end(self, ids: I32) -> Mask:
        """After which of ids (n,) a sentence begins."""
        return np.isin(ids, [BOUNDARY, *self.marks('.!?;"')])

    def forms(self, word: int) -> I32:
        """Other words of the vocabulary that are forms of the word, as far as spelling tells."""
        return self.members(sorted(forms(self.lexicon.word(word))))

    def pairs(self, first: npt.ArrayLike, second: npt.ArrayLike) -> Levels:
        """Levels of pairs."""
        a, b = np.broadcast_arrays(np.asarray(first, np.int32), np.asarray(second, np.int32))
        levels = self.lexicon.ngrams.log2_counts(bigram_keys(a.ravel(), b.ravel()))
        return np.asarray(levels.reshape(a.shape), np.int16)

    def after(self, words: str, ids: I32) -> Levels:
        """The highest level (ids' shape) at which each id came after one of the words."""
        return np.asarray(self.pairs(self.members(words), ids[..., None]).max(axis=-1, initial=0), np.int16)

    def before(self, ids: I32, words: str) -> Levels:
        """The highest level (ids' shape) at which each id came before one of the words."""
        return np.asarray(self.pairs(ids[..., None], self.members(words)).max(axis=-1, initial=0), np.int16)

    def chance(self, first: I32, second: I32) -> F32:
        """What the level of pairs would be if words met by chance."""
        share = self.lexicon.log_share
        return np.asarray((share[first] + share[second]) / np.log(2) + LOG2_TOKENS, np.float32)

    def usual(self, rows: Rows, column: int, least: int) -> Mask:
        """Which substitutes (n, ranked) fit the context better and reach a level with the neighbours."""
        return np.asarray(self.fitting[rows] & (self.found.levels[rows, 1:, column] >= least))

    def explicable(self, rows: Mask, column: int, least: int) -> Rows:
        """The rows, out of (slots,), where a substitute does: cheap, and few are left."""
        listed = np.flatnonzero(rows)
        return np.asarray(listed[self.usual(listed, column, least).any(axis=1)])

    def mended(self, rows: Rows, before: int, instead: I32) -> F32:
        """How well (n,) the word would fit, in nats, had `instead` (n, tokens) stood there, from `before` tokens before
        it on: what the context says, which the slip has spoilt, and the counts."""
        out: F32 = self.found.fit[rows, 0]
        tokens = self.batch.slots[rows][:, None] + np.arange(-before, instead.shape[1] - before)
        differs = (instead != self.batch.ids[tokens]).any(axis=1)
        changed = np.flatnonzero(differs)
        # Each is read in a copy of its paragraph, and a paragraph may be long.
        first, last = self.batch.bounds[self.batch.owner[rows[changed]]].T
        part = np.cumsum(last - first) // COPIED_AT_ONCE
        for some in np.split(changed, np.flatnonzero(np.diff(part)) + 1) if len(changed) else ():
            out[some] = self._fit(rows[some], before, instead[some])
        return out

    def _fit(self, rows: Rows, before: int, instead: I32) -> F32:
        ids, bounds, slots = self._copies(rows, before, instead)
        contexts = self.choice.contexts(ids, self.lexicon.is_content[ids], bounds, slots)
        a, b, c, d, e = (ids[slots + offset] for offset in range(-2, 3))
        pairs = [bigram_keys(b, c), bigram_keys(c, d)]
        triples = [trigram_keys(a, b, c), trigram_keys(b, c, d), trigram_keys(c, d, e)]
        seen = self.lexicon.ngrams.log2_counts(np.concatenate(pairs + triples)).reshape(5, -1).T @ _WEIGHTS
        return np.asarray(self.choice.scores(contexts, c[:, None])[:, 0] + seen, np.float32)

    def _copies(self, rows: Rows, before: int, instead: I32) -> tuple[I32, I32, I32]:
        """A copy of each row's paragraph, mended: ids of all of them, their bounds (n, 2), the rows' slots (n,)."""
        first, last = self.batch.bounds[self.batch.owner[rows]].T
        lengths = last - first
        ends = np.cumsum(lengths + PADDING)
        ids = np.zeros(int(ends[-1]) + PADDING, np.int32)
        at = self.batch.slots[rows]
        for i, (start, stop, end) in enumerate(zip(first.tolist(), last.tolist(), ends.tolist(), strict=True)):
            ids[end - (stop - start) : end] = self.batch.ids[start:stop]
            place = end - stop + int(at[i]) - before
            ids[place : place + instead.shape[1]] = instead[i]
        moved = ends - last
        return ids, np.column_stack([ends - lengths, ends]).astype(np.int32), (at + moved).astype(np.int32)
