"""What a spinner family is: text and a rate in, spun text and the list of changes out."""

from __future__ import annotations

import random
from collections.abc import Iterable
from typing import NamedTuple, Protocol


class Change(NamedTuple):
    """A stretch of a spun text that was swapped.

    start, end: code points in the spun text. original: what stood there.
    """

    start: int
    end: int
    original: str


class Spun(NamedTuple):
    """A spun text; changes are in text order and do not overlap."""

    text: str
    changes: tuple[Change, ...]

    def undone(self) -> str:
        """The text with every change taken back."""
        pieces: list[str] = []
        at = 0
        for start, end, original in self.changes:
            pieces += (self.text[at:start], original)
            at = end
        pieces.append(self.text[at:])
        return "".join(pieces)


class Edit(NamedTuple):
    """A replacement to be made: code points [start, end) of the text as it is, and what to put there."""

    start: int
    end: int
    new: str


def apply(text: str, edits: Iterable[Edit]) -> Spun:
    """Make edits that are in text order and do not overlap; one that changes nothing is left out."""
    pieces: list[str] = []
    changes: list[Change] = []
    at = length = 0
    for start, end, new in edits:
        if text[start:end] == new:
            continue
        pieces += (text[at:start], new)
        length += start - at + len(new)
        changes.append(Change(length - len(new), length, text[start:end]))
        at = end
    pieces.append(text[at:])
    return Spun("".join(pieces), tuple(changes))


class Family(Protocol):
    """A kind of spinner."""

    @property
    def name(self) -> str:
        """Short name, as records and reports spell it."""
        ...

    def spin(self, text: str, rate: float, rng: random.Random) -> Spun:
        """Swap about `rate` (0 to 1) of the content words of `text`."""
        ...


class DataMissing(FileNotFoundError):
    """A family's dictionary is not installed; the message says which command installs it."""
