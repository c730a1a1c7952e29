"""One detector for all that a process scores."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from detector.detector import Detector


def shared_detector(model: str | None = None) -> Detector:
    """The model in the folder `model`, or the one that came with the package, read by the first call of a process.
    Raises ModelError."""
    return _read(model)


@cache
def _read(model: str | None) -> Detector:
    return Detector.load(None if model is None else Path(model))
