from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from detector.benchmark import PARAGRAPH_WORDS, measure, peak_bytes, recombined
from detector.errors import InputError


def test_paragraphs_are_of_whole_sentences_and_of_equal_length() -> None:
    sentences = ["One two three.", "Four five, six seven."]
    paragraphs = recombined(sentences, 50, random.Random(1))
    assert {len(paragraph.split()) for paragraph in paragraphs} == {PARAGRAPH_WORDS}
    assert len(set(paragraphs)) == 50
    assert paragraphs == recombined(sentences, 50, random.Random(1))


def test_peak_memory_is_that_of_the_command() -> None:
    small = peak_bytes(sys.executable, "-c", "pass")
    large = peak_bytes(sys.executable, "-c", "x = b'x' * 100_000_000")
    assert 80_000_000 < large - small < 120_000_000


def test_without_text_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    with pytest.raises(InputError, match="name one or more text files"):
        next(measure([tmp_path / "empty.txt"]))
