"""What of a text is read, and not judged: what its writer quotes, and what is no running prose.

Markup says some of it; the rest is told from the text itself, in every format. A text is looked through once for each
reason, in time in proportion to its length.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from typing import Final

from detector.plain import Mark, Plain
from detector.results import Reason, Skipped

Places = Sequence[tuple[int, int]]

#: Shorter quotations are still judged: titles, terms and scare quotes are the writer's choice of words, and a machine
#: rewords them with the rest. The price: a short remark of somebody else is judged as the writer's.
FEWEST_QUOTED_WORDS: Final = 6
#: A longer line is no heading.
MOST_HEADING_WORDS: Final = 12

_URL: Final = re.compile(r"\b(?:(?:https?|ftp)://|www\.)[^\s<>\"“”«»]*[^\s<>\"“”«».,;:!?'’)\]}]", re.IGNORECASE)
_ADDRESS: Final = re.compile(r"(?<![\w.+%-])[\w.+%-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
_STRAIGHT: Final = re.compile(r"""(?P<opens>(?<![^\s(\[{—–‘'/:-])"(?=\S))|(?P<closes>(?<=\S)")""")
_CURLY: Final = re.compile("[“”„]")
_GUILLEMET: Final = re.compile("(?P<opens>«)|(?P<closes>»)")
_QUOTED_LINE: Final = re.compile(r"^[ \t]{0,20}>[^\n\r]*", re.MULTILINE)
_ITEM: Final = re.compile(
    r"^[ \t]{0,20}(?:[-*+•‣◦·–]|\(?(?:\d{1,3}|[A-Za-z]|[ivx]{2,5})\)|\d{1,3}\.)[ \t]{1,20}[^\s][^\n\r]*", re.MULTILINE
)
#: Nothing, blank lines, or lines that stand further in than an item: they go on with it.
_BETWEEN_ITEMS: Final = re.compile(r"(?:[ \t]*(?:\r\n|\n|\r)|[ \t]{2,}[^\s][^\n\r]*(?:\r\n|\n|\r))*")
_FENCE: Final = re.compile(r"^[ \t]{0,3}(`{3,}|~{3,})[^`\n\r]*$", re.MULTILINE)
_CODE_LINE: Final = re.compile(
    r"^[ \t]{0,80}(?:"
    r"(?:\$|>>>|\.\.\.|#!|//|/\*|#(?:include|define|if|endif)\b)[^\n\r]*"  # prompts, comments, directives
    r"|(?:def|class|if|elif|for|while|with|except)\b[^\n\r]{0,200}[)\w\]]:(?=[ \t]*(?:[\n\r]|\Z))"
    r"|(?:else|try|finally):|(?:import|return|from|export)[ ][\w.]+(?:[ ]import[ ][^\n\r]*)?;?(?=[ \t]*(?:[\n\r]|\Z))"
    r"|[\w.\[\]\"'-]{1,80}[ \t]{0,9}(?:[-+*/|:]?=|=>|:)[ \t]{0,9}[^\s=][^\n\r]{0,200}[;,\[({](?=[ \t]*(?:[\n\r]|\Z))"
    r"|[A-Za-z_][\w.\[\]]{0,80}[ ]{0,9}[-+*/|:]?=[ ]{0,9}[^\s=][^\n\r]*"
    r"|[^\n\r]{0,300}[(){}=<>\]][^\n\r]{0,100}[{;](?=[ \t]*(?:[\n\r]|\Z))"
    r"|[\])}]+[;,)]*(?=[ \t]*(?:[\n\r]|\Z))"
    r"|</?[A-Za-z][^<>\n\r]*>(?=[ \t]*(?:[\n\r]|\Z))"
    r")[^\n\r]*",
    re.MULTILINE,
)
_SENTENCE_ENDS: Final = tuple(".!?:;,…\"”’')]}»")


def skipped(plain: Plain, places: Places, skip: Collection[Reason]) -> tuple[Skipped, ...]:
    """The ranges of the plain text, in order and apart, that are left out for the reasons in `skip`. places: its
    paragraphs."""
    marks = [mark for mark in plain.marks if mark.reason in skip]
    for reason in skip:
        marks += [Mark(start, end, reason) for start, end in _SEEN_IN_TEXT[reason](plain.text, places)]
    return tuple(_apart(plain.text, marks))


def _apart(text: str, marks: list[Mark]) -> Iterator[Skipped]:
    """The marks without white space around them; where two overlap, the first and longest goes before."""
    at = 0
    for start, end, reason in sorted(marks, key=lambda mark: (mark.start, -mark.end)):
        start = max(start, at)
        if start >= end:
            continue
        at = end
        piece = text[start:end]
        bare = piece.strip()
        if bare:
            start += len(piece) - len(piece.lstrip())
            yield Skipped(start, start + len(bare), reason)


def _urls(text: str, places: Places) -> Iterator[tuple[int, int]]:
    for found in _URL.finditer(text):
        yield found.span()
    if "@" in text:
        for found in _ADDRESS.finditer(text):
            yield found.span()


def _quotations(text: str, places: Places) -> Iterator[tuple[int, int]]:
    """Quotations in double quotation marks, each within a paragraph. One whose end is missing goes on to the end of the
    paragraph if the next paragraph opens with a quotation mark again, as long quotations do."""
    if '"' in text:
        yield from _quoted(text, places, _STRAIGHT, '"')
    if "“" in text or "„" in text:
        yield from _quoted(text, places, _CURLY, "“„")
    if "«" in text:
        yield from _quoted(text, places, _GUILLEMET, "«")


def _quoted(text: str, places: Places, marks: re.Pattern[str], openers: str) -> Iterator[tuple[int, int]]:
    for number, (start, end) in enumerate(places):
        opened = -1
        for found in marks.finditer(text, start, end):
            at = found.start()
            if found.lastgroup is None:  # “ ends what „ began
                closes = found.group() == "”" or (opened >= 0 and text[opened] == "„" and found.group() == "“")
            else:
                closes = found.lastgroup == "closes" or (opened >= 0 and at > start and not text[at - 1].isspace())
            if not closes:
                opened = at  # of two that open the later counts: less is left out by mistake
            elif opened >= 0:
                yield from _long_enough(text, opened, found.end())
                opened = -1
        goes_on = number + 1 < len(places) and text[places[number + 1][0]] in openers
        if opened >= 0 and goes_on:
            yield from _long_enough(text, opened, end)


def _long_enough(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    if len(text[start:end].split(None, FEWEST_QUOTED_WORDS)) >= FEWEST_QUOTED_WORDS:
        yield start, end


def _quoted_lines(text: str, places: Places) -> Iterator[tuple[int, int]]:
    yield from _in_a_row(text, _QUOTED_LINE, 1) if ">" in text else ()


def _items(text: str, places: Places) -> Iterator[tuple[int, int]]:
    """Lines that begin with a bullet or a number, where one follows on another."""
    before: tuple[int, int] | None = None
    first = True  # whether `before` begins a list
    for found in _ITEM.finditer(text):
        start, end = found.span()
        if before is not None:
            between = _BETWEEN_ITEMS.match(text, min(before[1] + 1, start), start)
            follows = between is not None and between.end() == start
            if follows:
                yield before[0], start
            elif not first:
                yield before
            first = not follows
        before = start, end
    if before is not None and not first:
        yield before


def _headings(text: str, places: Places) -> Iterator[tuple[int, int]]:
    """Short lines that stand alone over a paragraph and end like no sentence."""
    for start, end in places[:-1]:
        if end - start > 20 * MOST_HEADING_WORDS:
            continue
        line = text[start:end]
        if not line.endswith(_SENTENCE_ENDS) and "\n" not in line and len(line.split()) <= MOST_HEADING_WORDS:
            yield start, end


def _code(text: str, places: Places) -> Iterator[tuple[int, int]]:
    """Fenced code, and lines that look like code where there are two or more."""
    if "```" in text or "~~~" in text:
        opened: re.Match[str] | None = None
        for fence in _FENCE.finditer(text):
            if opened is None:
                opened = fence
            elif fence.group(1).startswith(opened.group(1)) and fence.group().strip() == fence.group(1):
                yield opened.start(), fence.end()
                opened = None
    yield from _in_a_row(text, _CODE_LINE, 2)


def _in_a_row(text: str, line: re.Pattern[str], fewest: int) -> Iterator[tuple[int, int]]:
    """Stretches of at least `fewest` such lines, with nothing but white space between them."""
    start = end = -1
    count = 0
    for found in line.finditer(text):
        if count and not text[end : found.start()].isspace():
            if count >= fewest:
                yield start, end
            count = 0
        if not count:
            start = found.start()
        end = found.end()
        count += 1
    if count >= fewest:
        yield start, end


_SEEN_IN_TEXT: Final[dict[Reason, Callable[[str, Places], Iterator[tuple[int, int]]]]] = {
    "quote": _quotations,
    "block-quote": _quoted_lines,
    "code": _code,
    "heading": _headings,
    "list": _items,
    "url": _urls,
}
