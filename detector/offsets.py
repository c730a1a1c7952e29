"""Offsets in code points, UTF-16 code units or UTF-8 bytes, and the way between them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

import numpy as np
import numpy.typing as npt

from detector.plain import Plain
from detector.results import Document, OffsetUnit, Paragraph, Skipped, Span

Offsets = npt.NDArray[np.int64]

# A code point above each of these takes one more unit than those below it.
_STEPS: Final[dict[OffsetUnit, tuple[int, ...]]] = {
    "codepoint": (),
    "utf16": (0xFFFF,),
    "utf8": (0x7F, 0x7FF, 0xFFFF),
}


def convert(text: str, offsets: Offsets, unit: OffsetUnit) -> Offsets:
    """Turn code-point offsets into `text`, any shape, into offsets in `unit`, same shape.

    Lone surrogates count as one UTF-16 unit and as three UTF-8 bytes.
    """
    if unit == "codepoint" or text.isascii():
        return offsets
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")  # (code points,)
    converted = offsets.astype(np.int64)
    for step in _STEPS[unit]:
        wider = np.flatnonzero(points > step)
        converted += np.searchsorted(wider, offsets)
    return converted


def restore(text: str, offsets: Offsets, unit: OffsetUnit) -> Offsets:
    """The inverse of `convert`: offsets in `unit` back to code points."""
    if unit == "codepoint" or text.isascii():
        return offsets
    boundaries = convert(text, np.arange(len(text) + 1), unit)  # (code points + 1,)
    return np.searchsorted(boundaries, offsets).astype(np.int64)


def as_sent(document: Document, plain: Plain, unit: OffsetUnit) -> Document:
    """The document of a plain text with its offsets, in code points, moved to the source and counted in `unit`."""
    if plain.pieces is None and unit == "codepoint":
        return document
    ranges = [(part.start, part.end) for part in _parts(document)]
    places = plain.places(np.array(ranges, np.int64).reshape(-1, 2))  # (parts, 2)
    in_source = iter(places.tolist())
    counted = iter(convert(plain.source, places, unit).tolist())

    def moved(span: Span) -> Span:
        begin, stop = next(in_source)
        start, end = next(counted)
        suggestions = span.suggestions if plain.verbatim(span.start, span.end) else ()
        return replace(span, start=start, end=end, text=plain.source[begin:stop], suggestions=suggestions)

    def paragraph_moved(paragraph: Paragraph) -> Paragraph:
        next(in_source)
        start, end = next(counted)
        return replace(paragraph, start=start, end=end, spans=tuple(map(moved, paragraph.spans)))

    def skipped_moved(skipped: Skipped) -> Skipped:
        start, end = next(counted)
        return replace(skipped, start=start, end=end)

    paragraphs = tuple(map(paragraph_moved, document.paragraphs))
    return replace(document, paragraphs=paragraphs, skipped=tuple(map(skipped_moved, document.skipped)))


def _parts(document: Document) -> Iterator[Paragraph | Span | Skipped]:
    """All that has offsets: each paragraph with its spans, then what was skipped."""
    for paragraph in document.paragraphs:
        yield paragraph
        yield from paragraph.spans
    yield from document.skipped
