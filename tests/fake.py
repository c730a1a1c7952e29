"""A detector without a model: finds a few phrases, counts words, and is quick.

Run as a script it is the `unspun` command around that detector.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

from detector import cli
from detector.errors import check_size
from detector.markup import Plain, read
from detector.offsets import as_sent
from detector.results import (
    MODES,
    Document,
    Format,
    Kinds,
    Mode,
    ModelInfo,
    OffsetUnit,
    Paragraph,
    Reason,
    Result,
    Skipped,
    Span,
    Status,
)
from detector.skipping import skipped
from detector.text import paragraphs

ODD = re.compile(r"social employees")
#: Phrases that other rules find: they are marked, and flag nothing. Rule, suggestions, message.
SLIPS = {
    "a individual": ("article", ("an individual", "a person"), "“a” does not go with “individual”."),
    "1, 400": ("split-number", ("1,400",), "The number is broken in two."),
}
_SLIP = re.compile("|".join(SLIPS))
#: Where this stands too, a flagged paragraph reads like a machine's translation.
TRANSLATED = "of the town of the year"
WORD = re.compile(r"\S+")
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
    """Scores 0.9 where a paragraph holds the odd phrase, 0.1 elsewhere, most of it for swapped words unless it holds
    TRANSLATED too; marks SLIPS; keeps the size of each call in `calls`."""

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
        format: Format = "text",
        skip: Collection[Reason] = (),
    ) -> Result:
        texts = [texts] if isinstance(texts, str) else texts
        self.calls.append(len(texts))
        for text in texts:
            check_size(text)
        names = [str(n) for n in range(len(texts))] if ids is None else ids
        plains = [read(text, format) for text in texts]
        documents = tuple(
            as_sent(_document(name, plain, allow, explain, skip), plain, offset_unit)
            for name, plain in zip(names, plains, strict=True)
        )
        return Result(self.info, mode, offset_unit, documents, tuple(texts))


def _document(name: str, plain: Plain, allow: Sequence[str], explain: bool, skip: Collection[Reason]) -> Document:
    places = list(paragraphs(plain.text))
    left_out = skipped(plain, places, skip)
    found = tuple(_paragraph(plain.text, start, end, allow, explain, left_out) for start, end in places)
    scores = [paragraph.score for paragraph in found if paragraph.score is not None]
    if not scores:
        status: Status = "skipped" if found and all(p.status == "skipped" for p in found) else "too_short"
        return Document(name, status, None, False, 0.0, found, left_out)
    flagged = sum(paragraph.flagged for paragraph in found)
    return Document(name, "scored", max(scores), flagged > 0, flagged / len(scores), found, left_out)


def _paragraph(
    text: str, start: int, end: int, allow: Sequence[str], explain: bool, left_out: Sequence[Skipped]
) -> Paragraph:
    def judged(match: re.Match[str]) -> bool:
        return not any(skipped.start <= match.start() < skipped.end for skipped in left_out)

    words = list(filter(judged, WORD.finditer(text, start, end)))
    long_enough = len(words) >= ENOUGH_WORDS
    status: Status = "scored" if long_enough else "too_short" if words or not left_out else "skipped"
    matches = [m for m in filter(judged, ODD.finditer(text, start, end)) if m.group() not in allow and long_enough]
    slips = [m for m in filter(judged, _SLIP.finditer(text, start, end)) if m.group() not in allow and long_enough]
    features = {"odd": float(len(matches))} if explain and long_enough else None
    spans = [
        Span(m.start(), m.end(), m.group(), "word-choice", 0.9, ("social workers",), "odd", features) for m in matches
    ]
    for m in slips:
        rule, suggestions, message = SLIPS[m.group()]
        spans.append(Span(m.start(), m.end(), m.group(), rule, 0.8, suggestions, message, features))
    spans.sort(key=lambda span: span.start)
    score = (0.9 if matches else 0.1) if long_enough else None
    kinds = None if score is None else _kinds(score, TRANSLATED in text[start:end])
    return Paragraph(start, end, status, score, bool(matches), tuple(spans), features, kinds)


def _kinds(score: float, translated: bool) -> Kinds:
    less = round(score / 3, 2)
    return Kinds(less, score - less) if translated else Kinds(score - less, less)


def unspun(*arguments: str, stdout: Any = subprocess.PIPE, **environment: str) -> subprocess.Popen[bytes]:
    """Start the command around the fake detector in a process of its own."""
    root = str(Path(__file__).parent.parent)
    return subprocess.Popen(
        [sys.executable, __file__, *arguments],
        env={**os.environ, "PYTHONPATH": root, "UNSPUN_DATABASE": "", **environment},
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=subprocess.PIPE,
    )


if __name__ == "__main__":
    from api import backends, worker

    if sys.argv[1:] == ["worker"]:
        sys.exit(worker.main(FakeScorer))
    cli._loaded = FakeScorer
    backends.WORKER_COMMAND = (sys.executable, __file__, "worker")
    sys.exit(cli.main())
