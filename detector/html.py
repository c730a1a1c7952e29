"""The plain text of an HTML page or fragment, much as a browser shows it.

One pass from the start to the end: nothing is looked for twice, however broken the page is. (The standard library's
parser searches to the end of the page for each comment or tag that is never closed.)
"""

from __future__ import annotations

import re
from html import unescape
from typing import Final

from detector.plain import Plain
from detector.tags import ENTITY, LINE_END, UNSEEN, Elements

#: Where something other than plain text may start: a tag, a character reference, the end of a line.
_SPECIAL: Final = re.compile(rf"[<&]|{LINE_END.pattern}[ \t]*(?:{LINE_END.pattern}[ \t]*)*")
_NAME: Final = re.compile(r"</?([A-Za-z][^\s/>]*)")
#: The end of a tag, or an attribute's value in quotation marks, in which > is no end.
_TAG_PART: Final = re.compile(r""">|=\s*(?:"[^"]*"|'[^']*')""")


def read(source: str) -> Plain:
    """The plain text of `source`. Blocks become paragraphs, inline tags vanish, line ends outside of <pre> are blanks."""
    return _Page(source).read()


class _Page:
    def __init__(self, source: str) -> None:
        self._source = source
        self._elements = Elements(source)
        self._never_closed: set[str] = set()

    def read(self) -> Plain:
        source, writer = self._source, self._elements.writer
        kept = at = 0  # source[kept:at] is text that is not written yet
        while found := _SPECIAL.search(source, at):
            begin = found.start()
            if found.group() == "<":
                end = self._markup_end(begin)
            elif found.group() == "&":
                reference = ENTITY.match(source, begin)
                end = reference.end() if reference else begin
            else:
                end = begin if self._elements.keeps_lines else found.end()
            if end == begin:  # it is text after all
                at = found.end()
                continue
            writer.keep(kept, begin)
            if found.group() == "<":
                end = self._markup(begin, end)
            elif found.group() == "&":
                writer.say(begin, end, _character(source[begin:end], self._elements.keeps_lines))
            else:
                writer.say(begin, end, " ")
            kept = at = end
        writer.keep(kept, len(source))
        return self._elements.plain()

    def _markup_end(self, begin: int) -> int:
        """Where the tag or comment at `begin` ends; `begin` where there is none. What is never closed takes the rest."""
        source = self._source
        after = source[begin + 1 : begin + 2]
        name = _NAME.match(source, begin)
        if name is None:
            if source.startswith("<!--", begin):
                end = source.find("-->", begin + 2)
                return end + 3 if end >= 0 else len(source)
            if after in ("!", "?") or (after == "/" and begin + 2 < len(source)):
                end = source.find(">", begin + 1)
                return end + 1 if end >= 0 else len(source)
            return begin
        at = name.end()
        while part := _TAG_PART.search(source, at):
            at = part.end()
            if part.group() == ">":
                return at
        return len(source)

    def _markup(self, begin: int, end: int) -> int:
        """Take in the tag or comment at [begin, end); tell where to go on."""
        found = _NAME.match(self._source, begin)
        if found is None:
            return end
        name = found.group(1).lower()
        if self._source[begin + 1] == "/":
            self._elements.end(name, begin, end)
        elif name in UNSEEN and not self._source.endswith("/>", begin, end):
            return self._after(name, end)
        else:
            self._elements.start(name, begin, end)
        return end

    def _after(self, name: str, at: int) -> int:
        """Past the end of the unseen element that opened before `at`; `at` where it is never closed."""
        if name in self._never_closed:
            return at
        closing = re.compile(rf"</{name}(?=[\s/>])" + (r"|(?=<body[\s>])" if name == "head" else ""), re.IGNORECASE)
        if found := closing.search(self._source, at):
            return self._markup_end(found.start()) if found.end() > found.start() else found.start()
        self._never_closed.add(name)
        # A browser takes all the rest for a script, a style or the like; of the others the tag alone is passed over.
        return len(self._source) if name in ("script", "style", "textarea", "title") else at


def _character(reference: str, keeps_lines: bool) -> str:
    """What a character reference stands for; outside of <pre>, line ends are blanks."""
    character = unescape(reference)
    return character if keeps_lines else LINE_END.sub(" ", character)
