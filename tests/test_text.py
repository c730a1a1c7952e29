"""Paragraphs and tokens are stretches of the text as sent, whatever it contains."""

from __future__ import annotations

import re
import sys
from typing import Any

import pytest
from drawers import cases
from hypothesis import given
from hypothesis import strategies as st

from detector.text import paragraphs, tokenize

# Lines of anything: surrogates and NUL too, and the characters that end lines or join letters more often than chance.
ODD = st.sampled_from(
    ["\r\n", "\n", "\n\n", "\u2028", "\u2029", "\x85", "\x0c", "\u00a0", "e\u0301", "'s", "\u2019", "1,2", "\U0001f600"]
)
TEXTS = st.lists(
    ODD | st.text(st.characters(codec=None, exclude_categories=()), max_size=8) | st.sampled_from(["word ", "Go. "])
)


@pytest.mark.parametrize("case", cases("text/paragraphs"))
def test_paragraphs(case: dict[str, Any]) -> None:
    text = case["text"]
    assert [text[start:end] for start, end in paragraphs(text)] == case["paragraphs"]


@pytest.mark.parametrize("case", cases("text/tokens"))
def test_tokens(case: dict[str, Any]) -> None:
    assert tokenize(case["text"]).surfaces == case["tokens"]


@given(TEXTS)
def test_paragraphs_hold_all_that_is_not_white_space(pieces: list[str]) -> None:
    text = "".join(pieces)
    before = 0
    for start, end in paragraphs(text):
        assert before <= start < end
        assert not text[before:start].strip()
        assert text[start:end] == text[start:end].strip()
        before = end
    assert not text[before:].strip()


@given(TEXTS, st.integers(0, 20), st.integers(0, 20))
def test_tokens_are_in_order_with_white_space_between(pieces: list[str], skipped: int, cut: int) -> None:
    text = "".join(pieces)
    first, last = min(skipped, len(text)), max(min(skipped, len(text)), len(text) - cut)
    tokens = tokenize(text, first, last)
    before = first
    for start, end, surface in zip(tokens.starts.tolist(), tokens.ends.tolist(), tokens.surfaces, strict=True):
        assert before <= start < end <= last
        assert text[start:end] == surface
        assert not text[before:start].strip()
        assert not re.search(r"\s", surface)
        before = end
    assert not text[before:last].strip()


@given(st.text(max_size=50))
def test_a_paragraph_has_the_same_tokens_in_any_place(text: str) -> None:
    alone = tokenize(text)
    inside = tokenize(f"before\n\n{text}\n\nafter", 8, 8 + len(text))
    assert inside.surfaces == alone.surfaces
    assert (inside.starts - 8).tolist() == alone.starts.tolist()


def test_every_character_is_white_space_or_in_a_token() -> None:
    every = "".join(map(chr, range(sys.maxunicode + 1)))
    tokens = tokenize(every)
    assert "".join(tokens.surfaces) == "".join(every.split())
    assert all(
        every[start] == surface[0] for start, surface in zip(tokens.starts.tolist(), tokens.surfaces, strict=True)
    )


@pytest.mark.parametrize(
    "unit", ["a", "a ", "\n", " ", "a\u0301", "'s", "a'", "1.", ".)", "\u2028 ", "a\n\n", "x" * 60 + "\n"]
)
def test_a_megabyte_of_anything_is_split_in_linear_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    for start, end in list(paragraphs(text))[:100]:
        assert "".join(tokenize(text, start, end).surfaces) == "".join(text[start:end].split())
