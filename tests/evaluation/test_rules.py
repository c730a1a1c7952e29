"""Hits of rules are counted by register and by family, shown for reading, and the page of rules is what was measured."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pytest
from fake import CLEAN, SPUN, FakeScorer

from detector import Detector
from detector.evaluation import rules, rules_page
from detector.evaluation.grid import GridText
from detector.evaluation.rules import evaluate_rules, hits, line, read_texts
from detector.evaluation.rules_page import Reading, measured, readings, section
from detector.evaluation.run import plain
from detector.results import Json
from detector.rules import RULES

ROOT = Path(__file__).parent.parent.parent
#: So many of the hits that were read are right, of every rule but those that are known to fall short.
PRECISION: Final = 0.80
KNOWN_SHORT: Final = {"word-choice"}


def spun(*changes: tuple[int, int, str]) -> GridText:
    return GridText("synonyms", "20-49", 0.25, 0.2, "news", SPUN, changes)


def evaluated() -> Json:
    clean = {"news": [CLEAN, SPUN], "legal": [CLEAN], "noise: ocr": [SPUN], "nothing": []}
    at = SPUN.index("social employees")
    altered = [spun((at + 7, at + 16, "workers")), spun((0, 9, "Devoted")), spun()]
    return evaluate_rules(FakeScorer(), clean, {"noise: ocr"}, {"synonyms": altered})


def test_hits_are_counted_by_register_and_family() -> None:
    found = evaluated()
    assert found["rules"].keys() == RULES.keys()
    row = found["rules"]["word-choice"]
    assert (row["hits"], row["worst"]) == (1, "news")
    assert row["registers"]["news"]["per_2000"] == 2_000 / found["words"]["news"]
    assert {name: one["hits"] for name, one in row["registers"].items()} == {
        "legal": 0, "news": 1, "noise: ocr": 1, "nothing": 0,
    }  # fmt: skip
    assert row["families"]["synonyms"] == {"hits": 3, "on_change": 1 / 3}
    assert row["per_2000"] == 2_000 / (found["words"]["news"] + found["words"]["legal"])


def test_what_was_not_measured_is_a_dash() -> None:
    assert plain(evaluate_rules(FakeScorer(), {}, (), {}))["rules"]["word-choice"]["per_2000"] is None
    figures = measured({}, [])
    assert figures["word-choice"]["precision"] is figures["word-choice"]["worst_register"] is None
    page = rules_page.render(figures, {rule: [] for rule in RULES})
    assert "| 0 | – | – | – |" in page


def test_the_page_and_the_report_have_the_figures() -> None:
    read = [Reading("word-choice", "a", 40, 5, "2026-01-01"), Reading("word-choice", "b", 8, 2, "2026-01-02")]
    figures = measured({"rules": plain(evaluated())}, read)
    assert figures["word-choice"]["precision"] == 0.873
    page = rules_page.render(figures, {rule: ["It is *odd*."] for rule in RULES})
    for rule in RULES.values():
        assert f"### {rule.id}\n" in page
    assert "Of 55 hits that were read, 48 were right: 87 %." in page
    assert "(news) |" in page
    assert "\\*odd\\*" in page
    report = "\n".join(section({"rules": plain(evaluated())}))
    news = figures["word-choice"]["per_2000_words"]
    (row,) = re.findall(r"^\| `word-choice` \| (.*) \|$", report, re.MULTILINE)
    clean, worst, apart, found, on_change = row.split(" | ")
    assert (clean, found, on_change) == (f"{news:.2f}", "3", "33 %")
    assert worst.endswith("(news)")
    assert apart.endswith("(noise: ocr)")


def test_a_hit_is_shown_on_one_line_between_its_surroundings() -> None:
    found = list(hits(FakeScorer(), "word-choice", [CLEAN, SPUN.replace("that year", "that\tyear\x1b")]))
    ((number, text, span),) = found
    assert number == 1
    shown = line(text, span)
    assert "[[social employees]]" in shown
    assert shown.endswith("-> social workers")
    assert shown.isprintable()
    assert len(shown) < 200


@pytest.mark.parametrize("name", ["texts.jsonl", "texts.jsonl.gz"])
def test_texts_are_chosen_by_their_fields(tmp_path: Path, name: str) -> None:
    records = [{"text": "a", "family": None}, {"text": "b", "family": "x", "n": 1}, {"n": 1}]
    content = "".join(json.dumps(record) + "\n" for record in records).encode()
    path = tmp_path / name
    path.write_bytes(gzip.compress(content) if name.endswith("gz") else content)
    assert read_texts(path, {}) == ["a", "b"]
    assert read_texts(path, {"family": "null"}) == ["a"]
    assert read_texts(path, {"family": "x", "n": "1"}) == ["b"]


def test_the_command_prints_hits_and_keeps_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.txt").write_text(SPUN)
    monkeypatch.setattr(Detector, "load", lambda path: FakeScorer())
    assert rules.main(["--hits", "word-choice", "--texts", str(tmp_path / "a.txt")]) == 0
    assert "[[social employees]]" in capsys.readouterr().out
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


# --- what is committed


def test_every_rule_was_read_and_is_right_often_enough_or_known_to_fall_short() -> None:
    read = readings(ROOT / rules_page.READ)
    assert {one.rule for one in read} == RULES.keys()
    assert {rule for rule, figures in measured({}, read).items() if figures["precision"] < PRECISION} == KNOWN_SHORT


def test_every_example_is_found(shipped_detector: Detector) -> None:
    said = rules_page.messages(shipped_detector)
    assert {rule: len(found) for rule, found in said.items()} == dict.fromkeys(RULES, 2)


def test_the_page_and_what_is_shipped_are_up_to_date(
    shipped_detector: Detector, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    stale: Sequence[Path] = [
        path for path, content in rules_page.files(shipped_detector).items() if path.read_text("utf-8") != content
    ]
    assert stale == [], "python -m detector.evaluation.rules --write"
