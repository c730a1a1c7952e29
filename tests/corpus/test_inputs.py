"""What arguments name: files, folders, patterns, standard input."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest

from detector.corpus.inputs import KINDS, kind_of, sources
from detector.corpus.records import Kind
from detector.errors import InputError


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("a.jsonl", "jsonl"),
        ("a.ndjson.gz", "jsonl"),
        ("a.b.json.xz", "jsonl"),
        ("A.JSONL.GZ", "jsonl"),
        ("a.csv.zst", "csv"),
        ("a.tsv.bz2", "tsv"),
        ("a.parquet", "parquet"),
        ("a.parquet.gz", None),
        ("a.txt", "txt"),
        ("a.htm", "html"),
        ("a.html.gz", "html"),
        ("CC-MAIN-2022.warc.gz", "warc"),
        ("CC-MAIN-2022.warc.wet.gz", "warc"),
        ("a.warc.zst", "warc"),
        ("a.gz", None),
        ("a.docx", None),
        ("jsonl", None),
    ],
)
def test_the_end_of_a_name_says_the_kind(name: str, kind: Kind | None) -> None:
    assert kind_of(Path(name)) == kind


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("b.txt", "a.jsonl", "deep/er/c.csv", "deep/a.txt", ".hidden.txt", ".git/x.txt", "deep/picture.png"):
        path = tmp_path / "news" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    return tmp_path / "news"


def names(*arguments: Path | str, kind: Kind | None = None) -> list[str]:
    return [source.name for source in sources([str(argument) for argument in arguments], kind)]


def test_a_folder_is_read_with_its_subfolders_in_order(folder: Path) -> None:
    assert names(folder) == ["a.jsonl", "b.txt", "deep/a.txt", "deep/er/c.csv"]


@pytest.mark.parametrize(
    ("pattern", "found"),
    [
        ("*.txt", ["b.txt"]),
        ("**/*.txt", ["b.txt", "deep/a.txt"]),
        ("**", ["a.jsonl", "b.txt", "deep/a.txt", "deep/er/c.csv"]),
        ("*", ["a.jsonl", "b.txt", "deep/a.txt", "deep/er/c.csv"]),
        ("d*/[a-c].txt", ["deep/a.txt"]),
        ("deep/?.txt", ["a.txt"]),
    ],
)
def test_a_quoted_pattern_is_expanded(pattern: str, found: list[str], folder: Path) -> None:
    root = folder / pattern
    assert names(root) == found or names(root) == [Path(name).name for name in found]


def test_a_file_is_called_as_it_was_given(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    assert names("deep/a.txt", "./b.txt", "-") == ["deep/a.txt", "b.txt", "-"]


def test_a_file_that_is_named_twice_is_read_once(folder: Path) -> None:
    assert len(names(folder / "b.txt", folder, folder / "*.txt", "-", "-")) == 5


def test_two_files_of_one_name_are_called_by_their_paths(folder: Path) -> None:
    assert names(folder / "*.txt", folder / "deep/er", folder / "deep") == ["b.txt", "c.csv", "a.txt"]
    other = folder.parent / "other"
    other.mkdir()
    (other / "b.txt").write_text("x")
    assert names(folder, other) == [
        "a.jsonl",
        str(folder / "b.txt"),
        "deep/a.txt",
        "deep/er/c.csv",
        str(other / "b.txt"),
    ]


def test_a_name_with_a_wildcard_in_it_is_a_name_first(tmp_path: Path) -> None:
    (tmp_path / "a[1].txt").write_text("x")
    (tmp_path / "a1.txt").write_text("x")
    assert names(tmp_path / "a[1].txt") == [(tmp_path / "a[1].txt").as_posix()]


def test_the_kind_can_be_said(folder: Path) -> None:
    assert {source.kind for source in sources([str(folder), "-"], "txt")} == {"txt"}
    assert "deep/picture.png" in names(folder, kind="txt")
    assert [source.kind for source in sources(["-"])] == ["jsonl"]
    assert set(KINDS) == {"jsonl", "csv", "tsv", "parquet", "txt", "html", "warc"}


def test_the_output_and_manifests_are_found_by_no_folder_or_pattern(folder: Path) -> None:
    for name in ("out.jsonl", "out.jsonl.run.json"):
        (folder / name).write_text("{}")
    for argument in (folder, folder / "*.json*"):
        assert "out.jsonl" not in [found.name for found in sources([str(argument)], None, folder / "out.jsonl")]
    assert [name for name in names(folder) if name.startswith("out")] == ["out.jsonl"]


def test_a_name_that_is_no_text_is_shown_as_one(tmp_path: Path) -> None:
    path = os.fsencode(tmp_path) + b"/\xff.txt"
    Path(os.fsdecode(path)).write_text("x")
    assert names(tmp_path) == ["\ufffd.txt"]


@pytest.mark.parametrize(
    ("argument", "kind", "code", "message"),
    [
        ("gone.txt", None, "not_found", "gone.txt"),
        ("empty", None, "nothing_to_read", "empty"),
        ("*.parquet", None, "nothing_to_read", "*.parquet"),
        ("page.docx", None, "unknown_kind", "--input-kind"),
        ("t.parquet.gz", None, "unknown_kind", "t.parquet.gz"),
        ("-", "parquet", "unreadable", "standard input"),
        ("", None, "not_found", "is empty"),
        ("pipe.jsonl", None, "unreadable", "send it through standard input"),
    ],
)
def test_what_cannot_be_read(
    argument: str, kind: Kind | None, code: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "page.docx").write_text("x")
    (tmp_path / "t.parquet.gz").write_text("x")
    os.mkfifo(tmp_path / "pipe.jsonl")
    with pytest.raises(InputError, match=re.escape(message)) as error:
        sources([argument], kind)
    assert error.value.code == code


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_stops_the_run(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("x")
    path.chmod(0)
    with pytest.raises(InputError, match="permission denied"):
        sources([str(tmp_path)])
