"""Spans of all rules in one list: in order, apart, and of two that overlap the one that says more."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.marks import apart, span_of
from detector.results import Span
from detector.rules.catalogue import MEASURED, RULES
from detector.rules.rule import Hit
from detector.spans import MOST_SUGGESTIONS

#: From the one that says most: a rule of each category, the odd word, debris.
RULES_BY_RANK = ("altered-name", "stock-phrase", "article", "word-choice", "loose-bracket")


def span(rule: str, start: int, end: int) -> Span:
    return Span(start, end, "x" * (end - start), rule, 0.5, (), "message")


def overlap(one: Span, other: Span) -> bool:
    return one.start < other.end and other.start < one.end


SPANS = st.lists(
    st.builds(
        lambda rule, start, length: span(rule, start, start + length),
        st.sampled_from(sorted(RULES)),
        st.integers(0, 60),
        st.integers(1, 12),
    ),
    max_size=20,
)


@given(SPANS)
def test_marks_are_in_order_and_apart_and_nothing_is_left_out_that_had_room(spans: list[Span]) -> None:
    kept = apart(spans)
    assert all(one.end <= other.start for one, other in pairwise(kept))
    assert all(each in spans for each in kept)
    assert all(any(overlap(each, other) for other in kept) for each in spans)


@given(SPANS)
def test_what_is_apart_already_stays_as_it_is(spans: list[Span]) -> None:
    kept = apart(spans)
    assert apart(reversed(kept)) == kept


@pytest.mark.parametrize("lower", range(1, len(RULES_BY_RANK)))
def test_of_two_that_overlap_the_one_that_says_more_stays(lower: int) -> None:
    less = RULES_BY_RANK[lower]
    for more in RULES_BY_RANK[:lower]:
        pair = [span(less, 0, 30), span(more, 10, 12)]
        assert apart(pair) == apart(reversed(pair)) == [pair[1]], (more, less)


@pytest.mark.parametrize("rule", RULES_BY_RANK)
def test_of_two_of_a_kind_the_longer_stays_then_the_first(rule: str) -> None:
    long, short = span(rule, 10, 20), span(rule, 5, 11)
    assert apart([short, long]) == [long]
    first, second = span(rule, 0, 10), span(rule, 5, 15)
    assert apart([second, first]) == [first]


def test_what_only_touches_stays() -> None:
    pair = [span("word-choice", 0, 10), span("article", 10, 20)]
    assert apart(pair) == pair


def test_a_hit_becomes_a_span_with_the_precision_of_its_rule(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(MEASURED, "article", {"precision": 0.875})  # type: ignore[misc]
    text = "It is a individual."
    many = tuple(f"an item {number}" for number in range(MOST_SUGGESTIONS + 2))
    found = span_of(Hit(6, 18, "article", many, "A message."), text)
    assert found == Span(6, 18, "a individual", "article", 0.875, many[:MOST_SUGGESTIONS], "A message.")


@pytest.mark.parametrize("rule", sorted(set(RULES) - {"word-choice"}))
def test_the_score_of_a_rules_spans_was_measured(rule: str) -> None:
    row = MEASURED[rule]
    assert row["read"] > 0
    assert row["precision"] == pytest.approx(row["right"] / row["read"], abs=5e-4)
