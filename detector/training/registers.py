"""Kinds of text, found in the training documents: which words stand together in one, and which in old books."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
import numpy.typing as npt
from sklearn.cluster import MiniBatchKMeans

from detector.lexicon import F32, FIRST_WORD, I32
from detector.registers import SCALE

#: Kinds of text at most, and the fewest pieces that one is made of on average.
KINDS: Final = 48
PIECES_PER_KIND: Final = 500
#: Tokens of a piece of text, which is of one kind.
PIECE: Final = 150
#: Pieces that the kinds are found with; all are sorted into them.
SAMPLE: Final = 120_000
#: Pieces that are worked on at once.
ROWS: Final = 4000
#: A word of this share of all tokens counts half as much as a rare one for what a text is about (Arora et al. 2017).
USUAL_SHARE: Final = 1e-3
#: Sightings that a word is taken to have had beside the real ones, as many as everywhere.
SMOOTHING: Final = 10.0
#: Names of the sources that hold books before 1920 begin with this.
OLD: Final = "old_"


def kinds(stream: I32, vectors: F32, share: npt.NDArray[np.int64], seed: int = 0) -> npt.NDArray[np.int64]:
    """Counts (kinds, ids) of the words of a token stream (tokens,) in each kind of text.

    vectors: (ids, width) of the words; share: counts of each id (ids,). Pieces are of one kind where the means of
    their words' vectors lie together.
    """
    pieces = stream[: len(stream) // PIECE * PIECE].reshape(-1, PIECE)
    means = _means(pieces, vectors, share / share.sum())
    wanted = int(np.clip(len(pieces) // PIECES_PER_KIND, 1, KINDS))
    drawn = np.random.default_rng(seed).choice(len(pieces), min(SAMPLE, len(pieces)), replace=False)
    model = MiniBatchKMeans(wanted, batch_size=4096, n_init=1, max_iter=15, random_state=seed).fit(means[drawn])
    kind = model.predict(means)
    counts = np.zeros((wanted, len(share)), np.int64)
    for at in range(0, len(pieces), ROWS):
        part, of = pieces[at : at + ROWS], kind[at : at + ROWS]
        for number in np.unique(of):
            counts[number] += np.bincount(part[of == number].ravel(), minlength=len(share))
    return counts


def _means(pieces: I32, vectors: F32, share: npt.NDArray[np.float64]) -> F32:
    """Directions (pieces, width) from the mean of all pieces: sums of their words' directions, rare ones weighing more."""
    weight = USUAL_SHARE / (USUAL_SHARE + share)
    weight[:FIRST_WORD] = 0
    directions = (_directions(vectors) * weight[:, None]).astype(np.float32)
    means = np.empty((len(pieces), vectors.shape[1]), np.float32)
    for at in range(0, len(pieces), ROWS):
        means[at : at + ROWS] = directions[pieces[at : at + ROWS]].sum(axis=1)
    means = _directions(means)
    return _directions(means - means.mean(axis=0))


def _directions(rows: F32) -> F32:
    return np.asarray(rows / np.maximum(np.linalg.norm(rows, axis=1, keepdims=True), 1e-6), np.float32)


def old_counts(built: Path, sources: Sequence[str], ids: int) -> npt.NDArray[np.int64]:
    """Counts (ids,) of the words of the training documents of the sources that hold old books; 0 where none does."""
    counts = np.zeros(ids, np.int64)
    for name in sources:
        if name.startswith(OLD):
            tokens = np.load(built / f"{name}.ids.npy", mmap_mode="r")
            documents = np.load(built / f"{name}.docs.npy")
            trained = np.repeat(documents[:, 2] == 0, np.diff(np.append(documents[:, 0], len(tokens))))
            counts += np.bincount(tokens[trained], minlength=ids)
    return counts


def register_table(counts: npt.NDArray[np.int64], share: npt.NDArray[np.int64]) -> npt.NDArray[np.int8]:
    """The table (ids, n) of `detector.registers` from counts (n, ids), old books first, and the counts of all text."""
    everywhere = share / share.sum()
    expected = everywhere * counts.sum(axis=1, keepdims=True)
    ratio = np.log((counts + SMOOTHING) / (expected + SMOOTHING))
    ratio[:, 0] = 0  # padding
    return np.asarray(np.round(np.clip(ratio * SCALE, -127, 127)).T, np.int8, order="C")
