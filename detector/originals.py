"""What an odd word may have replaced, best first.

Every content word is judged by its own list of substitutes. The few that turn out odd are looked at more closely: the
best of those lend their substitutes too, and more of them are looked up in the n-grams of the place.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.batch import Batch
from detector.choice import ChoiceModel
from detector.features import LOG2_TOKENS, ngram_levels
from detector.lexicon import F32, I32, Lexicon
from detector.ngrams import bigram_keys

#: So many of a word's best substitutes lend so many of their own, of which so many are tried.
LENDERS, LENT, TRIED = 8, 16, 60
#: How many are looked up in the n-gram table, and kept.
LOOKED_UP: Final = 24
#: How many of each word are tried together with those of the next word.
TRIED_TOGETHER: Final = 6
#: Below this is the score of what cannot be.
IMPOSSIBLE: Final = -500.0
#: What speaks for a substitute beside the choice model's score, in nats: the logarithm of its place on the word's list,
#: its being lent, each doubling of a trigram's count, the word's ending. Fitted (a conditional logit) on the pairs of
#: subset `fit` whose original is tried, every family counting the same.
PLACE, IS_LENT, TRIGRAM, SAME_ENDING = -1.6, -8.1, 0.19, 0.7

#: Bounds of a tie, in doublings.
LOOSEST, TIGHTEST = -10, 16

_TO_LOG2: Final = np.float32(1 / np.log(2))
_WORD_BITS, _PLACE_BITS = 17, 8
_NOWHERE: Final = np.int32(2**31 - 1)


@dataclass(frozen=True)
class Originals:
    """row: position in the batch -> row. words: int32 (rows, LOOKED_UP), best first, 0 where there are no more; scores:
    float32 (rows, 1 + LOOKED_UP), in nats, of the odd word itself, then of those, below IMPOSSIBLE where there are
    no more; ties: float32 (rows, 1 + TRIED_TOGETHER, 1 + TRIED_TOGETHER), see `ties`, of the odd word and its
    first substitutes with those of the next row."""

    row: Mapping[int, int]
    words: I32
    scores: F32
    ties: F32


def originals(
    batch: Batch, positions: I32, lexicon: Lexicon, choice: ChoiceModel, contexts: F32 | None = None
) -> Originals:
    """What may have stood at positions (rows,) of the batch, ascending, each a content word's. contexts: (rows, width),
    the choice model's, where they are known."""
    odd = batch.ids[positions]
    if contexts is None:
        contexts = choice.contexts(batch.ids, _topics(batch, positions, lexicon), batch.bounds, positions)
    words, scores = _tried(odd, contexts, lexicon, choice)
    words, scores = _best(words, scores, LOOKED_UP, fixed=1)
    scores += TRIGRAM * ngram_levels(batch.ids, positions, words, lexicon)[:, :, 2:].sum(axis=2, dtype=np.float32)
    words, scores = _best(words, scores, LOOKED_UP, fixed=1)
    together = words[:, : 1 + TRIED_TOGETHER]
    tied = np.zeros((len(odd), together.shape[1], together.shape[1]), np.float32)
    beside = np.flatnonzero(np.diff(positions) == 1)
    tied[beside] = ties(together[beside], together[beside + 1], lexicon)
    row = {position: i for i, position in enumerate(positions.tolist())}
    return Originals(row, words[:, 1:], scores, tied)


def _tried(odd: I32, contexts: F32, lexicon: Lexicon, choice: ChoiceModel) -> tuple[I32, F32]:
    """The odd words (rows,), and what is tried for each, (rows, 1 + n), with what is known of them without n-grams."""
    listed = lexicon.candidates[odd]
    near = choice.scores(contexts, listed)
    places = np.log1p(np.arange(listed.shape[1], dtype=np.float32))
    lent = _lent(odd, listed, _best(listed, near - places, LENDERS)[0], lexicon)
    rest = choice.scores(contexts, np.concatenate([odd[:, None], lent], axis=1))
    words = np.concatenate([odd[:, None], listed, lent], axis=1)
    scores = np.concatenate([rest[:, :1], near + PLACE * places, rest[:, 1:] + IS_LENT], axis=1)
    scores[:, 1:] += SAME_ENDING * (lexicon.ending[words[:, 1:]] == lexicon.ending[odd][:, None])
    return words, scores


def _best(words: I32, scores: F32, count: int, fixed: int = 0) -> tuple[I32, F32]:
    """The first `fixed` words of each row (rows, n), and the best `count` of the others, best first; no word is 0."""
    scores = np.where(words > 0, scores, np.float32(2 * IMPOSSIBLE))
    order = np.tile(np.arange(fixed), (len(words), 1))
    order = np.concatenate([order, fixed + np.argsort(-scores[:, fixed:], axis=1, kind="stable")[:, :count]], axis=1)
    return np.take_along_axis(words, order, axis=1), np.take_along_axis(scores, order, axis=1)


def _topics(batch: Batch, positions: I32, lexicon: Lexicon) -> npt.NDArray[np.bool_]:
    """Which tokens (tokens,) make the topics of the paragraphs where positions are."""
    counted = np.zeros(len(batch.ids), np.bool_)
    for paragraph in np.unique(np.searchsorted(batch.bounds[:, 0], positions, side="right") - 1).tolist():
        first, last = batch.bounds[paragraph].tolist()
        counted[first:last] = lexicon.is_content[batch.ids[first:last]]
    return counted


def _lent(odd: I32, listed: I32, lenders: I32, lexicon: Lexicon) -> I32:
    """The first distinct words (rows, up to TRIED) of the lists of lenders (rows, LENDERS), 0 where there are no more;
    none that is the odd word (rows,) or listed (rows, n)."""
    lent = lexicon.candidates[lenders, :LENT]
    # The first words of the best lenders first.
    order = np.outer(*(np.arange(1, 1 + count) for count in lent.shape[1:])).ravel().argsort(kind="stable")
    every = np.concatenate([odd[:, None], listed, lent.reshape(len(odd), len(order))[:, order]], axis=1)
    known = np.int32(1 + listed.shape[1])
    # Sorted by word, and for each word by place: what is known comes before what is lent.
    coded = np.sort(every << _PLACE_BITS | np.arange(every.shape[1], dtype=np.int32), axis=1)
    words, places = coded >> _PLACE_BITS, coded & (2**_PLACE_BITS - 1)
    new = (words > 0) & (places >= known)
    new[:, 1:] &= words[:, 1:] != words[:, :-1]
    coded = np.sort(np.where(new, places << _WORD_BITS | words, _NOWHERE), axis=1)[:, :TRIED]
    return np.asarray(np.where(coded == _NOWHERE, 0, coded & (2**_WORD_BITS - 1)), np.int32)


def ties(left: I32, right: I32, lexicon: Lexicon) -> F32:
    """How much more often than by chance (log2) words (n, a) were seen to the left of words (n, b): (n, a, b). What was
    never seen is rarer than chance where chance alone would have shown it."""
    pairs = np.broadcast_arrays(left[:, :, None], right[:, None, :])
    keys = bigram_keys(*(words.ravel() for words in pairs))
    level = lexicon.ngrams.log2_counts(keys).reshape(pairs[0].shape)
    left_share, right_share = (lexicon.log_share[words] * _TO_LOG2 for words in (left, right))
    tie = level - ((left_share + LOG2_TOKENS)[:, :, None] + right_share[:, None, :])
    tie[level == 0] = np.minimum(tie[level == 0], 0)
    return np.asarray(tie.clip(LOOSEST, TIGHTEST, out=tie), np.float32)
