"""Witnesses of each slot: what speaks for the word that stands there, and what for its best substitute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.batch import Batch, sums_by_owner
from detector.choice import ChoiceModel
from detector.lexicon import BOUNDARY, F32, I32, NAME, SYMBOL, UNKNOWN, Lexicon
from detector.ngrams import bigram_keys, trigram_keys
from detector.registers import REGISTER_NAMES, register_features

#: How many of a word's candidates, best by the choice model, are looked up in the n-gram table.
LOOKED_UP: Final = 8
#: What one doubling of a bigram's or a trigram's count adds to a candidate's score, in nats.
BIGRAM_WEIGHT, TRIGRAM_WEIGHT = 0.15, 0.2
#: log2 of the number of tokens that were counted.
LOG2_TOKENS: Final = 26.9

NAMES: Final = (
    "gap", "gap_best", "gap_z", "rank", "score", "pointwise", "log_share", "log_share_best", "score_best",
    "left", "right", "left_left", "across", "right_right",
    "best_left", "best_right", "best_left_left", "best_across", "best_right_right",
    "seen", "best_seen", "fit_gap", "absent_left", "absent_right", "candidates", "prior",
    "capital", "first", "unknown_near", "mixture",
    "near", "near_seen", "best_place",
    "best_tie_left", "best_tie_right", "content_left", "content_right",
    "at_home",
    "others_gap_z", "others_score", "others_log_share", "others_fit_gap", "before_gap_z", "after_gap_z",
)  # fmt: skip

#: The column of the register's features that is a witness of its own.
AT_HOME: Final = REGISTER_NAMES.index("at_home")
#: Witnesses whose mean over the paragraph's other slots is one too: what is odd in news is usual in verse.
_SHARED: Final = tuple(NAMES.index(name) for name in ("gap_z", "score", "log_share", "fit_gap"))


@dataclass(frozen=True)
class Slots:
    """features: float32 (slots, len(NAMES)); ranked: int32 (slots, LOOKED_UP) candidates, the best fitting first, 0
    where there are none; fit: float32 (slots, 1 + LOOKED_UP), of the word and of each ranked candidate: what the
    context, the n-grams and the candidate's place on the list say together; contexts: float32 (slots, width), the choice
    model's."""

    features: F32
    ranked: I32
    fit: F32
    levels: npt.NDArray[np.int8]  # (slots, 1 + LOOKED_UP, 5) n-gram levels, in the order left ... right_right
    contexts: F32

    def keeping(self, kept: npt.NDArray[np.bool_], features: bool) -> Slots:
        """Only the slots where kept (slots,) is true; without their features, the most of it, unless asked for."""
        rows = self.features[kept] if features else np.zeros((0, len(NAMES)), np.float32)
        return Slots(rows, self.ranked[kept], self.fit[kept], self.levels[kept], self.contexts[kept])


def slot_features(batch: Batch, lexicon: Lexicon, choice: ChoiceModel) -> Slots:
    """All witnesses of all slots of a batch.

    Spinners take close synonyms more often than far ones: over the training families the original stands at place k of
    the candidate list of the word that replaced it about as often as 1 / (k + 1), so `near` weighs candidates by that.
    """
    ids, slots = batch.ids, batch.slots
    words = ids[slots]
    contexts = choice.contexts(ids, lexicon.is_content[ids], batch.bounds, slots)
    listed = np.concatenate([words[:, None], lexicon.candidates[words]], axis=1)
    scores = choice.scores(contexts, listed)
    scores[listed == 0] = -np.inf
    own, others = scores[:, 0], scores[:, 1:]
    rows = np.arange(len(slots))[:, None]
    near = others - np.log1p(np.arange(others.shape[1], dtype=np.float32))
    top = np.argpartition(-near, min(LOOKED_UP, near.shape[1] - 1), axis=1)[:, :LOOKED_UP]
    looked_up = np.concatenate([words[:, None], listed[rows, 1 + top]], axis=1)
    levels = ngram_levels(ids, slots, looked_up, lexicon)
    seen = np.asarray(levels @ np.array([BIGRAM_WEIGHT] * 2 + [TRIGRAM_WEIGHT] * 3, np.float32), np.float32)
    fit = np.concatenate([own[:, None], near[rows, top]], axis=1) + seen
    order = np.argsort(-fit[:, 1:], axis=1, kind="stable")
    place = top[rows[:, 0], order[:, 0]]
    order = np.concatenate([np.zeros_like(rows), 1 + order], axis=1)  # the word itself stays in front
    looked_up, fit, seen, levels = looked_up[rows, order], fit[rows, order], seen[rows, order], levels[rows, order]

    highest = others.max(axis=1)
    peak = np.maximum(own, highest)
    gap = own - (peak + np.log(np.exp(scores - peak[:, None]).sum(axis=1)))
    best = listed[np.arange(len(slots)), 1 + others.argmax(axis=1)]
    count = np.count_nonzero(listed[:, 1:], axis=1)
    share = lexicon.log_share
    usual = lexicon.usual[words]
    previous, following = ids[slots - 1], ids[slots + 1]
    to_log2 = np.float32(1 / np.log(2))
    expected_left = (share[previous][:, None] + share[looked_up]) * to_log2 + np.float32(LOG2_TOKENS)
    expected_right = (share[following][:, None] + share[looked_up]) * to_log2 + np.float32(LOG2_TOKENS)
    columns = [
        np.maximum(gap, -15),
        np.maximum(own - highest, -15),
        np.clip((gap - usual[:, 0]) / usual[:, 1], -8, 8),
        np.count_nonzero(others > own[:, None], axis=1) / np.maximum(count, 1),
        own,
        own - share[words],
        share[words],
        share[best],
        highest,
        *levels[:, 0].T,
        *levels[:, 1:].max(axis=1).T,
        seen[:, 0],
        seen[:, 1:].max(axis=1),
        np.clip(fit[:, 0] - fit[:, 1], -15, 15),
        np.clip(expected_left[:, 0] - levels[:, 0, 0], -10, 12),
        np.clip(expected_right[:, 0] - levels[:, 0, 1], -10, 12),
        count / 40,
        lexicon.prior[words],
        batch.capital[slots],
        _first_of_sentence(ids, slots),
        _unknown_near(ids, slots),
        # How much likelier the word is as a substitute of one of its candidates than as the first choice.
        np.clip(np.log(np.expm1(np.minimum(-gap, 30)).clip(1e-6)) - np.log(count.clip(1)), -12, 12),
        np.clip(_log_sum(near) - own, -15, 15),
        np.clip(_log_sum(fit[:, 1:]) - fit[:, 0], -15, 15),
        np.log1p(place),
        _best_tie(levels[:, 1:, 0], expected_left[:, 1:]),
        _best_tie(levels[:, 1:, 1], expected_right[:, 1:]),
        lexicon.is_content[previous],
        lexicon.is_content[following],
        register_features(batch, lexicon.kinds)[:, AT_HOME],
    ]
    features = np.zeros((len(slots), len(NAMES)), np.float32)
    for number, column in enumerate(columns):
        features[:, number] = column
    _add_surroundings(features, batch.owner, len(batch.bounds))
    return Slots(features, looked_up[:, 1:], fit, levels, contexts)


