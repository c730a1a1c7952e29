"""The way of a text, from characters to a Result. Reads like a table of contents."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from pathlib import Path
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from detector import model as model_file
from detector.batch import Batch, make_batch
from detector.classifier import (
    DEBRIS_IN_DOCUMENT,
    F64,
    KEPT,
    LOG_SLOTS,
    PARAGRAPH_NAMES,
    Evidence,
    document_features,
    either,
    evidence,
    in_document,
    paragraph_features,
    probability,
    shares,
)
from detector.errors import InputError, check_size
from detector.features import NAMES, Slots, slot_features
from detector.lexicon import BOUNDARY, F32, I32, Lexicon
from detector.marks import apart, span_of
from detector.markup import read
from detector.model import Bars, Model
from detector.offsets import Offsets, as_sent
from detector.originals import originals
from detector.prose import census, status_of
from detector.results import (
    FORMATS,
    MODES,
    OFFSET_UNITS,
    SKIPS,
    Document,
    Format,
    Kinds,
    Mode,
    ModelInfo,
    OffsetUnit,
    Paragraph,
    Reason,
    Result,
    Skipped,
    Span,
    Status,
)
from detector.rules.find import in_batch, in_texts
from detector.rules.rule import Hit
from detector.skipping import skipped
from detector.spans import RULE, message, phrases, suggestions
from detector.text import paragraphs
from detector.traces import OF_TOKENS, debris_kinds, rule_traces, token_traces

#: Characters that are worked on at once: large enough for numpy, small enough for the memory.
BATCH_CHARACTERS: Final = 120_000
#: A longer paragraph is worked on in pieces (and scored as one).
PIECE_CHARACTERS: Final = 20_000


class _Piece(NamedTuple):
    """A paragraph, or a part of an enormous one: its document, its number among all paragraphs, its place."""

    document: int
    paragraph: int
    start: int
    end: int


@dataclass(frozen=True)
class _Suspects:
    """The slots of a batch that may become odd phrases, once their paragraphs are judged; owner: their paragraphs;
    whole: whether the batch has all the tokens that their contexts were made of."""

    batch: Batch
    slots: Slots
    logits: F32
    owner: I32
    whole: bool


@dataclass
class _Found:
    """What the batches leave behind: paragraphs' statuses, traces and rules' hits, the evidence of every scored slot, and
    the suspects."""

    statuses: list[Status]
    words: list[int]
    traces: F64  # (paragraphs, OF_TOKENS), means over the tokens
    hits: list[list[Hit]]
    logits: list[F32] = field(default_factory=list)
    kept: list[F32] = field(default_factory=list)
    owners: list[I32] = field(default_factory=list)
    suspects: list[_Suspects] = field(default_factory=list)


class _Judged(NamedTuple):
    """Logits of paragraphs, of documents; the shares of the kinds in the paragraphs' (paragraphs, len(KINDS)); which
    paragraphs are flagged, which documents; paragraphs' features."""

    paragraphs: F64
    documents: F64
    kinds: F64
    flagged: npt.NDArray[np.bool_]
    documents_flagged: npt.NDArray[np.bool_]
    features: F32


