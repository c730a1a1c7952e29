"""How often two or three words stood together: a compact table that answers a whole array at once.

A static function in the manner of xor filters (Chazelle et al. 2004, "The Bloomier filter"; Graf & Lemire 2020,
"Xor filters"): each key is hashed to three cells of uint16, whose exclusive or gives 12 bits of fingerprint and 4
bits of count (its logarithm to base 2). 2.46 bytes a key; a key that was never counted is taken for a counted one
once in 4,096 times.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import numpy as np
import numpy.typing as npt

U64 = npt.NDArray[np.uint64]

_ID_BITS: Final = 17
_COUNT_BITS: Final = 4
_CELLS_PER_KEY: Final = 1.24
#: Keys that are looked up at once, so that what lies between key and count stays in the cache.
_CHUNK: Final = 16_384


def bigram_keys(a: npt.NDArray[np.int32], b: npt.NDArray[np.int32]) -> U64:
    """Keys (n,) of the pairs; ids below 2**17."""
    return (a.astype(np.uint64) << np.uint64(_ID_BITS)) | b.astype(np.uint64)


def trigram_keys(a: npt.NDArray[np.int32], b: npt.NDArray[np.int32], c: npt.NDArray[np.int32]) -> U64:
    """Keys (n,) of the triples; ids below 2**17. No triple has a pair's key: the top bit is set."""
    return (bigram_keys(a, b) << np.uint64(_ID_BITS)) | c.astype(np.uint64) | np.uint64(1 << 63)


class _Hashed(NamedTuple):
    cells: tuple[U64, U64, U64]  # one in each third of the table
    fingerprints: npt.NDArray[np.uint16]


def _mix(x: U64) -> U64:
    """splitmix64's finaliser: every bit of the key reaches every bit of the hash."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


def _hash(keys: U64, seed: int, block: int) -> _Hashed:
    """Thirty-two bits of hash for each cell, multiplied, not divided, into range."""
    low, half, width = np.uint64(0xFFFFFFFF), np.uint64(32), np.uint64(block)
    one = _mix(keys + np.uint64(seed * 0x9E3779B97F4A7C15 % 2**64))
    two = _mix(one + np.uint64(0x9E3779B97F4A7C15))
    a = ((one & low) * width) >> half
    b = (((one >> half) * width) >> half) + width
    c = (((two & low) * width) >> half) + width + width
    return _Hashed((a, b, c), (two >> np.uint64(52)).astype(np.uint16))


@dataclass(frozen=True)
class NgramTable:
    """cells: uint16 (3 * block,)."""

    cells: npt.NDArray[np.uint16]
    seed: int

    def log2_counts(self, keys: U64) -> npt.NDArray[np.int8]:
        """1 + floor(log2(count)) of each key, 0 where it was not counted (16 stands for everything above)."""
        counts = np.empty(len(keys), np.int8)
        for at in range(0, len(keys), _CHUNK):
            hashed = _hash(keys[at : at + _CHUNK], self.seed, len(self.cells) // 3)
            a, b, c = (self.cells.take(cell.view(np.int64), mode="clip") for cell in hashed.cells)
            found = a ^ b ^ c
            count = (found & np.uint16(15)).astype(np.int8) + np.int8(1)
            counts[at : at + _CHUNK] = count * (found >> np.uint16(_COUNT_BITS) == hashed.fingerprints)
        return counts


def build(keys: U64, counts: npt.NDArray[np.int64]) -> NgramTable:
    """A table of distinct keys (n,) with their counts (n,), each at least 1.

    Cells that a single key names are peeled round by round; the keys are then written in reverse order.
    """
    block = int(len(keys) * _CELLS_PER_KEY / 3) + 32
    log2 = np.minimum(np.log2(np.maximum(counts, 1)).astype(np.uint16), 15)
    for seed in range(1, 20):
        hashed = _hash(keys, seed, block)
        named = np.stack(hashed.cells).astype(np.int64)
        order = _peel(named, 3 * block)
        if order is None:
            continue
        values = (hashed.fingerprints << np.uint16(_COUNT_BITS)) | log2
        cells = np.zeros(3 * block, np.uint16)
        for mine, alone in reversed(order):
            a, b, c = named[:, mine]
            cells[alone] = values[mine] ^ cells[a] ^ cells[b] ^ cells[c]
        return NgramTable(cells, seed)
    raise ValueError("no seed lets the n-gram table be built: is a key named twice?")


def _peel(cells: npt.NDArray[np.int64], size: int) -> list[tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]] | None:
    """Rounds of (keys, the cell only they name), or None where some keys can't be told apart."""
    degree = np.bincount(cells.ravel(), minlength=size)
    keys = np.arange(cells.shape[1])
    combined = np.zeros(size, np.int64)
    for row in cells:
        np.bitwise_xor.at(combined, row, keys)
    rounds = []
    left = cells.shape[1]
    single = np.flatnonzero(degree == 1)
    while len(single):
        mine, first = np.unique(combined[single], return_index=True)
        alone = single[first]
        rounds.append((mine, alone))
        left -= len(mine)
        touched = cells[:, mine]
        for row in touched:
            np.subtract.at(degree, row, 1)
            np.bitwise_xor.at(combined, row, mine)
        touched = np.unique(touched)
        single = touched[degree[touched] == 1]
    return None if left else rounds
