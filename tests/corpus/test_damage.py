"""One record in a hundred is damaged, in ten ways: every good one is scored, every bad one named."""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from corpus.damage import SECRET
from fake import CLEAN, SPUN, FakeScorer

from detector.corpus.records import Wanted
from detector.corpus.run import Request, run
from detector.corpus.scoring import Judging

KINDS = {
    "empty_line": b"",
    "not_json": b'{"id": 1, "text": "confidential',
    "not_utf8": b'{"id": 1, "text": "confidential \xe9"}',
    "not_text": b'{"id": 1, "text": "confidential \x00"}',
    "not_an_object": b'["confidential"]',
    "missing_field": b'{"id": 1, "body": "confidential"}',
    "wrong_type": b'{"id": 1, "text": ["confidential"]}',
    "lone_surrogate": b'{"id": 1, "text": "confidential \\ud800"}',
    "invalid_id": b'{"id": {}, "text": "confidential"}',
    "text_too_large": b'{"id": 1, "text": "%s"}' % (b"confidential " * 800_000),
}
RECORDS = 2_000


@pytest.mark.parametrize("workers", [1, 2])
def test_every_good_record_is_scored_and_every_bad_one_is_named(workers: int, tmp_path: Path) -> None:
    rng = random.Random(1)
    bad = dict(zip(rng.sample(range(RECORDS), RECORDS // 100), [*KINDS] * 2, strict=True))
    with (tmp_path / "in.jsonl").open("wb") as file:
        for number in range(RECORDS):
            good = json.dumps({"id": number, "text": SPUN if number % 7 == 0 else CLEAN}).encode()
            file.write((KINDS[bad[number]] if number in bad else good) + b"\n")
    said: list[str] = []
    request = Request([str(tmp_path / "in.jsonl")], str(tmp_path / "out.jsonl"), Judging(Wanted()), workers=workers)
    tally = run(request, FakeScorer, said.append)
    rows = [json.loads(row) for row in (tmp_path / "out.jsonl").read_text(encoding="utf-8").splitlines()]
    assert [row["line"] for row in rows] == list(range(1, RECORDS + 1))
    assert {row["line"] - 1: row["error"]["code"] for row in rows if row["status"] == "error"} == bad
    good_rows = [row for row in rows if row["status"] != "error"]
    assert all(row["status"] == "scored" and row["id"] == row["line"] - 1 for row in good_rows)
    assert [row["id"] for row in good_rows if row["flagged"]] == [n for n in range(0, RECORDS, 7) if n not in bad]
    assert (tally.records, tally.failed) == (RECORDS, len(bad))
    assert len(said) == len(bad)
    assert all(message.startswith(f"{tmp_path / 'in.jsonl'}:") for message in said)
    assert SECRET not in "".join(said) + (tmp_path / "out.jsonl").read_text(encoding="utf-8")
