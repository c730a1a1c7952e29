"""Pairs come from held-out documents alone, and say what was changed."""

from __future__ import annotations

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from detector.text import paragraphs
from detector.training import pairs
from detector.training.encode import HELD_OUT, position
from detector.training.families.family import Change, Family, Spun
from detector.training.families.inflection import Tagger
from detector.training.families.stock import Stock
from detector.training.pairs import (
    HONEST,
    Work,
    assign,
    build_honest,
    build_pairs,
    chunks,
    is_prose,
    realised_rate,
    select,
    subset_of,
)

SENTENCE = "Many people in the city want to buy a house because they need a place for a child, said a doctor there. "


class Renamed(Stock):
    def __init__(self, name: str) -> None:
        super().__init__(Tagger({}))
        self.name = name


FAMILIES: list[Family] = [Renamed("one"), Renamed("two"), Renamed("three")]


@pytest.fixture(scope="module")
def records(tmp_path_factory: pytest.TempPathFactory) -> list[dict[str, Any]]:
    folder = tmp_path_factory.mktemp("corpus")
    built = tmp_path_factory.mktemp("built")
    for source in ("alpha", "beta"):
        with (folder / f"{source}.jsonl").open("w", encoding="utf-8") as file:
            for i in range(1500):
                text = "\n\n".join(SENTENCE * (1 + (i + k) % 4) for k in range(6))
                file.write(json.dumps({"id": f"d{i}", "text": text}) + "\n")
    out = built / "pairs.jsonl.gz"
    counts = build_pairs([folder], FAMILIES, out, seed=3)
    again = built / "again.jsonl.gz"
    build_pairs([folder], FAMILIES, again, seed=3)
    assert out.read_bytes() == again.read_bytes()
    with gzip.open(out, "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    assert len(found) == counts.total()
    return found


def test_only_held_out_documents_are_used(records: list[dict[str, Any]]) -> None:
    assert records
    assert all(position(record["group"]) < HELD_OUT for record in records)


def test_honest_texts_are_clean_paragraphs_of_training_documents_in_a_subset_of_their_own(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pairs, "THIN_REGISTERS", {"verse": {"alpha": 2}})
    (tmp_path / "SOURCES.tsv").write_text("file\tregister\nalpha.jsonl\tverse\nbeta.jsonl\tverse\n", "utf-8")
    for source in ("alpha", "beta"):
        lines = [json.dumps({"id": f"d{i}", "text": "\n\n".join([SENTENCE * 3] * 6)}) for i in range(200)]
        (tmp_path / f"{source}.jsonl").write_text("\n".join(lines), "utf-8")
    count = build_honest([tmp_path], tmp_path / "honest.gz")
    with gzip.open(tmp_path / "honest.gz", "rt", encoding="utf-8") as lines:
        found = [json.loads(line) for line in lines]
    assert len(found) == count == 2 * len({record["group"] for record in found}) > 300
    assert all(position(record["group"]) >= HELD_OUT for record in found)
    assert {(r["source"], r["subset"], r["family"], r["noise"]) for r in found} == {("alpha", HONEST, None, None)}


def test_a_document_is_in_one_subset(records: list[dict[str, Any]]) -> None:
    assert {record["subset"] for record in records} == {"fit", "calibrate", "test"}
    assert all(record["subset"] == subset_of(record["group"]) for record in records)


def test_clean_texts_are_the_documents_own(records: list[dict[str, Any]]) -> None:
    clean = [record for record in records if not record["family"] and not record["noise"]]
    assert all(record["text"] in SENTENCE * 40 for record in clean)
    assert all(record["rate"] == 0.0 and record["changes"] == [] for record in clean)


def test_spun_texts_can_be_taken_back(records: list[dict[str, Any]]) -> None:
    originals = {record["id"]: record["text"] for record in records}
    spun = [record for record in records if record["family"]]
    for record in spun:
        back = Spun(record["text"], tuple(Change(*change) for change in record["changes"])).undone()
        assert record["noise"] or back == originals[record["id"].split("~")[0]]
        assert 0.0 < record["rate"] <= 1.0
    counts = [sum(record["family"] == family.name for record in spun) for family in FAMILIES]
    assert max(counts) < 1.3 * min(counts)


def test_ids_are_unique(records: list[dict[str, Any]]) -> None:
    assert len({record["id"] for record in records}) == len(records)


def test_every_record_is_one_paragraph_of_20_to_300_words(records: list[dict[str, Any]]) -> None:
    for record in records:
        if not record["family"] and not record["noise"]:
            assert len(list(paragraphs(record["text"]))) == 1
            assert 20 <= len(record["text"].split()) <= 300


@given(st.lists(st.integers(0, 400), max_size=12), st.integers(0, 100))
def test_chunks_keep_the_order_and_the_bounds(lengths: list[int], seed: int) -> None:
    words = iter(f"w{i}" for i in range(10_000))
    text = "\n\n".join(" ".join(next(words) for _ in range(length)) for length in lengths)
    found = [chunk.split() for chunk in chunks(text, random.Random(seed))]
    assert all(20 <= len(chunk) <= 300 for chunk in found)
    flat = [int(word[1:]) for chunk in found for word in chunk]
    assert flat == sorted(set(flat))


@pytest.mark.parametrize(
    ("text", "prose"),
    [
        ("They met in May. It rained.", True),
        ("12.5 13.6 (14) 15.2, 1999; 17", False),
        ("Menu Home About Contact", False),
    ],
)
def test_is_prose(text: str, prose: bool) -> None:
    assert is_prose(text) is prose


def test_no_register_and_no_source_dominates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pairs, "PER_REGISTER", 100)
    works = [Work(f"big/{i}", "big", "blog", "fit", ("text",) * 2) for i in range(500)]
    works += [Work(f"small/{i}", "small", "blog", "fit", ("text",) * 2) for i in range(10)]
    chosen = select(works)
    assert sum(len(work.texts) for work in chosen) == 100
    assert sum(len(work.texts) for work in chosen if work.source == "small") == 20


def test_a_document_has_one_setting_per_family() -> None:
    works = [Work(f"s/{i}", "s", "blog", "fit", ("text",) * 3) for i in range(300)]
    plans = assign(works, FAMILIES, random.Random(0))
    assert all(len({step.family.name for step in plan}) == len(plan) in (1, 2) for plan in plans)
    assert all(0.05 <= step.rate <= 0.6 for plan in plans for step in plan)


def test_realised_rate_counts_content_words() -> None:
    assert realised_rate(Spun("the big apartment was red", (Change(8, 17, "house"),))) == pytest.approx(1 / 3)
    assert realised_rate(Spun("it is", ())) == 0.0