class Detector:
    """Finds text that a machine reworded. Thread-safe: scoring changes nothing."""

    def __init__(self, model: Model) -> None:
        self._model = model

    @classmethod
    def load(cls, path: Path | None = None) -> Detector:
        """The shipped model, or the one in the folder `path`. Raises ModelError."""
        return cls(model_file.load(path))

    @property
    def info(self) -> ModelInfo:
        """Name and version of the model."""
        return self._model.info

    @property
    def about(self) -> dict[str, object]:
        """What model.json says: sources, families, thresholds, the false-positive rate each mode was set at."""
        return dict(self._model.about)

    def score(
        self,
        texts: str | Sequence[str],
        *,
        mode: Mode = "balanced",
        ids: Sequence[str] | None = None,
        offset_unit: OffsetUnit = "codepoint",
        allow: Sequence[str] = (),
        explain: bool = False,
        format: Format = "text",
        skip: Collection[Reason] = (),
    ) -> Result:
        """One document per text, in order.

        ids: names of the documents, by default their positions. allow: phrases that are never evidence. explain: add
        feature values to paragraphs and to spans of odd words. format: html and markdown have their markup stepped over. skip: what is
        no evidence, but context of what is. Offsets are those of the texts as sent. Raises InputError for a text of
        more than 10 MB, for what is no text, and for an argument with another value.

        On one BLAS thread a text's score is the same to the last bit whatever it is scored together with.
        """
        sent = [texts] if isinstance(texts, str) else list(texts)
        _check(sent, allow, ids)
        _check_choices(mode=(mode, MODES), offset_unit=(offset_unit, OFFSET_UNITS), format=(format, FORMATS))
        _check_choices(**{f"skip[{number}]": (reason, SKIPS) for number, reason in enumerate(skip)})
        bars = self._model.bars[mode]
        plains = [read(text, format) for text in sent]
        texts = [plain.text for plain in plains]
        places = [list(paragraphs(text)) for text in texts]
        left_out = [skipped(plain, own, skip) if skip else () for plain, own in zip(plains, places, strict=True)]
        document_of = np.repeat(np.arange(len(places), dtype=np.int32), [len(p) for p in places])
        allowed = _allowed(allow)
        found = self._read(texts, places, bars, allowed, explain, left_out)
        _set_aside(found)
        self._look_over(texts, places, found, allowed, left_out)
        judged = self._judge(len(places), document_of, found, bars)
        spans = self._mark(texts, document_of, found, judged, bars, explain)
        names = [str(i) for i in range(len(texts))] if ids is None else list(ids)
        documents = _assembled(names, places, found, judged, spans, explain, left_out)
        as_they_were = (
            as_sent(document, plain, offset_unit) for document, plain in zip(documents, plains, strict=True)
        )
        return Result(self.info, mode, offset_unit, tuple(as_they_were), tuple(sent))

    def _read(
        self,
        texts: list[str],
        places: list[list[tuple[int, int]]],
        bars: Bars,
        allowed: re.Pattern[str] | None,
        explain: bool,
        left_out: list[tuple[Skipped, ...]],
    ) -> _Found:
        """Every paragraph: its status, its traces, its slots' evidence, its suspects."""
        model = self._model
        count = sum(map(len, places))
        found = _Found(["too_short"] * count, [0] * count, np.zeros((count, OF_TOKENS)), [[] for _ in range(count)])
        # Ranges that are left out begin at the even edges of their document and end at the odd ones.
        edges = [np.array([(part.start, part.end) for part in own], np.int64).ravel() for own in left_out]
        for pieces in _batches(texts, places):
            batch = make_batch([(texts[p.document], p.start, p.end) for p in pieces], model.lexicon)
            judged = _judged_tokens(batch, pieces, edges)
            outside = None if allowed is None else _outside(batch, texts, pieces, allowed)
            batch = batch.keeping(_note(batch, texts, pieces, model.lexicon, found, judged, outside))
            if outside is not None:
                batch = batch.keeping(outside[batch.slots])
            if not len(batch.slots):
                continue
            slots = slot_features(batch, model.lexicon, model.choice)
            written = [texts[piece.document] for piece in pieces]
            own, documents = _without(batch, judged, outside), [piece.document for piece in pieces]
            for placed in in_batch(own, slots, documents, written, model.lexicon, model.choice):
                found.hits[pieces[placed.paragraph].paragraph].append(placed.hit)
            seen = evidence(slots.features, model.trees)
            owner = np.array([p.paragraph for p in pieces], np.int32)[batch.owner]
            found.logits.append(seen.logits)
            found.kept.append(seen.kept)
            found.owners.append(owner)
            worst = model.token.logits(seen.logits, np.full(len(owner), model.token.LIMIT))
            may_be = worst > bars.token
            kept = slots.keeping(may_be, explain)
            found.suspects.append(
                _Suspects(own.keeping(may_be), kept, seen.logits[may_be], owner[may_be], own is batch)
            )
        return found

    def _look_over(
        self,
        texts: list[str],
        places: list[list[tuple[int, int]]],
        found: _Found,
        allowed: re.Pattern[str] | None,
        left_out: list[tuple[Skipped, ...]],
    ) -> None:
        """Add the hits of the rules that read whole texts; take away all that are allowed or left out."""
        first = np.cumsum([0, *map(len, places)])
        for document, placed in in_texts(texts, places, self._model.lexicon, self._model.names):
            found.hits[first[document] + placed.paragraph].append(placed.hit)
        for document, (text, parts) in enumerate(zip(texts, left_out, strict=True)):
            ranges = [(part.start, part.end) for part in parts]
            if allowed is not None:
                ranges += [match.span() for match in allowed.finditer(text)]
            if ranges:
                touches = _touching(ranges)
                for number in range(first[document], first[document + 1]):
                    found.hits[number] = [hit for hit in found.hits[number] if not touches(hit)]

    def _judge(self, count: int, document_of: I32, found: _Found, bars: Bars) -> _Judged:
        """Paragraphs first, each a bag of slots; then documents; then paragraphs again, in their documents."""
        model = self._model
        scored = np.array([status == "scored" for status in found.statuses], np.bool_)
        words = np.where(scored, np.array(found.words, np.float64), 0.0)
        owner = np.concatenate([np.zeros(0, np.int32), *found.owners])
        seen = _joined(found)
        traces = np.column_stack([found.traces / np.maximum(found.words, 1)[:, None], rule_traces(found.hits)])
        features = paragraph_features(seen, owner, traces.astype(np.float32), model.prior_logit)
        kinds = model.paragraph.kinds(features)
        alone = either(kinds)
        documents = self._documents(count, traces, seen, document_of, owner, words, scored, alone)
        several = np.bincount(document_of, scored, count) > 1
        documents += several * DEBRIS_IN_DOCUMENT * debris_kinds(found.hits, document_of, count)
        logits = np.where(several[document_of], in_document(alone, documents[document_of]), alone)
        flagged = scored & (logits > bars.of_paragraphs(features[:, LOG_SLOTS], several[document_of]))
        # A document of one scored paragraph is that paragraph.
        documents_flagged = np.where(several, documents > bars.document, np.bincount(document_of, flagged, count) > 0)
        return _Judged(logits, documents, shares(kinds), flagged, documents_flagged, features)

    def _mark(
        self, texts: list[str], document_of: I32, found: _Found, judged: _Judged, bars: Bars, explain: bool
    ) -> list[list[Span]]:
        """The spans of each paragraph: odd phrases, and what the rules found."""
        lexicon = self._model.lexicon
        spans: list[list[Span]] = [[] for _ in found.statuses]
        found.suspects.reverse()
        while found.suspects:  # each is let go once it is marked: an enormous text has many
            batch, slots, own, owner, whole = vars(found.suspects.pop()).values()
            logits = self._model.token.logits(own, judged.paragraphs[owner])
            scores = probability(logits)
            in_suspect = (logits > bars.token) & (judged.paragraphs[owner] > bars.suspect)
            flagged = np.flatnonzero(in_suspect | (logits > bars.lone))
            contexts = slots.contexts[flagged] if whole else None
            known = originals(batch, batch.slots[flagged], lexicon, self._model.choice, contexts)
            for phrase in phrases(batch, slots, flagged.tolist(), lexicon):
                strongest = max(phrase.slots, key=logits.__getitem__)
                paragraph = int(owner[strongest])
                text = texts[document_of[paragraph]]
                start, end = int(batch.starts[phrase.first]), int(batch.ends[phrase.last])
                best = suggestions(text, batch, phrase, known, lexicon)
                values = dict(zip(NAMES, slots.features[strongest].tolist(), strict=True)) if explain else None
                score, odd = float(scores[strongest]), text[start:end]
                spans[paragraph].append(Span(start, end, odd, RULE, score, best, message(odd, best), values))
        for paragraph, hits in enumerate(found.hits):
            if hits and found.statuses[paragraph] == "scored":
                text, flagged = texts[document_of[paragraph]], judged.flagged[paragraph]
                told = (span_of(hit, text) for hit in hits if hit.sure or flagged)
                spans[paragraph] = apart([*spans[paragraph], *told])
        return spans

    def _documents(
        self, count: int, traces: F64, seen: Evidence, document_of: I32, owner: I32, words: F64,
        scored: npt.NDArray[np.bool_], logits: F64,
    ) -> F64:  # fmt: skip
        """Logits of the documents: of all their slots where one paragraph is scored, of more than that where several are."""
        totals = np.maximum(np.bincount(document_of, words, count), 1)
        together = np.column_stack([np.bincount(document_of, words * column, count) / totals for column in traces.T])
        whole = paragraph_features(seen, document_of[owner], together.astype(np.float32), self._model.prior_logit)
        bag = self._model.paragraph.logits(whole)
        several = np.flatnonzero(np.bincount(document_of, scored, count) > 1)
        if len(several):
            inside = scored & np.isin(document_of, several)
            position = np.searchsorted(several, document_of[inside]).astype(np.int32)
            bag[several] = self._model.document.logits(document_features(bag[several], logits[inside], position))
        return bag


