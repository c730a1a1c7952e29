from __future__ import annotations

import re
import unicodedata
from html.parser import HTMLParser

import pytest
from fake import CLEAN, SPUN, FakeScorer
from hypothesis import given
from hypothesis import strategies as st

from detector.printable import printable
from detector.report import Style, html, terminal
from detector.results import OFFSET_UNITS, OffsetUnit
from detector.rules.catalogue import title

PLAIN = Style(color=False, width=120)
COLOR = Style(color=True, width=120)
HOSTILE = '\x1b[2J\x07\x9b31m\u202e\ud800\r\t<script>alert(1)</script> & "quotes" '


def rendered(text: str, style: Style, unit: OffsetUnit = "codepoint") -> list[str]:
    return list(terminal(FakeScorer().score(text, ids=["article.txt"], offset_unit=unit), style))


def test_it_says_what_was_found() -> None:
    report = "\n".join(rendered(f"{SPUN}\n\n{CLEAN}\n\nToo short.", PLAIN))
    assert "article.txt: FLAGGED, score 0.90, 50% of its words in flagged paragraphs" in report
    assert "1.  0.90  FLAGGED" in report
    assert "2.  0.10  not flagged" in report
    assert "3.  not scored: fewer than 20 words" in report
    assert "social employees -> social workers" in report


def test_it_says_where_a_paragraph_reads_like_a_translation() -> None:
    translated = SPUN.replace("in the town", "in the hall of the town of the year")
    assert "  1.  0.90  FLAGGED, reads like machine translation" in rendered(translated, PLAIN)
    assert "machine translation" not in "".join(rendered(f"{SPUN}\n\n{CLEAN} of the town of the year", PLAIN))
    assert "reads like machine translation" in html(FakeScorer().score(translated))


def test_another_rule_is_named_beside_what_it_found() -> None:
    text = f"{CLEAN} It was a individual who had asked for it."
    (line,) = (line for line in rendered(text, PLAIN) if "->" in line)
    assert line.split("->")[1] == f" an individual | a person ({title('article')})"
    lines = re.findall(r'<u style="text-decoration:underline (\w+)', html(FakeScorer().score(f"{text} {SPUN}")))
    assert len(lines) == 2


@pytest.mark.parametrize("unit", OFFSET_UNITS)
@pytest.mark.parametrize("before", ["", "😀 e\u0301 中 \u00a0 "])
def test_carets_stand_under_the_phrase(before: str, unit: OffsetUnit) -> None:
    lines = rendered(before + SPUN, PLAIN, unit)
    at = next(n for n, line in enumerate(lines) if "^" in line)
    first = cells(lines[at - 1][: lines[at - 1].index("social employees")])
    assert lines[at].index("^") == first
    assert lines[at].count("^") == len("social employees")


def test_a_phrase_broken_over_two_lines_is_marked_on_both() -> None:
    width = SPUN.index("social employees") + len("social ") + 4
    lines = rendered(SPUN, Style(color=False, width=width + 2))
    assert sum(line.count("^") for line in lines) == len("social") + len("employees")


def test_a_long_paragraph_with_many_phrases_takes_no_quadratic_time() -> None:
    count = 20_000
    lines = rendered("Many social employees came to the town. " * count, PLAIN)
    assert sum(line.count("^") for line in lines) in range(14 * count, 16 * count + 1)


def test_color_underlines_and_resets() -> None:
    report = "\n".join(rendered(SPUN, COLOR))
    assert "\x1b[4;33msocial employees\x1b[0m" in report
    assert "^" not in report


@pytest.mark.parametrize("style", [PLAIN, COLOR])
def test_no_control_character_of_the_text_reaches_the_terminal(style: Style) -> None:
    report = "\n".join(rendered(HOSTILE + SPUN, style))
    ours = re.sub(r"\x1b\[[0-9;]*m", "", report) if style.color else report
    assert all(unicodedata.category(char) not in ("Cc", "Cs") or char == "\n" for char in ours)
    assert "\u202e" not in ours
    assert "\x1b[2J" not in report
    report.encode("utf-8")


@given(st.text(st.characters(codec=None, exclude_categories=())))
def test_printable_keeps_the_length_and_shows_no_control(text: str) -> None:
    shown = printable(text)
    assert len(shown) == len(text)
    assert not any(unicodedata.category(char) in ("Cc", "Cs") for char in shown)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.seen: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.add(tag)
        self.attributes.update(name for name, _ in attrs)


def test_html_is_escaped_and_has_the_evidence() -> None:
    page = html(FakeScorer().score(HOSTILE + SPUN, ids=['<img src=x onerror="1">']))
    tags = Tags()
    tags.feed(page)
    assert tags.seen <= {"div", "p", "b", "small", "br", "u"}
    assert tags.attributes <= {"style", "title", "class"}
    assert "social employees" in page
    assert "social workers" in page
    page.encode("utf-8")


def test_notebooks_get_the_html() -> None:
    result = FakeScorer().score(SPUN)
    assert result._repr_html_() == html(result)


def cells(text: str) -> int:
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )
