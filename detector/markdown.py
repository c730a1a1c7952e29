"""The plain text of a Markdown document: CommonMark with tables, front matter and footnotes, read lightly.

Two steps, each in one pass: lines are put into containers (block quotes, list items) and leaves (paragraphs, headings,
code), and each leaf is handed to `inline`. No maintained parser says where in the source its inline text stood, which
is all that matters here.
"""

from __future__ import annotations

import re
from typing import Final, NamedTuple

from detector.inline import Line, write
from detector.plain import Plain
from detector.tags import Elements

_LINE: Final = re.compile(r"([^\r\n]*)(?:\r\n|\n|\r)?")
_BLANK: Final = " \t"
_HEADING: Final = re.compile(r"(#{1,6})(?:[ \t]+|$)")
_FENCE: Final = re.compile(r"(`{3,})[^`]*$|(~{3,})")
_ITEM: Final = re.compile(r"(?:[-+*]|(\d{1,9})[.)])(?=[ \t]|$)")
_TASK: Final = re.compile(r"\[[ xX]\][ \t]+")
_FRONT_MATTER: Final = re.compile(r"\ufeff?(---|\+\+\+)[ \t]*\r?\n(?=[ \t]*(?:[\w\"'-]+[ \t]*[:=]|#))")
_DEFINITION: Final = re.compile(r"\[([^\]\n]{1,200})\]:")
_DEFINITIONS: Final = re.compile(r"^[ >\t]{0,9}\[([^\]\n]{1,200})\]:", re.MULTILINE)
_RAW: Final = re.compile(r"<(?:(!--)|(script|style|textarea)(?=[\s>]))", re.IGNORECASE)
#: Columns from which on a line is code.
_CODE_INDENT: Final = 4
#: Containers in containers beyond these are text.
_MOST_DEEP: Final = 100


def read(source: str) -> Plain:
    """The plain text of `source`. Each block is a paragraph, its lines joined by blanks; code keeps its lines."""
    return _Document(source).read()


class _Container(NamedTuple):
    """An open block quote (width 0) or list item, whose content stands `width` columns in; `start`: of its text."""

    width: int
    start: int


