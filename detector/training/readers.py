"""Corpora to documents, one at a time: folders and files of text, JSON lines, CSV, Parquet, and NLTK's corpora.

What cannot be read is counted and reported in one line on standard error; the rest is read all the same.
"""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, Final, NamedTuple

from detector.corpus.compressed import SUFFIXES, opened
from detector.errors import UnspunError

#: The table that names the files of a corpus folder and their registers (tab-separated: file, register, ...).
TABLE: Final = "SOURCES.tsv"
NLTK: Final = "nltk:"
UNKNOWN_REGISTER: Final = "unknown"
#: Fields tried for the text and the id of a record, in this order.
TEXT_FIELDS: Final = ("text", "content", "body", "article")
ID_FIELDS: Final = ("id", "doc_id", "url")


class CorpusError(UnspunError):
    """A corpus cannot be read at all; the message says what to do."""


class SourceDocument(NamedTuple):
    """A document of a corpus. `source` names the file (or NLTK corpus) it came from, `id` is unique there."""

    id: str
    source: str
    register: str
    text: str


class Source(NamedTuple):
    """What is read under one name: the files of that name, all the .txt files of a folder, or an NLTK corpus.

    files: (path, register) pairs, none for an NLTK corpus. root: the folder that ids of .txt files are relative to.
    """

    name: str
    files: tuple[tuple[Path, str], ...]
    root: Path


def sources(corpus: Path | str) -> list[Source]:
    """The sources of a corpus, in reading order; each can be read by itself.

    corpus: a folder with a SOURCES.tsv, any other folder (read with its subfolders), a file (.txt,
    .jsonl, .csv or .tsv, each of them also .gz, .xz, .bz2 or .zst, or .parquet), or "nltk:" and the
    name of a corpus, for example "nltk:brown". Raises CorpusError where there is nothing to read.
    """
    if str(corpus).startswith(NLTK):
        return [Source(f"nltk_{str(corpus).removeprefix(NLTK)}", (), Path())]
    path = Path(corpus)
    if not path.exists():
        raise CorpusError(f"{path} does not exist.")
    root = path if path.is_dir() else path.parent
    named: dict[str, list[tuple[Path, str]]] = {}
    for file, register in _files(path) if path.is_dir() else [(path, UNKNOWN_REGISTER)]:
        if _kind(file) not in _READERS:
            raise CorpusError(f"{file.name} is of no kind that is read ({', '.join(_READERS)}, also compressed).")
        named.setdefault(_source_name(file, root), []).append((file, register))
    return [Source(name, tuple(files), root) for name, files in named.items()]


def documents(source: Source) -> Iterator[SourceDocument]:
    """Every document of a source, streamed. Raises CorpusError where a file or an NLTK corpus cannot be read at all."""
    if not source.files:
        yield from _read_nltk(source.name)
    for file, register in source.files:
        yield from _read_file(file, register, source)


def read(corpus: Path | str) -> Iterator[SourceDocument]:
    """Every document of a corpus (see `sources`), streamed."""
    for source in sources(corpus):
        yield from documents(source)


def _files(folder: Path) -> list[tuple[Path, str]]:
    table = folder / TABLE
    if table.exists():
        with table.open(encoding="utf-8", newline="") as lines:
            return [(folder / row["file"], row["register"]) for row in csv.DictReader(lines, delimiter="\t")]
    files = [path for path in sorted(folder.rglob("*")) if path.is_file() and _kind(path) in _READERS]
    if not files:
        raise CorpusError(f"{folder} holds no file of a kind that is read ({', '.join(_READERS)}, also compressed).")
    return [(path, UNKNOWN_REGISTER) for path in files]


def _source_name(path: Path, root: Path) -> str:
    return root.absolute().name if _kind(path) == ".txt" else path.name.split(".")[0]


def _kind(path: Path) -> str:
    suffixes = path.suffixes
    if suffixes and suffixes[-1] in SUFFIXES:
        suffixes.pop()
    return suffixes[-1].lower() if suffixes else ""


def _read_file(path: Path, register: str, source: Source) -> Iterator[SourceDocument]:
    kind = _kind(path)
    problems = _Problems(path)
    try:
        for name, text in _READERS[kind](path, problems):
            document_id = str(path.relative_to(source.root)) if kind == ".txt" else name
            yield SourceDocument(document_id, source.name, register, text)
    except (OSError, UnicodeDecodeError) as error:
        problems.add("the file", f"cannot be read to its end ({error})")
    problems.report()


