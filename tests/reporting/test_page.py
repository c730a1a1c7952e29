"""The page as a whole: complete, self-contained, safe, and the same each time."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path

import pytest
from fake import CLEAN, SPUN
from reporting.articles import ARTICLES, BRIDGE, rows, spun, write_jsonl

from detector import Detector
from detector.errors import UnspunError
from detector.reporting import command, sections, seeds
from detector.reporting.command import main, write
from detector.reporting.rows import Rows, Scored
from detector.reporting.statistics import NO_VALUE, By, Statistics, by

pytest.importorskip("matplotlib")
pytestmark = pytest.mark.usefixtures("shipped_detector")

HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(2)>&amp;\u202e</style></svg>"
_VOID = {"meta", "br", "img", "link", "input", "hr"}


class Page(HTMLParser):
    """What a page is made of. Raises AssertionError where elements are not closed in order."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: Counter[str] = Counter()
        self.attributes: list[tuple[str, str, str]] = []
        self.words: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in _VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements[tag] += 1
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.words).split())

    def values(self, name: str) -> list[str]:
        return [value for _, attribute, value in self.attributes if attribute == name]


def made(
    folder: Path, texts: list[str], *, keep: bool = True, columns: tuple[str, ...] = (), outlet: str = "Courier"
) -> str:
    kept = [
        {"outlet": outlet, "date": f"2021-{1 + number % 12:02d}-03", **({"text": text} if keep else {})}
        for number, text in enumerate(texts)
    ]
    path = write_jsonl(folder / "scored.jsonl", rows(texts, kept=kept))
    html = folder / "report.html"
    assert write(path, html, columns=[by(column) for column in columns]) == len(texts)
    return html.read_text("utf-8")


def test_the_page_has_everything(tmp_path: Path) -> None:
    texts = [*ARTICLES, spun(BRIDGE, 0), spun(BRIDGE, 1), SPUN, CLEAN, "!", ARTICLES[1]]
    page = Page(made(tmp_path, texts, columns=("outlet", "date:month")))

    assert "9 of 10 documents scored" in page.text
    assert "could not be read" in page.text
    assert "not_json" in page.text
    assert "By outlet" in page.text
    assert "By month of date" in page.text
    assert "social employees" in page.text
    assert "swapped words 1 100.0 % machine translation 0 0.0 %" in page.text
    assert "Word choice Wording 1 1" in page.text
    assert "incorporating social employees , police officers" in page.text
    assert "3 documents, 0 flagged" in page.text
    assert "Groups spun from one seed: 1; edited: 0; copies: 1." in page.text
    assert {"municipality", "borough"} & set(page.text.split())
    assert page.elements["svg"] == 2


def test_every_link_leads_somewhere_and_ids_are_unique(tmp_path: Path) -> None:
    page = Page(made(tmp_path, [SPUN, CLEAN, *ARTICLES], columns=("outlet", "date:month")))
    ids = Counter(page.values("id"))

    assert max(ids.values()) == 1
    assert all(link.startswith("#") and link[1:] in ids for link in page.values("href"))
    assert all(name in ids for name in page.values("aria-labelledby"))


def test_it_needs_nothing_else_and_says_what_it_shows(tmp_path: Path) -> None:
    html = made(tmp_path, [SPUN, CLEAN, *ARTICLES], columns=("outlet", "date:month"))
    page = Page(html)

    assert not page.elements["script"] + page.elements["link"] + page.elements["img"]
    assert not page.values("src")
    assert not re.search(r"url\((?!#)|@import", html)
    assert page.elements["caption"] == page.elements["table"]
    assert Counter(page.values("role"))["img"] == page.elements["svg"]
    assert "default-src &#x27;none&#x27;" in html


