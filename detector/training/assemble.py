"""The parts of a model put together: arrays as a model file holds them, and the lexicon they make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from detector.lexicon import F32, FIRST_WORD, I32, Lexicon
from detector.model import packed_candidates
from detector.ngrams import NgramTable
from detector.training.substitutes import MOST_CANDIDATES

Arrays = dict[str, npt.NDArray[Any]]

_TABLES: Final = ("embed", "out")
_LAYERS: Final = ("first", "second", "last")


def candidate_table(lengths: npt.NDArray[np.integer[Any]], flat: I32) -> I32:
    """Candidate ids (ids, MOST_CANDIDATES), 0 where a list has ended. lengths: (words,); flat: word numbers, joined."""
    table = np.zeros((FIRST_WORD + len(lengths), MOST_CANDIDATES), np.int32)
    table[FIRST_WORD:][np.arange(MOST_CANDIDATES)[None, :] < lengths[:, None]] = flat + FIRST_WORD
    return table


def log_share(counts: npt.NDArray[np.int64]) -> F32:
    """Natural logarithm of each id's share of the training tokens (ids,); one that never occurred counts as seen once."""
    shares: F32 = np.log(np.maximum(counts, 1) / counts.sum()).astype(np.float32)
    return shares


def quantised(table: F32) -> tuple[npt.NDArray[np.int8], F32]:
    """A table (ids, width) as int8 rows and the scale (ids,) that each is multiplied by."""
    scale = np.maximum(np.abs(table).max(axis=1), 1e-6) / 127
    return np.round(table / scale[:, None]).astype(np.int8), scale.astype(np.float32)


def lexicon_arrays(words: Sequence[str], shares: F32, candidates: I32, ngrams: NgramTable) -> Arrays:
    """What a model file holds of the lexicon, all but what is learnt from pairs."""
    packed, counts = packed_candidates(candidates)
    return {
        "words": np.frombuffer("\n".join(words).encode(), np.uint8),
        "log_share": shares,
        "candidates": packed,
        "candidate_counts": counts,
        "ngrams": ngrams.cells,
    }


def choice_arrays(trained: Mapping[str, npt.NDArray[Any]]) -> Arrays:
    """What a model file holds of the choice model, from the arrays that training wrote."""
    arrays: Arrays = {"bias": trained["bias"].astype(np.float32)}
    for name in _TABLES:
        arrays[name], arrays[f"{name}_scale"] = quantised(trained[name])
    for name in _LAYERS:
        for part in ("weight", "bias"):
            arrays[f"{name}.{part}"] = trained[f"{name}.{part}"].astype(np.float16)
    return arrays


def lexicon(
    words: Sequence[str], shares: F32, candidates: I32, ngrams: NgramTable, usual: F32 | None = None,
    kinds: npt.NDArray[np.int8] | None = None,
) -> Lexicon:  # fmt: skip
    """The lexicon before anything is learnt from pairs; without `usual` (ids, 2) no word's scores are unusual."""
    ids = len(shares)
    if usual is None:
        usual = np.stack([np.zeros(ids), np.ones(ids)], axis=1).astype(np.float32)
    return Lexicon(words, shares, candidates, usual, np.zeros(ids, np.float32), ngrams, kinds)
