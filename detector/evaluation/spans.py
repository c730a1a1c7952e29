"""Spans against the spinners' own record: which words are underlined, and whether the original is suggested."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import NamedTuple, Protocol

import numpy as np

from detector.batch import Batch, make_batch
from detector.evaluation.metrics import Counts, hit_at, mean_reciprocal_rank
from detector.evaluation.scored import BATCH, WORD, Scored, first_hit, overlap, score_texts
from detector.features import Slots, slot_features
from detector.lexicon import Lexicon, normalise
from detector.model import Model
from detector.originals import Originals, originals
from detector.results import Json, Scorer
from detector.spans import phrases, suggestions
from detector.text import TOKEN
from detector.training.families.content import is_content

Change = tuple[int, int, str]
Ranks = list[int | None]


class Spun(Protocol):
    """What is needed of a pair or of a text of the grid; a change is (start, end, original)."""

    @property
    def family(self) -> str | None: ...
    @property
    def text(self) -> str: ...
    @property
    def changes(self) -> tuple[Change, ...]: ...


class _Tally(NamedTuple):
    """What the texts of a family add up to."""

    words: Counts
    swapped: Ranks
    underlined: Ranks


def evaluate_spans(detector: Scorer, model: Model, texts: Sequence[Spun]) -> Json:
    """Underlined words and suggestions over all spun texts, and for each family; clean texts are passed over.

    The suggestions are those for every single word that another single word of the model's vocabulary was swapped for,
    whether or not it is underlined: a hit is the original to the letter. `underlined` has those that a user gets to see,
    for changes of any length; there a hit brings back a lost word in any inflection. `macro_hit5` is the mean over families.
    """
    spun = [text for text in texts if text.family is not None and text.changes]
    tallies: dict[str, list[_Tally]] = defaultdict(list)
    scored = score_texts(detector, [text.text for text in spun])
    for text, one, ranks in zip(spun, scored, swapped_ranks(model, spun), strict=True):
        tallies[str(text.family)].append(_Tally(token_counts(text, one), ranks, suggestion_ranks(text, one)))
    families = {name: _figures(part) for name, part in sorted(tallies.items())}
    measured = [one["hit5"] for one in families.values() if one["n"]]
    return {
        **_figures([tally for part in tallies.values() for tally in part]),
        "macro_hit5": fmean(measured) if measured else float("nan"),
        "families": families,
    }


def token_counts(spun: Spun, one: Scored) -> Counts:
    """Words in spans against words that the spinner put there."""
    true = false = missed = 0
    for match in WORD.finditer(spun.text):
        swapped = any(overlap(*match.span(), start, end) for start, end, _ in spun.changes)
        found = any(overlap(*match.span(), span.start, span.end) for span in one.spans)
        true += swapped and found
        false += found and not swapped
        missed += swapped and not found
    return Counts(true, false, missed)


def suggestion_ranks(spun: Spun, one: Scored) -> Ranks:
    """For each change under a span, the rank of the suggestion that takes it back."""
    ranks: Ranks = []
    for start, end, original in spun.changes:
        spans = [span for span in one.spans if overlap(start, end, span.start, span.end)]
        if spans:
            ranks.append(first_hit(spun.text[start:end], original, spans))
    return ranks


def swapped_ranks(model: Model, texts: Sequence[Spun]) -> Iterator[Ranks]:
    """For each text, the ranks of the originals of its swapped words, in the order of the changes.

    Words are those of `_single`; the suggestions are what a user would get if that word alone were underlined. A word
    that the model never asks about (a function word, a name) has no suggestions.
    """
    for at in range(0, len(texts), BATCH):
        chunk = texts[at : at + BATCH]
        batch = make_batch([(text.text, 0, len(text.text)) for text in chunk], model.lexicon)
        slots = slot_features(batch, model.lexicon, model.choice)
        known = originals(batch, batch.slots, model.lexicon, model.choice)
        first = np.searchsorted(batch.owner, np.arange(len(chunk) + 1)).tolist()
        for text, start, end in zip(chunk, first[:-1], first[1:], strict=True):
            slot_at = dict(zip(batch.starts[batch.slots[start:end]].tolist(), range(start, end), strict=True))
            yield [
                _rank(text.text, change, batch, slots, slot_at.get(change[0]), known, model.lexicon)
                for change in text.changes
                if _single(text.text, change, model.lexicon)
            ]


def _single(text: str, change: Change, lexicon: Lexicon) -> bool:
    """Whether one word stands for another one, which carries content and is in the vocabulary."""
    start, end, original = change
    odd, wanted = normalise(text[start:end]), normalise(original)
    return wanted in lexicon.index and is_content(wanted) and odd != wanted and TOKEN.fullmatch(odd) is not None


def _rank(
    text: str, change: Change, batch: Batch, slots: Slots, slot: int | None, known: Originals, lexicon: Lexicon
) -> int | None:
    """Place, from 1, of the suggestion that restores the text before the change, in any letter case."""
    if slot is None:
        return None
    start, end, original = change
    (phrase,) = phrases(batch, slots, [slot], lexicon)
    first, last = int(batch.starts[phrase.first]), int(batch.ends[phrase.last])
    wanted = normalise(text[first:start] + original + text[end:last])
    offered = [normalise(suggestion) for suggestion in suggestions(text, batch, phrase, known, lexicon)]
    return offered.index(wanted) + 1 if wanted in offered else None


def _figures(tallies: Sequence[_Tally]) -> Json:
    counts = [tally.words for tally in tallies]
    words = Counts(sum(c.true for c in counts), sum(c.false for c in counts), sum(c.missed for c in counts))
    return {
        "token_precision": words.precision,
        "token_recall": words.recall,
        **_hits([rank for tally in tallies for rank in tally.swapped]),
        "underlined": _hits([rank for tally in tallies for rank in tally.underlined]),
    }


def _hits(ranks: Ranks) -> Json:
    return {"n": len(ranks), "hit1": hit_at(ranks, 1), "hit5": hit_at(ranks, 5), "mrr": mean_reciprocal_rank(ranks)}
