"""What of a text is not judged."""

from __future__ import annotations

import time
from typing import Any

import pytest
from drawers import cases
from hypothesis import given, settings
from hypothesis import strategies as st
from test_markup import HOSTILE, SOURCES

from detector.markup import read
from detector.results import FORMATS, SKIPS, Format, Reason, Skipped
from detector.skipping import skipped
from detector.text import paragraphs

LINES = st.sampled_from(
    ["- a\n", "(b) b\n", "> c\n", "x = f(1);\n", "```\n", '"', "“", "”", "„", "«", "»", "www.x.example ", "\n\n", "so "]
)
TEXTS = st.lists(LINES | SOURCES | st.just("one two three four five six "), max_size=20).map("".join)


def found_in(text: str, format: Format = "text", skip: tuple[Reason, ...] = SKIPS) -> tuple[Skipped, ...]:
    plain = read(text, format)
    return skipped(plain, list(paragraphs(plain.text)), skip)


@pytest.mark.parametrize("case", cases("skipping/text"))
def test_text(case: dict[str, Any]) -> None:
    text = case["text"]
    assert [[part.reason, text[part.start : part.end]] for part in found_in(text)] == case["skipped"]


@pytest.mark.parametrize("case", cases("skipping/text"))
def test_only_what_is_asked_for_is_skipped(case: dict[str, Any]) -> None:
    assert found_in(case["text"], skip=()) == ()
    for reason in SKIPS:
        assert {part.reason for part in found_in(case["text"], skip=(reason,))} <= {reason}


@settings(max_examples=400)
@given(TEXTS, st.sampled_from(FORMATS), st.lists(st.sampled_from(SKIPS), unique=True))
def test_ranges_are_in_order_and_apart(text: str, format: Format, skip: list[Reason]) -> None:
    plain = read(text, format)
    before = 0
    for part in skipped(plain, list(paragraphs(plain.text)), skip):
        assert before <= part.start < part.end <= len(plain.text)
        before = part.end
        assert part.reason in skip
        piece = plain.text[part.start : part.end]
        assert piece == piece.strip()


@pytest.mark.parametrize(
    ("source", "format"),
    [
        ("<p>He typed <code>ls -l</code> and <q>said so</q>.", "html"),
        ("He typed `ls -l` and <q>said so</q>.", "markdown"),
    ],
)
def test_markup_is_believed(source: str, format: Format) -> None:
    text = read(source, format).text
    found = [(part.reason, text[part.start : part.end]) for part in found_in(source, format)]
    assert found == [("code", "ls -l"), ("quote", "said so")]


def test_the_text_in_markup_is_looked_at_too() -> None:
    (part,) = found_in("<p>He said, &ldquo;We will not go there again this year,&rdquo; and left.", "html")
    assert part.reason == "quote"


SIGNS = [
    *(
        '"',
        '" ',
        ' "a',
        "“",
        " “a” ",
        "„“",
        "«",
        "«a» ",
        "~~~\n",
        ">\n",
        "> a\n",
        "- a\n",
        "- a\n\n",
        "a) ",
        "- a\n  b\n",
    ),
    *("a@", "a.@b.", "@", "http://", "www.", "www. ", "http://.", ".", ";\n", "; ", "a=;", "(((", "a = 1\n", "{\n"),
    *("def ", "def a:\n", "x = ", "a:", "import a", "$ a\n", "a =", "a(", "- a\n   \n", "1.", "A b\n\n", "<a>\n"),
]


def test_hostile_texts_take_time_in_proportion_to_their_length() -> None:
    for sign in [*HOSTILE, *SIGNS]:
        for text in (sign * (40_000 // len(sign)), "\n- a\n" + sign * (40_000 // len(sign)) + "- b"):
            began = time.process_time()
            found_in(text)
            assert time.process_time() - began < 1, sign


def test_nested_marks_are_no_obstacle() -> None:
    began = time.process_time()
    (part,) = found_in("<ul>" * 50_000 + "a" + "</ul>" * 50_000, "html")
    assert time.process_time() - began < 4
    assert part.reason == "list"
