"""The plain text in HTML and Markdown, and the way back to the source."""

from __future__ import annotations

import time
from html import unescape
from typing import Any

import numpy as np
import pytest
from drawers import cases
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.markup import Plain, read
from detector.results import FORMATS, Format
from detector.text import paragraphs

ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=8)
WORDS = st.sampled_from(["the ferry", "late", "a", "1.", "😀", "e\u0301", "\ud800", "\x00", "\u2028", "\u00a0"])
SIGNS = st.sampled_from(list("<>&;#*_`~[]()!|\\-+=\"':/?. \t\n\r") + ["\n\n", "\r\n", "```\n", "    ", "<!--", "-->"])
TAGS = st.sampled_from(
    "p b br li ul h2 q code pre blockquote div script style svg head title td template".split()
).flatmap(
    lambda name: st.sampled_from([f"<{name}>", f"</{name}>", f'<{name} a="', f"<{name}/>", f"<{name.upper()} b>"])
)
REFERENCES = st.sampled_from(["&amp;", "&nGt;", "&#8217;", "&#x0;", "&#10;", "&notit;", "&fjlig;", "&#xD800;"])
BLOCKS = st.sampled_from(
    ["\n> ", "\n- ", "\n  ", "\n1. ", "\n# ", "\n---\n", "\n|-|\n", "| a |", "[a](b)", "![a](b)", "\n[a]: b\n", "[^a]"]
)
SOURCES = st.lists(WORDS | SIGNS | TAGS | REFERENCES | BLOCKS | ANY, max_size=40).map("".join)


def marked(plain: Plain) -> dict[str, list[str]]:
    """The marks' texts by reason, in order."""
    found: dict[str, list[str]] = {}
    for start, end, reason in sorted(plain.marks):
        found.setdefault(reason, []).append(plain.text[start:end].strip())
    return {reason: [text for text in texts if text] for reason, texts in found.items() if any(texts)}


def check(case: dict[str, Any], format: Format) -> None:
    plain = read(case["source"], format)
    assert [plain.text[start:end] for start, end in paragraphs(plain.text)] == case["paragraphs"]
    assert marked(plain) == case.get("marks", {})


@pytest.mark.parametrize("case", cases("markup/html"))
def test_html(case: dict[str, Any]) -> None:
    check(case, "html")


@pytest.mark.parametrize("case", cases("markup/markdown"))
def test_markdown(case: dict[str, Any]) -> None:
    check(case, "markdown")


@given(SOURCES)
def test_text_is_its_own_plain_text(source: str) -> None:
    plain = read(source, "text")
    assert (plain.text, plain.source, plain.marks, plain.pieces) == (source, source, (), None)
    assert plain.place(1, 3) == (1, 3)
    assert plain.verbatim(1, 3)


@settings(max_examples=400)
@given(SOURCES, st.sampled_from(FORMATS))
def test_every_character_has_its_place_in_the_source(source: str, format: Format) -> None:
    plain = read(source, format)
    at = np.arange(len(plain.text))
    before = 0
    for character, (begin, end) in zip(plain.text, plain.places(np.column_stack([at, at + 1])).tolist(), strict=True):
        assert before <= begin <= end <= len(source)
        before = begin
        if not character.isspace():
            assert begin < end
            assert source[begin:end] == character or character in unescape(source[begin:end])


@settings(max_examples=400)
@given(SOURCES, st.sampled_from(FORMATS), st.data())
def test_verbatim_ranges_stand_in_the_source(source: str, format: Format, data: st.DataObject) -> None:
    plain = read(source, format)
    if not plain.text:
        return
    start = data.draw(st.integers(0, len(plain.text) - 1))
    end = data.draw(st.integers(start + 1, len(plain.text)))
    begin, stop = plain.place(start, end)
    assert begin <= stop
    assert plain.verbatim(start, end) == (source[begin:stop].split() == plain.text[start:end].split())
    for mark in plain.marks:
        assert 0 <= mark.start < mark.end <= len(plain.text)


PIECES = st.lists(st.tuples(st.text("ab<>", max_size=4), st.none() | st.text("xy\n", max_size=4)), max_size=12)


@given(PIECES, st.data())
def test_a_plain_text_of_pieces(parts: list[tuple[str, str | None]], data: st.DataObject) -> None:
    """Against the plain account: of each character, where what it stands for begins and ends."""
    pieces = [(source, source if text is None else text) for source, text in parts]
    plain = Plain.of(pieces)
    spots: list[tuple[int, int]] = []
    at = 0
    for source, text in pieces:
        in_step = len(source) == len(text)
        spots += [(at + i, at + i + 1) if in_step else (at, at + len(source)) for i in range(len(text))]
        at += len(source)
    assert plain.source == "".join(source for source, _ in pieces)
    assert plain.text == "".join(text for _, text in pieces)
    if plain.text and plain.text != plain.source:
        start = data.draw(st.integers(0, len(spots) - 1))
        end = data.draw(st.integers(start + 1, len(spots)))
        assert plain.place(start, end) == (spots[start][0], spots[end - 1][1])


def test_a_range_with_markup_in_it_is_not_verbatim() -> None:
    plain = Plain.of([("A ", "A "), ("<b>", ""), ("left", "left"), ("</b>", ""), ("over", "over"), ("<p>", "\n\n")])
    assert plain.text == "A leftover\n\n"
    assert plain.place(2, 10) == (5, 17)
    assert not plain.verbatim(2, 10)
    assert plain.verbatim(2, 6)
    assert plain.place(0, 6) == (0, 9)


def test_a_line_end_in_a_range_is_no_markup() -> None:
    plain = read("<p>the social\r\n  workers", "html")
    start = plain.text.index("social")
    assert plain.text[start:] == "social workers"
    assert plain.verbatim(start, len(plain.text))
    assert plain.source[slice(*plain.place(start, len(plain.text)))] == "social\r\n  workers"


HOSTILE = [
    *("<", "<a ", '<a b="', "<a b='", "<a b = ", "</", "<!", "<!--", "<?", "<p>", "<b>x", "<ul>", "<li><code>"),
    *("</div>", "<blockquote></q>", "<svg>", "<head>", "<script>", "<script></script>", "<title>\n", "&", "&#", "&#1"),
    *("`", "`a``b", "*", "*a", "*a ", "_a_ ", "***a", "~a~", "[", "]", "[]", "[](", '[](a "', "[](a (", "[](<", "!["),
    *("[a](b)", "[a]", "[a]: b\n", "[^a]: ", "\\", "\\*", "\n> ", "> ", "\n- ", "- ", "- - \n", "- a\n\n  ", "1. "),
    *("    a\n", "    \n", "```\n", "# ", "#\n", "# #", "|\n|-|\n", "|", "a\n", "a\n\n", "a\n---\n", "---\n", "- -"),
    *(" ", "\t", "\n", "\r", "\n ", "\u2028", "<!--\n\n", "<style>\n"),
]


@pytest.mark.parametrize("format", ["html", "markdown"])
def test_hostile_sources_take_time_in_proportion_to_their_length(format: Format) -> None:
    """A reader that looked to the end again for each sign would take minutes for one of these."""
    for start in ("", "- - - > > - "):
        for sign in HOSTILE:
            began = time.process_time()
            read(start + sign * (40_000 // len(sign)), format)
            assert time.process_time() - began < 1, sign
