"""Every format gives the same texts; what is damaged is named in its place, and every good record is still read."""

from __future__ import annotations

import csv
import gzip
import io
import os
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from corpus.damage import PACKED, PLAIN, archive, failures, html, line, read, texts, zstd
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from detector.corpus.compressed import opened
from detector.corpus.inputs import Source, sources
from detector.corpus.lines import MAX_LINE_BYTES
from detector.corpus.reading import check, records
from detector.corpus.records import Wanted
from detector.corpus.tables import kept_types
from detector.errors import InputError
from detector.results import Failure

TEXTS = [
    "One text.\n\nIts second paragraph, with “quotes”, a comma and a tab\tin it.",
    'Another; "quoted" words.',
    "",
    "The third.",
]
pa = pytest.importorskip("pyarrow")
pq = pytest.importorskip("pyarrow.parquet")


def table(rows: list[str], delimiter: str = ",") -> bytes:
    sink = io.StringIO()
    csv.writer(sink, delimiter=delimiter).writerows(
        [["id", "text", "more"], *([f"n{i}", t, "m"] for i, t in enumerate(rows))]
    )
    return sink.getvalue().encode()


def written(folder: Path, kind: str, rows: list[str]) -> Path:
    """A file of a kind that holds the texts."""
    path = folder / f"all.{kind}"
    match kind:
        case "jsonl":
            path.write_bytes(b"".join(line(text, id=f"n{i}", more="m") for i, text in enumerate(rows)))
        case "csv" | "tsv":
            path.write_bytes(table(rows, "\t" if kind == "tsv" else ","))
        case _:
            columns = {"id": [f"n{i}" for i in range(len(rows))], "text": rows, "more": ["m"] * len(rows)}
            pq.write_table(pa.table(columns), path, row_group_size=2)
    return path


@pytest.mark.parametrize("kind", ["jsonl", "csv", "tsv", "parquet"])
def test_every_format_gives_the_same_records(kind: str, tmp_path: Path) -> None:
    found = read(written(tmp_path, kind, TEXTS), wanted=Wanted(kept=("more",)))
    assert [(r.id, r.line, r.text, r.kept) for r in found] == [  # type: ignore[union-attr]
        (f"n{i}", i + 1, text, {"more": "m"}) for i, text in enumerate(TEXTS)
    ]


@given(st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20), max_size=8))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_texts_come_back_from_every_format(tmp_path: Path, rows: list[str]) -> None:
    for kind in ("jsonl", "csv", "tsv", "parquet"):
        assert texts(read(written(tmp_path, kind, rows))) == rows


@given(st.lists(st.binary(max_size=40), max_size=6))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_bytes_give_records_or_failures_numbered_in_order(tmp_path: Path, pieces: list[bytes]) -> None:
    for kind, start in (("jsonl", b""), ("csv", b"text,b\n"), ("tsv", b"text\tb\n"), ("txt", b""), ("warc", b"")):
        path = tmp_path / f"any.{kind}"
        path.write_bytes(start + b"\n".join(pieces))
        assert [entry.line for entry in read(path)] == [n + 1 for n in range(len(read(path)))]


@pytest.mark.parametrize("suffix", PACKED)
@pytest.mark.parametrize("kind", ["jsonl", "csv", "txt", "html", "warc"])
def test_each_compression_of_each_kind(kind: str, suffix: str, tmp_path: Path) -> None:
    page = html(TEXTS[1] + " And a sentence to make it long enough for a page.").encode()
    data = {
        "jsonl": b"".join(map(line, TEXTS)),
        "csv": table(TEXTS),
        "txt": TEXTS[0].encode(),
        "html": page,
        "warc": b"".join(archive([{"body": page}] * 3)),
    }[kind]
    plain, packed = tmp_path / f"a.{kind}", tmp_path / f"b.{kind}{suffix}"
    plain.write_bytes(data)
    packed.write_bytes(PACKED[suffix](data))
    assert texts(read(packed)) == texts(read(plain)) != []
    assert failures(read(packed)) == []


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".bz2", ".zst"])
def test_members_one_after_the_other_are_one_file(suffix: str, tmp_path: Path) -> None:
    path = tmp_path / f"a.jsonl{suffix}"
    path.write_bytes(b"".join(PACKED[suffix](line(text)) for text in TEXTS))
    assert texts(read(path)) == TEXTS


