"""Text to paragraphs and tokens, with offsets in code points.

Everything here is a pure function of the text: `text[start:end]` is always the
token or paragraph as it was sent, whatever the text contains.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

# Letters, with the combining marks that decomposed text puts behind them.
_LETTERS: Final = r"[^\W\d_]+(?:[\u0300-\u036f]+[^\W\d_]*)*"
# An apostrophe joins (don't, o'clock), but a possessive 's is a token of its own,
# so that "council's" is counted with "council".
TOKEN: Final = re.compile(
    rf"{_LETTERS}(?:['\u2019](?![sS](?![^\W\d_])){_LETTERS})*"
    r"|(?<=[^\W\d_])['\u2019][sS](?![^\W\d_])"
    r"|\d+(?:[.,]\d+)*"
    r"|\S"
)

#: Whether a code point is white space; the last entry stands for all above it, none of which is.
_IS_SPACE: Final = np.array([chr(point).isspace() for point in range(0x3002)])
#: Whether a code point is a capital; those of the few alphabets above are not told.
_IS_CAPITAL: Final = np.array([chr(point).isupper() for point in range(0x3002)])

_NEWLINE: Final = re.compile(r"\r\n|[\n\r\x0b\x0c\x85\u2028\u2029]")
_BLANK_LINE: Final = re.compile(
    r"(?:\r\n|[\n\r\x85\u2028\u2029])[^\S\n\r]*(?:\r\n|[\n\r\x85\u2028\u2029\x0c])\s*|\u2029"
)
_SENTENCE_END: Final = re.compile(r"""[.!?:;…]["'”’)\]]*\s*$""")

#: Lines of hard-wrapped text are neither longer nor shorter than this, and (all but the last) about as long as each other.
WRAP_WIDTH: Final = 110
WRAP_MINIMUM: Final = 35
#: A block of lines longer than this was not wrapped by hand: each line is a paragraph.
LONG_LINE: Final = 160


class Tokens(NamedTuple):
    """The tokens of one stretch of text.

    starts, ends: int32 arrays (tokens,), code-point offsets into the whole text.
    surfaces: the tokens as written.
    capital: bool array (tokens,), whether the first character is a capital.
    """

    starts: npt.NDArray[np.int32]
    ends: npt.NDArray[np.int32]
    surfaces: list[str]
    capital: npt.NDArray[np.bool_]


def tokenize(text: str, start: int = 0, end: int | None = None) -> Tokens:
    """Split `text[start:end]` into words, numbers and single other characters."""
    end = len(text) if end is None else end
    surfaces = TOKEN.findall(text, start, end)
    lengths = np.fromiter(map(len, surfaces), np.int32, len(surfaces))
    # Nothing but white space stands between tokens, and none in them.
    points = np.frombuffer(text[start:end].encode("utf-32-le", "surrogatepass"), "<u4")
    known = np.minimum(points, len(_IS_SPACE) - 1)
    first = np.flatnonzero(~_IS_SPACE[known])[np.cumsum(lengths) - lengths]
    starts = (first + start).astype(np.int32)
    return Tokens(starts, starts + lengths, surfaces, _IS_CAPITAL[known[first]])


def paragraphs(text: str) -> Iterator[tuple[int, int]]:
    """Yield (start, end) of each paragraph, without surrounding white space.

    Blank lines separate paragraphs; where a text has none, single newlines do,
    unless the lines were wrapped by hand, which makes them one paragraph.
    """
    blocks = list(_between(_BLANK_LINE, text, 0, len(text)))
    several = len(blocks) > 1
    for start, end in blocks:
        lines = list(_between(_NEWLINE, text, start, end))
        if len(lines) < 2:
            yield from lines
        elif _keeps_lines_together(text, lines, several):
            yield lines[0][0], lines[-1][1]
        else:
            yield from lines


def _keeps_lines_together(text: str, lines: list[tuple[int, int]], blank_lines: bool) -> bool:
    lengths = sorted(end - start for start, end in lines)
    if blank_lines:
        return lengths[len(lengths) // 2] <= LONG_LINE
    widest = lengths[-1]
    if not WRAP_MINIMUM <= widest <= WRAP_WIDTH:
        return False
    body = lines[:-1]
    as_long = sum(end - start >= 0.7 * widest for start, end in body)
    open_ended = sum(not _SENTENCE_END.search(text, start, end) for start, end in body)
    return as_long >= 0.75 * len(body) and open_ended >= 0.6 * len(body)


def _between(separator: re.Pattern[str], text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """The stretches between matches of `separator`, stripped, empty ones left out."""
    at = start
    for match in separator.finditer(text, start, end):
        yield from _stripped(text, at, match.start())
        at = match.end()
    yield from _stripped(text, at, end)


def _stripped(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    piece = text[start:end]
    left = len(piece) - len(piece.lstrip())
    right = len(piece.rstrip())
    if right > left:
        yield start + left, start + right
