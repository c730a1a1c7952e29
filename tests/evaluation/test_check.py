"""The shipped model does no worse than its report says on a check set that nothing was trained or tuned on.

tests/cases/evaluation/check.json was written for this test alone, before any model had scored it: 24 paragraphs as they
are, and 24 others in which 15 to 30 % of the content words were swapped by hand for synonyms that do not fit.
"""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector import Detector
from detector.evaluation.check import Case, evaluate_check, read_check
from detector.evaluation.scored import WORD
from detector.model import shipped
from detector.results import Scorer
from detector.training.families.content import is_content

CASES = read_check(Path(__file__).parent.parent / "cases" / "evaluation" / "check.json")
REPORT = "evaluation.json"


def content(text: str) -> int:
    return sum(map(is_content, WORD.findall(text)))


def test_as_many_clean_as_spun_paragraphs_of_as_many_kinds() -> None:
    for label in (0, 1):
        kinds = [case.kind for case in CASES if case.label == label]
        assert len(kinds) == len(set(kinds)) == 24


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.kind} {case.label}")
def test_paragraphs_are_as_they_are_said_to_be(case: Case) -> None:
    assert 60 <= len(case.text.split()) <= 120
    original, at = "", 0
    for start, end, old in case.changes:
        assert at <= start < end
        original += case.text[at:start] + old
        at = end
    original += case.text[at:]
    share = sum(content(old) for _, _, old in case.changes) / content(original)
    assert 0.15 <= share <= 0.3 if case.label else not case.changes


def test_figures(detector: Scorer) -> None:
    texts = [(0, "nothing"), (0, "oddone oddtwo"), (1, "oddone"), (1, "oddone oddtwo oddthree")]
    figures = evaluate_check(detector, [Case("", label, text, ()) for label, text in texts])
    assert figures == {"n_clean": 2, "n_spun": 2, "auc": 0.75, "flagged_clean": 1, "flagged_spun": 1}


def test_the_shipped_model_is_as_good_as_its_report_says(shipped_detector: Detector) -> None:
    recorded = json.loads((shipped() / REPORT).read_text(encoding="utf-8"))["check"]
    figures = evaluate_check(shipped_detector, CASES)
    assert (figures["n_clean"], figures["n_spun"]) == (recorded["n_clean"], recorded["n_spun"])
    assert figures["auc"] >= recorded["auc"] - 0.005
    assert figures["flagged_spun"] >= recorded["flagged_spun"]
    assert figures["flagged_clean"] <= recorded["flagged_clean"]
