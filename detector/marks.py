"""The spans of a paragraph: odd phrases and what the rules found, in order, and apart from each other."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable
from operator import attrgetter
from typing import Final

from detector.results import Span
from detector.rules.catalogue import MEASURED, category
from detector.rules.rule import Category, Hit
from detector.spans import MOST_SUGGESTIONS, RULE

_start: Final = attrgetter("start")
#: Where two overlap, the one that says more stays.
_PRECEDENCE: Final[tuple[Category, ...]] = ("names", "wording", "grammar")


def span_of(hit: Hit, text: str) -> Span:
    """A rule's hit as a span; its score is the precision that was measured of the rule."""
    sure = float(MEASURED[hit.rule]["precision"])
    odd, best = text[hit.start : hit.end], hit.suggestions[:MOST_SUGGESTIONS]
    return Span(hit.start, hit.end, odd, hit.rule, sure, best, hit.message)


def apart(spans: Iterable[Span]) -> list[Span]:
    """The spans in order; of two that overlap, the one of a rule goes before an odd word, but debris behind it: a mark is
    mended beside the word. Of one kind the longer goes first."""
    kept: list[Span] = []
    for span in sorted(spans, key=_order):
        at = bisect_left(kept, span.start, key=_start)
        if (not at or kept[at - 1].end <= span.start) and (at == len(kept) or span.end <= kept[at].start):
            kept.insert(at, span)
    return kept


def _order(span: Span) -> tuple[int, int, int]:
    of = category(span.rule)
    if span.rule == RULE or of not in _PRECEDENCE:
        rank = len(_PRECEDENCE) + (span.rule != RULE)
    else:
        rank = _PRECEDENCE.index(of)
    return rank, span.start - span.end, span.start
