"""Slips of typesetting: where they are found, where not, and how long it takes."""

from __future__ import annotations

import time
from typing import Any

import pytest
from drawers import cases
from hypothesis import given, settings
from hypothesis import strategies as st

from detector.rules.debris import MOST_IN_A_PARAGRAPH, RULES, find
from detector.rules.rule import Hit
from detector.text import paragraphs

PIECES = st.sampled_from(
    ["( ", " )", "(", ")", " ‘ ", "’", " ’ ", "“", "” ", '"', ' " ', " ' ", ":", ".", "?", "The", "the", "abc", "s", "t", " ",
     "\n", "\n\n", "1", ", ", "400", "000", "&amp;", "&", ";", "newsletter", "Sign up for our ", "Read more: ", "ß", "İ", "𝒳",
     "\u00a0", "\r\n", "\ud800", "The mill was closed in the spring. "]
)  # fmt: skip
TEXTS = st.lists(PIECES, max_size=40).map("".join)


def found_in(text: str) -> list[Hit]:
    return find(text, list(paragraphs(text)))


@pytest.mark.parametrize("case", cases("rules/debris"))
def test_cases(case: dict[str, Any]) -> None:
    text = case["text"]
    assert [[hit.rule, text[hit.start : hit.end], list(hit.suggestions)] for hit in found_in(text)] == case["found"]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.id)
def test_rules_find_their_examples(rule: Any) -> None:
    assert rule.category == "debris"
    for example in rule.examples:
        assert rule.id in {hit.rule for hit in found_in(example)}


@settings(max_examples=500)
@given(TEXTS)
def test_hits_are_in_order_and_apart_and_inside_paragraphs(text: str) -> None:
    places = list(paragraphs(text))
    before = 0
    for hit in find(text, places):
        assert before <= hit.start < hit.end
        assert any(start <= hit.start and hit.end <= end for start, end in places)
        assert not text[hit.start].isspace()
        assert not text[hit.end - 1].isspace()
        assert text[hit.start : hit.end] not in hit.suggestions
        assert hit.message.endswith(".")
        before = hit.end


@settings(max_examples=300)
@given(TEXTS)
def test_no_rule_fills_a_paragraph(text: str) -> None:
    hits = found_in(text)
    for start, end in paragraphs(text):
        inside = [hit.rule for hit in hits if start <= hit.start < end]
        assert all(inside.count(rule.id) <= MOST_IN_A_PARAGRAPH for rule in RULES)


def test_paragraphs_alone_are_told() -> None:
    text = "It cost $2, 500 to mend.\n\nIt cost $3, 500 to build."
    (start, end), _ = paragraphs(text)
    assert [text[hit.start : hit.end] for hit in find(text, [(start, end)])] == ["2, 500"]
    assert find(text, []) == []


@pytest.mark.parametrize(
    "piece",
    ["(", "( a )", "(a ", " )", "“", "”", '"', " ' ", "s ‘ ab ", ' " ', "a:” b ", "the” B c ", 'the" B c ', "“a\" ", '"a” ',
     ".", "a.", "abc.The ", "?!", "&", "&a", "&amp; ", "1, 400 ", "1, ", "about 1, 400, ", "click here to ", "the post ",
     "read more: ", "(c) ", "subscribe to our ", "newsletter ", "A b c d e f g. "],
)  # fmt: skip
def test_time_is_in_proportion_to_the_length(piece: str) -> None:
    def seconds(size: int) -> float:
        text = (piece * (size // len(piece) + 1))[:size]
        before = time.process_time()
        find(text, [(0, size)])
        return time.process_time() - before

    assert seconds(200_000) < 2
    assert seconds(1_000_000) < 10
