"""What stands in a paragraph of Markdown: emphasis, links, code, references to characters, tags."""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Sequence
from enum import Enum, auto
from html import unescape
from typing import Final, NamedTuple

from detector.tags import ENTITY, LINE_END, UNSEEN, Elements

_MARK: Final = re.compile(r"[\\`\[\]!<&|]|\*+|_+|~+")
_SPECIAL: Final = re.compile(rf"{_MARK.pattern}|\n")
_ESCAPED: Final = frozenset("!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~")
_TICKS: Final = re.compile(r"`+")
# Bounded, so that a thousand open brackets do not look through the same text a thousand times.
_DESTINATION: Final = re.compile(
    r"\(\s{0,9}(?:<[^<>\n]{0,2000}>|[^\s()<>]{0,2000}(?:\([^\s()<>]{0,200}\)[^\s()<>]{0,2000}){0,9})"
    r"""(?:\s{1,9}(?:"[^"]{0,500}"|'[^']{0,500}'|\([^()]{0,500}\)))?\s{0,9}\)"""
)
_MOST_LABEL: Final = 200
_LABEL: Final = re.compile(rf"\[([^\[\]]{{0,{_MOST_LABEL}}})\]")
_AUTOLINK: Final = re.compile(r"<(?:[A-Za-z][A-Za-z0-9+.-]{1,31}:[^\s<>]*|[\w.+-]{1,64}@[\w.-]{1,255})>")
_TAG: Final = re.compile(r"</?([A-Za-z][A-Za-z0-9-]*)(?:\s[^<>]*)?/?>")


class Line(NamedTuple):
    """A line of a paragraph: [begin, end) of the source."""

    begin: int
    end: int


def write(lines: Sequence[Line], elements: Elements, labels: frozenset[str], cells: bool = False) -> None:
    """Write the text of a paragraph. labels: of the links defined in the document; cells: it is a row of a table."""
    writer = elements.writer
    if _MARK.search(writer.source, lines[0].begin, lines[-1].end):
        _Paragraph(lines, elements, labels).write(cells)
        return
    for number, line in enumerate(lines, start=1):
        writer.keep(*line)
        if number < len(lines):
            writer.say(line.end, lines[number].begin, _line_end(writer.source, line.end))


class _Act(Enum):
    """What an event does, other than to stand for a text."""

    CODE_STARTS = auto()
    CODE_ENDS = auto()
    TAG = auto()


