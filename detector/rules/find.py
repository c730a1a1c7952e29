"""All rules at work: on a batch of tokens, and on a whole text."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np

from detector.batch import Batch
from detector.choice import ChoiceModel
from detector.features import Slots
from detector.lexicon import Lexicon
from detector.rules import debris, grammar, names, phrases, terms, untranslated
from detector.rules.rule import Hit
from detector.rules.tokens import as_hit

Places = Sequence[tuple[int, int]]


class Placed(NamedTuple):
    """A hit, and the number of the paragraph that it stands in."""

    paragraph: int
    hit: Hit


def in_batch(
    batch: Batch, slots: Slots, documents: Sequence[int], texts: Sequence[str], lexicon: Lexicon, choice: ChoiceModel
) -> Iterator[Placed]:
    """Hits of the rules that read tokens. slots: of all of batch.slots. documents, texts: (paragraphs,), the number of
    the document that each paragraph is of, and its text."""
    told = (
        grammar.find(batch, lexicon, slots, choice),
        phrases.find(batch, lexicon),
        untranslated.find(batch, texts, lexicon),
        terms.find(batch, np.array(documents, np.int32), lexicon),
    )
    starts = batch.bounds[:, 0].tolist()
    for found in chain.from_iterable(told):
        paragraph = bisect_right(starts, found.first) - 1
        yield Placed(paragraph, as_hit(found, batch, texts[paragraph]))


def in_texts(
    texts: Sequence[str], places: Sequence[Places], lexicon: Lexicon, known: names.Names
) -> Iterator[tuple[int, Placed]]:
    """Hits of the rules that read documents as they were written, and the number of the document of each. places: the
    documents' paragraphs."""
    altered = names.find_all(texts, places, lexicon, known)
    for number, (text, own, hits) in enumerate(zip(texts, places, altered, strict=True)):
        starts = [start for start, _ in own]
        for hit in chain(hits, debris.find(text, own)):
            yield number, Placed(bisect_right(starts, hit.start) - 1, hit)
