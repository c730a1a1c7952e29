"""Odd phrases of the seed article, a sentence at a time."""

from __future__ import annotations

from typing import Any

import pytest
from drawers import cases

from detector import Detector


@pytest.mark.parametrize("case", cases("detector/seed"))
def test_odd_phrases_of_the_seed_article(shipped_detector: Detector, case: dict[str, Any]) -> None:
    """`odd` stands in a span; `suggestion`, where there is one, is among the suggestions (the first of them)."""
    (document,) = shipped_detector.score(case["text"]).documents
    spans = [span for paragraph in document.paragraphs for span in paragraph.spans]
    marked = [span for span in spans if case["odd"] in span.text]
    assert marked, [span.text for span in spans]
    if case["suggestion"] is not None:
        suggested = [s for span in marked for s in span.suggestions[: 1 if case.get("first") else None]]
        assert any(case["suggestion"] in suggestion for suggestion in suggested), suggested