def _log_sum(scores: F32) -> F32:
    """log of the sum of exponentials of each row (slots, n); at least one entry of a row is finite."""
    peak = scores.max(axis=1)
    return np.asarray(peak + np.log(np.exp(scores - peak[:, None]).sum(axis=1)), np.float32)


def _best_tie(levels: npt.NDArray[np.int8], expected: F32) -> F32:
    """How much more often than by chance (log2) a substitute was seen with the neighbour; -8 where none was."""
    return np.asarray(np.where(levels > 0, levels - expected, -8).max(axis=1).clip(-8, 16), np.float32)


def _add_surroundings(features: F32, owner: I32, owners: int) -> None:
    """Fill the last columns: means over the other slots of the paragraph, and the neighbouring slots' gap_z."""
    own = features[:, _SHARED]
    count = np.bincount(owner, minlength=owners).astype(np.float32)[owner]
    rest = sums_by_owner(own, owner, owners)[owner] - own
    at = len(NAMES) - 6
    features[:, at : at + 4] = rest / np.maximum(count - 1, 1)[:, None]
    gap_z = own[:, 0]
    same = owner[1:] == owner[:-1]
    features[1:, at + 4] = np.where(same, gap_z[:-1], 0)
    features[:-1, at + 5] = np.where(same, gap_z[1:], 0)


def ngram_levels(ids: I32, slots: I32, words: I32, lexicon: Lexicon) -> npt.NDArray[np.int8]:
    """Logarithms of the counts of each word (slots, n) with its neighbours: (slots, n, 5)."""
    shape = words.shape
    far_left, left, right, far_right = (
        np.broadcast_to(ids[slots + offset][:, None], shape).ravel() for offset in (-2, -1, 1, 2)
    )
    flat = words.ravel()
    keys = np.concatenate([
        bigram_keys(left, flat),
        bigram_keys(flat, right),
        trigram_keys(far_left, left, flat),
        trigram_keys(left, flat, right),
        trigram_keys(flat, right, far_right),
    ])  # fmt: skip
    found = lexicon.ngrams.log2_counts(keys).reshape(5, *shape)
    found[:, words == 0] = 0
    return np.moveaxis(found, 0, -1)


# Sentence marks, brackets and quotes, after which a capital is usual.
_ENDS = (BOUNDARY, *range(SYMBOL + 1, SYMBOL + 13))


def _first_of_sentence(ids: I32, slots: I32) -> npt.NDArray[np.bool_]:
    return np.asarray(np.isin(ids[slots - 1], _ENDS) & (ids[slots - 1] != SYMBOL + 2))


def _unknown_near(ids: I32, slots: I32, reach: int = 5) -> F32:
    unknown = ((ids == UNKNOWN) | (ids == NAME) | (ids == SYMBOL)).astype(np.float32)
    running = np.concatenate([[np.float32(0)], np.cumsum(unknown, dtype=np.float32)])
    return np.asarray((running[slots + reach + 1] - running[slots - reach]) / (2 * reach), np.float32)
