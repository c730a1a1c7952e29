"""A batch of paragraphs as flat arrays: what every later step reads."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from detector.lexicon import BOUNDARY, F32, FIRST_WORD, I32, Lexicon
from detector.text import tokenize

#: BOUNDARY ids before, between and after paragraphs: as many as the context model reaches.
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
    ids: list[int] = [BOUNDARY] * PADDING
    padding = np.zeros(PADDING, np.int32)
    starts, ends, bounds = [padding], [padding], []
    capitals: list[bool] = [False] * PADDING
    for text, start, end in paragraphs:
        tokens = tokenize(text, start, end)
        bounds.append((len(ids), len(ids) + len(tokens.surfaces)))
        ids += lexicon.ids(tokens.surfaces)
        capitals += [surface[0].isupper() for surface in tokens.surfaces]
        ids += [BOUNDARY] * PADDING
        capitals += [False] * PADDING
        starts += [tokens.starts, padding]
        ends += [tokens.ends, padding]
    all_ids = np.array(ids, np.int32)
    edges = np.array(bounds, np.int32).reshape(-1, 2)
    slots = np.flatnonzero(lexicon.is_content[all_ids] & (all_ids >= FIRST_WORD)).astype(np.int32)
    owner = (np.searchsorted(edges[:, 0], slots, side="right") - 1).astype(np.int32)
    return Batch(
        all_ids, np.concatenate(starts), np.concatenate(ends), np.array(capitals, np.bool_), edges, slots, owner
    )
