from __future__ import annotations

import json
import random
import sys
from pathlib import Path

import pytest

from detector.benchmark import (
    PARAGRAPH_WORDS,
    measure,
    peak_bytes,
    proportional_peak,
    recombined,
    write_documents,
)
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


FORKED = """
import os, time
x = b"x" * 80_000_000
own = os.fork() == 0
y = b"y" * (40_000_000 * own)
time.sleep(1)
if not own:
    os.wait()
"""


@pytest.mark.skipif(not Path("/proc/self/smaps_rollup").exists(), reason="proportional set sizes are Linux's")
def test_memory_that_processes_share_is_counted_once() -> None:
    alone = proportional_peak(sys.executable, "-c", "import time; time.sleep(0.3)")
    assert 110_000_000 < proportional_peak(sys.executable, "-c", FORKED) - alone < 140_000_000


def test_documents_have_the_paragraphs_that_are_counted(tmp_path: Path) -> None:
    count = write_documents(tmp_path / "in.jsonl", [f"paragraph {n}" for n in range(40)], 5_000)
    documents = [json.loads(line) for line in (tmp_path / "in.jsonl").read_text().splitlines()]
    assert count == sum(len(document["text"].split("\n\n")) for document in documents)
    assert (tmp_path / "in.jsonl").stat().st_size >= 5_000


def test_without_text_it_says_so(tmp_path: Path) -> None:
    (tmp_path / "empty.txt").write_text("")
    with pytest.raises(InputError, match="name one or more text files"):
        next(measure([tmp_path / "empty.txt"]))