@pytest.mark.parametrize("suffix", [".gz", ".xz", ".bz2", ".zst"])
@pytest.mark.parametrize("harm", ["cut", "changed", "followed"])
def test_a_damaged_stream_fails_once_after_its_last_good_record_and_the_next_file_is_read(
    suffix: str, harm: str, tmp_path: Path
) -> None:
    lines = [line(os.urandom(300).hex()) for _ in range(3_000)]
    good = PACKED[suffix](b"".join(lines))
    half = len(good) // 2
    (tmp_path / f"a.jsonl{suffix}").write_bytes(
        {"cut": good[:half], "changed": good[:half] + b"\0" * 400 + good[half + 400 :], "followed": good + b"junk"}[
            harm
        ]
    )
    (tmp_path / "b.jsonl").write_bytes(line("next"))
    found = read(tmp_path)
    ((number, code),) = failures(found)[-1:]
    assert texts(found)[-1] == "next"
    assert number == len(found) - 1
    assert code == "damaged_file"
    if harm == "followed":
        assert len(texts(found)) == len(lines) + 1
    elif suffix != ".bz2" or harm == "changed":
        assert len(texts(found)) > 1


def test_a_file_that_is_gone_fails_and_the_next_is_read(tmp_path: Path) -> None:
    for name in ("a.jsonl", "b.parquet", "c.txt", "d.jsonl"):
        (tmp_path / name).write_bytes(line("x"))
    pq.write_table(pa.table({"text": ["x"]}), tmp_path / "b.parquet")
    found = sources([str(tmp_path)])
    for name in ("a.jsonl", "b.parquet", "c.txt"):
        (tmp_path / name).unlink()
    raws = [list(records(source, Wanted())) for source in found]
    assert [raw.failure.code for (raw,) in raws[:3] if raw.failure] == ["unreadable"] * 3
    assert raws[3][0].data == line("x").rstrip()


# Rows of a table of the columns id, text and more, and what each is found to be.
CSV_DAMAGE: dict[str, tuple[bytes, list[tuple[int, str]]]] = {
    "a field too few": (b"7,confidential\n", [(2, "wrong_number_of_fields")]),
    "a field too many": (b"7,confidential,m,m\n", [(2, "wrong_number_of_fields")]),
    "not UTF-8": (b"7,confidential \xe9,m\n", [(2, "not_utf8")]),
    "NUL bytes": (b"7,confiden\0tial,m\n", [(2, "not_text")]),
    "a quotation mark that is not closed": (b'7,"confidential,m\n', [(2, "not_a_row")]),
    "one that is not doubled": (b'7,"confi"dential",m\n', [(2, "not_a_row")]),
    "a very long line": (b"7," + b"x" * (MAX_LINE_BYTES + 10) + b",m\n", [(2, "line_too_large")]),
    "a blank line": (b"\n", []),
}


@pytest.mark.parametrize("end", ["in the middle", "at the end"])
@pytest.mark.parametrize("harm", CSV_DAMAGE)
def test_a_bad_row_of_a_table_is_named_and_the_others_are_read(harm: str, end: str, tmp_path: Path) -> None:
    bad, wanted = CSV_DAMAGE[harm]
    after = b"" if end == "at the end" else b'8,"good ""too"", yes",m\n\n9,and this,m\n'
    (tmp_path / "a.csv").write_bytes(b"id,text,more\n1,good,m\n" + bad + after)
    found = read(tmp_path / "a.csv")
    assert failures(found) == wanted
    assert texts(found) == (["good", 'good "too", yes', "and this"] if after else ["good"])
    assert [entry.line for entry in found] == list(range(1, len(found) + 1))


def test_quotation_marks_in_tables_with_tabs_may_stand_for_themselves(tmp_path: Path) -> None:
    (tmp_path / "a.tsv").write_bytes(b'id\ttext\n1\t"Yes," he said.\n2\t5" wide\n3\t"a\ttab"\n4\t"left open\n')
    assert texts(read(tmp_path / "a.tsv")) == ['"Yes," he said.', '5" wide', "a\ttab", '"left open']


