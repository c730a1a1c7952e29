"""The rows of `unspun corpus` come back as documents, from any format and unit."""

from __future__ import annotations

from pathlib import Path

import pytest
from fake import CLEAN, SPUN
from reporting.articles import rows, write_jsonl, write_parquet

from detector.columns import Unit
from detector.errors import UnspunError
from detector.reporting.rows import Rows, Scored, manifest

TEXTS = [f"{SPUN}\n\n{CLEAN}", CLEAN, "!", "", "Too short."]
KEPT = [{"outlet": name, "text": text} for name, text in zip("abcde", TEXTS, strict=True)]


def read(path: Path) -> list[Scored]:
    return list(Rows(path, "text", ["outlet"]).documents())


@pytest.mark.parametrize("unit", ["document", "paragraph"])
@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.parquet"])
def test_every_format_and_unit_gives_the_same_documents(tmp_path: Path, unit: Unit, name: str) -> None:
    table = rows(TEXTS, unit, KEPT)
    path = tmp_path / name
    found = read(write_parquet(path, table, unit) if name.endswith("parquet") else write_jsonl(path, table))

    first, second, third, fourth, fifth = found
    assert [one.id for one in found] == [f"document {n}" for n in range(1, 6)]
    assert [one.status for one in found] == ["scored", "scored", "error", "too_short", "too_short"]
    assert (first.score, first.flagged, first.error) == (0.9, True, None)
    assert first.text is not None
    assert first.text.split("\n\n") == [SPUN, CLEAN]
    assert [part.text for part in first.parts] == [SPUN, CLEAN]
    (odd,) = first.parts[0].phrases
    assert SPUN[odd.start : odd.end] == odd.text == "social employees"
    assert (odd.suggestions, odd.rule) == (("social workers",), "word-choice")
    assert [part.kind for part in first.parts] == ["spun", None]
    assert (second.score, second.kept) == (0.1, {"outlet": "b"})
    assert (third.error, third.parts) == ("not_json", ())
    assert fourth.parts == ()
    assert [part.status for part in fifth.parts] == ["too_short"]


def test_without_the_text_there_are_still_phrases(tmp_path: Path) -> None:
    table = Rows(write_jsonl(tmp_path / "out.jsonl", rows([SPUN])), "text")
    (document,) = table.documents()

    assert not table.has_text
    assert document.text is None
    assert document.parts[0].phrases[0].text == "social employees"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ('{"id": 1}\n', "no row of `unspun corpus`"),
        ("[1]\n", "line 1: The line is JSON, but not an object"),
        ("{bad\n", "line 1: The line is not JSON"),
        ("\xff\xfe", "line 1: The line is not UTF-8"),
        ('{"id": ' + "[" * 100_000, "line 1: The line is JSON of absurd depth"),
    ],
)
def test_what_is_no_output_is_refused_with_its_place(tmp_path: Path, content: str, message: str) -> None:
    path = tmp_path / "other.jsonl"
    path.write_text(content, encoding="latin-1")
    with pytest.raises(UnspunError, match=message):
        Rows(path, "text")


@pytest.mark.parametrize("unit", ["document", "paragraph"])
def test_columns_of_our_names_that_hold_something_else_are_refused(tmp_path: Path, unit: Unit) -> None:
    path = write_jsonl(tmp_path / "out.jsonl", [dict.fromkeys(row, "x") for row in rows([CLEAN], unit)])
    with pytest.raises(UnspunError, match="a column holds something else"):
        list(Rows(path, "text").documents())


def test_dates_that_python_does_not_know_are_read(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    path = write_parquet(tmp_path / "out.parquet", rows([CLEAN]), "document")
    table = pq.read_table(path)
    dates = {
        "nano": pa.array([1], pa.timestamp("ns")),
        "far": pa.array([10**15], pa.timestamp("s")),
        "zone": pa.array([1_619_820_000], pa.timestamp("s", "Europe/Berlin")),
        "day": pa.array([18_000], pa.date32()),
    }
    for name, values in dates.items():
        table = table.append_column(name, values)
    pq.write_table(table, path)

    (document,) = Rows(path, "text", list(dates)).documents()

    assert str(document.kept["nano"]).startswith("1970-01-01 00:00:00.000000001")
    assert document.kept["day"] == "2019-04-14"
    assert str(document.kept["zone"]).startswith("2021-05-01 00:00:00")  # in its own zone: in UTC it is April


def test_a_missing_column_is_named_with_what_to_do(tmp_path: Path) -> None:
    path = write_jsonl(tmp_path / "out.jsonl", rows([CLEAN]))
    with pytest.raises(UnspunError, match="no column outlet: run `unspun corpus` with --keep outlet"):
        Rows(path, "text", ["outlet"])


def test_a_cut_parquet_file_is_an_error(tmp_path: Path) -> None:
    path = write_parquet(tmp_path / "out.parquet", rows([CLEAN]), "document")
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(UnspunError, match="no whole Parquet file"):
        Rows(path, "text")


def test_the_manifest_may_be_missing_or_broken(tmp_path: Path) -> None:
    path = tmp_path / "out.jsonl"
    nothing = {"key": {"model": {}, "options": {}, "program": {}}}
    assert manifest(path) == nothing
    for content in ("[", "[]", '{"key": {}}', '{"key": 5}', '{"key": {"model": "m", "options": [1]}}'):
        (tmp_path / "out.jsonl.run.json").write_text(content)
        assert manifest(path) == nothing
