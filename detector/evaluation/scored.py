"""Texts with what the detector said about each, and the comparison of its spans with what is known to be odd."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import lemminflect

from detector.results import Mode, Scorer, Span
from detector.training.families.content import is_content

BATCH: Final = 64
WORD: Final = re.compile(r"[^\W\d_]+(?:['\u2019][^\W\d_]+)*")


class Scored(NamedTuple):
    """One text and its verdict. A text that got no score counts as 0 and not flagged.

    features: those of the paragraph with the highest score, where they were asked for.
    """

    text: str
    status: str
    score: float
    flagged: bool
    spans: tuple[Span, ...]
    features: Mapping[str, float] | None = None


def score_texts(
    detector: Scorer, texts: Sequence[str], mode: Mode = "balanced", *, explain: bool = False
) -> list[Scored]:
    """Score each text as a document of its own, in batches; with `explain`, spans and texts have their features."""
    scored: list[Scored] = []
    for at in range(0, len(texts), BATCH):
        batch = texts[at : at + BATCH]
        for text, document in zip(batch, detector.score(batch, mode=mode, explain=explain).documents, strict=True):
            spans = tuple(span for paragraph in document.paragraphs for span in paragraph.spans)
            highest = max(document.paragraphs, key=lambda paragraph: paragraph.score or 0.0, default=None)
            features = None if highest is None else highest.features
            scored.append(Scored(text, document.status, document.score or 0.0, document.flagged, spans, features))
    return scored


def covered_words(one: Scored) -> tuple[int, int]:
    """How many words of the text stand in spans, and how many it has."""
    words = [match.span() for match in WORD.finditer(one.text)]
    inside = sum(any(overlap(*word, span.start, span.end) for span in one.spans) for word in words)
    return inside, len(words)


def cover_share(scored: Sequence[Scored]) -> float:
    """Share of the words of all texts that stand in spans."""
    pairs = [covered_words(one) for one in scored]
    words = sum(total for _, total in pairs)
    return sum(inside for inside, _ in pairs) / words if words else 0.0


def overlap(start: int, end: int, other_start: int, other_end: int) -> bool:
    """Whether two stretches share a character."""
    return start < other_end and other_start < end


def occurrences(text: str, phrase: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of every place where `phrase` stands, whole words first; none if it stands nowhere."""
    found = [match.span() for match in re.finditer(re.escape(phrase), text)]
    whole = [(start, end) for start, end in found if _is_whole(text, start, end)]
    yield from whole or found


def restores(odd: str, original: str, suggestion: str) -> bool:
    """Whether `suggestion` brings back a content word of `original` that is not in the `odd` phrase.

    Words are compared by lemma. Where the original differs in function words alone, any of those counts.
    """
    known = _lemmas(odd)
    lost = [word for word in _words(original) if not _readings(word) & known]
    content = [word for word in lost if is_content(word)] or lost
    offered = _lemmas(suggestion)
    return any(_readings(word) & offered for word in content)


def restores_exactly(text: str, odd: tuple[int, int], original: str, span: Span, suggestion: str) -> bool:
    """Whether replacing `span` by `suggestion` gives the very text that replacing `odd` by `original` gives."""
    start, end = min(odd[0], span.start), max(odd[1], span.end)
    wanted = text[start : odd[0]] + original + text[odd[1] : end]
    given = text[start : span.start] + suggestion + text[span.end : end]
    return wanted.casefold().split() == given.casefold().split()


def first_hit(odd: str, original: str, spans: Sequence[Span]) -> int | None:
    """Rank, from 1, of the first suggestion of any of `spans` that restores the original; None if none does."""
    ranks = [
        rank
        for span in spans
        for rank, suggestion in enumerate(span.suggestions, 1)
        if restores(odd, original, suggestion)
    ]
    return min(ranks, default=None)


def _is_whole(text: str, start: int, end: int) -> bool:
    return not (text[start - 1 : start].isalnum() or text[end : end + 1].isalnum())


def _words(text: str) -> list[str]:
    return [word.replace("\u2019", "'") for word in WORD.findall(text.lower())]


def _lemmas(text: str) -> frozenset[str]:
    return frozenset().union(*map(_readings, _words(text)))


@lru_cache(maxsize=100_000)
def _readings(word: str) -> frozenset[str]:
    """The word itself and every lemma it can be a form of."""
    return frozenset({word}.union(*lemminflect.getAllLemmas(word).values()))