@pytest.mark.parametrize("ends", ["\n", "\r\n", "\r"])
def test_line_ends_and_a_byte_order_mark_of_tables(ends: str, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"\xef\xbb\xbf" + ends.join(["text,id", "a,1", "b,2"]).encode())
    assert [(r.id, r.text) for r in read(tmp_path / "a.csv")] == [("1", "a"), ("2", "b")]  # type: ignore[union-attr]


def test_tables_may_have_semicolons(tmp_path: Path) -> None:
    data = table(TEXTS, ";")
    (tmp_path / "a.csv").write_bytes(data)
    check(Source("a.csv", tmp_path / "a.csv", "csv"), Wanted())
    assert texts(read(tmp_path / "a.csv")) == TEXTS


def parquet_of(folder: Path, count: int = 400, group: int = 100, **options: Any) -> tuple[Path, list[str]]:
    rows = [f"text {i} " + os.urandom(40).hex() for i in range(count)]
    path = folder / "a.parquet"
    numbers = list(range(count))
    pq.write_table(pa.table({"id": numbers, "text": rows, "n": numbers}), path, row_group_size=group, **options)
    return path, rows


@pytest.mark.parametrize("harm", ["zeros", "flipped"])
def test_a_damaged_row_group_loses_its_own_rows_alone_and_each_is_named(harm: str, tmp_path: Path) -> None:
    path, rows = parquet_of(
        tmp_path, use_dictionary=False, write_page_checksum=True, data_page_size=1_000, write_batch_size=10
    )
    column = pq.ParquetFile(path).metadata.row_group(1).column(1)
    data = bytearray(path.read_bytes())
    middle = column.data_page_offset + column.total_compressed_size // 2
    data[middle : middle + 50] = bytes(50) if harm == "zeros" else bytes(b ^ 255 for b in data[middle : middle + 50])
    path.write_bytes(data)
    found = read(path)
    lost = [entry.line for entry in found if isinstance(entry, Failure)]
    assert len(found) == 400
    assert set(failures(found)) == {(n, "damaged_file") for n in lost}
    assert texts(found) == [text for n, text in enumerate(rows, 1) if n not in lost]
    assert lost == list(range(lost[0], 201))
    assert 101 < lost[0] <= 160, "the pages before the damaged one are read"


