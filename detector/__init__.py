"""Unspun finds text that a spinner rewrote word by word: `Detector.load().score("…")`."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from detector.detector import Detector as Detector

__all__ = ["Detector"]
__version__ = "0.5.0"


def __getattr__(name: str) -> object:
    # Lazily, so that `unspun --version` and the command's errors need no numpy.
    if name == "Detector":
        from detector.detector import Detector

        return Detector
    raise AttributeError(f"module 'detector' has no attribute {name!r}")
