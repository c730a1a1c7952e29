"""The readable views of a Result: lines for a terminal, HTML for a notebook.

A text is never trusted: control characters, bidirectional overrides and lone
surrogates reach neither the terminal nor the page.
"""

from __future__ import annotations

import re
import unicodedata
from collections import deque
from collections.abc import Iterator, Mapping
from html import escape
from itertools import chain, islice
from typing import Final, NamedTuple

import numpy as np

from detector.offsets import restore
from detector.printable import printable
from detector.results import Document, OffsetUnit, Paragraph, Result, Span
from detector.rules import catalogue
from detector.rules.rule import Category
from detector.spans import RULE

_WORD: Final = re.compile(r"\S+")

_UNDERLINE: Final = "\x1b[4;33m"
_BOLD: Final = "\x1b[1m"
_DIM: Final = "\x1b[2m"
_RESET: Final = "\x1b[0m"

#: Text is set in lines of at most this many characters.
MAX_WIDTH: Final = 100
_INDENT: Final = "    "

_REASONS: Final = {
    "too_short": "not scored: fewer than 20 words",
    "not_prose": "not scored: not running prose",
    "not_english": "not scored: not English",
    "skipped": "not scored: quoted, or no running prose",
}


#: How a page underlines what rules of each category find: line and colour both tell them apart.
_LINES: Final[Mapping[Category, str]] = {
    "wording": "solid #d33",
    "names": "double #a50",
    "grammar": "wavy #47c",
    "debris": "dotted #777",
}


class Style(NamedTuple):
    """How a terminal wants it: `color` turns escape sequences on, `width` is in characters."""

    color: bool
    width: int


class _Shown(NamedTuple):
    """A paragraph ready to be shown: its text made safe, its spans with their places in it, in code points."""

    paragraph: Paragraph
    text: str
    spans: list[tuple[int, int, Span]]


def terminal(result: Result, style: Style) -> Iterator[str]:
    """Yield the lines of the report, without line ends."""
    for document, text in zip(result.documents, result.texts, strict=True):
        yield _strong(f"{printable(document.id)}: {_verdict(document)}", style)
        for number, shown in enumerate(_shown(document, text, result.offset_unit), start=1):
            yield ""
            yield from _paragraph_lines(number, shown, style)
        yield ""


def html(result: Result) -> str:
    """One self-contained fragment, no script, no outside resource, all text escaped."""
    pieces = []
    for document, text in zip(result.documents, result.texts, strict=True):
        pieces.append(f"<p><b>{escape(printable(document.id))}</b>: {escape(_verdict(document))}</p>")
        pieces.extend(_paragraph_html(shown) for shown in _shown(document, text, result.offset_unit))
    model = escape(f"{result.model.name} {result.model.version}, mode {result.mode}")
    return f'<div class="unspun">{"".join(pieces)}<p style="opacity:.6">{model}</p></div>'


def _verdict(document: Document) -> str:
    if document.score is None:
        return _REASONS.get(document.status, document.status)
    share = f"{document.fraction_flagged:.0%} of its words in flagged paragraphs"
    return f"{'FLAGGED' if document.flagged else 'not flagged'}, score {document.score:.2f}, {share}"


def _heading(paragraph: Paragraph) -> str:
    if paragraph.score is None:
        return _REASONS[paragraph.status]
    translated = ", reads like machine translation" if paragraph.kind == "machine_translated" else ""
    return f"{paragraph.score:.2f}  {'FLAGGED' if paragraph.flagged else 'not flagged'}{translated}"


def _suggestions(span: Span) -> str:
    """What stood there, most likely first; where nothing is known, what is odd about it. Then the rule, where it is not
    the word that is odd."""
    said = " | ".join(span.suggestions) if span.suggestions else span.message
    return printable(said if span.rule == RULE else f"{said} ({catalogue.title(span.rule)})")


