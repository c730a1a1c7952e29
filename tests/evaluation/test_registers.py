"""False alarms are counted by register, and what stands apart is in no total."""

from __future__ import annotations

import pytest

from detector.evaluation.metrics import wilson
from detector.evaluation.registers import evaluate_registers
from detector.results import Scorer

CLEAN = "The council met on Monday and talked about the bridge for an hour before anybody voted."
TEXTS = {
    "news": [CLEAN, f"{CLEAN} An oddone here.", f"{CLEAN} oddone, oddtwo", CLEAN],
    "legal": [CLEAN, ""],
    "llm": ["oddone oddtwo oddthree", "oddone"],
    "nothing": [],
}


def test_counts_by_register_and_mode(detector: Scorer) -> None:
    report = evaluate_registers(detector, TEXTS, {"llm"})
    assert list(report) == ["all", "legal", "llm", "news"]
    news = report["news"]
    assert (news["n"], news["flagged"], news["strict"]["flagged"], news["sensitive"]["flagged"]) == (4, 1, 0, 2)
    assert (news["share"], news["low"], news["high"]) == wilson(1, 4)
    assert news["sensitive"].keys() == {"n", "flagged", "share", "low", "high"}
    assert report["legal"]["unscored"] == 1
    assert news["unscored"] == 0
    assert report["llm"]["cover"] == 1.0
    assert 0 < news["cover"] < 0.1


def test_what_stands_apart_is_in_no_total(detector: Scorer) -> None:
    report = evaluate_registers(detector, TEXTS, {"llm"})
    assert {name: row["total"] for name, row in report.items()} == {
        "all": False, "legal": True, "llm": False, "news": True,
    }  # fmt: skip
    for mode, flagged in (("strict", 0), ("sensitive", 2)):
        assert (report["all"][mode]["n"], report["all"][mode]["flagged"]) == (6, flagged)
    assert (report["all"]["n"], report["all"]["flagged"], report["all"]["unscored"]) == (6, 1, 1)
    together = evaluate_registers(detector, TEXTS)["all"]
    assert (together["n"], together["flagged"], together["sensitive"]["flagged"]) == (8, 2, 4)


@pytest.mark.parametrize("apart", [set(), {"llm"}])
def test_the_order_of_registers_has_no_say(detector: Scorer, apart: set[str]) -> None:
    turned = dict(reversed(TEXTS.items()))
    assert evaluate_registers(detector, turned, apart) == evaluate_registers(detector, TEXTS, apart)