def _check(texts: Sequence[object], allow: Sequence[object], ids: Sequence[object] | None) -> None:
    if isinstance(allow, str):
        raise InputError("wrong_type", "allow is one string; it takes a list of phrases.")
    if not all(isinstance(phrase, str) for phrase in allow):
        raise InputError("wrong_type", "allow holds something that is no string; it takes a list of phrases.")
    if ids is not None and len(ids) != len(texts):
        raise InputError("wrong_count", f"There are {len(ids)} ids for {len(texts)} texts.")
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise InputError("wrong_type", f"Text {number} is no string but of type {type(text).__name__}.")
        check_size(text)


def _check_choices(**given: tuple[object, tuple[str, ...]]) -> None:
    for name, (value, choices) in given.items():
        if value not in choices:
            raise InputError("unknown_value", f"{name} is none of {', '.join(choices)}.")


def _batches(texts: list[str], places: list[list[tuple[int, int]]]) -> Iterator[list[_Piece]]:
    """The paragraphs in order, in batches of about BATCH_CHARACTERS; a document that fits into one stands in one, so that
    what is found in it does not depend on the documents before."""
    waiting: list[_Piece] = []
    size = number = 0
    for document, spans in enumerate(places):
        if waiting and size + sum(end - start for start, end in spans) > BATCH_CHARACTERS:
            yield waiting
            waiting, size = [], 0
        for start, end in spans:
            for piece in _pieces(texts[document], start, end):
                waiting.append(_Piece(document, number, *piece))
                size += piece[1] - piece[0]
                if size >= BATCH_CHARACTERS:
                    yield waiting
                    waiting, size = [], 0
            number += 1
    if waiting:
        yield waiting


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The paragraph, cut at a blank where it is enormous."""
    while end - start > PIECE_CHARACTERS:
        cut = text.rfind(" ", start + PIECE_CHARACTERS // 2, start + PIECE_CHARACTERS)
        cut = start + PIECE_CHARACTERS if cut < 0 else cut + 1
        yield start, cut
        start = cut
    yield start, end


def _judged_tokens(batch: Batch, pieces: list[_Piece], edges: list[Offsets]) -> npt.NDArray[np.bool_] | None:
    """Which tokens (tokens,) are judged, None where all are. edges: of what is left out of each document."""
    if not any(len(edges[piece.document]) for piece in pieces):
        return None
    judged = np.ones(len(batch.ids), np.bool_)
    for piece, (first, last) in zip(pieces, batch.bounds.tolist(), strict=True):
        before = np.searchsorted(edges[piece.document], batch.starts[first:last], side="right")
        after = np.searchsorted(edges[piece.document], batch.ends[first:last], side="left")
        judged[first:last] = (before == after) & (before % 2 == 0)
    return judged


def _note(
    batch: Batch, texts: list[str], pieces: list[_Piece], lexicon: Lexicon, found: _Found,
    judged: npt.NDArray[np.bool_] | None, outside: npt.NDArray[np.bool_] | None,
) -> npt.NDArray[np.bool_]:  # fmt: skip
    """Note each paragraph's status, words and traces; tell which slots stand in a scored one, and are judged."""
    keep = np.zeros(len(pieces), np.bool_)
    tokens = (batch.bounds[:, 1] - batch.bounds[:, 0]).tolist()
    counts = census(batch.ids, batch.bounds, lexicon, judged)
    for i, (piece, made_of) in enumerate(zip(pieces, counts, strict=True)):
        if found.words[piece.paragraph] == 0 or found.statuses[piece.paragraph] == "skipped":
            nothing_left = made_of.tokens < tokens[i] and not made_of.has_words
            text = texts[piece.document][piece.start : piece.end]
            found.statuses[piece.paragraph] = "skipped" if nothing_left else status_of(text, made_of)
        found.words[piece.paragraph] += made_of.tokens
        keep[i] = found.statuses[piece.paragraph] == "scored"
    own, written = _without(batch, judged, outside), [texts[piece.document] for piece in pieces]
    traces = token_traces(own, written, lexicon, [made_of.unknown_share for made_of in counts])
    tokens_of = np.array([made_of.tokens for made_of in counts], np.float64)
    np.add.at(found.traces, [piece.paragraph for piece in pieces], traces.astype(np.float64) * tokens_of[:, None])
    rows = keep[batch.owner]
    return rows if judged is None else rows & judged[batch.slots]


