"""Traces beside the word choice, a row of numbers for each paragraph: what machines do to small words and to phrases, how
old its words are, and what the rules found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.batch import Batch
from detector.lexicon import BOUNDARY, F32, I32, Lexicon
from detector.misspelt import misspelt
from detector.registers import OLD, SCALE
from detector.rules import phrases
from detector.rules.rule import Hit
from detector.translation import TRANSLATION_NAMES, translation_features

#: What the tokens of a paragraph show.
_OF_TOKENS: Final = ("unknown", "old", *TRANSLATION_NAMES, "misspelt", "phrases")
#: What the rules found in it: rules that speak for a machine, by the column that counts their hits. A doubled determiner
#: is a learner's slip as often as a machine's.
_OF_RULES: Final = {
    "slips": ("article", "agreement", "part-of-speech", "countability", "preposition"),
    "altered": ("altered-name",),
    "untranslated": ("untranslated",),
    "debris": ("split-number", "loose-bracket", "loose-quote", "joined-quote"),
}
_COLUMN_OF: Final = {rule: number for number, rules in enumerate(_OF_RULES.values()) for rule in rules}
#: Columns of the traces.
TRACE_NAMES: Final = (*_OF_TOKENS, *_OF_RULES)
#: One more hit of a rule says little more.
MOST_HITS: Final = 3
#: What a phrase can weigh in a paragraph, and all of them together, in nats.
MOST_OF_ONE, MOST_WEIGHT = 3.0, 6.0


def token_traces(batch: Batch, texts: Sequence[str], lexicon: Lexicon, unknown: Sequence[float]) -> F32:
    """Traces (paragraphs, tokens' columns) of a batch; texts: those that the paragraphs stand in;
    unknown: (paragraphs,) share of words outside the vocabulary."""
    return np.column_stack([
        unknown,
        _old(batch, lexicon),
        translation_features(batch, lexicon),
        misspelt(batch, texts, lexicon),
        _phrases(batch, lexicon),
    ]).astype(np.float32)  # fmt: skip


def _phrases(batch: Batch, lexicon: Lexicon) -> F32:
    """What the phrases of each paragraph weigh together (paragraphs,); one that comes again says nothing new."""
    found = phrases.weights(batch, lexicon)
    owner = np.searchsorted(batch.bounds[:, 0], found.first, side="right") - 1
    distinct = np.unique(np.column_stack([owner, found.phrase]), axis=0, return_index=True)[1]
    weight = np.minimum(found.weight[distinct], MOST_OF_ONE)
    gathered = np.bincount(owner[distinct], weight, len(batch.bounds))
    return np.asarray(np.minimum(gathered, MOST_WEIGHT), np.float32)


def _old(batch: Batch, lexicon: Lexicon) -> F32:
    """How much more often (a logarithm) old books have the words of each paragraph's slots, on average (paragraphs,)."""
    words = batch.ids[batch.slots]
    ratio = lexicon.kinds[words, OLD] / np.float32(SCALE)
    told = np.bincount(batch.owner, words != BOUNDARY, len(batch.bounds))
    return np.asarray(np.bincount(batch.owner, ratio, len(batch.bounds)) / np.maximum(told, 1), np.float32)


def rule_traces(hits: Sequence[Iterable[Hit]]) -> F32:
    """Traces (paragraphs, rules' columns): how many hits (paragraphs,) each has of the rules that speak for a machine."""
    counts = np.zeros((len(hits), len(_OF_RULES)), np.float32)
    for number, found in enumerate(hits):
        for hit in found:
            column = _COLUMN_OF.get(hit.rule)
            if column is not None:
                counts[number, column] += 1
    return np.minimum(counts, MOST_HITS)


def debris_kinds(hits: Sequence[Iterable[Hit]], document_of: I32, documents: int) -> npt.NDArray[np.int64]:
    """How many kinds of a careless pipeline's marks each document has (documents,). hits, document_of: of the paragraphs."""
    rules = _OF_RULES["debris"]
    kinds = {
        (document, hit.rule)
        for document, found in zip(document_of.tolist(), hits, strict=True)
        for hit in found
        if hit.rule in rules
    }
    return np.bincount(np.array([document for document, _ in kinds], np.int64), minlength=documents)


#: How many of the columns are the tokens'.
OF_TOKENS: Final = len(_OF_TOKENS)
