"""A batch of paragraphs as flat arrays: what every later step reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from detector.lexicon import F32, FIRST_WORD, I32, Lexicon
from detector.text import tokenize

#: BOUNDARY ids, which are 0, before, between and after paragraphs: as many as the context model reaches.
PADDING = 8


@dataclass(frozen=True)
class Batch:
    """ids, starts, ends, capital: (tokens,); bounds: (paragraphs, 2) into them; slots: (slots,) positions in ids;
    owner: (slots,) paragraph of each slot. Offsets are those of the paragraph's own text; padding has 0."""

    ids: I32
    starts: I32
    ends: I32
    capital: npt.NDArray[np.bool_]
    bounds: I32
    slots: I32
    owner: I32

    def keeping(self, kept: npt.NDArray[np.bool_]) -> Batch:
        """The same batch with only the slots where kept (slots,) is true."""
        return self if kept.all() else replace(self, slots=self.slots[kept], owner=self.owner[kept])


def sums_by_owner(values: F32, owner: I32, owners: int) -> F32:
    """Sums (owners, ...) of values (n, ...) by their ascending owner."""
    out = np.zeros((owners, *values.shape[1:]), np.float32)
    if len(values):
        first = np.flatnonzero(np.diff(owner, prepend=-1))
        out[owner[first]] = np.add.reduceat(values, first, axis=0)
    return out


def make_batch(paragraphs: Sequence[tuple[str, int, int]], lexicon: Lexicon) -> Batch:
    """Tokenise (text, start, end) paragraphs. A word is a slot where the lexicon has candidates for it."""
    # One text, in which a line feed keeps the paragraphs apart: no token crosses it.
    tokens = tokenize("\n".join(text[start:end] for text, start, end in paragraphs))
    begin = np.array([start for _, start, _ in paragraphs], np.int64)
    lengths = np.array([end - start for _, start, end in paragraphs], np.int64)
    joined_at = np.cumsum(lengths + 1) - (lengths + 1)
    paragraph = np.searchsorted(joined_at, tokens.starts, side="right") - 1  # (tokens,)
    back = (begin - joined_at)[paragraph].astype(np.int32)
    count = np.bincount(paragraph, minlength=len(paragraphs))
    last = np.cumsum(count) + PADDING * np.arange(1, len(paragraphs) + 1)
    bounds = np.column_stack([last - count, last]).astype(np.int32)
    place = np.arange(len(paragraph)) + PADDING * (paragraph + 1)

    def spread(values: npt.ArrayLike, dtype: type[np.generic]) -> npt.NDArray[Any]:
        out = np.zeros(len(paragraph) + PADDING * (len(paragraphs) + 1), dtype)
        out[place] = values
        return out

    ids = spread(lexicon.ids(tokens.surfaces), np.int32)
    capital = spread(tokens.capital, np.bool_)
    starts, ends = spread(tokens.starts + back, np.int32), spread(tokens.ends + back, np.int32)
    slots = np.flatnonzero(lexicon.is_content[ids] & (ids >= FIRST_WORD)).astype(np.int32)
    owner = (np.searchsorted(bounds[:, 0], slots, side="right") - 1).astype(np.int32)
    return Batch(ids, starts, ends, capital, bounds, slots, owner)
