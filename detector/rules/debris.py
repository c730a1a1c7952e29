"""Debris: slips of typesetting that tools leave behind, and people, scanners and converters too.

Each is a definite slip, whoever made it, so none is proof of a spinner. A text that is spaced like this throughout
(tokenised text, ` , ` and `( x )` everywhere) is in a format of its own: its brackets and quotation marks are not told.
Where one rule finds more than MOST_IN_A_PARAGRAPH in a paragraph, only the first is told. A document is looked through
in time in proportion to its length; most rules are over after a search for a mark that they need.
"""

from __future__ import annotations

import html
import re
import sys
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from html.entities import html5
from itertools import accumulate
from typing import Final

from detector.rules.rule import Hit, Rule

Places = Sequence[tuple[int, int]]

SPLIT_NUMBER: Final = Rule(
    "split-number",
    "debris",
    "Number with a blank in it",
    "A number of thousands with a blank behind its comma.",
    ("An estimated 1, 400 people came.", "It cost $2, 000,000 to build."),
)
LOOSE_BRACKET: Final = Rule(
    "loose-bracket",
    "debris",
    "Bracket with a blank inside",
    "A round bracket with a blank between it and what it encloses, in a text that is not spaced like this throughout.",
    ("The national rail office ( NRO ) said no.", "The office (in the old town ) is closed."),
)
LOOSE_QUOTE: Final = Rule(
    "loose-quote",
    "debris",
    "Loose quotation mark",
    "A quotation mark or an apostrophe with blanks on both sides, where it belongs to a word.",
    ("It was the farmers ‘ choice to sell.", "He said “ it rained” and left."),
)
JOINED_QUOTE: Final = Rule(
    "joined-quote",
    "debris",
    "Quotation mark on the wrong word",
    "A closing quotation mark behind a word where one should open before the next word.",
    ("He later added:” Go home now”.", "The” Green Valley” project began."),
)
MIXED_QUOTES: Final = Rule(
    "mixed-quotes",
    "debris",
    "Mixed quotation marks",
    "A quotation that opens with a curly mark and closes with a straight one, or the other way round.",
    ('They hoped it would “go away" soon.', 'They hoped it would "go away” soon.'),
)
JOINED_SENTENCES: Final = Rule(
    "joined-sentences",
    "debris",
    "Joined sentences",
    "Two sentences with no blank between them.",
    ("It was a scandal.The town knew.", "Who was there?It was a child."),
)
HTML_ENTITY: Final = Rule(
    "html-entity",
    "debris",
    "HTML entity",
    "The code of a character, left in the text by a web page.",
    ("Fish &amp; chips are sold here.", "The town&#8217;s mayor was there."),
)
REPEATED_SENTENCE: Final = Rule(
    "repeated-sentence",
    "debris",
    "Repeated sentence",
    "A sentence of six words or more that stands twice in the document. One that stands there more often is a refrain "
    "or a formula.",
    (
        "The mill was closed in the spring. Many left. The mill was closed in the spring.",
        "Where did all the money go then? Nobody knew. Where did all the money go then?",
    ),
)
SITE_FOOTER: Final = Rule(
    "site-footer",
    "debris",
    "Footer of a site",
    "A sentence of the frame around an article (subscribe, follow, all rights reserved), inside the article.",
    ("Sign up for our newsletter and never miss a story.", "© 2019 The Daily Mill. All rights reserved."),
)
RULES: Final[tuple[Rule, ...]] = (
    SPLIT_NUMBER,
    LOOSE_BRACKET,
    LOOSE_QUOTE,
    JOINED_QUOTE,
    MIXED_QUOTES,
    JOINED_SENTENCES,
    HTML_ENTITY,
    REPEATED_SENTENCE,
    SITE_FOOTER,
)

#: More of one rule in a paragraph are a habit of the text.
MOST_IN_A_PARAGRAPH: Final = 3
FEWEST_REPEATED_WORDS: Final = 6
#: A longer sentence of a site's frame is underlined up to here.
LONGEST_FOOTER: Final = 400

_BLANKS: Final = " \u00a0"
_QUOTES: Final = "\"'‘’“”"


