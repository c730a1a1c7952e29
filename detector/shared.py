"""What all that scores elsewhere shares: one detector for a process, and the check of the options that go to it."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import cache
from pathlib import Path

from detector.detector import Detector
from detector.errors import UnspunError
from detector.results import FORMATS, MODES, SKIPS


def shared_detector(model: str | None = None) -> Detector:
    """The model in the folder `model`, or the one that came with the package, read by the first call of a process.
    Raises ModelError."""
    return _read(model)


@cache
def _read(model: str | None) -> Detector:
    return Detector.load(None if model is None else Path(model))


def check_options(mode: object, format: object, skip: Collection[object], allow: Sequence[object]) -> None:
    """Raises UnspunError for what `Detector.score` does not know, which may be hours away on another machine."""
    _check("mode", mode, [mode], MODES)
    _check("format", format, [format], FORMATS)
    _check("skip", skip, skip, SKIPS)
    if isinstance(allow, str):
        raise UnspunError(f"allow is a list of phrases; it was {allow!r}.")


def _check(name: str, given: object, values: Collection[object], choices: Sequence[str]) -> None:
    if isinstance(values, str) or any(value not in choices for value in values):
        raise UnspunError(f"{name} is of {', '.join(choices)}; it was {given!r}.")
