"""The whole way with the model that is shipped: library, command, corpus and service."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import Settings
from detector import Detector
from detector.benchmark import peak_bytes
from detector.errors import MAX_TEXT_BYTES, InputError
from detector.files import read_text
from detector.results import DECIMALS, MODES, OFFSET_UNITS, SKIPS, OffsetUnit, Result
from detector.rules import RULES
from detector.spans import MOST_WORDS
from detector.spans import RULE as WORD_CHOICE

ROOT = Path(__file__).parent.parent
SAMPLES = ROOT / "data" / "samples"
CLEAN = read_text(str(SAMPLES / "fema-app.txt"))
SPUN = read_text(str(SAMPLES / "fema-app-spun.txt"))
TEXTS = [CLEAN, SPUN, read_text(str(SAMPLES / "seed-sentences.txt")), "", "Too short to say."]


@cache
def detector() -> Detector:
    return Detector.load()


def unspun(*arguments: str, sent: bytes = b"") -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, "-m", "detector", *arguments]
    environment = {**os.environ, "COLUMNS": "80"}
    return subprocess.run(command, cwd=ROOT, env=environment, input=sent, capture_output=True, check=False)


def taken(text: str, start: int, end: int, unit: OffsetUnit) -> str:
    """What a program that counts in `unit` finds at [start, end)."""
    if unit == "codepoint":
        return text[start:end]
    encoding, width = ("utf-16-le", 2) if unit == "utf16" else ("utf-8", 1)
    return text.encode(encoding, "surrogatepass")[start * width : end * width].decode(encoding, "surrogatepass")


def assert_well_formed(result: Result, texts: list[str]) -> None:
    reply = result.to_dict()
    json.dumps(reply, allow_nan=False)
    assert len(reply["documents"]) == len(texts)
    for document, text in zip(reply["documents"], texts, strict=True):
        scored = document["status"] == "scored"
        assert (document["score"] is not None) == scored
        assert scored or (document["flagged"], document["fraction_flagged"]) == (False, 0.0)
        before = 0
        for paragraph in document["paragraphs"]:
            assert before <= paragraph["start"] < paragraph["end"]
            before = paragraph["end"]
            if paragraph["status"] != "scored":
                assert (paragraph["score"], paragraph["kinds"], paragraph["spans"]) == (None, None, [])
            else:
                assert round(sum(paragraph["kinds"].values()), DECIMALS) == paragraph["score"]
            at = paragraph["start"]
            for span in paragraph["spans"]:
                assert at <= span["start"] < span["end"] <= paragraph["end"]
                at = span["end"]
                assert taken(text, span["start"], span["end"], result.offset_unit) == span["text"]
                assert span["rule"] in RULES
                assert span["rule"] != WORD_CHOICE or 1 <= len(span["text"].split()) <= MOST_WORDS
                assert 0 < span["score"] <= 1
                assert len(span["suggestions"]) <= 5
                assert span["message"]


def test_the_spun_copy_is_flagged_and_its_original_is_not() -> None:
    clean, spun = detector().score([CLEAN, SPUN]).documents
    assert not clean.anything_flagged
    assert spun.flagged
    assert any(span.suggestions for paragraph in spun.paragraphs for span in paragraph.spans)


@pytest.mark.parametrize("unit", OFFSET_UNITS)
@pytest.mark.parametrize("mode", MODES)
def test_offsets_hold_in_every_unit_and_mode(mode: Any, unit: OffsetUnit) -> None:
    hostile = [text.replace("\n", "\r\n").replace(" the ", " \u00a0the\u0301 😀 ") for text in TEXTS]
    result = detector().score(hostile, mode=mode, offset_unit=unit, explain=True)
    assert_well_formed(result, hostile)
    assert any(paragraph.spans for document in result.documents for paragraph in document.paragraphs)


ANY = st.text(st.characters(codec=None, exclude_categories=()), max_size=30)


@settings(max_examples=50)
@given(st.lists(st.sampled_from(SPUN.split()) | ANY, max_size=80), st.sampled_from(OFFSET_UNITS))
def test_no_text_makes_it_fail(words: list[str], unit: OffsetUnit) -> None:
    text = " ".join(words)
    assert_well_formed(detector().score([text], offset_unit=unit), [text])


@pytest.mark.parametrize(
    "text",
    ["这是一个测试。" * 40, "\x00" * 100, "\ud800 " * 60, "{}();\n" * 60, "a" * 5_000],
    ids=["chinese", "nul", "surrogates", "code", "one-word"],
)
def test_what_is_not_english_prose_gets_a_status(text: str) -> None:
    (document,) = detector().score(text).documents
    assert document.status in ("too_short", "not_prose", "not_english")
    assert not document.anything_flagged


def test_a_text_over_the_limit_is_an_error_that_names_it() -> None:
    with pytest.raises(InputError, match="10 MB"):
        detector().score("x" * (MAX_TEXT_BYTES + 1))


def test_a_document_of_one_paragraph_has_that_paragraphs_verdict() -> None:
    for text in SPUN.split("\n\n"):
        (document,) = detector().score(text.strip()).documents
        (paragraph,) = document.paragraphs
        assert (document.score, document.flagged) == (paragraph.score, paragraph.flagged)


def test_an_allowed_phrase_is_not_reported() -> None:
    spans = [span.text for paragraph in detector().score(SPUN).documents[0].paragraphs for span in paragraph.spans]
    again = detector().score(SPUN, allow=[spans[0].upper()])
    assert spans[0] not in [span.text for paragraph in again.documents[0].paragraphs for span in paragraph.spans]


def test_command_corpus_and_service_give_the_librarys_scores(tmp_path: Path) -> None:
    expected = [document.to_dict() for document in detector().score(TEXTS).documents]

    source, sink = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    source.write_text("".join(json.dumps({"text": text}) + "\n" for text in TEXTS), encoding="utf-8")
    assert unspun("corpus", str(source), str(sink)).returncode == 0
    rows = [json.loads(line) for line in sink.read_text(encoding="utf-8").splitlines()]
    assert [{name: row[name] for name in expected[0]} for row in rows] == expected

    client = TestClient(create_app(detector(), Settings(database="")), base_url="http://localhost")
    assert client.post("/v1/score", json={"text": TEXTS, "skip": []}).json()["documents"] == expected
    assert client.post("/v1/score", json={"text": TEXTS}).json() == detector().score(TEXTS, skip=SKIPS).to_dict()

    done = unspun("score", "--format", "jsonl", "-", sent=SPUN.encode())
    assert done.returncode == 1
    assert json.loads(done.stdout)["score"] == pytest.approx(expected[1]["score"], abs=2e-6)


def test_the_report_of_the_samples() -> None:
    done = unspun("score", *[str(path) for path in sorted(SAMPLES.glob("*.txt"))])
    assert done.returncode == 1
    assert done.stderr == b""
    assert b"^^^" in done.stdout
    assert b" -> " in done.stdout


def test_the_example_of_the_readme_is_real() -> None:
    example = (ROOT / "README.md").read_text(encoding="utf-8").split("\n```\n")[1]
    done = unspun("score", "data/samples/seed-sentences.txt")
    assert example.strip() == done.stdout.decode().strip()


def test_fifty_megabytes_on_one_line_are_an_error_in_bounded_memory(tmp_path: Path) -> None:
    source, sink = tmp_path / "in.jsonl", tmp_path / "out.jsonl"
    with source.open("w", encoding="utf-8") as file:
        file.write('{"text": "' + "word " * 10_000_000 + '"}\n')
        file.write(json.dumps({"text": SPUN}) + "\n")
    peak = peak_bytes(sys.executable, "-m", "detector", "corpus", str(source), str(sink))
    first, second = [json.loads(line) for line in sink.read_text(encoding="utf-8").splitlines()]
    assert first["error"]["code"] == "line_too_large"
    assert second["flagged"]
    assert peak < 400_000_000
