"""Labelled pages and the article that it all started from, with a detector whose verdicts are known."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from detector.evaluation.pages import Evidence, Page, evaluate_article, evaluate_pages, read_pages
from detector.results import Scorer

CLEAN = "The council met on Monday and talked about the bridge for an hour before anybody voted."
SPUN = "The oddcouncil met and oddtalked about the unreal bridge."
PAGES = [
    Page("a", 1, "spun", SPUN, (Evidence("oddcouncil", "council"), Evidence("unreal bridge", "real bridge"))),
    Page("a", 0, "human", CLEAN),
    Page("b", 0, "human", f"{CLEAN} An oddone here."),
    Page("seed", 1, "spun", "First oddone and oddtwo."),
    Page("seed", 0, "list", "\u2022 A list \u2022 of points"),
]


def test_paragraphs_documents_and_modes(detector: Scorer) -> None:
    report = evaluate_pages(detector, PAGES)
    assert report["paragraphs"]["auc"] == 1.0
    assert (report["paragraphs"]["n"], report["paragraphs"]["spun"], report["paragraphs"]["unscored"]) == (5, 2, 0)
    assert (report["documents"]["n"], report["documents"]["spun"]) == (3, 2)
    balanced, sensitive = report["modes"]["balanced"], report["modes"]["sensitive"]
    assert (balanced["flagged_spun"], balanced["flagged_clean"]) == (1.0, 0.0)
    assert (balanced["overlapped"], balanced["hit5"], balanced["exact5"]) == (0.5, 0.5, 0.5)
    assert balanced["cover_spun"] == pytest.approx(4 / 13)
    assert sensitive["kinds"]["human"]["flagged"] == 1
    assert set(sensitive["kinds"]) == {"human", "list"}


def test_an_article_is_compared_with_the_paragraphs_cut_from_it(detector: Scorer) -> None:
    article = "First oddone and oddtwo.\nA list of points\nThe social employees left."
    seed = evaluate_article(detector, article, PAGES[3:], ["oddone", "social employees"])["balanced"]
    assert (seed["spun"], seed["spun_flagged"], seed["clean"], seed["clean_flagged"]) == (1, 1, 1, 0)
    assert seed["verdicts"] == [1, 0]
    assert seed["phrases"] == {
        "oddone": [{"text": "oddone", "suggestions": ["something", "one"]}], "social employees": [],
    }  # fmt: skip


def test_pages_are_read_from_lines_of_json(tmp_path: Path) -> None:
    records = [
        {**page._asdict(), "evidence": [one._asdict() for one in page.evidence], "para": 3, "genre": "news"}
        for page in PAGES[:2]
    ]
    del records[1]["evidence"]
    path = tmp_path / "dev.jsonl"
    path.write_text("\n\n".join(map(json.dumps, records)) + "\n", encoding="utf-8")
    assert read_pages(path) == PAGES[:2]