def test_nothing_in_a_text_or_a_name_becomes_markup(tmp_path: Path) -> None:
    texts = [f"{HOSTILE} {SPUN} {HOSTILE}", f"{HOSTILE} {BRIDGE}", f"{spun(BRIDGE, 1)} {HOSTILE}"]
    plain = Page(made(tmp_path, [SPUN, BRIDGE, spun(BRIDGE, 1)], columns=("outlet", "date:month")))
    html = made(tmp_path, texts, columns=("outlet", "date:month"), outlet=HOSTILE)
    page = Page(html)

    assert "<script>" not in html
    assert "<img" not in html
    assert "\u202e" not in html
    assert "alert(1)" in page.text
    assert {name for name, count in page.elements.items() if count} == {*plain.elements} | {"mark"}
    assert not [name for _, name, _ in page.attributes if name.startswith("on")]


def test_the_same_rows_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        made(tmp_path / name, [*ARTICLES, spun(BRIDGE, 0), SPUN], columns=("outlet", "date:month"))

    assert (tmp_path / "one" / "report.html").read_bytes() == (tmp_path / "other" / "report.html").read_bytes()


def test_without_texts_the_page_says_how_to_get_more(tmp_path: Path) -> None:
    page = Page(made(tmp_path, [SPUN, BRIDGE, spun(BRIDGE, 1)], keep=False))

    assert "This needs the texts: run unspun corpus with --keep text ." in page.text
    assert "Without the text there is no sentence to show" in page.text
    assert "social employees" in page.text
    assert "swapped words 1 100.0 % machine translation 0 0.0 %" in page.text
    assert "Word choice Wording 1 1" in page.text


@pytest.mark.parametrize("texts", [[], ["!"], ["Short."]])
def test_a_corpus_without_a_score_makes_a_page_too(tmp_path: Path, texts: list[str]) -> None:
    page = Page(made(tmp_path, texts, columns=("outlet",) if texts else ()))
    assert f"0 of {len(texts)} documents scored" in page.text


def test_a_file_without_a_row_lacks_no_column(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "scored.jsonl", [])
    assert write(path, tmp_path / "report.html", columns=[by("outlet")], text="body") == 0


def test_flagged_documents_have_precedence_where_too_many_are_compared(tmp_path: Path) -> None:
    odd = [f"{SPUN} {spun(BRIDGE, choice)}" for choice in (0, 1)]
    texts = [*ARTICLES[1:], *ARTICLES[1:], *odd]
    path = write_jsonl(tmp_path / "scored.jsonl", rows(texts, kept=[{"text": text} for text in texts]))

    write(path, tmp_path / "report.html", compare=3)
    page = Page((tmp_path / "report.html").read_text("utf-8"))

    assert "3 documents were compared with each other. 5 more were left out" in page.text
    assert "2 documents, 2 flagged" in page.text


def test_pages_of_many_groups_are_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(seeds, "LOOKED_INTO", 2)
    texts = [spun(text, choice) for text in ARTICLES for choice in (0, 1)]
    path = write_jsonl(tmp_path / "scored.jsonl", rows(texts, kept=[{"text": text} for text in texts]))
    write(path, tmp_path / "report.html")

    assert "Groups spun from one seed: 2;" in Page((tmp_path / "report.html").read_text("utf-8")).text


def test_documents_without_a_date_are_in_the_table_and_not_in_the_picture() -> None:
    statistics = Statistics((By("date", "month"),))
    for number, date in enumerate(["2021-01-05", "2021-04-05", None, "2021-04-06"]):
        statistics.add(Scored(str(number), "scored", None, 0.9, number == 2, (), None, {"date": date}))
    html = "".join(sections.groups(statistics, 0))
    picture, table = html.split("</svg>")

    assert NO_VALUE not in picture
    assert NO_VALUE in table
    assert "2021-02" in picture  # a month without a document has its place
    assert "2021-04" in picture


@pytest.mark.parametrize(
    ("first", "last", "named"),
    [
        ("2020-01-05", "2022-11-05", ["2020-01", "2020-07", "2022-07"]),
        ("2020-11-05", "2034-01-05", ["2022-01", "2034-01"]),
        ("0001-01-05", "9999-12-05", ["1000-01", "9000-01"]),
    ],
)
def test_months_far_apart_are_named_by_their_januaries(first: str, last: str, named: list[str]) -> None:
    statistics = Statistics((By("date", "month"),))
    for date in (first, last):
        statistics.add(Scored(date, "scored", None, 0.9, False, (), None, {"date": date}))
    picture = "".join(sections.groups(statistics, 0)).split("</svg>")[0]

    found = re.findall(r">(\d{4}-\d\d)<", picture)
    assert len(found) <= 12
    assert set(named) <= set(found)


