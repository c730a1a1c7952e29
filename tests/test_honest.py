"""Honest writing that is easily taken for a machine's: verse, dialect, learners' English, recipes, statutes, code."""

from __future__ import annotations

import pytest
from drawers import Case, cases

from detector import Detector

KINDS = (
    "archaic", "code", "dialect", "learner", "legal", "lists", "quotations", "recipes", "tables", "titles", "verse",
)  # fmt: skip


@pytest.mark.parametrize("case", [case for kind in KINDS for case in cases(f"honest/{kind}")])
def test_honest_writing_is_not_flagged(case: Case, shipped_detector: Detector) -> None:
    [document] = shipped_detector.score(case["text"], mode="balanced").documents
    assert not document.flagged
    assert not any(paragraph.flagged for paragraph in document.paragraphs)
