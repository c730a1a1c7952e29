from __future__ import annotations

import random
from pathlib import Path

import pytest

from detector.benchmark import sentences
from detector.evaluation.crawl_cost import Crawl, Speed, main, page, work

MONTH = Crawl(pages=3_000_000_000, words=500, kilobytes=140)


def test_the_sum() -> None:
    hours = work(MONTH, Speed(extracted_pages=250, scored_paragraphs=1_250))
    assert hours == pytest.approx((3e9 / 250 / 3600, 3e9 * 5 / 1_250 / 3600))
    assert hours.together == pytest.approx(3333.33 + 3333.33, abs=0.01)


def test_what_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--extraction", "250", "--rate", "1250", "--price", "0.05", "--cores", "100"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "assumed     3,000,000,000 pages of 500 words and 140 kB of HTML"
    assert lines[3] == "extraction  3,000,000,000 / 250 / 3600 = 3,333 core-hours"
    assert lines[4] == "scoring     3,000,000,000 * 5 / 1,250 / 3600 = 3,333 core-hours"
    assert lines[5] == "from HTML   6,667 core-hours, 333 at 0.05 each; 66.7 hours on 100 cores"
    assert lines[6] == "from text   3,333 core-hours, 167 at 0.05 each; 33.3 hours on 100 cores"


@pytest.mark.parametrize("crawl", [MONTH, Crawl(1, 1_000, 200), Crawl(1, 120, 60)])
def test_a_generated_page_is_as_large_as_it_should_be_and_its_text_is_found(crawl: Crawl) -> None:
    pytest.importorskip("trafilatura", reason="needs pip install 'unspun[corpus]'")
    from detector.corpus.pages import main_text

    html = page(sentences(()), crawl, random.Random(1))
    assert len(html) == pytest.approx(crawl.kilobytes * 1_000, rel=0.1)
    assert crawl.words <= len(main_text(html).split()) < crawl.words + 150


def test_speeds_are_measured_where_they_are_not_given(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("detector.evaluation.crawl_cost.extraction_speed", lambda crawl, _: crawl.kilobytes * 2.0)
    monkeypatch.setattr("detector.evaluation.crawl_cost.scoring_speed", lambda _: 900.0)
    main([])
    out = capsys.readouterr().out
    assert "280 pages to text a second and core" in out
    assert "900 paragraphs of 100 words scored a second and core" in out


def test_without_text_it_says_so(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.txt").write_text("")
    with pytest.raises(SystemExit):
        main([str(tmp_path / "empty.txt")])
    assert "name one or more text files" in capsys.readouterr().err