def test_a_string_of_parquet_that_is_not_utf8_fails_alone(tmp_path: Path) -> None:
    column = pa.array([b"good", b"\xff\xfe", b"too"], pa.binary()).view(pa.string())
    pq.write_table(pa.table({"text": column}), tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet")
    assert texts(found) == ["good", "too"]
    assert failures(found) == [(2, "not_utf8")]


@pytest.mark.parametrize(
    ("kind", "beyond"),
    [
        (pa.timestamp("us"), 2**62),
        (pa.timestamp("ms", "UTC"), -(2**50)),
        (pa.date32(), 2**30),
        (pa.duration("s"), 2**62),
    ],
)
def test_a_kept_time_that_python_has_not_fails_alone(kind: Any, beyond: int, tmp_path: Path) -> None:
    column = pa.array([1, beyond, None], kind)
    pq.write_table(pa.table({"text": ["a", "b", "c"], "when": column}), tmp_path / "a.parquet")
    found = read(tmp_path / "a.parquet", wanted=Wanted(kept=("when",)))
    assert texts(found) == ["a", "c"]
    assert failures(found) == [(2, "out_of_range")]


def test_kept_columns_of_parquet_keep_their_types(tmp_path: Path) -> None:
    import datetime
    import decimal

    when = datetime.datetime(2022, 3, 4, 5, 6, 7, 8)
    kept: dict[str, Any] = {
        "when": pa.array([when], pa.timestamp("ns")),
        "price": pa.array([decimal.Decimal("1.50")]),
        "raw": pa.array([b"\xff"]),
        "outlet": pa.array(["x"]).dictionary_encode(),
        "tags": pa.array([["a", "b"]]),
        "about": pa.array([{"a": 1, "b": None}]),
        "none": pa.array([None], pa.int32()),
    }
    path = tmp_path / "a.parquet"
    pq.write_table(pa.table({"text": ["x"], **kept}), path)
    wanted = Wanted(kept=tuple(kept))
    (found,) = read(path, wanted=wanted)
    assert found.kept == {  # type: ignore[union-attr]
        "when": when,
        "price": decimal.Decimal("1.50"),
        "raw": b"\xff",
        "outlet": "x",
        "tags": ["a", "b"],
        "about": {"a": 1, "b": None},
        "none": None,
    }
    types = kept_types(sources([str(path)]), wanted)
    assert types["when"] == pa.timestamp("us")
    assert types["outlet"] == pa.string()
    assert {name: str(types[name]) for name in ("price", "raw", "none")} == {
        "price": "decimal128(3, 2)",
        "raw": "binary",
        "none": "int32",
    }
    for name, value in found.kept.items():  # type: ignore[union-attr]
        assert pa.array([value], types[name]).to_pylist() == [value]
    (tmp_path / "b.jsonl").write_bytes(line("x"))
    assert set(kept_types(sources([str(tmp_path)]), wanted).values()) == {pa.string()}


@pytest.mark.parametrize("packed", [False, True])
def test_an_archive_gives_its_pages_and_nothing_else(packed: bool, tmp_path: Path) -> None:
    body = html("A page with a sentence in it that is long enough to be one.\n\nAnd its second paragraph.").encode()
    pages = [
        {"body": body, "url": "http://example.org/a"},
        {"body": body, "kind": "request"},
        {"body": body, "status": "404 Not Found"},
        {"body": b"\x89PNG", "type": "image/png"},
        {"body": body, "kind": "resource"},
        {"body": b"Plain words.", "kind": "conversion", "type": "text/plain"},
        {"body": gzip.compress(body), "headers": [("Content-Encoding", "gzip")]},
        {
            "body": b"a\r\nPlain word\r\n2\r\ns.\r\n0\r\n\r\n",
            "type": "text/plain",
            "headers": [("Transfer-Encoding", "chunked")],
        },
        {"body": "Caf\xe9 \x93ok\x94".encode("latin-1"), "type": "text/plain; charset=ISO-8859-1"},
    ]
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    path.write_bytes(b"".join(archive(pages, packed)))
    found = read(path, wanted=Wanted(kept=("path", "url", "date", "content_type")))
    text = "A page with a sentence in it that is long enough to be one.\n\nAnd its second paragraph."
    assert texts(found) == [text, text, "Plain words.", text, "Plain words.", "Café “ok”"]
    assert (found[0].id, [entry.line for entry in found]) == ("http://example.org/a", [1, 2, 3, 4, 5, 6])
    assert found[0].kept == {  # type: ignore[union-attr]
        "path": str(path),
        "url": "http://example.org/a",
        "date": "2022-03-04T05:06:07Z",
        "content_type": "text/html; charset=utf-8",
    }


def _length(record: bytes, by: int) -> bytes:
    """A record that says that it is so many bytes longer than it is."""
    head, rest = record.split(b"\r\nContent-Length: ", 1)
    length, rest = rest.split(b"\r\n", 1)
    return b"%s\r\nContent-Length: %d\r\n%s" % (head, int(length) + by, rest)


WARC_DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda r: r[: len(r) // 2],
    "too long a length": lambda r: _length(r, 1_500),
    "too short a length": lambda r: _length(r, -20),
    "no length": lambda r: r.replace(b"Content-Length: ", b"X: ", 1),
    "a length that is no number": lambda r: r.replace(b"Content-Length: ", b"Content-Length: x", 1),
    "no first line": lambda r: r.split(b"\r\n", 1)[1],
    "zeros in place of it": lambda r: bytes(len(r)),
}
PACKED_DAMAGE: dict[str, Callable[[bytes], bytes]] = {
    "cut short": lambda r: r[: len(r) // 2],
    "changed": lambda r: r[: len(r) // 2] + b"\0\0\0\0\0\0" + r[len(r) // 2 + 6 :],
    "a wrong checksum": lambda r: r[:-6] + bytes([r[-6] ^ 1]) + r[-5:],
    "no magic": lambda r: b"\0\1" + r[2:],
    "zeros in place of it": lambda r: bytes(len(r)),
    "a wrong length inside": lambda r: gzip.compress(_length(gzip.decompress(r), 1_500)),
}


@pytest.mark.parametrize("place", [2, 4])
@pytest.mark.parametrize(
    ("packed", "harm"), [*((False, harm) for harm in WARC_DAMAGE), *((True, harm) for harm in PACKED_DAMAGE)]
)
def test_a_damaged_record_of_an_archive_is_named_and_the_others_are_read(
    packed: bool, harm: str, place: int, tmp_path: Path
) -> None:
    pages = archive([{"body": f"Page {i}. ".encode() * 50, "type": "text/plain"} for i in range(5)], packed)
    pages[place] = (PACKED_DAMAGE if packed else WARC_DAMAGE)[harm](pages[place])
    path = tmp_path / ("a.warc.gz" if packed else "a.warc")
    path.write_bytes(b"".join(pages))
    found = read(path)
    assert texts(found) == [f"Page {i}. " * 50 for i in range(5) if i != place]
    if harm.startswith("zeros") and packed and place == 4:
        assert len(failures(found)) <= 1
    else:
        assert failures(found) == [(place + 1, "damaged_record")]


def test_a_page_over_the_limit_is_named_and_a_film_is_not(tmp_path: Path) -> None:
    large = b"x" * 10_200_000
    path = tmp_path / "a.warc"
    path.write_bytes(
        b"".join(
            archive([{"body": large}, {"body": large, "type": "video/mp4"}, {"body": b"ok", "type": "text/plain"}])
        )
    )
    found = read(path)
    assert failures(found) == [(1, "page_too_large")]
    assert (found[0].id, texts(found)) == ("http://example.org/0", ["ok"])


def test_folders_of_texts_and_pages(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "a.txt").write_text(TEXTS[0], "utf-8")
    (tmp_path / "b.txt").write_bytes(b"caf\xe9")
    (tmp_path / "c.txt").write_bytes(b"x" * 10_000_001)
    (tmp_path / "deep" / "d.html").write_text(
        html("A page with a sentence that is long enough to be its main text."), "utf-8"
    )
    (tmp_path / "e.html").write_text("<html><body></body></html>")
    found = read(tmp_path, wanted=Wanted(kept=("path", "text")))
    assert [(e.id, getattr(e, "code", None)) for e in found] == [
        ("a.txt", None),
        ("b.txt", "not_utf8"),
        ("c.txt", "text_too_large"),
        ("deep/d.html", None),
        ("e.html", "no_text"),
    ]
    assert found[0].kept == {"path": "a.txt", "text": TEXTS[0]}  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("name", "data", "wanted", "code"),
    [
        ("a.csv", b"id,words\n1,x\n", Wanted(), "missing_column"),
        ("a.csv", b"id,text\n1,x\n", Wanted(kept=("outlet",)), "missing_column"),
        ("a.csv", b"id,text\n1,x\n", Wanted(id="url"), "missing_column"),
        ("a.tsv", b"", Wanted(), "no_header"),
        ("a.csv", b'"never closed', Wanted(), "no_header"),
        ("a.csv.gz", b"junk", Wanted(), "unreadable"),
        ("a.parquet", b"junk", Wanted(), "not_parquet"),
        ("a.parquet", pa.table({"words": ["x"]}), Wanted(), "missing_column"),
        ("a.parquet", pa.table({"body": ["x"]}), Wanted(kept=("n",)), "missing_column"),
        ("a.txt", b"x", Wanted(kept=("url",)), "missing_column"),
        ("a.warc", b"", Wanted(kept=("title",)), "missing_column"),
        ("gone.jsonl", None, Wanted(), "unreadable"),
        ("a.csv", b"text,text\nx,y\n", Wanted(), "ambiguous_column"),
        ("a.parquet", pa.table([["x"], [1], [2]], ["text", "n", "n"]), Wanted(kept=("n",)), "ambiguous_column"),
        ("a.json", b'\xef\xbb\xbf[{"text": "x"}]', Wanted(), "not_json_lines"),
        ("a.json.gz", gzip.compress(b'{\n  "text": "x"\n}\n', mtime=0), Wanted(), "not_json_lines"),
    ],
)
def test_what_would_fail_every_record_is_an_error_at_once(
    name: str, data: Any, wanted: Wanted, code: str, tmp_path: Path
) -> None:
    path = tmp_path / name
    if isinstance(data, bytes):
        path.write_bytes(data)
    elif data is not None:
        pq.write_table(data, path)
    kind = {"csv": "csv", "tsv": "tsv", "txt": "txt", "warc": "warc", "parquet": "parquet"}.get(
        name.split(".")[1], "jsonl"
    )
    with pytest.raises(InputError, match=name) as error:
        check(Source(name, path, kind), wanted)  # type: ignore[arg-type]
    assert error.value.code == code


@pytest.mark.parametrize("kind", ["jsonl", "csv", "tsv", "parquet"])
def test_what_is_well_passes_the_check(kind: str, tmp_path: Path) -> None:
    check(Source("x", written(tmp_path, kind, TEXTS), kind), Wanted(id="id", kept=("more", "text")))  # type: ignore[arg-type]


def test_standard_input_is_read_and_left_open(monkeypatch: pytest.MonkeyPatch) -> None:
    for kind, data in (("jsonl", line("x")), ("csv", b"text\nx\n"), ("txt", b"x"), ("warc", b"")):
        stream = io.BytesIO(data)
        monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BufferedReader(stream)))  # type: ignore[arg-type]
        found = list(records(Source("-", None, kind), Wanted()))  # type: ignore[arg-type]
        assert len(found) == (kind != "warc")
        assert not stream.closed


