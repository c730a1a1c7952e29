"""What HTML elements mean for the text in them; HTML and Markdown have them in common."""

from __future__ import annotations

import re
from typing import Final

from detector.plain import Mark, Plain, Writer
from detector.results import Reason

#: Elements whose text is not the writer's running prose.
_REASONS: Final[dict[str, Reason]] = {
    "blockquote": "block-quote",
    "q": "quote",
    **dict.fromkeys(("pre", "code", "kbd", "samp", "tt", "xmp", "listing"), "code"),
    **dict.fromkeys(("h1", "h2", "h3", "h4", "h5", "h6", "hgroup"), "heading"),
    **dict.fromkeys(("ul", "ol", "menu", "dir", "dl", "li", "dt", "dd"), "list"),
}

#: Elements that no paragraph goes on through.
_BLOCKS: Final = frozenset(
    "address article aside blockquote body button caption center dd details dialog dir div dl dt fieldset figcaption"
    " figure footer form h1 h2 h3 h4 h5 h6 header hgroup hr html legend li listing main menu nav ol option p pre"
    " search section select summary table tbody td tfoot th thead tr ul xmp".split()
)
#: Elements that have no end of their own, or whose end is often left out, and need none here.
_NOT_OPENED: Final = frozenset({"p", "hr", "html", "body"})

#: Elements that end the one before them, whose end is often left out.
_FOLLOWS: Final = {"li": ("li",), "dt": ("dt", "dd"), "dd": ("dt", "dd")}

#: Elements whose content is no text of the page.
UNSEEN: Final = frozenset(
    "audio canvas datalist head iframe math noembed noframes noscript object script style svg template textarea"
    " title video".split()
)
_KEEPS_LINES: Final = ("pre", "xmp", "listing")

#: What a tokenizer of lines takes for the end of one.
LINE_END: Final = re.compile(r"[\n\r\f\v\x1c-\x1e\x85\u2028\u2029]")
ENTITY: Final = re.compile(
    r"&(?:#[0-9]{1,8}(?![0-9]);?|#[xX][0-9a-fA-F]{1,8}(?![0-9a-fA-F]);?|[A-Za-z][A-Za-z0-9]{0,31};?)"
)


class Elements:
    """Writes a text while elements open and close in it. Tags may be missing, doubled or crossed: what is open ends with
    what holds it, and an inline element with its paragraph."""

    def __init__(self, source: str) -> None:
        self.writer = Writer(source)
        self._open: list[tuple[str, int]] = []  # (name, where its text starts), the innermost last
        self._count: dict[str, int] = {}
        self._marks: list[Mark] = []

    @property
    def keeps_lines(self) -> bool:
        """Whether line ends are kept here."""
        return any(self._count.get(name) for name in _KEEPS_LINES)

    def start(self, name: str, begin: int, end: int) -> None:
        """The start tag at [begin, end)."""
        if name == "br":
            self.writer.say(begin, end, "\n")
        elif name in _BLOCKS:
            self.end_inline()
            if self._open and self._open[-1][0] in _FOLLOWS.get(name, ()):
                self._pop()
            self.writer.say(begin, end, "\n\n")
            if name not in _NOT_OPENED:
                self._push(name)
        elif name in _REASONS:
            self._push(name)

    def end(self, name: str, begin: int, end: int) -> None:
        """The end tag at [begin, end)."""
        if name in _BLOCKS:
            self.end_inline()
        if self._count.get(name):
            while self._pop() != name:
                pass
        if name in _BLOCKS:
            self.writer.say(begin, end, "\n\n")

    def mark(self, start: int, reason: Reason) -> None:
        """What was written since `start` is `reason`."""
        if start < self.writer.length:
            self._marks.append(Mark(start, self.writer.length, reason))

    def end_inline(self) -> None:
        """Close the inline elements that are open innermost."""
        while self._open and self._open[-1][0] not in _BLOCKS:
            self._pop()

    def plain(self) -> Plain:
        """All that was written; what is open ends here."""
        while self._open:
            self._pop()
        return self.writer.plain(self._marks)

    def _push(self, name: str) -> None:
        self._open.append((name, self.writer.length))
        self._count[name] = self._count.get(name, 0) + 1

    def _pop(self) -> str:
        name, start = self._open.pop()
        self._count[name] -= 1
        if name in _REASONS:
            self.mark(start, _REASONS[name])
        return name