def find(text: str, places: Places) -> list[Hit]:
    """The debris of a document, in order and apart. places: its paragraphs, in order."""
    found = [hit for finder in _FINDERS for hit in finder(text, places)]
    return list(_apart(_seldom(found, places))) if found else []


def _seldom(found: list[Hit], places: Places) -> Iterator[Hit]:
    """The hits inside paragraphs, of each rule only the first where a paragraph has many."""
    of: dict[tuple[str, int], list[Hit]] = {}
    for hit in found:
        number = _paragraph(places, hit.start)
        if number >= 0 and hit.end <= places[number][1]:
            of.setdefault((hit.rule, number), []).append(hit)
    for hits in of.values():
        yield from hits if len(hits) <= MOST_IN_A_PARAGRAPH else hits[:1]


def _apart(found: Iterator[Hit]) -> Iterator[Hit]:
    """In order; of two that overlap the first, and of two that begin together the longer."""
    at = 0
    for hit in sorted(found, key=lambda hit: (hit.start, -hit.end)):
        if hit.start >= at:
            yield hit
            at = hit.end


def _paragraph(places: Places, at: int) -> int:
    """The number of the paragraph that begins last before this place or at it, -1 where none does."""
    return bisect_right(places, (at, sys.maxsize)) - 1


def _is_tokenised(text: str) -> bool:
    """Whether commas and full stops have blanks before them, as in text that was cut into tokens."""
    spaced = text.count(" , ") + text.count(" . ") + text.count(" .\n")
    return spaced > 0 and 4 * spaced >= text.count(", ") + text.count(". ") + text.count(".\n")


# --- numbers --------------------------------------------------------------------------------------------

_SPLIT: Final = re.compile(r", (?<=[0-9], )(?P<tail>[0-9]{3}(?:, ?[0-9]{3})*)(?![0-9]|[.,:/–-][0-9])")
_HEAD: Final = re.compile(r"(?:^|[^0-9.,:/#–-])(?P<head>[1-9][0-9]{0,2})$")
#: What stands before a quantity, and before no item of a list.
_QUANTITY: Final = re.compile(
    r"(?:[$£€¥]|\b(?:about|around|roughly|approximately|nearly|almost|some|over|under|than|least|most|estimated|exactly"
    r"|only|just|another|additional|extra|total of|up to|close to|US|USD|EUR|GBP|Rs\.?|RMB)[ \u00a0])$",
    re.IGNORECASE,
)
#: What often does: enough before a number that is short for its tail.
_PERHAPS_QUANTITY: Final = re.compile(
    r"\b(?:has|have|had|were|was|are|is|with|the|these|those|their|his|her|its|our|for|of|by|from|between|to)[ \u00a0]$",
    re.IGNORECASE,
)
_MONTHS_AND_PLACES: Final = re.compile(
    r"\b(?:age|aged|page|chapter|section|figure|table|january|february|march|april|may|june|july|august|september|october"
    r"|november|december)\b",
    re.IGNORECASE,
)
_GROUPED: Final = re.compile(r",[0-9]")
#: A list goes on, or something that is no quantity.
_GOES_ON: Final = re.compile(r",? (?:(?:and|or|to|&) )?[0-9]|[(\]%]")


def _split_numbers(text: str, places: Places) -> Iterator[Hit]:
    for found in _SPLIT.finditer(text):
        head = _HEAD.search(text[max(found.start() - 24, 0) : found.start()])
        if head is None or _GOES_ON.match(text, found.end()):
            continue
        start, end = found.start() - len(head["head"]), found.end()
        if _is_quantity(head.string[: head.start("head")], head["head"], found["tail"]):
            mended = text[start:end].replace(" ", "")
            yield Hit(start, end, SPLIT_NUMBER.id, (mended,), f"“{text[start:end]}” is one number with a blank in it.")


def _is_quantity(before: str, head: str, tail: str) -> bool:
    if _QUANTITY.search(before) or _GROUPED.search(tail):
        return True
    if before.rstrip().endswith(",") or _MONTHS_AND_PLACES.search(before):
        return False
    return tail.endswith("000") or (len(head) < 3 and _PERHAPS_QUANTITY.search(before) is not None)


# --- brackets -------------------------------------------------------------------------------------------

