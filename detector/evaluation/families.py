"""The training's own spinner families on held-out text: paragraphs, tokens and suggestions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Final

from detector.evaluation.metrics import Counts, auc, counted, hit_at, mean_reciprocal_rank, tpr_at_fpr
from detector.evaluation.pairs import Pair, clean
from detector.evaluation.scored import WORD, Scored, first_hit, overlap, score_texts
from detector.results import Json, Scorer

#: Texts taken of each family, and of clean text: enough for two digits, quick enough to run after every change.
PER_FAMILY: Final = 500
CLEAN: Final = 2000


def evaluate_families(detector: Scorer, pairs: Sequence[Pair]) -> Json:
    """Each family's held-out spun texts against held-out clean ones, in balanced mode."""
    negatives = score_texts(detector, [pair.text for pair in clean(pairs)[:CLEAN]])
    parts: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        if pair.family is not None and pair.changes:
            parts[pair.family].append(pair)
    return {name: _family(detector, part[:PER_FAMILY], negatives) for name, part in sorted(parts.items())}


def token_counts(pair: Pair, one: Scored) -> Counts:
    """Words in spans against words that the spinner put there."""
    true = false = missed = 0
    for match in WORD.finditer(pair.text):
        swapped = any(overlap(*match.span(), start, end) for start, end, _ in pair.changes)
        found = any(overlap(*match.span(), span.start, span.end) for span in one.spans)
        true += swapped and found
        false += found and not swapped
        missed += swapped and not found
    return Counts(true, false, missed)


def suggestion_ranks(pair: Pair, one: Scored) -> list[int | None]:
    """For each change under a span, the rank of the suggestion that takes it back."""
    ranks: list[int | None] = []
    for start, end, original in pair.changes:
        spans = [span for span in one.spans if overlap(start, end, span.start, span.end)]
        if spans:
            ranks.append(first_hit(pair.text[start:end], original, spans))
    return ranks


def _family(detector: Scorer, pairs: Sequence[Pair], negatives: Sequence[Scored]) -> Json:
    scored = score_texts(detector, [pair.text for pair in pairs])
    both = [*negatives, *scored]
    labels = [0] * len(negatives) + [1] * len(scored)
    scores = [one.score for one in both]
    tokens = [token_counts(pair, one) for pair, one in zip(pairs, scored, strict=True)]
    words = Counts(*(sum(column) for column in zip(*tokens, strict=True)))
    ranks = [rank for pair, one in zip(pairs, scored, strict=True) for rank in suggestion_ranks(pair, one)]
    return {
        "n": len(pairs),
        "auc": auc(labels, scores),
        "tpr1": tpr_at_fpr(labels, scores, 0.01),
        "f1": counted(labels, [one.flagged for one in both]).f1,
        "token_precision": words.precision,
        "token_recall": words.recall,
        "hit1": hit_at(ranks, 1),
        "hit5": hit_at(ranks, 5),
        "mrr": mean_reciprocal_rank(ranks),
    }