def peak(path: Path, wanted: Wanted = PLAIN) -> int:
    """Bytes of Python's memory that reading a file takes at most."""
    (source,) = sources([str(path)])
    tracemalloc.start()
    for _ in records(source, wanted):
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


@pytest.mark.parametrize("name", ["a.jsonl", "a.jsonl.gz", "a.jsonl.zst", "a.csv", "a.warc.gz", "a.warc"])
def test_memory_does_not_grow_with_the_file(name: str, tmp_path: Path) -> None:
    kind = name.split(".")[1]
    with io.BytesIO() as sink:
        sink.write(b"id,text,more\n" if kind == "csv" else b"")
        for _ in range(2_000):
            text = os.urandom(5_000).hex()
            one = (
                archive([{"body": text.encode()}])[0]
                if kind == "warc"
                else line(text)
                if kind == "jsonl"
                else f"1,{text},m\n".encode()
            )
            sink.write(gzip.compress(one, 1) if name == "a.warc.gz" else one)
        data = sink.getvalue()
    path = tmp_path / name
    path.write_bytes(data if kind == "warc" else PACKED[path.suffix if path.suffix in PACKED else ""](data))
    del data
    assert peak(path) < 5_000_000


def test_memory_of_parquet_does_not_grow_with_a_row_group(tmp_path: Path) -> None:
    path = tmp_path / "a.parquet"
    rows = [os.urandom(5_000).hex() for _ in range(6_000)]
    pq.write_table(pa.table({"text": rows}), path, row_group_size=6_000)
    del rows
    before = pa.total_allocated_bytes()
    (source,) = sources([str(path)])
    most = 0
    for _ in records(source, Wanted()):
        most = max(most, pa.total_allocated_bytes() - before)
    assert most < 25_000_000 < path.stat().st_size


def test_a_line_without_an_end_is_named_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl.zst"
    path.write_bytes(zstd(b"x" * 200_000_000) + zstd(b"\n" + line("good")))
    assert peak(path) < 5 * MAX_LINE_BYTES
    found = read(path)
    assert (failures(found), texts(found)) == ([(1, "line_too_large")], ["good"])


def test_opening_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        opened(tmp_path / "gone.gz")