_BRACKETS: Final = re.compile(r"\((?P<inside>[^()\n\r]{1,200})\)")
_FORMULA: Final = re.compile(r"[=<>{}\\^_|*+;$@#\[\]\u2190-\u22ff]|/sub|/sup|\.\w+/")
_WORD: Final = re.compile(r"[^\W\d_]{3}|[A-Z]{2}")
_TIGHT: Final = re.compile(r"(?<=\()[ \u00a0]+|[ \u00a0]+(?=\)$)")
#: What a converter could not read is missing behind these: something else went wrong than the spacing.
_GAP: Final = re.compile(
    r"(?:^|\s)(?:at|or|and|the|a|of|to|by|in|on|from|is|see|as|with|born|formerly|also|then|now)$|[,:–—-]$"
)
#: In a longer bracket only the word beside the blank is underlined.
_LONG_BRACKET: Final = 60


def _loose_brackets(text: str, places: Places) -> Iterator[Hit]:
    if ("( " not in text and " )" not in text) or _is_tokenised(text):
        return
    for found in _BRACKETS.finditer(text):
        inside = found["inside"]
        bare = inside.strip(_BLANKS)
        left, right = inside.find(bare), len(inside) - len(inside.rstrip(_BLANKS))
        if not 0 < left + right < 5 or not _WORD.search(bare) or _FORMULA.search(bare) or _GAP.search(bare):
            continue
        start, end = found.span()
        if start and (text[start - 1].isalnum() or text[start - 1] in ":;=-_\\+\u2212\u00a1"):  # a call, a smile
            continue
        if len(inside) > _LONG_BRACKET and not left:
            start = end - right - 1 - len(bare.rsplit(None, 1)[-1])
        elif len(inside) > _LONG_BRACKET and not right:
            end = start + 1 + left + len(bare.split(None, 1)[0])
        mended = _TIGHT.sub("", text[start:end])
        yield Hit(start, end, LOOSE_BRACKET.id, (mended,), "There is a blank between the bracket and what it encloses.")


# --- quotation marks ------------------------------------------------------------------------------------

#: Each kind of mark with white space, or an end of the text, on both sides.
_STRAIGHT_LOOSE: Final = tuple(re.compile(rf"{mark}(?<!\S{mark})(?!\S)") for mark in "\"'")
_CURLY_LOOSE: Final = tuple(re.compile(rf"{mark}(?<!\S{mark})(?!\S)") for mark in "‘’“”")
_ENDING: Final = re.compile(r"(?:s|t|re|ve|ll|d|m)\b")
#: *authorities ‘ reluctance*
_PLURAL: Final = re.compile(r"s ['‘’] [a-z]{2}")
_LAST_WORD: Final = re.compile(r"\S{1,40}$")
_FIRST_WORD: Final = re.compile(r"\S{1,40}")


def _loose_quotes(text: str, places: Places) -> Iterator[Hit]:
    marks = _STRAIGHT_LOOSE if text.isascii() else _STRAIGHT_LOOSE + _CURLY_LOOSE
    loose = [found.start() for mark in marks for found in mark.finditer(text)]
    if not loose or _is_tokenised(text):
        return
    # Where as many are loose as are not, it is a habit of the text; of an apostrophe behind a plural, where many are.
    told = []
    for kind in ("'‘’", '"', "“”"):
        own = [at for at in loose if text[at] in kind]
        tight = sum(map(text.count, kind)) - len(own)
        plural = [at for at in own if _PLURAL.match(text, max(at - 2, 0))]
        # Of a quotation in curly marks one may be loose and the other not.
        if len(own) < tight or (kind == "“”" and len(own) == tight):
            told += own
        elif len(plural) <= MOST_IN_A_PARAGRAPH or len(plural) < tight:
            told += plural
    yield from _tightened(text, places, [at for at in told if not _is_nested_or_measure(text, at)])


def _is_nested_or_measure(text: str, at: int) -> bool:
    """Whether another quotation mark is its neighbour, or a number (5 " wide, 6 ' 2)."""
    before, after = text[max(at - 2, 0) : at].strip()[-1:], text[at + 1 : at + 3].strip()[:1]
    return (
        (before != "" and before in _QUOTES)
        or (after != "" and after in _QUOTES)
        or (text[at] in "\"'" and before.isdigit())
        or not (before.isalpha() or after.isalpha())
        or after == "("
    )