class _Problems:
    """Counts what could not be read of one file, and remembers the first of it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._count = 0
        self._first = ""

    def add(self, place: str, reason: str) -> None:
        self._first = self._first or f"{place} {reason}"
        self._count += 1

    def report(self) -> None:
        if self._count:
            print(f"{self._path.name}: {self._count} left out; first: {self._first}", file=sys.stderr)


def _text(path: Path) -> io.TextIOBase:
    return io.TextIOWrapper(opened(path), encoding="utf-8", errors="replace", newline="")


def _read_txt(path: Path, problems: _Problems) -> Iterator[tuple[str, str]]:
    with _text(path) as file:
        text = file.read()
    if text.strip():
        yield path.name, text
    else:
        problems.add("the file", "is empty")


def _read_jsonl(path: Path, problems: _Problems) -> Iterator[tuple[str, str]]:
    with opened(path) as lines:
        for number, line in enumerate(lines, 1):
            try:
                record = json.loads(line)
            except ValueError:
                if line.strip():
                    problems.add(f"line {number}", "is not JSON")
                continue
            found = _fields(record, number) if isinstance(record, dict) else None
            if found is None:
                problems.add(f"line {number}", f"has no text field ({', '.join(TEXT_FIELDS)})")
            else:
                yield found


def _read_csv(path: Path, problems: _Problems) -> Iterator[tuple[str, str]]:
    csv.field_size_limit(1 << 30)
    with _text(path) as lines:
        rows = csv.DictReader(lines, delimiter="\t" if _kind(path) == ".tsv" else ",")
        _need_text(path, rows.fieldnames or ())
        numbered = enumerate(rows, 1)
        while True:
            try:
                number, row = next(numbered)
            except StopIteration:
                return
            except csv.Error as error:
                problems.add("a row", f"is not CSV ({error})")
                return
            found = _fields(row, number)
            if found is None:
                problems.add(f"row {number}", "has no text")
            else:
                yield found


def _read_parquet(path: Path, problems: _Problems) -> Iterator[tuple[str, str]]:
    try:
        import pyarrow
        import pyarrow.parquet
    except ImportError:
        raise CorpusError(f"{path.name} needs pyarrow: pip install pyarrow") from None
    try:
        file = pyarrow.parquet.ParquetFile(path)
    except pyarrow.ArrowInvalid:
        raise CorpusError(f"{path.name} is not a Parquet file.") from None
    columns = [name for name in file.schema_arrow.names if name in (*TEXT_FIELDS, *ID_FIELDS)]
    _need_text(path, columns)
    number = 0
    for batch in file.iter_batches(batch_size=500, columns=columns):
        for row in batch.to_pylist():
            number += 1
            found = _fields(row, number)
            if found is None:
                problems.add(f"row {number}", "has no text")
            else:
                yield found


def _need_text(path: Path, columns: Iterable[str]) -> None:
    if not any(name in TEXT_FIELDS for name in columns):
        raise CorpusError(f"{path.name} has no column named {', '.join(TEXT_FIELDS[:-1])} or {TEXT_FIELDS[-1]}.")


def _fields(record: Mapping[str, object], number: int) -> tuple[str, str] | None:
    """(id, text) of a record, the number standing for a missing id; None without a text."""
    text = next((record[name] for name in TEXT_FIELDS if isinstance(record.get(name), str)), None)
    if not isinstance(text, str) or not text.strip():
        return None
    document_id = next((record[name] for name in ID_FIELDS if record.get(name) is not None), number)
    return str(document_id), text


def _read_nltk(source: str) -> Iterator[SourceDocument]:
    """A corpus that nltk's own loader knows, its paragraphs where it has some, else its raw text."""
    import nltk.corpus

    name = source.removeprefix("nltk_")
    corpus = getattr(nltk.corpus, name, None)
    if corpus is None:
        raise CorpusError(f"NLTK has no corpus named {name}.")
    try:
        files = list(corpus.fileids())
    except LookupError:
        raise CorpusError(f"NLTK's {name} is not installed: python -m nltk.downloader {name}") from None
    for file in files:
        categories = corpus.categories(file) if hasattr(corpus, "categories") else []
        register = categories[0] if categories else UNKNOWN_REGISTER
        yield SourceDocument(file, source, register, _nltk_text(corpus, file))


def _nltk_text(corpus: Any, file: str) -> str:
    # A tagged corpus has no raw prose: its words are put together again.
    if hasattr(corpus, "tagged_words") and hasattr(corpus, "paras"):
        return "\n\n".join(" ".join(_joined(sentence) for sentence in paragraph) for paragraph in corpus.paras(file))
    text: str = corpus.raw(file)
    return text


def _joined(words: list[str]) -> str:
    """Tokens as a sentence: no space before closing marks or after opening ones."""
    text = " ".join({"``": "\u201c", "''": "\u201d"}.get(word, word) for word in words)
    for mark in (",", ".", ";", ":", "?", "!", ")", "\u201d"):
        text = text.replace(f" {mark}", mark)
    for mark in ("(", "\u201c"):
        text = text.replace(f"{mark} ", mark)
    return text


_READERS: Final[dict[str, Callable[[Path, _Problems], Iterator[tuple[str, str]]]]] = {
    ".txt": _read_txt,
    ".jsonl": _read_jsonl,
    ".csv": _read_csv,
    ".tsv": _read_csv,
    ".parquet": _read_parquet,
}