def _shown(document: Document, text: str, unit: OffsetUnit) -> Iterator[_Shown]:
    """The document's paragraphs; offsets are turned into code points for all of them at once."""
    pieces = [
        (piece.start, piece.end)
        for paragraph in document.paragraphs
        for piece in chain[Paragraph | Span]((paragraph,), paragraph.spans)
    ]
    offsets = np.array(pieces, dtype=np.int64).reshape(-1, 2)  # (pieces, 2)
    places = iter(restore(text, offsets, unit).tolist())
    for paragraph in document.paragraphs:
        start, end = next(places)
        own = islice(places, len(paragraph.spans))
        spans = [(at - start, to - start, span) for span, (at, to) in zip(paragraph.spans, own, strict=True)]
        yield _Shown(paragraph, printable(text[start:end]), spans)


def _paragraph_lines(number: int, shown: _Shown, style: Style) -> Iterator[str]:
    paragraph, text, spans = shown
    heading = f"  {number}.  {_heading(paragraph)}"
    lines = _wrapped(text, min(style.width, MAX_WIDTH) - len(_INDENT))
    if paragraph.score is None:
        yield _faint(heading, style)
        start, end = next(lines, (0, 0))
        more = " ..." if next(lines, None) else ""
        yield _faint(_INDENT + text[start:end] + more, style)
        return
    yield _strong(heading, style) if paragraph.flagged else heading
    ahead = deque((start, end) for start, end, _ in spans)
    for start, end in lines:
        marks: list[tuple[int, int]] = []
        while ahead and ahead[0][0] < end:
            first, last = ahead.popleft()
            marks.append((max(first, start), min(last, end)))
            if last > end:  # goes on in the next line
                ahead.appendleft((end, last))
                break
        yield _INDENT + (_underlined(text, start, end, marks) if style.color else text[start:end])
        if marks and not style.color:
            yield _INDENT + _carets(text, start, marks)
    for _, _, span in spans:
        yield f"{_INDENT}{_INDENT}{printable(span.text)} -> {_suggestions(span)}"


def _wrapped(text: str, width: int) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of lines of at most `width` characters, broken between words."""
    start = end = -1
    for word in _WORD.finditer(text):
        if start >= 0 and word.end() - start > width:
            yield start, end
            start = -1
        if start < 0:
            start = word.start()
        end = word.end()
    if start >= 0:
        yield start, end


def _underlined(text: str, start: int, end: int, marks: list[tuple[int, int]]) -> str:
    pieces, at = [], start
    for first, last in marks:
        pieces += [text[at:first], _UNDERLINE, text[first:last], _RESET]
        at = last
    return "".join([*pieces, text[at:end]])


def _carets(text: str, start: int, marks: list[tuple[int, int]]) -> str:
    pieces, at = [], start
    for first, last in marks:
        pieces += [" " * _columns(text[at:first]), "^" * _columns(text[first:last])]
        at = last
    return "".join(pieces)


def _columns(text: str) -> int:
    """How many terminal cells the text takes."""
    if text.isascii():
        return len(text)
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


def _strong(line: str, style: Style) -> str:
    return f"{_BOLD}{line}{_RESET}" if style.color else line


def _faint(line: str, style: Style) -> str:
    return f"{_DIM}{line}{_RESET}" if style.color else line


def _paragraph_html(shown: _Shown) -> str:
    paragraph, text, spans = shown
    pieces, at = [], 0
    for start, end, span in spans:
        hint = escape(_suggestions(span))
        line = f"text-decoration:underline {_LINES[catalogue.category(span.rule)]}"
        pieces += [escape(text[at:start]), f'<u style="{line}" title="{hint}">{escape(text[start:end])}</u>']
        pieces.append(f' <small style="opacity:.7">[{hint}]</small>')
        at = end
    body = "".join([*pieces, escape(text[at:])])
    bar = "#d33" if paragraph.flagged else "transparent"
    style = f"border-left:4px solid {bar};padding-left:.6em;margin:.4em 0"
    return f'<div style="{style}"><small>{escape(_heading(paragraph))}</small><br>{body}</div>'