def _tightened(text: str, places: Places, loose: list[int]) -> Iterator[Hit]:
    of: dict[int, list[int]] = {}
    for at in sorted(loose):
        of.setdefault(_paragraph(places, at), []).append(at)
    for number, marks in of.items():
        if number < 0:
            continue
        for at in marks if len(marks) <= MOST_IN_A_PARAGRAPH else marks[:1]:
            start, end, mended = _with_its_word(text, places[number], at)
            if text[at] != "'" or mended:  # it has too many uses: feet, minutes, primes, foreign letters
                message = f"The mark {text[at]} has blanks on both sides and belongs to a word."
                yield Hit(start, end, LOOSE_QUOTE.id, mended, message)


def _with_its_word(text: str, place: tuple[int, int], at: int) -> tuple[int, int, tuple[str, ...]]:
    """The mark with the word it belongs to, and how it should be written, where that is certain; else the mark alone."""
    before = _LAST_WORD.search(text[max(at - 41, place[0]) : max(at - 1, place[0])])
    after = _FIRST_WORD.match(text, at + 2, max(min(at + 42, place[1]), at + 2))
    if text[at] in "'‘’":
        return _apostrophe(text, place, at, before, after)
    if text[at] == '"':
        certain, opens = text.count('"', *place) % 2 == 0, text.count('"', place[0], at) % 2 == 0
    else:
        opens = text[at] == "“"
        certain = opens != (text.rfind("“", place[0], at) > text.rfind("”", place[0], at))
    if certain and opens and after is not None:
        return at, after.end(), (text[at] + after.group(),)
    if certain and not opens and before is not None:
        return at - 1 - len(before.group()), at + 1, (before.group() + text[at],)
    return at, at + 1, ()


def _apostrophe(
    text: str, place: tuple[int, int], at: int, before: re.Match[str] | None, after: re.Match[str] | None
) -> tuple[int, int, tuple[str, ...]]:
    if before is None or after is None or not before.group()[-1].isalpha():
        return at, at + 1, ()
    word, apostrophe = before.group(), "'" if text[at] == "'" else "’"
    start = at - 1 - len(word)
    ending = _ENDING.match(after.group())
    if ending and (ending.group() != "t" or word.endswith("n")):
        return start, at + 2 + ending.end(), (word + apostrophe + ending.group(),)
    alone = text[at] != "'" or text.count(" ' ", *place) == 1
    if word.endswith("s") and after.group()[0].islower() and alone:
        return start, at + 1, (word + apostrophe,)
    return at, at + 1, ()


_JOINED_CURLY: Final = re.compile(r"”(?<=[^\W_]”|[:,]”) (?=[^\W\d_])")
_JOINED_STRAIGHT: Final = re.compile(r"\"(?<=[^\W_]\"|[:,]\") (?=[^\W\d_])")
#: No quotation ends in these.
_NO_END: Final = re.compile(
    r"(?:\b(?:the|a|an|of|and|or|as|called|named|titled|entitled|his|her|their|its|our|my|your|was|were|is|are|with|from"
    r"|at|says|said|saying|added|adding|wrote|writes|this|these|every|into|than)|:)$",
    re.IGNORECASE,
)
#: A quotation that is looked back to, or forward, is no longer than this.
_FARTHEST: Final = 2_000


def _joined_quotes(text: str, places: Places) -> Iterator[Hit]:
    if "”" in text:
        yield from _joined(text, places, _JOINED_CURLY, "“", "”")
    if '"' in text:
        yield from _joined(text, places, _JOINED_STRAIGHT, '"', '"')


def _joined(text: str, places: Places, shape: re.Pattern[str], opening: str, closing: str) -> Iterator[Hit]:
    for found in shape.finditer(text):
        at = found.start()
        number = _paragraph(places, at)
        if number < 0 or not _NO_END.search(text[max(at - 12, 0) : at]):
            continue
        begin, stop = places[number]
        after = _FIRST_WORD.match(text, at + 2, stop)
        if after is None or "://" in after.group() or _is_inside(text, begin, at, opening, closing):
            continue
        if _is_closed(text, at, stop, opening, closing):
            start = _word_before(text, begin, at)
            mended = f"{text[start:at]} {opening}{after.group()}"
            message = f"In “{text[start : after.end()]}” the mark belongs to the next word."
            yield Hit(start, after.end(), JOINED_QUOTE.id, (mended,), message)


