"""Real pages: paragraphs that people labelled, with the odd phrases they marked."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Final, NamedTuple

from detector.evaluation.metrics import auc, tpr_at_fpr, wilson
from detector.evaluation.registers import false_alarms
from detector.evaluation.scored import (
    Scored,
    cover_share,
    first_hit,
    occurrences,
    overlap,
    restores_exactly,
    score_texts,
)
from detector.results import MODES, Json, Mode, Scorer, Span

#: Documents are compared with the article they came from by letters and digits alone.
_NOT_ALPHANUMERIC: Final = re.compile(r"[\W_]+")


class Evidence(NamedTuple):
    """An odd phrase as it stands in the text, and what stood there before the spinner came."""

    span: str
    original: str


class Page(NamedTuple):
    """One labelled paragraph; label is 1 for spun, 0 for clean."""

    doc: str
    label: int
    kind: str
    text: str
    evidence: tuple[Evidence, ...] = ()


class EvidenceFound(NamedTuple):
    """What the spans say about one odd phrase: overlapped, original offered (rank), restored to the letter."""

    overlapped: bool
    rank: int | None
    exact: bool


def read_pages(path: Path) -> list[Page]:
    """Read labelled paragraphs, one JSON object a line."""
    with path.open(encoding="utf-8") as lines:
        return [_page(json.loads(line)) for line in lines if line.strip()]


def evaluate_pages(detector: Scorer, pages: Sequence[Page]) -> Json:
    """Every figure on labelled pages, each paragraph scored as its own text."""
    scored = {mode: score_texts(detector, [page.text for page in pages], mode) for mode in MODES}
    return {
        "paragraphs": _ranking([page.label for page in pages], scored["balanced"]),
        "documents": _documents(detector, pages),
        "modes": {mode: _mode(pages, scored[mode]) for mode in MODES},
    }


def find_evidence(one: Scored, evidence: Evidence) -> EvidenceFound:
    """Compare the spans of a scored text with one odd phrase in it."""
    places = list(occurrences(one.text, evidence.span))
    touching = [(place, span) for place in places for span in one.spans if overlap(*place, span.start, span.end)]
    exact = any(
        restores_exactly(one.text, place, evidence.original, span, suggestion)
        for place, span in touching
        for suggestion in span.suggestions
    )
    rank = first_hit(evidence.span, evidence.original, [span for _, span in touching])
    return EvidenceFound(bool(touching), rank, exact)


def evaluate_article(detector: Scorer, article: str, pages: Sequence[Page], phrases: Sequence[str]) -> Json:
    """Score `article` as one text and compare its paragraphs with `pages`, the labelled paragraphs cut from it.

    `phrases` are looked up in the article: the spans on each, with their suggestions.
    """
    return {mode: _article(detector, article, pages, phrases, mode) for mode in MODES}


def _article(detector: Scorer, article: str, pages: Sequence[Page], phrases: Sequence[str], mode: Mode) -> Json:
    document = detector.score(article, mode=mode).documents[0]
    flagged = [_bare(article[p.start : p.end]) for p in document.paragraphs if p.flagged]
    spans = [span for paragraph in document.paragraphs for span in paragraph.spans]
    verdicts = [(page.label, any(_same(_bare(page.text), text) for text in flagged)) for page in pages]
    return {
        "document": {"score": document.score, "flagged": document.flagged, "fraction": document.fraction_flagged},
        "spun": sum(label for label, _ in verdicts),
        "spun_flagged": sum(found for label, found in verdicts if label),
        "clean": sum(not label for label, _ in verdicts),
        "clean_flagged": sum(found for label, found in verdicts if not label),
        "verdicts": [int(found) for _, found in verdicts],
        "phrases": {phrase: _looked_up(article, phrase, spans) for phrase in phrases},
    }


def _looked_up(article: str, phrase: str, spans: Sequence[Span]) -> list[Json]:
    return [
        {"text": span.text, "suggestions": list(span.suggestions)}
        for place in occurrences(article, phrase)
        for span in spans
        if overlap(*place, span.start, span.end)
    ]


def _same(page: str, paragraph: str) -> bool:
    """Whether one of two bare texts is part of the other; a list may have been cut into its points."""
    return bool(paragraph) and (paragraph in page or page in paragraph)


def _bare(text: str) -> str:
    return _NOT_ALPHANUMERIC.sub("", text).casefold()


def _page(record: Json) -> Page:
    return Page(
        doc=record["doc"],
        label=record["label"],
        kind=record["kind"],
        text=record["text"],
        evidence=tuple(Evidence(one["span"], one["original"]) for one in record.get("evidence", ())),
    )


def _ranking(labels: Sequence[int], scored: Sequence[Scored]) -> Json:
    scores = [one.score for one in scored]
    return {
        "n": len(labels),
        "spun": sum(labels),
        "unscored": sum(one.status != "scored" for one in scored),
        "auc": auc(labels, scores),
        "tpr1": tpr_at_fpr(labels, scores, 0.01),
        "tpr5": tpr_at_fpr(labels, scores, 0.05),
    }


def _documents(detector: Scorer, pages: Sequence[Page]) -> Json:
    """The paragraphs of each document joined by blank lines; a document with one spun paragraph is spun."""
    parts: dict[str, list[Page]] = defaultdict(list)
    for page in pages:
        parts[page.doc].append(page)
    labels = [max(page.label for page in part) for part in parts.values()]
    texts = ["\n\n".join(page.text for page in part) for part in parts.values()]
    scored = score_texts(detector, texts)
    return {**_ranking(labels, scored), **_verdicts(labels, scored)}


def _mode(pages: Sequence[Page], scored: Sequence[Scored]) -> Json:
    labels = [page.label for page in pages]
    found = [
        find_evidence(one, evidence) for page, one in zip(pages, scored, strict=True) for evidence in page.evidence
    ]
    by_kind: dict[str, list[Scored]] = defaultdict(list)
    for page, one in zip(pages, scored, strict=True):
        if not page.label:
            by_kind[page.kind].append(one)
    n = len(found) or 1
    return {
        **_verdicts(labels, scored),
        "evidence": len(found),
        "overlapped": sum(one.overlapped for one in found) / n,
        "hit5": sum(one.rank is not None for one in found) / n,
        "exact5": sum(one.exact for one in found) / n,
        "cover_clean": cover_share([one for label, one in zip(labels, scored, strict=True) if not label]),
        "cover_spun": cover_share([one for label, one in zip(labels, scored, strict=True) if label]),
        "kinds": {kind: false_alarms(part) for kind, part in sorted(by_kind.items())},
    }


def _verdicts(labels: Sequence[int], scored: Sequence[Scored]) -> Json:
    by_label = {0: 0, 1: 0}
    for label, one in zip(labels, scored, strict=True):
        by_label[label] += one.flagged
    spun = sum(labels)
    return {
        "flagged_clean": wilson(by_label[0], len(labels) - spun).share,
        "flagged_spun": wilson(by_label[1], spun).share,
    }
