"""What kind of text is a paragraph, and which of its words are strangers there?

Verse, old prose and manuals have words that are odd in the news and at home beside each other; a spinner's substitutes
are strangers to the text that they were put into, whatever kind that is. The kinds were found in clean text alone.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from detector.batch import Batch
from detector.lexicon import F32, I32

#: Columns of `register_features`.
REGISTER_NAMES: Final = ("at_home", "old")

#: Of a natural logarithm, in a table's int8.
SCALE: Final = 24
#: Words of a text come in bunches: each of them says this much less of its kind than if they came one by one.
TEMPER: Final = 0.2
#: The column of a table that old books are in; the others are of kinds of text.
OLD: Final = 0

_LOGARITHM: Final = np.arange(256, dtype=np.uint8).view(np.int8) / np.float32(SCALE)
#: By an entry of a table: what a word's own share in the evidence for its paragraph's kinds is divided out with, and that
#: times the word's ratio.
_WITHOUT: Final = np.exp(-TEMPER * _LOGARITHM).astype(np.float32)
_RATIO_WITHOUT: Final = np.exp((1 - TEMPER) * _LOGARITHM).astype(np.float32)


def register_features(batch: Batch, table: npt.NDArray[np.int8]) -> F32:
    """Features (slots, len(REGISTER_NAMES)) of all slots of a batch.

    at_home: logarithm of how much more often the word stands in texts of the kinds that the rest of its paragraph is of
    than elsewhere. old: the same of old books. table: (ids, 1 + kinds), SCALE times the logarithm of a word's share in
    old books, and in each kind of text, over its share in all text; 0 for padding.
    """
    out = np.zeros((len(batch.slots), len(REGISTER_NAMES)), np.float32)
    if not len(out):
        return out
    words = table[batch.ids]  # (tokens, 1 + kinds)
    of_slots = words[batch.slots]
    if words.shape[1] > OLD + 1:
        # Between the paragraphs there is only padding, which adds nothing.
        sums = np.add.reduceat(words, batch.bounds[:, 0], axis=0, dtype=np.int32)
        out[:, 0] = _at_home(of_slots[:, OLD + 1 :], sums[:, OLD + 1 :], batch.owner)
    out[:, 1] = of_slots[:, OLD] / np.float32(SCALE)
    return out


def _at_home(words: npt.NDArray[np.int8], sums: I32, owner: I32) -> F32:
    """(slots,): words (slots, kinds) of the slots, sums (paragraphs, kinds) over all tokens, owner (slots,)."""
    evidence = sums * np.float32(TEMPER / SCALE)
    likely = np.exp(evidence - evidence.max(axis=1, keepdims=True))[owner]  # (slots, kinds)
    entry = words.view(np.uint8)
    ratio = np.sum(likely * _RATIO_WITHOUT[entry], axis=1) / np.sum(likely * _WITHOUT[entry], axis=1)
    return np.asarray(np.log(ratio), np.float32)