def _without(batch: Batch, *masks: npt.NDArray[np.bool_] | None) -> Batch:
    """The batch in which tokens that a mask (tokens,) leaves out are no part of a phrase, and no neighbour."""
    for mask in masks:
        if mask is not None:
            batch = replace(batch, ids=np.where(mask, batch.ids, np.int32(BOUNDARY)))
    return batch


def _touching(ranges: Sequence[tuple[int, int]]) -> Callable[[Hit], bool]:
    """Whether a hit touches one of the ranges, of which there is at least one."""
    starts, ends = zip(*sorted(ranges), strict=True)
    farthest = list(accumulate(ends, max))

    def touches(hit: Hit) -> bool:
        before = bisect_left(starts, hit.end)  # so many start before the hit ends
        return before > 0 and hit.start < farthest[before - 1]

    return touches


def _set_aside(found: _Found) -> None:
    """A paragraph without a single slot (`very very very …`, or all of it allowed) has nothing to be judged by."""
    with_slots = np.zeros(len(found.statuses), np.bool_)
    for owner in found.owners:
        with_slots[owner] = True
    for paragraph in np.flatnonzero(~with_slots).tolist():
        if found.statuses[paragraph] == "scored":
            found.statuses[paragraph] = "not_prose"


def _allowed(allow: Sequence[str]) -> re.Pattern[str] | None:
    words = sorted({phrase.strip() for phrase in allow if phrase.strip()}, key=len, reverse=True)
    spelled = (r"\s+".join(map(re.escape, phrase.split())) for phrase in words)
    return re.compile("|".join(rf"(?<!\w){phrase}(?!\w)" for phrase in spelled), re.IGNORECASE) if words else None