def _is_inside(text: str, begin: int, at: int, opening: str, closing: str) -> bool:
    """Whether a quotation that began in the paragraph may still be open at this place."""
    if opening == closing:
        return at - begin > _FARTHEST or text.count(closing, begin, at) % 2 == 1
    begin = max(begin, at - _FARTHEST)
    return text.rfind(opening, begin, at) > text.rfind(closing, begin, at)


def _is_closed(text: str, at: int, stop: int, opening: str, closing: str) -> bool:
    """Whether the next mark after this place closes a quotation; a colon is no end of one, so that it needs no other."""
    end = text.find(closing, at + 1, min(stop, at + _FARTHEST))
    return text[at - 1] == ":" or (end >= 0 and (opening == closing or text.find(opening, at, end) < 0))


def _word_before(text: str, begin: int, at: int) -> int:
    """Where that begins which no white space parts from this place, at most 40 characters before it."""
    begin = max(begin, at - 40)
    return max(begin, *(text.rfind(blank, begin, at) + 1 for blank in " \u00a0\n"))


_DOUBLE: Final = re.compile('[“”"]')


def _mixed_quotes(text: str, places: Places) -> Iterator[Hit]:
    if '"' not in text or ("“" not in text and "”" not in text):
        return
    for begin, stop in places:
        if text.find('"', begin, stop) >= 0:
            marks = [found.start() for found in _DOUBLE.finditer(text, begin, stop)]
            yield from _mixed(text, begin, stop, marks)


def _mixed(text: str, begin: int, stop: int, marks: list[int]) -> Iterator[Hit]:
    shapes = "".join(text[at] for at in marks)
    i = 0
    while i + 1 < len(marks):  # one quotation after the other
        pair, after = shapes[i : i + 2], shapes[i + 2 : i + 3]
        if pair == '“"' and after != "”" and _closes(text, marks[i + 1]):
            yield _as_curly(text, begin, stop, marks[i + 1], "”")
        elif pair == '"”' and _opens(text, marks[i]):
            yield _as_curly(text, begin, stop, marks[i], "“")
        elif pair not in ("“”", '""'):
            i += 1
            continue
        i += 2


def _closes(text: str, at: int) -> bool:
    return not text[at - 1 : at].isspace() and not text[at + 1 : at + 2].isalnum()


def _opens(text: str, at: int) -> bool:
    return not text[at - 1 : at].isalnum() and not text[at + 1 : at + 2].isspace()


def _as_curly(text: str, begin: int, stop: int, at: int, mark: str) -> Hit:
    start, end = _word_before(text, begin, at), at + 1
    if mark == "“":
        word = _FIRST_WORD.match(text, at, stop)
        start, end = at, word.end() if word else end
    mended = text[start:at] + mark + text[at + 1 : end]
    message = "This quotation has a curly mark at one end and a straight one at the other."
    return Hit(start, end, MIXED_QUOTES.id, (mended,), message)


# --- sentences ------------------------------------------------------------------------------------------

_STARTERS: Final = (
    "The This That These Those It Its He She They We You I In On At By For From With Without After Before During Since Until"
    " When While Where Why What Who How If As But And Or So Yet However Therefore Thus Hence Moreover Furthermore Also"
    " Although Though Because There Here Then Now His Her Their Our My Your An A Some Many Most All Both Each Every"
    " Another Other Such No Not To Of Once One Two First Second Finally Despite According Today Let Do Don"
)
_LONGEST_WORD: Final = 30
_JOINED_AT: Final = {
    mark: re.compile(
        rf"\{mark}(?<=[a-z][a-z][a-z]\{mark})(?P<next>{'|'.join(_STARTERS.split())})(?=[ \u00a0,’'][^\s]|[ \u00a0]?\Z)"
    )
    for mark in ".!?"
}


