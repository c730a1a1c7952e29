"""A run from files to rows: what comes out, in which order, and that the number of workers does not show in it."""

from __future__ import annotations

import gzip
import io
import json
import lzma
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from corpus.command import BATCH_RECORDS, DEADLY, FAILING, ended
from corpus.damage import archive, html
from fake import CLEAN, SPUN, FakeScorer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector import columns
from detector.corpus import batches
from detector.corpus import rows as rows_module
from detector.corpus.batches import BATCH_BYTES, BEGINNING, Place
from detector.corpus.inputs import Source
from detector.corpus.records import Wanted
from detector.corpus.run import Request, run
from detector.corpus.scoring import Judging, Tally
from detector.errors import UnspunError
from detector.results import Document, Json, Result

PLAIN = Judging(Wanted())


def line(text: object, **more: object) -> bytes:
    return json.dumps({"text": text, **more}).encode() + b"\n"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    path = tmp_path / "in.jsonl"
    path.write_bytes(b"".join(line(SPUN if n % 3 else CLEAN, id=n, outlet="a") for n in range(50)))
    return path


def scored(source: Path | str, output: Path | str, judging: Judging = PLAIN, **options: Any) -> tuple[Tally, list[str]]:
    said: list[str] = []
    request = Request([str(source)], str(output), judging, **options)
    return run(request, FakeScorer, said.append), said


def rows(path: Path) -> list[Json]:
    if path.suffix == ".parquet":
        found: list[Json] = pytest.importorskip("pyarrow.parquet").read_table(path).to_pylist()
        return found
    return [json.loads(row) for row in path.read_text(encoding="utf-8").splitlines()]


