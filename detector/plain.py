"""The plain text in a source with markup, and the way back from the one to the other."""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

from detector.results import Reason

#: Nobody sees them: soft hyphens, zero-width spaces and joiners. In a word they would make another word of it.
_INVISIBLE: Final = re.compile("[\u00ad\u200b-\u200d\u2060\ufeff]")
_VISIBLE: Final = re.compile("[^\u00ad\u200b-\u200d\u2060\ufeff]+")

Ranges = npt.NDArray[np.int64]


class Mark(NamedTuple):
    """What the markup says of [start, end) of the plain text."""

    start: int
    end: int
    reason: Reason


class _Pieces(NamedTuple):
    """Where each piece of the plain text starts in it, and the range of the source that it stands for: (pieces,)."""

    at: Ranges
    begin: Ranges
    end: Ranges


@dataclass(frozen=True, eq=False)
class Plain:
    """`text` is what is scored, `source` what was sent, `marks` what the markup says of the text; offsets are in code
    points. Without pieces, text and source are the same."""

    text: str
    source: str
    marks: tuple[Mark, ...] = ()
    pieces: _Pieces | None = field(default=None, repr=False)

    @classmethod
    def seen_in(cls, text: str) -> Plain:
        """What a reader sees of a text without markup."""
        return cls.of([(text, text)]) if _INVISIBLE.search(text) else cls(text, text)

    @classmethod
    def of(cls, pieces: Iterable[tuple[str, str]]) -> Plain:
        """Build one from (source, plain) in order: kept text is twice the same, markup has "" or what it stands for."""
        pairs = list(pieces)
        writer = Writer("".join(source for source, _ in pairs))
        at = 0
        for source, plain in pairs:
            writer.say(at, at + len(source), plain)
            at += len(source)
        return writer.plain()

    def places(self, ranges: Ranges) -> Ranges:
        """Ranges (n, 2) of the text, none empty, as ranges (n, 2) of the source: from the start of what the first
        character stands for to the end of what the last one does."""
        if self.pieces is None or not len(ranges):
            return ranges
        at, begin, end = self.pieces
        first = np.searchsorted(at, ranges[:, 0], side="right") - 1
        last = np.searchsorted(at, ranges[:, 1] - 1, side="right") - 1
        # A piece as long as its source is gone through in step; any other stands for its source as a whole.
        in_step = end - begin == np.diff(at, append=len(self.text))
        starts = begin[first] + in_step[first] * (ranges[:, 0] - at[first])
        ends = np.where(in_step[last], begin[last] + ranges[:, 1] - at[last], end[last])
        return np.column_stack([starts, ends])

    def place(self, start: int, end: int) -> tuple[int, int]:
        """The same for one range."""
        ((begin, stop),) = self.places(np.array([[start, end]], np.int64)).tolist()
        return begin, stop

    def verbatim(self, start: int, end: int) -> bool:
        """Whether nothing but these characters stands in the source there, give or take white space, so that other
        words may be put in their place."""
        if self.pieces is None:
            return True
        begin, stop = self.place(start, end)
        return self.source[begin:stop].split() == self.text[start:end].split()


class Writer:
    """Builds a Plain from the start of the source to its end; what is not written is stepped over."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.length = 0
        self._texts: list[str] = []
        self._at, self._begin, self._end = array("q"), array("q"), array("q")
        self._steady = False  # whether the last piece is as long as its source

    def keep(self, start: int, end: int) -> None:
        """Write [start, end) of the source as it is."""
        self.say(start, end, self.source[start:end])

    def say(self, start: int, end: int, plain: str) -> None:
        """Write what [start, end) of the source stands for, without what nobody sees."""
        if not _INVISIBLE.search(plain):
            self._write(start, end, plain)
        elif len(plain) == end - start:
            for seen in _VISIBLE.finditer(plain):
                self._write(start + seen.start(), start + seen.end(), seen.group())
        else:
            self._write(start, end, _INVISIBLE.sub("", plain))

    def _write(self, start: int, end: int, plain: str) -> None:
        if not plain:
            return
        in_step = len(plain) == end - start
        if in_step and self._steady and self._end[-1] == start:
            self._end[-1] = end
        else:
            self._at.append(self.length)
            self._begin.append(start)
            self._end.append(end)
            self._steady = in_step
        self._texts.append(plain)
        self.length += len(plain)

    def plain(self, marks: Iterable[Mark] = ()) -> Plain:
        """All that was written."""
        text = "".join(self._texts)
        # To numpy by way of the buffers: they may be as long as the text.
        pieces = _Pieces(*(np.frombuffer(a, np.int64) for a in (self._at, self._begin, self._end)))
        return Plain(text, self.source, tuple(marks), None if text == self.source else pieces)
