"""The page of mistakes shows every text as it is, marks what is known of it, and runs nothing."""

from __future__ import annotations

import re
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from detector.evaluation.errors_page import SHOWN, WORST, Verdict, errors_page
from detector.evaluation.scored import Scored
from detector.results import Span

HOSTILE = "</p><script>alert(\"1\")</script> & 'quoted' <b>bold</b>"
TEXT = "The social employees came late to a gathering."


def span(start: int, end: int, text: str = TEXT, features: dict[str, float] | None = None) -> Span:
    return Span(start, end, text[start:end], "word-choice", 0.9, ("social workers", "staff"), "", features)


def scored(text: str, *spans: Span, score: float = 0.5, features: dict[str, float] | None = None) -> Scored:
    return Scored(text, "scored", score, False, spans, features)


def shown(html: str) -> list[str]:
    """The texts on the page, without marks."""
    paragraphs = re.findall(r"</header><p>(.*?)</p></article>", html, re.DOTALL)
    return [unescape(re.sub(r"<[^>]+>", "", paragraph)) for paragraph in paragraphs]


def marks(html: str) -> list[tuple[str, list[str], str]]:
    """(classes, lines of the title, text) of each mark in the articles."""
    articles = html[html.index("<article") :]
    found = re.findall(r'<mark class="([^"]*)" title="([^"]*)">(.*?)</mark>', articles, re.DOTALL)
    return [(classes, unescape(title).split("\n"), unescape(text)) for classes, title, text in found]


def test_everything_is_escaped() -> None:
    one = scored(HOSTILE, Span(0, 12, HOSTILE[:12], HOSTILE, 0.9, (HOSTILE,), "", {"gap": 1.0}))
    html = errors_page([Verdict(HOSTILE, 1, one, HOSTILE, HOSTILE, ((5, 20, HOSTILE),))])
    assert not re.search(r"<script|<b>|</p>(?!</article>|</nav>)", html)
    assert shown(html) == [HOSTILE]
    assert all("script" in "".join(title) for _, title, _ in marks(html))


def test_the_page_stands_alone() -> None:
    html = errors_page([Verdict("news", 0, scored(TEXT))])
    assert not re.search(r"<script|<link|src=|url\(|https?:|@import| on\w+=", html)
    assert "prefers-color-scheme: dark" in html


def test_a_span_has_its_suggestions_and_the_features_that_matter() -> None:
    features = dict.fromkeys((*SHOWN, "unknown_near"), 1.25)
    html = errors_page([Verdict("news", 0, scored(TEXT, span(4, 20, features=features)))])
    ((classes, title, text),) = marks(html)
    assert (classes, text) == ("odd", "social employees")
    assert title == ["word-choice 0.90: social workers, staff", *(f"{name} 1.25" for name in SHOWN)]


def test_the_line_above_a_text_has_its_features() -> None:
    html = errors_page([Verdict("news", 0, scored(TEXT, features={"log_slots": 2.0, "median": -1.0}), "forum", "a1")])
    assert '<header title="log_slots 2.00\nmedian -1.00">1. 0.500 · not flagged · news · forum · a1</header>' in html


def test_swapped_words_are_marked_with_the_original() -> None:
    one = scored(TEXT, span(4, 20))
    html = errors_page([Verdict("moby", 1, one, changes=((11, 20, "workers"), (36, 45, "meeting")))])
    assert [(classes, title[0], text) for classes, title, text in marks(html)] == [
        ("odd", "word-choice 0.90: social workers, staff", "social "),
        ("odd was", "was: workers", "employees"),
        ("was", "was: meeting", "gathering"),
    ]


def test_filters_count_and_hide() -> None:
    verdicts = [
        Verdict("news", 0, scored("First."), "human"),
        Verdict("news", 1, scored("Second."), "spun"),
        Verdict("forum", 0, scored("Third."), "human"),
    ]
    html = errors_page(verdicts)
    options = re.findall(r'<option class="(\w+)">([^<]+)</option>', html)
    assert options == [("s0", "forum (1)"), ("s1", "news (2)"), ("k0", "human (2)"), ("k1", "spun (1)")]
    assert re.findall(r'<article class="([^"]+)">', html) == ["s1 k0", "s0 k0", "s1 k1"]
    for name, _ in options:
        assert f"body:has(.{name}:checked) article:not(.{name}) {{ display: none; }}" in html


def test_the_worst_come_first_and_the_others_not_at_all() -> None:
    clean = [Verdict("a", 0, scored(f"clean {i}", score=i / 100)) for i in range(WORST + 20)]
    spun = [Verdict("a", 1, scored(f"spun {i}", score=i / 100)) for i in range(WORST + 20)]
    texts = shown(errors_page(clean + spun))
    assert texts[:WORST] == [f"clean {i}" for i in range(WORST + 19, 19, -1)]
    assert texts[WORST:] == [f"spun {i}" for i in range(WORST)]


def test_a_page_without_mistakes() -> None:
    assert shown(errors_page([])) == []


@given(
    st.text(min_size=1, max_size=40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), max_size=6),
)
def test_marks_leave_the_text_as_it_is(text: str, odd: list[tuple[int, int]], was: list[tuple[int, int]]) -> None:
    def inside(pairs: list[tuple[int, int]]) -> list[tuple[int, int]]:
        return [(min(a, b, len(text)), min(max(a, b), len(text))) for a, b in pairs]

    spans = [span(start, end, text) for start, end in inside(odd)]
    changes = tuple((start, end, "before") for start, end in inside(was))
    assert shown(errors_page([Verdict("a", 1, scored(text, *spans), changes=changes)])) == [text]