def _joined_sentences(text: str, places: Places) -> Iterator[Hit]:
    for mark, shape in _JOINED_AT.items():
        if mark not in text:
            continue
        for found in shape.finditer(text):
            at, end = found.start(), found.end()
            start = _word_before(text, 0, at)
            word = text[start:at]
            # What has other signs in it is an address, a file or code.
            if len(word) <= _LONGEST_WORD and all(sign.isalpha() or sign in "-’'(“\"," for sign in word):
                message = f"“{text[start:end]}” lacks a blank between two sentences."
                yield Hit(start, end, JOINED_SENTENCES.id, (f"{word}{mark} {found['next']}",), message)


_ENTITY: Final = re.compile(r"&(?P<name>[A-Za-z]{2,8}[0-9]{0,2};|#(?:[0-9]{2,6}|[xX][0-9A-Fa-f]{2,5});)")


def _html_entities(text: str, places: Places) -> Iterator[Hit]:
    if "&" not in text:
        return
    for found in _ENTITY.finditer(text):
        start, end = found.span()
        name = found["name"]
        if name[0] != "#" and name not in html5:
            continue
        around = text[start - 1 : start] + text[end : end + 1]
        if any(mark in "`\"'“”‘’<>" for mark in around):  # a text about HTML
            continue
        run = text[_word_before(text, 0, start) : start]
        if "://" in run or "?" in run or "=" in run:  # an address
            continue
        character = html.unescape(found.group()).replace("\u00a0", " ")
        mended = (character,) if character.isprintable() and character != found.group() else ()
        yield Hit(
            start, end, HTML_ENTITY.id, mended, f"“{found.group()}” is the code of a character, left by a web page."
        )


_SENTENCE_ENDS: Final = re.compile(r"[.!?]+[\"'”’)\]]*(?=\s+[\"'“‘(\[]?[A-Z0-9]|\s*\Z)")
_NO_SENTENCE_END: Final = re.compile(
    r"(?:^|[\s(\[\"'“‘.])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|St|Prof|Gov|Rep|Sen|Gen|Col|Lt|Capt|Sgt|Rev|Hon|Jr|Sr|Inc|Corp|Co|Ltd"
    r"|vs|etc|al|pp|vol|fig|figs|cf|ca|Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Ph\.D)\.$",
    re.IGNORECASE,
)


def _repeated_sentences(text: str, places: Places) -> Iterator[Hit]:
    # Cheaply first: a sentence that stands there twice has a piece between two stops that does.
    pieces = text.replace("\n", " ").replace("?", ".").replace("!", ".").split(".")
    stripped = [*map(str.strip, pieces)]
    long = [piece for piece in stripped if len(piece) >= 2 * FEWEST_REPEATED_WORDS]
    if len(set(long)) == len(long):
        return
    count = Counter(long)
    begins = accumulate((len(piece) + 1 for piece in pieces), initial=0)
    # A piece ends in the paragraph it is of, but may begin with the white space before it.
    suspects = {
        _paragraph(places, begin + len(piece))
        for begin, piece, bare in zip(begins, pieces, stripped, strict=False)
        if count[bare] > 1
    }
    at: dict[str, list[tuple[int, int]]] = {}
    for number in sorted(suspects - {-1}):
        for start, end in _sentences(text, *places[number]):
            at.setdefault(" ".join(text[start:end].casefold().split()), []).append((start, end))
    before = -1
    for start, end in sorted(two[1] for two in at.values() if len(two) == 2):
        if before < 0 or not text[before:start].isspace():  # a passage that is repeated is told once
            yield Hit(start, end, REPEATED_SENTENCE.id, (), "This sentence stands in the document twice.")
        before = end


def _sentences(text: str, begin: int, stop: int) -> Iterator[tuple[int, int]]:
    """The long sentences of a paragraph that begin with a letter and are nobody's words between quotation marks."""
    start = begin
    for found in _SENTENCE_ENDS.finditer(text, begin, stop):
        end = found.end()
        if _NO_SENTENCE_END.search(text[max(end - 8, begin) : end]):
            continue
        while text[start].isspace():
            start += 1
        sentence = text[start:end]
        long_enough = len(sentence.split(None, FEWEST_REPEATED_WORDS - 1)) == FEWEST_REPEATED_WORDS
        if long_enough and sentence[0].isalpha() and sentence[1] != "." and sentence[-1] not in _QUOTES:
            yield start, end
        start = end


# --- other sites ----------------------------------------------------------------------------------------

