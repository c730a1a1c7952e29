"""A small check set, written for the tests: paragraphs as a person wrote them, and others with words swapped by hand."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from detector.evaluation.metrics import auc
from detector.evaluation.scored import score_texts
from detector.results import Json, Scorer


class Case(NamedTuple):
    """One paragraph; label is 1 for spun, 0 for clean. A change is (start, end, original)."""

    kind: str
    label: int
    text: str
    changes: tuple[tuple[int, int, str], ...]


def read_check(path: Path) -> list[Case]:
    """Read the cases of a JSON file: a list of objects with the fields of `Case`."""
    records = json.loads(path.read_text(encoding="utf-8"))
    return [
        Case(one["kind"], one["label"], one["text"], tuple((start, end, old) for start, end, old in one["changes"]))
        for one in records
    ]


def evaluate_check(detector: Scorer, cases: Sequence[Case]) -> Json:
    """How well spun cases are told from clean ones, and how many of each balanced mode flags."""
    scored = score_texts(detector, [case.text for case in cases])
    labels = [case.label for case in cases]
    return {
        "n_clean": labels.count(0),
        "n_spun": labels.count(1),
        "auc": auc(labels, [one.score for one in scored]),
        "flagged_clean": sum(one.flagged for label, one in zip(labels, scored, strict=True) if not label),
        "flagged_spun": sum(one.flagged for label, one in zip(labels, scored, strict=True) if label),
    }
