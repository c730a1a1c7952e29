"""How spans are compared with what is known to be odd."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from detector.evaluation.pages import Evidence, find_evidence
from detector.evaluation.scored import Scored, cover_share, occurrences, restores, restores_exactly, score_texts
from detector.results import Scorer, Span

CASES = json.loads((Path(__file__).parent.parent / "cases" / "evaluation" / "restores.json").read_text("utf-8"))


def span(text: str, phrase: str, *suggestions: str) -> Span:
    start = text.index(phrase)
    return Span(start, start + len(phrase), phrase, "word-choice", 0.9, suggestions, "")


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["why"])
def test_restores(case: dict[str, Any]) -> None:
    assert restores(case["odd"], case["original"], case["suggestion"]) is case["hit"]


@pytest.mark.parametrize(
    ("marked", "suggestion", "exact"),
    [
        ("social employees", "social workers", True),
        ("social employees", "Social Workers", True),
        ("employees", "workers", True),
        ("employees", "social workers", False),
        ("The social employees", "The social workers", True),
        ("employees came", "workers came", True),
        ("employees came", "workers", False),
    ],
)
def test_exact_means_the_same_text_whatever_the_span_covers(marked: str, suggestion: str, exact: bool) -> None:
    text = "The social employees came late."
    odd = (4, 20)
    assert restores_exactly(text, odd, "social workers", span(text, marked, suggestion), suggestion) is exact


def test_whole_words_are_preferred_to_parts() -> None:
    assert list(occurrences("hearth and heart", "heart")) == [(11, 16)]
    assert list(occurrences("hearth", "heart")) == [(0, 5)]
    assert list(occurrences("soul", "heart")) == []


def test_evidence_without_a_span_near_it() -> None:
    text = "The social employees came late, the grown-ups early."
    one = Scored(text, "scored", 0.9, True, (span(text, "grown-ups", "parents"),))
    assert find_evidence(one, Evidence("social employees", "social workers")) == (False, None, False)
    assert find_evidence(one, Evidence("grown-ups", "parents")) == (True, 1, True)


def test_the_rank_is_that_of_the_first_suggestion_that_fits() -> None:
    text = "The social employees came."
    one = Scored(text, "scored", 0.9, True, (span(text, "employees", "staff", "worker"),))
    assert find_evidence(one, Evidence("social employees", "social workers")) == (True, 2, False)


def test_cover_counts_words() -> None:
    text = "The social employees came."
    assert cover_share([Scored(text, "scored", 0.9, True, (span(text, "social employees"),))]) == 0.5
    assert cover_share([]) == 0.0


def test_texts_without_a_score_count_as_clean(detector: Scorer) -> None:
    scored = score_texts(detector, ["a oddb oddc", ""] * 70)
    assert [one.flagged for one in scored] == [True, False] * 70
    assert (scored[1].status, scored[1].score) == ("too_short", 0.0)