def _outside(batch: Batch, texts: list[str], pieces: list[_Piece], allowed: re.Pattern[str]) -> npt.NDArray[np.bool_]:
    """Which tokens (tokens,) stand in no allowed phrase."""
    keep = np.ones(len(batch.ids), np.bool_)
    for piece, (first, last) in zip(pieces, batch.bounds.tolist(), strict=True):
        for match in allowed.finditer(texts[piece.document], piece.start, piece.end):
            inside = first + np.searchsorted(batch.starts[first:last], match.span())
            keep[inside[0] : inside[1]] = False
    return keep


def _assembled(
    names: list[str], places: list[list[tuple[int, int]]], found: _Found, judged: _Judged, spans: list[list[Span]],
    explain: bool, left_out: list[tuple[Skipped, ...]],
) -> Iterator[Document]:  # fmt: skip
    """The documents, in order."""
    scores, document_scores = probability(judged.paragraphs).tolist(), probability(judged.documents).tolist()
    first = 0
    for number, (name, spread) in enumerate(zip(names, places, strict=True)):
        parts, words, flagged_words = [], 0, 0
        for i, (start, end) in enumerate(spread, first):
            scored, flagged = found.statuses[i] == "scored", bool(judged.flagged[i])
            features = (
                dict(zip(PARAGRAPH_NAMES, judged.features[i].tolist(), strict=True)) if explain and scored else None
            )
            score = scores[i] if scored else None
            kinds = Kinds(*(scores[i] * judged.kinds[i]).tolist()) if scored else None
            parts.append(Paragraph(start, end, found.statuses[i], score, flagged, tuple(spans[i]), features, kinds))
            words += found.words[i] * scored
            flagged_words += found.words[i] * flagged
        status = _document_status([part.status for part in parts])
        first += len(spread)
        if status == "scored":
            flagged, share = bool(judged.documents_flagged[number]), flagged_words / words
            yield Document(name, status, document_scores[number], flagged, share, tuple(parts), left_out[number])
        else:
            yield Document(name, status, None, False, 0.0, tuple(parts), left_out[number])


def _joined(found: _Found) -> Evidence:
    """The evidence of all batches, taken out of `found`: of 10 MB of text, one copy is enough."""
    logits = np.concatenate([np.zeros(0, np.float32), *found.logits])
    kept = np.concatenate([np.zeros((0, len(KEPT)), np.float32), *found.kept])
    found.logits.clear()
    found.kept.clear()
    return Evidence(logits, kept)


def _document_status(statuses: Sequence[Status]) -> Status:
    """scored where a paragraph is; else what keeps most of them from it."""
    if not statuses:
        return "too_short"
    return (
        "scored"
        if "scored" in statuses
        else max(("not_english", "not_prose", "too_short", "skipped"), key=statuses.count)
    )
