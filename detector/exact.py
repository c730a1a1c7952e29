"""Matrix products whose rows feel nothing of each other, to the last bit.

BLAS adds the terms of an element up in another order at the edge of a block than inside of it, so that a paragraph's
score would depend, in its last digits, on what else is in the batch. Here every row stands inside of a block: there are
idle rows before and after, and never more rows than one block has. Seen to hold for OpenBLAS on one thread, of which the
kernels for Nehalem, Sandy Bridge, Haswell, Zen and AVX-512 were tried; with more threads, and elsewhere, the last digits
may differ as ever.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from detector.lexicon import F32

F64 = npt.NDArray[np.float64]

#: Rows at the edge of a block, rows that a kernel takes at once, and rows of the largest block.
EDGE: Final = 8
STEP: Final = 16
BLOCK: Final = 304
#: Rows that are multiplied at once at most.
MOST: Final = BLOCK - 2 * EDGE


def product(rows: F32, weights: F32) -> F32:
    """rows (n, in) times weights (in, out): (n, out)."""
    out = np.empty((len(rows), weights.shape[1]), np.float32)
    for at in range(0, len(rows), MOST):
        part = rows[at : at + MOST]
        height = -(-(len(part) + 2 * EDGE) // STEP) * STEP
        block = np.empty((height, rows.shape[1]), np.float32)
        block[:EDGE] = 0
        block[EDGE : EDGE + len(part)] = part
        block[EDGE + len(part) :] = 0
        out[at : at + MOST] = (weights.T @ block.T).T[EDGE : EDGE + len(part)]
    return out


def weighted(rows: F64, weights: F64) -> F64:
    """rows (n, m) times weights (m,): (n,)."""
    return np.asarray(np.sum(rows * weights, axis=1))
