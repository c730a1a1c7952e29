"""Offsets in code points, UTF-16 code units or UTF-8 bytes, and the way between them."""

from __future__ import annotations

from typing import Final

import numpy as np
import numpy.typing as npt

from detector.results import OffsetUnit

Offsets = npt.NDArray[np.int64]

# A code point above each of these takes one more unit than those below it.
_STEPS: Final[dict[OffsetUnit, tuple[int, ...]]] = {
    "codepoint": (),
    "utf16": (0xFFFF,),
    "utf8": (0x7F, 0x7FF, 0xFFFF),
}


def convert(text: str, offsets: Offsets, unit: OffsetUnit) -> Offsets:
    """Turn code-point offsets into `text`, any shape, into offsets in `unit`, same shape.

    Lone surrogates count as one UTF-16 unit and as three UTF-8 bytes.
    """
    if unit == "codepoint" or text.isascii():
        return offsets
    points = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")  # (code points,)
    converted = offsets.astype(np.int64)
    for step in _STEPS[unit]:
        wider = np.flatnonzero(points > step)
        converted += np.searchsorted(wider, offsets)
    return converted


def restore(text: str, offsets: Offsets, unit: OffsetUnit) -> Offsets:
    """The inverse of `convert`: offsets in `unit` back to code points."""
    if unit == "codepoint" or text.isascii():
        return offsets
    boundaries = convert(text, np.arange(len(text) + 1), unit)  # (code points + 1,)
    return np.searchsorted(boundaries, offsets).astype(np.int64)