def test_where_the_page_cannot_be_written_shows_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_jsonl(tmp_path / "scored.jsonl", rows([SPUN], kept=[{"text": SPUN}]))
    before = path.read_bytes()
    monkeypatch.setattr(Rows, "documents", None)  # nothing is read
    with pytest.raises(UnspunError, match="it cannot be the page too"):
        write(path, tmp_path / "." / "scored.jsonl")
    with pytest.raises(UnspunError, match="There is no folder"):
        write(path, tmp_path / "none" / "report.html")
    with pytest.raises(IsADirectoryError):
        write(path, tmp_path)
    assert path.read_bytes() == before


def test_ids_of_any_script_stand_apart(tmp_path: Path) -> None:
    texts = [BRIDGE, spun(BRIDGE, 1)]
    ids = ["עיר 12", "\"'<b>\ud800\u202e"]
    path = write_jsonl(tmp_path / "s.jsonl", rows(texts, kept=[{"text": text} for text in texts], ids=ids))
    write(path, tmp_path / "report.html")
    html = (tmp_path / "report.html").read_text("utf-8")

    assert "<bdi>עיר 12</bdi>" in html
    assert "<bdi>&quot;&#x27;&lt;b&gt;\ufffd\ufffd</bdi>" in html


def test_the_manifest_is_shown(tmp_path: Path) -> None:
    key = {"model": {"name": "m", "version": "1"}, "options": {"mode": "strict", "input-format": "html", "skip": []}}
    (tmp_path / "scored.jsonl.run.json").write_text(json.dumps({"key": key, "finished": "2026-01-02T03:04:05+00:00"}))
    page = Page(made(tmp_path, [f"<p>{SPUN}</p>"]))

    assert "scored.jsonl, model m 1, mode strict" in page.text
    assert "2026-01-02 03:04" in page.text


def test_the_command(tmp_path: Path, capsys: pytest.CaptureFixture[str], shipped_detector: Detector) -> None:
    path = write_jsonl(tmp_path / "scored.jsonl", rows([SPUN], kept=[{"body": SPUN, "outlet": "a"}]))
    html = tmp_path / "page.html"

    assert main([str(path), "--html", str(html), "--by", "outlet", "--title", "A <title>", "--text-field", "body"]) == 0
    assert "<h1>A &lt;title&gt;</h1>" in html.read_text("utf-8")
    assert capsys.readouterr().err == f"unspun: {html}: 1 documents\n"
    with pytest.raises(UnspunError, match="no column full"):
        main([str(path), "--html", str(html), "--text-field", "full"])
    with pytest.raises(SystemExit):
        main([str(path)])
    assert command.COMPARED == 100_000


def test_memory_stays_bounded(tmp_path: Path) -> None:
    """Four times the rows take hardly more memory."""
    resource = pytest.importorskip("resource")
    assert resource
    program = (
        "import resource, sys; from pathlib import Path; from detector.reporting.command import write; "
        "write(Path(sys.argv[1]), Path(sys.argv[2]), compare=100); "
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)"
    )
    peaks = []
    for copies in (30, 120):
        texts = [f"{CLEAN} " * 60] * copies * 10
        path = write_jsonl(tmp_path / "scored.jsonl", rows(texts, kept=[{"text": text} for text in texts]))
        done = subprocess.run(
            [sys.executable, "-c", program, str(path), str(tmp_path / "report.html")],
            capture_output=True, text=True, check=True, cwd=Path(__file__).parents[2],
        )  # fmt: skip
        peaks.append(int(done.stdout))
    assert peaks[1] < peaks[0] + 20_000  # kB