class _Document:
    def __init__(self, source: str) -> None:
        self._source = source
        self._elements = Elements(source)
        self._writer = self._elements.writer
        self._labels = frozenset(found.casefold() for found in _DEFINITIONS.findall(source))
        self._containers: list[_Container] = []
        self._leaf: list[Line] = []  # the paragraph that the next line may go on with
        self._fence = ""
        self._code = -1  # where the text of the open code block starts
        self._table = False
        self._never_closed: set[str] = set()

    def read(self) -> Plain:
        source = self._source
        at = _front_matter_end(source)
        while at < len(source):
            found = _LINE.match(source, at)
            assert found is not None  # the pattern matches anything
            at = self._line(at, found.end(1), found.end())
        self._close_containers(0)
        return self._elements.plain()

    def _line(self, begin: int, stop: int, end: int) -> int:
        """Take in the line [begin, stop), whose end reaches to `end`; tell where to go on."""
        if self._source[begin].isalpha() and self._takes_words():
            self._leaf.append(Line(begin, stop))
            return end
        at, column = self._indent(begin, stop, 0)
        if at == stop:
            self._blank_line(stop, end)
            return end
        at, column, matched = self._inside(begin, stop)
        first, indent = self._indent(at, stop, column)
        if matched < len(self._containers):
            if self._leaf and first < stop and not self._starts_block(first, stop):  # a lazy line of the paragraph
                self._leaf.append(Line(first, stop))
                return end
            self._close_containers(matched)
        if self._fence:
            self._fence_line(first, at, stop, end)
            return end
        while first < stop and indent - column < _CODE_INDENT and self._opens_container(first, stop, bool(self._leaf)):
            at, column = self._enter(first, indent, column, stop)
            first, indent = self._indent(at, stop, column)
        if first == stop:
            self._blank_line(stop, end)
            return end
        if indent - column >= _CODE_INDENT and not self._leaf:
            self._code_line(at, stop, end)
            return end
        self._end_code()
        if self._leaf and indent - column >= _CODE_INDENT:
            self._leaf.append(Line(first, stop))
            return end
        return self._leaf_line(first, stop, end)

    def _takes_words(self) -> bool:
        """Whether a line that starts with a letter belongs to the open paragraph, or starts one. Most lines do."""
        if self._leaf:
            return not self._table
        return not self._containers and not self._fence and self._code < 0 and not self._table

    def _indent(self, at: int, stop: int, column: int) -> tuple[int, int]:
        """Past the blanks at `at`, which stands in `column`: where, and in which column."""
        source = self._source
        while at < stop and source[at] in _BLANK:
            column += 1 if source[at] == " " else 4 - column % 4
            at += 1
        return at, column

    def _inside(self, at: int, stop: int) -> tuple[int, int, int]:
        """Go into the open containers as far as the line does: where, in which column, in how many of them."""
        source, column = self._source, 0
        for depth, container in enumerate(self._containers):
            first, indent = self._indent(at, min(stop, at + 2 * _CODE_INDENT + container.width), column)
            if container.width == 0:
                if first == stop or source[first] != ">" or indent - column >= _CODE_INDENT:
                    return at, column, depth
                at, column = first + 1, indent + 1
                if at < stop and source[at] in _BLANK:
                    at, column = at + 1, column + 1
            elif indent - column >= container.width:
                wanted = column + container.width
                while column < wanted:
                    column += 1 if source[at] == " " else 4 - column % 4
                    at += 1
            else:
                return at, column, depth
        return at, column, len(self._containers)

    def _opens_container(self, first: int, stop: int, interrupts: bool) -> bool:
        """Whether a block quote or a list item starts at `first`. interrupts: right in an open paragraph."""
        if len(self._containers) == _MOST_DEEP:
            return False
        if self._source[first] == ">":
            return True
        item = _ITEM.match(self._source, first, stop)
        if item is None or _is_rule(self._source[first:stop]):
            return False
        # In the middle of a paragraph a number that starts a line is no list, unless it is the first one.
        return not interrupts or (item.group(1) in (None, "1") and item.end() < stop)

    def _enter(self, first: int, indent: int, base: int, stop: int) -> tuple[int, int]:
        """Open the container at `first`, in column `indent` of what starts in `base`; where its content stands, and in
        which column."""
        self._end_leaf()
        self._end_code()
        source, width = self._source, 0
        if source[first] == ">":
            at, column = first + 1, indent + 1
            if at < stop and source[at] in _BLANK:
                at, column = at + 1, column + 1
        else:
            item = _ITEM.match(source, first, stop)
            assert item is not None  # it was seen by _opens_container
            at, column = item.end(), indent + item.end() - first
            width = column + 1 - base
            inner, inner_column = self._indent(at, stop, column)
            if inner < stop and inner_column - column <= _CODE_INDENT:
                at, column, width = inner, inner_column, inner_column - base
            if task := _TASK.match(source, at, stop):
                at, column = task.end(), column + task.end() - task.start()
        self._break(first, at)
        self._containers.append(_Container(width, self._writer.length))
        return at, column

    def _leaf_line(self, first: int, stop: int, end: int) -> int:
        """Take in what starts at `first`, inside of all containers; tell where to go on."""
        source = self._source
        if raw := _RAW.match(source, first, stop):
            past = self._past_raw(raw)
            if past > first:
                self._end_leaf()
                return past
        if fence := _FENCE.match(source, first, stop):
            self._end_leaf()
            self._fence = fence.group(1) or fence.group(2)
            self._break(first, first)
            self._code = self._writer.length
            return end
        if heading := _HEADING.match(source, first, stop):
            self._end_leaf()
            text = source[heading.end() : stop].rstrip(_BLANK)
            bare = text.rstrip("#")
            text = text if bare and bare[-1] not in _BLANK else bare
            self._leaf = [Line(heading.end(), heading.end() + len(text))]
            self._end_leaf(heading=True)
            return end
        line = source[first:stop]
        if self._leaf and not self._table and _is_underline(line):
            self._end_leaf(heading=True)
            return end
        if _is_rule(line):
            self._end_leaf()
            self._break(first, stop)
            return end
        if not self._leaf and (definition := _DEFINITION.match(source, first, stop)):
            if not definition.group(1).startswith("^"):
                return end
            first = definition.end()
        if self._leaf and "|" in line and _is_table_ruler(line):
            head = self._leaf.pop()
            self._end_leaf()
            self._row(head)
            self._table = True
            return end
        if self._table and "|" in line:
            self._row(Line(first, stop))
            return end
        self._table = False
        self._leaf.append(Line(first, stop))
        return end

    def _starts_block(self, first: int, stop: int) -> bool:
        """Whether the line is more than the next one of the paragraph."""
        source = self._source
        line = source[first:stop]
        return (
            self._opens_container(first, stop, interrupts=False)
            or _HEADING.match(source, first, stop) is not None
            or _FENCE.match(source, first, stop) is not None
            or _is_rule(line)
        )

    def _row(self, line: Line) -> None:
        """Write a row of a table, each cell a paragraph."""
        self._break(line.begin, line.begin)
        write([line], self._elements, self._labels, cells=True)

    def _past_raw(self, raw: re.Match[str]) -> int:
        """Past the comment, script or style that starts a line; where it starts if it is never closed."""
        closing = "-->" if raw.group(1) else f"</{raw.group(2).lower()}>"
        if closing not in self._never_closed:
            if found := re.compile(re.escape(closing), re.IGNORECASE).search(self._source, raw.end()):
                return found.end()
            self._never_closed.add(closing)
        return raw.start()

    def _blank_line(self, stop: int, end: int) -> None:
        """Its end is kept in code; elsewhere it ends the paragraph."""
        if self._code >= 0 and stop < end:
            self._writer.say(stop, end, "\n")
        self._end_leaf()

    def _fence_line(self, first: int, at: int, stop: int, end: int) -> None:
        """The line at `at`, its text at `first`, in fenced code."""
        line = self._source[first:stop].rstrip(_BLANK)
        if len(line) >= len(self._fence) and line == self._fence[0] * len(line):
            self._fence = ""
            self._end_code()
        else:
            self._writer.keep(at, end)

    def _code_line(self, at: int, stop: int, end: int) -> None:
        if self._code < 0:
            self._break(at, at)
            self._code = self._writer.length
        self._writer.keep(at, end)

    def _end_code(self) -> None:
        if self._code >= 0:
            self._elements.mark(self._code, "code")
            self._code = -1

    def _end_leaf(self, heading: bool = False) -> None:
        """Write the open paragraph."""
        self._table = False
        if not self._leaf:
            return
        self._break(self._leaf[0].begin, self._leaf[0].begin)
        start = self._writer.length
        write(self._leaf, self._elements, self._labels)
        self._elements.end_inline()
        if heading:
            self._elements.mark(start, "heading")
        self._leaf = []

    def _close_containers(self, depth: int) -> None:
        """Close all containers but `depth` of them."""
        self._end_leaf()
        self._end_code()
        self._fence = ""
        while len(self._containers) > depth:
            container = self._containers.pop()
            self._elements.mark(container.start, "list" if container.width else "block-quote")

    def _break(self, begin: int, end: int) -> None:
        """Start a new paragraph of the plain text."""
        if self._writer.length:
            self._writer.say(begin, end, "\n\n")


def _front_matter_end(source: str) -> int:
    """Past the front matter, 0 where there is none."""
    found = _FRONT_MATTER.match(source)
    if found is None:
        return 0
    closing = re.compile(rf"^(?:{re.escape(found.group(1))}|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.MULTILINE)
    end = closing.search(source, found.end())
    return end.end() if end else 0


def _is_rule(line: str) -> bool:
    """Whether the line is a thematic break: three or more of the same mark, and blanks."""
    if not line or line[0] not in "-_*":
        return False
    marks = line.replace(" ", "").replace("\t", "")
    return len(marks) >= 3 and marks == marks[0] * len(marks)


def _is_underline(line: str) -> bool:
    """Whether the line makes the paragraph before it a heading."""
    line = line.rstrip(_BLANK)
    return bool(line) and line[0] in "=-" and line == line[0] * len(line)


def _is_table_ruler(line: str) -> bool:
    return "-" in line and not line.strip("|:- \t")
