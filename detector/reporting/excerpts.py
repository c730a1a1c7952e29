"""Where two wordings of a text differ, a few lines of either side by side."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final, NamedTuple

from detector.text import Tokens
from detector.wording import Piece, Wordings

#: Tokens of an excerpt about, and before its first difference.
LENGTH: Final = 55
LEAD: Final = 6
#: Excerpts of a pair.
MOST: Final = 4
#: So much of a stretch that differs as a whole is shown.
WHOLE: Final = 40


class Stretch(NamedTuple):
    """Text of one side; `differs` where the other side says something else. Either side's may be empty."""

    here: str
    there: str
    differs: bool


def excerpts(wordings: Wordings, here: str, there: str) -> list[list[Stretch]]:
    """The first passages of the two texts that differ, in order."""
    return [
        [
            Stretch(_text(here, wordings.here, piece[0], piece[1]), _text(there, wordings.there, piece[2], piece[3]), d)
            for piece, d in ((one, not one.same) for one in passage)
        ]
        for passage in _passages(wordings.pieces)
    ]


def _passages(pieces: list[Piece]) -> Iterator[list[Piece]]:
    """Runs of pieces of about LENGTH tokens, each from a little before a difference. Long pieces are cut."""
    passage: list[Piece] = []
    length = made = 0
    for number, piece in enumerate(pieces):
        if not passage:
            if piece.same:
                continue
            if number:
                passage.append(_last(pieces[number - 1], LEAD))
        room = LENGTH - length
        cut = _first(piece, min(room, WHOLE) if piece.same else WHOLE)
        passage.append(cut)
        length += max(cut.here_end - cut.here_start, cut.there_end - cut.there_start)
        if length >= LENGTH or cut != piece:
            yield passage
            made += 1
            if made == MOST:
                return
            passage, length = [], 0
    if passage:
        yield passage


def _first(piece: Piece, count: int) -> Piece:
    return Piece(
        piece.here_start,
        min(piece.here_end, piece.here_start + count),
        piece.there_start,
        min(piece.there_end, piece.there_start + count),
        piece.same,
    )


def _last(piece: Piece, count: int) -> Piece:
    return Piece(
        max(piece.here_start, piece.here_end - count),
        piece.here_end,
        max(piece.there_start, piece.there_end - count),
        piece.there_end,
        piece.same,
    )


def _text(text: str, tokens: Tokens, first: int, after: int) -> str:
    """The tokens' text, and the white space behind it."""
    if first == after:
        return ""
    end = int(tokens.starts[after]) if after < len(tokens.starts) else int(tokens.ends[after - 1])
    return text[int(tokens.starts[first]) : end]