@pytest.mark.parametrize("unit", columns.UNITS)
@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
def test_every_row_has_the_columns_in_order(unit: columns.Unit, name: str, tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(
        line(f"{SPUN}\n\n{CLEAN}", id=7, month=3, tags=["x", float("nan")]) + b"nonsense\n" + line("")
    )
    judging = Judging(Wanted(kept=("month", "tags", "text")), unit)
    if name == "out.parquet":
        pytest.importorskip("pyarrow")
    tally, _ = scored(tmp_path / "in.jsonl", tmp_path / name, judging)
    found = rows(tmp_path / name)
    kept = ["month", "tags", "text"]
    for row in found:
        assert list(row) == [*columns.ORIGIN, *kept, *columns.JUDGED[unit]]
    assert tally == Tally(3, 1, 1, len(found), tuple(sorted(kept)))
    in_parquet = name == "out.parquet"
    assert found[0]["id"] == ("7" if in_parquet else 7)
    assert (found[0]["month"], found[0]["tags"]) == (("3", '["x",null]') if in_parquet else (3, ["x", None]))
    assert [(row["line"], row["status"]) for row in found[-2:]] == [(2, "error"), (3, "too_short")]
    assert found[-2]["error"]["code"] == "not_json"
    assert {row["source"] for row in found} == {str(tmp_path / "in.jsonl")}


@pytest.mark.parametrize("name", ["out.jsonl", "out.parquet"])
def test_a_paragraph_keeps_its_own_text_and_knows_its_document(name: str, tmp_path: Path) -> None:
    text = f"{SPUN}\n\n{CLEAN}\n\nShort."
    (tmp_path / "in.jsonl").write_bytes(line(text) + line(" \n "))
    if name == "out.parquet":
        pytest.importorskip("pyarrow")
    scored(tmp_path / "in.jsonl", tmp_path / name, Judging(Wanted(kept=("text",)), "paragraph"))
    *found, empty = rows(tmp_path / name)
    assert [row["text"] for row in found] == [SPUN, CLEAN, "Short."]
    assert [text[row["start"] : row["end"]] for row in found] == [SPUN, CLEAN, "Short."]
    assert [row["paragraph"] for row in found] == [0, 1, 2]
    assert [row["flagged"] for row in found] == [True, False, False]
    assert {row["document_flagged"] for row in found} == {True}
    assert [span["text"] for span in found[0]["spans"]] == ["social employees"]
    assert (empty["paragraph"], empty["text"], empty["status"]) == (None, None, "too_short")


def test_parquet_keeps_the_types_of_parquet_and_jsonl_the_values(tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    values = {
        "day": pa.array([17_000, None], pa.date32()),
        "n": [1, 2],
        "share": [0.5, float("nan")],
        "raw": [b"\xff", b""],
    }
    table = pa.table({"text": [SPUN, CLEAN], **values})
    pq.write_table(table, tmp_path / "in.parquet")
    judging = Judging(Wanted(kept=tuple(values)))
    scored(tmp_path / "in.parquet", tmp_path / "out.parquet", judging)
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.select(list(values)).schema.types == table.select(list(values)).schema.types
    assert found["day"].to_pylist() == table["day"].to_pylist()
    scored(tmp_path / "in.parquet", tmp_path / "out.jsonl", judging)
    first, second = rows(tmp_path / "out.jsonl")
    assert (first["day"], first["n"], first["share"], first["raw"]) == ("2016-07-18", 1, 0.5, "\\xff")
    assert (second["day"], second["share"]) == (None, None)


@pytest.mark.parametrize("unit", columns.UNITS)
def test_jsonl_and_parquet_say_the_same(unit: columns.Unit, tmp_path: Path, source: Path) -> None:
    pytest.importorskip("pyarrow")
    judging = Judging(Wanted(kept=("outlet",)), unit)
    scored(source, tmp_path / "out.jsonl", judging)
    scored(source, tmp_path / "out.parquet", judging)
    ours = [{**row, "id": str(row["id"])} for row in rows(tmp_path / "out.jsonl")]
    assert ours == rows(tmp_path / "out.parquet")


@pytest.mark.parametrize(("suffix", "opened"), [(".gz", gzip.open), (".xz", lzma.open)])
def test_a_compressed_output_holds_the_same(suffix: str, opened: Any, tmp_path: Path, source: Path) -> None:
    scored(source, tmp_path / "out.jsonl")
    scored(source, tmp_path / f"out.jsonl{suffix}")
    with opened(tmp_path / f"out.jsonl{suffix}") as file:
        assert file.read() == (tmp_path / "out.jsonl").read_bytes()


def test_zstandard_output_holds_the_same(tmp_path: Path, source: Path) -> None:
    zstandard = pytest.importorskip("zstandard")
    scored(source, tmp_path / "out.jsonl")
    scored(source, tmp_path / "out.jsonl.zst")
    with (tmp_path / "out.jsonl.zst").open("rb") as file:
        whole = zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True).read()
    assert whole == (tmp_path / "out.jsonl").read_bytes()


@pytest.mark.parametrize("name", ["out.jsonl", "out.jsonl.gz", "out.parquet"])
def test_the_number_of_workers_does_not_show(name: str, tmp_path: Path, source: Path) -> None:
    if name == "out.parquet":
        pytest.importorskip("pyarrow")
    outputs = []
    for workers in (1, 2, 3):
        code, said = ended(source, tmp_path / name, "--workers", str(workers), "--restart", seconds_each=0.0005)
        assert (code, said) == (0, "unspun: 50 records, 33 flagged, 0 could not be scored\n")
        outputs.append((tmp_path / name).read_bytes())
    assert outputs[0] == outputs[1] == outputs[2]


@pytest.mark.parametrize("name", ["out.jsonl.gz", "out.parquet"])
def test_where_processes_cannot_be_forked_they_load_the_model_themselves(
    name: str, tmp_path: Path, source: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if name == "out.parquet":
        pytest.importorskip("pyarrow")
    assert ended(source, tmp_path / name)[0] == 0
    forked = (tmp_path / name).read_bytes()
    monkeypatch.setenv("SPAWNED", "1")
    code, said = ended(source, tmp_path / name, "--workers", "2", "--restart")
    assert (code, said) == (0, "unspun: 50 records, 33 flagged, 0 could not be scored\n")
    assert (tmp_path / name).read_bytes() == forked


@pytest.mark.parametrize("workers", ["1", "2"])
def test_pages_and_archives(workers: str, tmp_path: Path) -> None:
    pytest.importorskip("trafilatura")
    folder = tmp_path / "crawl"
    folder.mkdir()
    (folder / "a.html").write_text(html(f"{SPUN}\n\n{CLEAN}"), encoding="utf-8")
    (folder / "b.warc").write_bytes(b"".join(archive([{"body": html(text).encode()} for text in (CLEAN, SPUN)])))
    code, said = ended(folder, tmp_path / "out.jsonl", "--unit", "paragraph", "--keep", "text", "--workers", workers)
    assert (code, said) == (0, "unspun: 3 records, 2 paragraphs flagged, 0 could not be scored\n")
    assert [(row["source"], row["line"], row["text"], row["flagged"]) for row in rows(tmp_path / "out.jsonl")] == [
        ("a.html", 1, SPUN, True),
        ("a.html", 1, CLEAN, False),
        ("b.warc", 1, CLEAN, False),
        ("b.warc", 2, SPUN, True),
    ]


def test_standard_input_to_standard_output(source: Path, tmp_path: Path) -> None:
    scored(source, tmp_path / "out.jsonl")
    code, said = ended("-", tmp_path / "piped.jsonl", "--workers", "2", stdin=source.open("rb"))
    assert (code, said.count("\n")) == (0, 1)
    without = [{**row, "source": ""} for row in rows(tmp_path / "out.jsonl")]
    assert [{**row, "source": ""} for row in rows(tmp_path / "piped.jsonl")] == without


def test_output_to_a_pipe_comes_as_it_is_made(source: Path, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    sink = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", SimpleNamespace(buffer=sink))
    scored(source, "-")
    scored(source, tmp_path / "out.jsonl")
    assert sink.getvalue() == (tmp_path / "out.jsonl").read_bytes()


# --- what cannot be scored


def test_a_record_that_ends_its_worker_is_a_failure_and_the_others_are_scored(tmp_path: Path) -> None:
    count = 5 * BATCH_RECORDS
    texts = [DEADLY if n in (3, 20) else CLEAN for n in range(count)]
    (tmp_path / "in.jsonl").write_bytes(b"".join(line(text, id=n, outlet="a") for n, text in enumerate(texts)))
    code, said = ended(tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--workers", "2", "--keep", "outlet")
    assert code == 0
    assert f"{tmp_path / 'in.jsonl'}:4: The process that scored the record died" in said
    assert f"{count} records, 0 flagged, 2 could not be scored" in said
    found = rows(tmp_path / "out.jsonl")
    assert [row["line"] for row in found] == list(range(1, count + 1))
    assert [row["line"] for row in found if row["error"]] == [4, 21]
    assert (found[3]["error"]["code"], found[3]["id"], found[3]["outlet"]) == ("worker_died", 3, "a")


def test_workers_that_always_die_end_the_run(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(line(DEADLY) * 30)
    code, said = ended(tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--workers", "2")
    assert code == 2
    assert "The scoring processes end again and again, the last one with signal 9." in said
    assert not (tmp_path / "out.jsonl").exists()


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_text_on_which_scoring_fails_is_a_failure_alone(tmp_path: Path, workers: str) -> None:
    (tmp_path / "in.jsonl").write_bytes(line(CLEAN, id="a") + line(FAILING, id="b", n=1) + line(SPUN, id="c"))
    code, said = ended(tmp_path / "in.jsonl", tmp_path / "out.jsonl", "--workers", workers, "--keep", "n")
    assert code == 0
    first, failed, last = rows(tmp_path / "out.jsonl")
    assert (first["status"], last["flagged"]) == ("scored", True)
    assert (failed["id"], failed["n"], failed["error"]["code"]) == ("b", 1, "scoring_failed")
    assert "RuntimeError" in failed["error"]["message"]
    assert "library" not in said + json.dumps(failed)


def test_a_record_whose_row_cannot_be_written_is_a_failure_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: Path
) -> None:
    whole = rows_module.document_row

    def failing(document: Document) -> Json:
        if document.flagged and document.paragraphs == ():
            raise ValueError("social employees")
        return whole(document)

    monkeypatch.setattr(rows_module, "document_row", failing)
    tally, said = scored(source, tmp_path / "out.jsonl")
    found = rows(tmp_path / "out.jsonl")
    assert tally == Tally(50, 0, 33, 50)
    assert [row["id"] for row in found] == list(range(50))
    assert {row["error"]["code"] for row in found if row["id"] % 3} == {"scoring_failed"}
    assert {row["status"] for row in found if not row["id"] % 3} == {"scored"}
    assert "social" not in "".join(said)


def test_a_record_whose_kept_value_cannot_be_written_is_a_failure_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = rows_module._encoded

    def failing(value: Any) -> bytes:
        if value.get("n") == 2:
            raise TypeError
        return plain(value)

    monkeypatch.setattr(rows_module, "_encoded", failing)
    (tmp_path / "in.jsonl").write_bytes(b"".join(line(CLEAN, id=f"r{n}", n=n) for n in (1, 2, 3)))
    scored(tmp_path / "in.jsonl", tmp_path / "out.jsonl", Judging(Wanted(kept=("n",))))
    found = rows(tmp_path / "out.jsonl")
    assert [(row["id"], row["n"], row["status"]) for row in found] == [
        ("r1", 1, "scored"),
        ("r2", None, "error"),
        ("r3", 3, "scored"),
    ]


@pytest.mark.parametrize("unit", columns.UNITS)
def test_failures_can_be_counted_by_a_kept_column_of_its_own_type(unit: columns.Unit, tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    half = pa.array([b"good", b"\xff"], pa.binary()).view(pa.string())
    table = {"text": [CLEAN, None], "day": pa.array([17_000, 17_001], pa.date32()), "half": half}
    pq.write_table(pa.table(table), tmp_path / "in.parquet")
    scored(tmp_path / "in.parquet", tmp_path / "out.parquet", Judging(Wanted(kept=("day", "half", "text")), unit))
    found = pq.read_table(tmp_path / "out.parquet")
    assert found.schema.field("day").type == pa.date32()
    assert found["day"].to_pylist() == pa.array([17_000, 17_001], pa.date32()).to_pylist()
    assert found["id"].to_pylist() == ["0", "1"]
    assert (found["half"].to_pylist(), found["text"].to_pylist()) == (["good", None], [CLEAN, None])


def test_a_row_of_a_table_in_another_encoding_keeps_what_it_can(tmp_path: Path) -> None:
    (tmp_path / "in.csv").write_bytes(b"id,text,outlet\n7,caf\xe9,a\n8,good,b\n")
    scored(tmp_path / "in.csv", tmp_path / "out.jsonl", Judging(Wanted(kept=("outlet",))))
    first, second = rows(tmp_path / "out.jsonl")
    assert (first["id"], first["outlet"], first["error"]["code"]) == ("7", "a", "not_utf8")
    assert "iconv" in first["error"]["message"]
    assert (second["id"], second["outlet"], second["error"]) == ("8", "b", None)


def test_a_name_that_was_mistyped_is_told_at_the_end(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(line(CLEAN, outlet="a") + line(SPUN, day=None))
    judging = Judging(Wanted("txet", kept=("outlet", "outlts", "day")))
    for _ in range(2):  # when it is made, and when it is there already
        _, said = scored(tmp_path / "in.jsonl", tmp_path / "out.jsonl", judging)
        assert said[-2:] == [
            "none of the 2 records could be scored: is --text-field right?",
            "no record has a column 'outlts'",
        ]
    (tmp_path / "a.txt").write_bytes(b"\xff")
    _, said = scored(tmp_path / "a.txt", tmp_path / "out2.jsonl", Judging(Wanted(kept=("path", "text"))))
    assert said[1:] == ["none of the 1 records could be scored"]
    (tmp_path / "empty.jsonl").write_bytes(b"")
    assert scored(tmp_path / "empty.jsonl", tmp_path / "out3.jsonl", judging)[1] == []


@pytest.mark.parametrize("unit", columns.UNITS)
def test_what_is_counted_as_flagged_are_the_flagged_rows(unit: columns.Unit, tmp_path: Path) -> None:
    class Lenient(FakeScorer):
        """Flags no document."""

        def score(self, texts: str | Sequence[str], **options: Any) -> Result:
            result = super().score(texts, **options)
            return replace(result, documents=tuple(replace(one, flagged=False) for one in result.documents))

    (tmp_path / "in.jsonl").write_bytes(line(f"{SPUN}\n\n{CLEAN}\n\n{SPUN}") + line(CLEAN))
    output = tmp_path / "out.jsonl"
    tally = run(Request([str(tmp_path / "in.jsonl")], str(output), Judging(Wanted(), unit)), Lenient, lambda _: None)
    counts = json.loads((tmp_path / "out.jsonl.run.json").read_text())["counts"]
    assert tally.flagged == counts["flagged"] == sum(row["flagged"] for row in rows(output))
    assert tally.flagged == (0 if unit == "document" else 2)


def test_only_the_first_failures_are_named_and_all_are_rows(tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(b"nonsense\n" * 30 + line(SPUN))
    tally, said = scored(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert tally == Tally(31, 1, 30, 31)
    assert said[0].startswith(f"{tmp_path / 'in.jsonl'}:1: The line is not JSON")
    assert said[20:] == ["... and 10 more; every one is a row of status error"]


@pytest.mark.parametrize("workers", [1, 2])
def test_strict_stops_at_the_first(tmp_path: Path, workers: int) -> None:
    (tmp_path / "in.jsonl").write_bytes(line(CLEAN) * 600 + b"nonsense\n" + line(CLEAN) * 600)
    with pytest.raises(UnspunError, match=r"stopped at the first record .*in\.jsonl:601: The line is not JSON"):
        scored(tmp_path / "in.jsonl", tmp_path / "out.jsonl", strict=True, workers=workers)
    assert not (tmp_path / "out.jsonl").exists()
    tally, said = scored(tmp_path / "in.jsonl", tmp_path / "out.jsonl")
    assert tally.records == 1_201
    assert "going on after 512 records" in said[0]
    with pytest.raises(UnspunError, match="1 of the records could not be scored"):
        scored(tmp_path / "in.jsonl", tmp_path / "out.jsonl", strict=True)


@given(lines=st.lists(st.binary(max_size=30).map(lambda data: data.replace(b"\n", b" "))))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_bytes_give_one_row_for_one_line(lines: list[bytes], tmp_path: Path) -> None:
    (tmp_path / "in.jsonl").write_bytes(b"".join(raw + b"\n" for raw in lines))
    tally, _ = scored(tmp_path / "in.jsonl", tmp_path / "out.jsonl", restart=True)
    assert len(rows(tmp_path / "out.jsonl")) == tally.records == len(lines)


# --- what is refused


@pytest.mark.parametrize(
    ("output", "judging", "says"),
    [
        ("out.jsonl", Judging(Wanted(kept=("score",))), "the output has one of that name"),
        ("in.jsonl", Judging(Wanted()), "is one of the inputs"),
        ("nowhere/out.jsonl", Judging(Wanted()), "there is no folder"),
        (".", Judging(Wanted()), "is a folder"),
        ("out.jsonl.bz2", Judging(Wanted()), r"\.bz2 cannot be written"),
        ("out.csv.gz", Judging(Wanted()), "csv cannot be written"),
    ],
)
def test_what_cannot_come_to_a_good_end_is_refused(
    output: str, judging: Judging, says: str, source: Path, tmp_path: Path
) -> None:
    before = source.read_bytes()
    with pytest.raises(UnspunError, match=says):
        scored(source, tmp_path / output, judging)
    assert source.read_bytes() == before
    assert list(tmp_path.iterdir()) == [source]


def test_a_file_that_no_run_has_made_is_not_replaced(source: Path, tmp_path: Path) -> None:
    """As where the name of the output was forgotten, and that of the last input stands in its place."""
    (tmp_path / "more.jsonl").write_bytes(line(CLEAN))
    with pytest.raises(UnspunError, match="is there already, and no run has made it"):
        scored(source, tmp_path / "more.jsonl")
    assert (tmp_path / "more.jsonl").read_bytes() == line(CLEAN)


def test_an_output_in_the_folder_that_is_read_is_not_read(source: Path, tmp_path: Path) -> None:
    for _ in range(2):
        tally, said = scored(tmp_path, tmp_path / "out.jsonl")
        assert tally.records == 50
    assert "is finished already" in said[0]


def test_an_output_by_another_name_is_still_an_input(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").hardlink_to(source)
    with pytest.raises(UnspunError, match="is one of the inputs"):
        scored(source, tmp_path / "out.jsonl")


@pytest.mark.parametrize(("closed", "says"), [("stdin", "Standard input"), ("stdout", "Standard output")])
def test_a_closed_stream_is_named(closed: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, closed, None)
    with pytest.raises(UnspunError, match=f"{says} is closed"):
        scored("-", "-")


def test_no_output_has_an_empty_name(source: Path) -> None:
    with pytest.raises(UnspunError, match="is empty"):
        scored(source, "")


def test_an_output_that_is_a_link_to_itself_is_replaced(source: Path, tmp_path: Path) -> None:
    (tmp_path / "out.jsonl").symlink_to("out.jsonl")
    assert scored(source, tmp_path / "out.jsonl")[0].records == len(rows(tmp_path / "out.jsonl")) == 50


def test_parquet_to_a_pipe_is_refused(source: Path) -> None:
    with pytest.raises(UnspunError, match="to a file only"):
        scored(source, "-", output_format="parquet")


def test_parquet_without_pyarrow_names_the_extra(source: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(UnspunError, match=r"pip install 'unspun\[corpus\]'"):
        scored(source, tmp_path / "out.parquet")


def test_standard_input_together_with_files_is_refused(source: Path, tmp_path: Path) -> None:
    request = Request([str(source), "-"], str(tmp_path / "out.jsonl"), Judging(Wanted()))
    with pytest.raises(UnspunError, match="Standard input cannot be read together with files"):
        run(request, FakeScorer, lambda _: None)


# --- batches


def test_batches_are_bounded_in_bytes_and_in_number(tmp_path: Path) -> None:
    scorer = FakeScorer()
    (tmp_path / "in.jsonl").write_bytes(line(CLEAN) * 1_000 + line("x " * 200_000) * 3)
    request = Request([str(tmp_path / "in.jsonl")], str(tmp_path / "out.jsonl"), Judging(Wanted()))
    run(request, lambda: scorer, lambda _: None)
    assert sum(scorer.calls) == 1_003
    assert max(scorer.calls) <= 256
    assert scorer.calls[-2:] == [1, 1]


@given(
    sizes=st.lists(st.lists(st.sampled_from([10, 1_000, BATCH_BYTES // 2, BATCH_BYTES + 1]), max_size=6), max_size=5),
    data=st.data(),
)
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_batches_from_where_one_ended_are_the_ones_that_follow(
    sizes: list[list[int]], data: st.DataObject, tmp_path: Path
) -> None:
    sources = []
    for number, own in enumerate(sizes):
        path = tmp_path / f"{number}.jsonl"
        path.write_bytes(b"".join(b"x" * size + b"\n" for size in own))
        sources.append(Source(path.name, path, "jsonl"))
    whole = list(batches.batches(sources, Wanted()))
    assert sum(len(batch.items) for batch in whole) == sum(map(len, sizes))
    done = data.draw(st.integers(0, len(whole)))
    start: Place = whole[done - 1].end if done else BEGINNING
    assert list(batches.batches(sources, Wanted(), start)) == whole[done:]