class _Paragraph:
    """The events of a paragraph, in order: ranges of its text that stand for something else, most of them for nothing.
    An empty range is a mark that may still turn out to be one, such as a bracket before its partner is seen."""

    def __init__(self, lines: Sequence[Line], elements: Elements, labels: frozenset[str]) -> None:
        self._lines, self._elements, self._labels = lines, elements, labels
        source = elements.writer.source
        self._text = "\n".join([source[line.begin : line.end] for line in lines])
        self._line_starts = array("q")  # in the text
        at = 0
        for line in lines:
            self._line_starts.append(at)
            at += line.end - line.begin + 1
        self._begin, self._end = array("q"), array("q")
        self._acts: list[str | _Act] = []
        self._brackets = array("q")  # events that are open brackets
        self._openers = {mark: (array("q"), array("q")) for mark in "*_~"}  # events, how many marks each has left
        self._ticks: dict[int, list[int]] = {}
        self._missing: set[str] = set()

    def write(self, cells: bool) -> None:
        """Find the events, then write the text with them."""
        text, at = self._text, 0
        for ticks in _TICKS.finditer(text):
            self._ticks.setdefault(len(ticks.group()), []).append(ticks.start())
        while found := _SPECIAL.search(text, at):
            at = self._special(found.group(), found.start(), cells)
        kept = code = 0
        writer = self._elements.writer
        for begin, end, act in zip(self._begin, self._end, self._acts, strict=True):
            if begin < kept or (begin == end and act == ""):
                continue  # in an image, or a mark that is none
            self._keep(kept, begin)
            kept = end
            if isinstance(act, str):
                writer.say(*self._places(begin, end), act)
            elif act is _Act.TAG:
                self._tag(begin, end)
            elif act is _Act.CODE_STARTS:
                code = writer.length
            else:
                self._elements.mark(code, "code")
        self._keep(kept, len(text))

    def _special(self, mark: str, at: int, cells: bool) -> int:
        """Note what stands at `at`; tell where to go on."""
        text = self._text
        match mark[0]:
            case "\\" if text[at + 1 : at + 2] in _ESCAPED:
                self._event(at, at + 1)
                return at + 2
            case "\\" if text.startswith("\n", at + 1):
                self._event(at, at + 1)
            case "`":
                return self._code(at)
            case "*" | "_" | "~":
                self._emphasis(mark, at)
            case "[":
                self._brackets.append(self._event(at, at))
            case "!" if text.startswith("[", at + 1):
                self._brackets.append(self._event(at, at))
                return at + 2
            case "]":
                return self._closing_bracket(at)
            case "<":
                return self._angle(at)
            case "&":
                if reference := ENTITY.match(text, at):
                    self._event(at, reference.end(), LINE_END.sub(" ", unescape(reference.group())))
                    return reference.end()
            case "|" if cells:
                self._event(at, at + 1, "\n\n")
            case "\n":
                self._event(at, at + 1, _line_end(text, at))
        return at + len(mark)

    def _event(self, begin: int, end: int, act: str | _Act = "") -> int:
        self._begin.append(begin)
        self._end.append(end)
        self._acts.append(act)
        return len(self._acts) - 1

    def _code(self, at: int) -> int:
        """A code span, if as many backticks close it."""
        ticks = _TICKS.match(self._text, at)
        assert ticks is not None  # one stands at `at`
        size = len(ticks.group())
        same = self._ticks.get(size, [])
        following = bisect_right(same, at)
        if following == len(same):
            return ticks.end()
        close = same[following]
        self._event(at, ticks.end(), _Act.CODE_STARTS)
        newline = self._text.find("\n", ticks.end(), close)
        while newline >= 0:
            self._event(newline, newline + 1, " ")
            newline = self._text.find("\n", newline + 1, close)
        self._event(close, close + size, _Act.CODE_ENDS)
        return close + size

    def _emphasis(self, run: str, at: int) -> None:
        """Marks of emphasis: they close what is open, and open what may come."""
        before, after = self._text[at - 1 : at] or " ", self._text[at + len(run) : at + len(run) + 1] or " "
        opens = not after.isspace() and (after.isalnum() or not before.isalnum())
        closes = not before.isspace() and (before.isalnum() or not after.isalnum())
        if run[0] == "_":  # in snake_case it is none
            opens, closes = opens and not before.isalnum(), closes and not after.isalnum()
        event, left = self._event(at, at), len(run)
        events, counts = self._openers[run[0]]
        while closes and left and events:
            used = min(left, counts[-1])
            left -= used
            counts[-1] -= used
            self._end[events[-1]] += used
            self._end[event] += used
            if not counts[-1]:
                events.pop()
                counts.pop()
        if opens and left:
            events.append(event)
            counts.append(left)

    def _closing_bracket(self, at: int) -> int:
        """The end of a link or an image, if it is one."""
        text = self._text
        if not self._brackets:
            return at + 1
        event = self._brackets.pop()
        begin = self._begin[event]
        image = text[begin] == "!"
        label = text[begin + 1 + image : at].casefold() if at - begin <= _MOST_LABEL else ""
        end = at + 1
        if destination := _DESTINATION.match(text, end):
            end = destination.end()
        elif (reference := _LABEL.match(text, end)) and (reference.group(1) or label).casefold() in self._labels:
            end = reference.end()
        elif label not in self._labels:
            return end
        if image or label.startswith("^"):
            self._end[event] = end  # with all that stands in it
        else:
            self._end[event] = begin + 1
            self._event(at, end)
        return end

    def _angle(self, at: int) -> int:
        """An address, a tag or a comment."""
        text = self._text
        if link := _AUTOLINK.match(text, at):
            self._event(at, at + 1)
            self._event(link.end() - 1, link.end())
            return link.end()
        end = at
        if text.startswith("<!--", at):
            end = self._past("-->", at + 2)
        elif tag := _TAG.match(text, at):
            name = tag.group(1).lower()
            if name not in UNSEEN or text[at + 1] == "/":
                self._event(at, tag.end(), _Act.TAG)
                return tag.end()
            end = max(self._past(f"</{name}>", tag.end()), tag.end())
        if end <= at:
            return at + 1
        self._event(at, end)
        return end

    def _past(self, closing: str, at: int) -> int:
        """Past the next `closing`, -1 where there is none."""
        found = -1 if closing in self._missing else self._text.find(closing, at)
        if found < 0:
            self._missing.add(closing)
            return -1
        return found + len(closing)

    def _tag(self, begin: int, end: int) -> None:
        found = _TAG.match(self._text, begin)
        assert found is not None  # it was seen before
        enter = self._elements.end if self._text[begin + 1] == "/" else self._elements.start
        enter(found.group(1).lower(), *self._places(begin, end))

    def _keep(self, begin: int, end: int) -> None:
        if begin < end:
            self._elements.writer.keep(*self._places(begin, end))

    def _places(self, begin: int, end: int) -> tuple[int, int]:
        """[begin, end) of the text in the source; a line end reaches to where the next line's text begins."""
        number = bisect_right(self._line_starts, begin) - 1
        line = self._lines[number]
        start = line.begin + begin - self._line_starts[number]
        if start + end - begin <= line.end:
            return start, start + end - begin
        last = bisect_right(self._line_starts, end) - 1
        return start, self._lines[last].begin + end - self._line_starts[last]


def _line_end(text: str, at: int) -> str:
    """What the end of the line at `at` stands for: two blanks or a backslash before it break the line."""
    return "\n" if text.endswith(("  ", "\\"), 0, at) else " "
