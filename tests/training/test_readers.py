"""Every format gives the same documents, and what is broken is counted, not fatal."""

from __future__ import annotations

import bz2
import csv
import gzip
import json
import lzma
import re
from collections.abc import Callable
from pathlib import Path

import nltk.corpus
import pytest

from detector.training.readers import CorpusError, SourceDocument, read

TEXTS = ["One text.\n\nIts second paragraph, with “quotes”.", "Another, with a comma\tand a tab."]
WANTED = [SourceDocument(str(i), "news", "unknown", text) for i, text in enumerate(TEXTS)]


def lines() -> bytes:
    return "".join(json.dumps({"id": i, "text": text}) + "\n" for i, text in enumerate(TEXTS)).encode()


def _zstd(data: bytes) -> bytes:
    zstandard = pytest.importorskip("zstandard")
    packed: bytes = zstandard.ZstdCompressor().compress(data)
    return packed


@pytest.mark.parametrize(
    ("suffix", "pack"),
    [("", bytes), (".xz", lzma.compress), (".gz", gzip.compress), (".bz2", bz2.compress), (".zst", _zstd)],
)
def test_json_lines(suffix: str, pack: Callable[[bytes], bytes], tmp_path: Path) -> None:
    path = tmp_path / f"news.jsonl{suffix}"
    path.write_bytes(pack(lines()))
    assert list(read(path)) == WANTED


@pytest.mark.parametrize(("suffix", "delimiter"), [("csv", ","), ("tsv", "\t")])
def test_tables(suffix: str, delimiter: str, tmp_path: Path) -> None:
    path = tmp_path / f"news.{suffix}"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=delimiter).writerows(
            [["id", "when", "text"], *([i, "-", t] for i, t in enumerate(TEXTS))]
        )
    assert list(read(path)) == WANTED


def test_parquet(tmp_path: Path) -> None:
    pyarrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"id": [0, 1], "text": TEXTS, "other": [1.0, 2.0]}), tmp_path / "news.parquet")
    assert list(read(tmp_path / "news.parquet")) == WANTED


def test_a_folder_of_texts(tmp_path: Path) -> None:
    (tmp_path / "deep").mkdir()
    (tmp_path / "b.txt").write_text(TEXTS[0], encoding="utf-8")
    (tmp_path / "deep" / "a.txt").write_text(TEXTS[1], encoding="utf-8")
    (tmp_path / "picture.png").write_bytes(b"\x89PNG")
    found = list(read(tmp_path))
    assert [(document.id, document.text) for document in found] == [("b.txt", TEXTS[0]), ("deep/a.txt", TEXTS[1])]
    assert {document.source for document in found} == {tmp_path.name}


def test_a_folder_with_a_table_of_sources(tmp_path: Path) -> None:
    (tmp_path / "SOURCES.tsv").write_text(
        "file\tregister\tlicence\nb.jsonl\tnews\tCC0\na.jsonl\tfiction\tCC0\n", "utf-8"
    )
    for name in "abc":
        (tmp_path / f"{name}.jsonl").write_text(json.dumps({"id": name, "text": name}) + "\n", "utf-8")
    assert [(d.source, d.register) for d in read(tmp_path)] == [("b", "news"), ("a", "fiction")]


def test_lines_without_an_id_are_numbered_and_other_names_of_the_text_are_known(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"content": "one"}\n\n{"body": "two"}\n', "utf-8")
    assert [(d.id, d.text) for d in read(tmp_path / "x.jsonl")] == [("1", "one"), ("3", "two")]


def test_bad_lines_are_counted(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "x.jsonl").write_bytes(b'{"text": "one"}\nnot json\n{"text": 7}\n[1]\n\xff\xfe\n{"text": "two"}\n')
    assert [d.text for d in read(tmp_path / "x.jsonl")] == ["one", "two"]
    assert capsys.readouterr().err == "x.jsonl: 4 left out; first: line 2 is not JSON\n"


def test_a_cut_file_is_read_as_far_as_it_goes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    many = b"".join(json.dumps({"id": i, "text": str(i) * 50}).encode() + b"\n" for i in range(5000))
    (tmp_path / "x.jsonl.gz").write_bytes(gzip.compress(many)[:-2000])
    assert len(list(read(tmp_path / "x.jsonl.gz"))) > 10
    assert "cannot be read to its end" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("gone.jsonl", None, "gone.jsonl does not exist"),
        ("x.docx", b"PK", "of no kind that is read"),
        ("x.csv", b"id,words\n1,two\n", "no column named text"),
        ("x.parquet", b"not parquet", "not a Parquet file"),
    ],
)
def test_what_cannot_be_read_at_all(name: str, content: bytes | None, message: str, tmp_path: Path) -> None:
    if name.endswith("parquet"):
        pytest.importorskip("pyarrow")
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(CorpusError, match=re.escape(message)):
        list(read(tmp_path / name))


def test_an_empty_folder(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="holds no file"):
        list(read(tmp_path))


def test_nltk_data_that_is_missing_is_named_with_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def fileids(self) -> list[str]:
            raise LookupError

    monkeypatch.setattr(nltk.corpus, "brown", Missing(), raising=False)
    with pytest.raises(CorpusError, match="python -m nltk.downloader brown"):
        list(read("nltk:brown"))


def test_an_nltk_corpus_that_does_not_exist() -> None:
    with pytest.raises(CorpusError, match="no corpus named nonsense"):
        list(read("nltk:nonsense"))


def test_an_nltk_corpus_through_its_own_loader(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from nltk.corpus.reader import CategorizedTaggedCorpusReader

    (tmp_path / "ca01").write_text("The/at jury/nn said/vbd ,/, ``/`` No/rb ''/'' ./.\n\nIt/pps met/vbd ./.\n", "utf-8")
    monkeypatch.setattr(nltk.data, "path", [*nltk.data.path, str(tmp_path)])
    reader = CategorizedTaggedCorpusReader(str(tmp_path), ["ca01"], cat_map={"ca01": ["news"]})
    monkeypatch.setattr(nltk.corpus, "brown", reader, raising=False)
    assert list(read("nltk:brown")) == [SourceDocument("ca01", "nltk_brown", "news", "The jury said, “No”.\n\nIt met.")]
