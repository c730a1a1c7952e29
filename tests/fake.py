"""A detector without a model: finds one phrase, counts words, and is quick.

Run as a script it is the `unspun` command around that detector.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from detector import cli
from detector.errors import check_size
from detector.offsets import convert
from detector.results import MODES, Document, Mode, ModelInfo, OffsetUnit, Paragraph, Result, Span, Status
from detector.text import paragraphs

ODD = re.compile(r"social employees")
ENOUGH_WORDS = 20
SPUN = (
    "Dedicated groups were formed in the town that year, incorporating social employees, police officers, and "
    "medical professionals who worked with victims every day."
)
CLEAN = (
    "The library opens at nine in the morning and closes at six in the evening, and on Sundays it is open for the "
    "afternoon only, as it always was."
)


class FakeScorer:
    """Scores 0.9 where a paragraph holds the odd phrase, 0.1 elsewhere; keeps the size of each call in `calls`."""

    def __init__(self) -> None:
        self.calls: list[int] = []

    @property
    def info(self) -> ModelInfo:
        return ModelInfo("fake", "1.0")

    @property
    def about(self) -> dict[str, object]:
        rates = {"nominal_false_positive_rate": 0.01, "measured_false_positive_rate": 0.009}
        return {"modes": {mode: {**rates, "bars": {}} for mode in MODES}}

    def score(
        self,
        texts: str | Sequence[str],
        *,
        mode: Mode = "balanced",
        ids: Sequence[str] | None = None,
        offset_unit: OffsetUnit = "codepoint",
        allow: Sequence[str] = (),
        explain: bool = False,
    ) -> Result:
        texts = [texts] if isinstance(texts, str) else texts
        self.calls.append(len(texts))
        for text in texts:
            check_size(text)
        names = [str(n) for n in range(len(texts))] if ids is None else ids
        documents = tuple(
            _document(name, text, offset_unit, allow, explain) for name, text in zip(names, texts, strict=True)
        )
        return Result(self.info, mode, offset_unit, documents, tuple(texts))


def _document(name: str, text: str, unit: OffsetUnit, allow: Sequence[str], explain: bool) -> Document:
    found = tuple(_paragraph(text, start, end, unit, allow, explain) for start, end in paragraphs(text))
    scores = [paragraph.score for paragraph in found if paragraph.score is not None]
    if not scores:
        return Document(name, "too_short", None, False, 0.0, found)
    flagged = sum(paragraph.flagged for paragraph in found)
    return Document(name, "scored", max(scores), flagged > 0, flagged / len(scores), found)


def _paragraph(text: str, start: int, end: int, unit: OffsetUnit, allow: Sequence[str], explain: bool) -> Paragraph:
    long_enough = len(text[start:end].split()) >= ENOUGH_WORDS
    status: Status = "scored" if long_enough else "too_short"
    matches = [m for m in ODD.finditer(text, start, end) if m.group() not in allow] if long_enough else []
    features = {"odd": float(len(matches))} if explain else None

    def place(at: int) -> int:
        return int(convert(text, np.array([at]), unit)[0])

    spans = tuple(
        Span(place(m.start()), place(m.end()), m.group(), "word-choice", 0.9, ("social workers",), "odd", features)
        for m in matches
    )
    score = (0.9 if matches else 0.1) if long_enough else None
    return Paragraph(place(start), place(end), status, score, bool(matches), spans, features)


def unspun(*arguments: str, stdout: Any = subprocess.PIPE, **environment: str) -> subprocess.Popen[bytes]:
    """Start the command around the fake detector in a process of its own."""
    root = str(Path(__file__).parent.parent)
    return subprocess.Popen(
        [sys.executable, __file__, *arguments],
        env={**os.environ, "PYTHONPATH": root, **environment},
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


if __name__ == "__main__":
    cli._loaded = FakeScorer
    sys.exit(cli.main())