#: Each of them, in lower case, is in every text in which _FOOTER finds something.
_FOOTER_KEYS: Final = (
    b"rights reserved", b"newsletter", b"subscribe ", b" horoscope", b"click here ", b"read more", b"also read",
    b"read also", b" us on ", b"share this ", b" appeared first on", b"filed under:", b" cookies", b"continue reading",
    b" your inbox",
)  # fmt: skip
_FOOTER: Final = re.compile(
    r"(?<![^\s(\[*|])(?:"
    r"(?:explore|check|read|discover|know|get) (?:the|your|our) (?:\w+ ){0,3}horoscope"
    r"|don[’']t miss (?:the|our|your|out on) (?:\w+ ){0,3}(?:horoscope|newsletter)"
    r"|(?:(?:©|\(c\)|copyright)[^\n\r.!?]{0,80}[.,]? )?all rights reserved"
    r"|(?:please )?click here (?:to|for|and)\b"
    r"|(?:sign up|subscribe|register) (?:\w+ ){0,3}(?:to|for|and get|and receive) (?:\w+ ){0,5}newsletters?\b"
    r"|subscribe (?:now|today|here|to (?:our|the|my) (?:\w+ ){0,3}(?:channel|podcast|blog|feed|mailing list|updates))\b"
    r"|get (?:\w+ ){1,8}(?:delivered )?(?:(?:straight|right|directly) )?(?:in|to) your inbox"
    r"|read more(?::| »| →|\.\.\.|…)|(?:also read|read also)(?::| \||\b(?= [A-Z]))"
    r"|follow us on (?:twitter|facebook|instagram|youtube|linkedin|telegram|google|pinterest)"
    r"|like us on facebook|share this (?:article|story|post|page|entry|with)\b(?! (?:is|was|has))"
    r"|the post [^\n\r]{3,200} appeared first on|filed under:|(?:this (?:web)?site|we) uses? cookies"
    r"|continue reading(?:[:.»→…]| »| →|(?=[\n\r]|\Z)))",
    re.IGNORECASE,
)
#: How far before a key what is found may begin, and how far behind it end.
_FOOTER_REACH: Final = 240
#: A sentence begins behind these, and where nothing stands before.
_BEFORE_SENTENCE: Final = ("", *'.!?:»|”"…)]([*©')
_LINE_END: Final = re.compile(r"[.!?…]+['\"”’)\]]*(?=\s|\Z)|(?=[\n\r])|\Z")


def _site_footers(text: str, places: Places) -> Iterator[Hit]:
    # Of the same length, and faster to look through.
    lower = text.encode("ascii", "replace").lower()
    keys = [key for key in _FOOTER_KEYS if key in lower]
    if not keys:
        return
    at = 0
    for begin, stop in _around(keys, lower):
        for found in _FOOTER.finditer(text, max(begin, at), stop):
            place = places[_paragraph(places, found.start())]
            before = text[max(found.start() - 4, place[0]) : found.start()].rstrip()
            if before[-1:] in _BEFORE_SENTENCE and place[0] <= found.start() < place[1]:
                stop_at = min(place[1], found.start() + LONGEST_FOOTER)
                end = _LINE_END.search(text, found.end(), stop_at)
                line = text[found.start() : max(found.end(), end.end() if end else stop_at)]
                at = found.start() + len(line.rstrip())
                message = "This belongs to the frame of a site and not to the article."
                yield Hit(found.start(), at, SITE_FOOTER.id, (), message)


def _around(keys: Sequence[bytes], lower: bytes) -> Iterator[tuple[int, int]]:
    """The stretches of the text, apart and in order, in which a footer may be found."""
    begin, stop = 0, -1
    for at in sorted(found.start() for key in keys for found in re.finditer(key, lower)):
        if at - _FOOTER_REACH > stop:
            if stop >= 0:
                yield begin, stop
            begin = max(at - _FOOTER_REACH, 0)
        stop = at + _FOOTER_REACH
    yield begin, stop


_FINDERS: Final[tuple[Callable[[str, Places], Iterator[Hit]], ...]] = (
    _split_numbers,
    _loose_brackets,
    _loose_quotes,
    _joined_quotes,
    _mixed_quotes,
    _joined_sentences,
    _html_entities,
    _repeated_sentences,
    _site_footers,
)
