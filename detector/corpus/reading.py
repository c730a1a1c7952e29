"""A source's records, streamed, as raw bytes. What is damaged becomes a Failure in its place, and reading goes on.

This runs in one process while many parse and score: nothing is understood here that the workers can understand.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, closing, nullcontext
from importlib import import_module
from typing import BinaryIO, Final

from detector.corpus import crawls, lines, tables
from detector.corpus.compressed import Damaged, opened
from detector.corpus.inputs import Source
from detector.corpus.libraries import needed
from detector.corpus.records import Kind, Raw, Wanted
from detector.errors import MAX_TEXT_BYTES, InputError
from detector.files import shown
from detector.results import Failure

#: What can be kept of records that have no columns.
_FIELDS: Final[dict[Kind, tuple[str, ...]]] = {
    "txt": ("path", "text"),
    "html": ("path", "text"),
    "warc": crawls.FIELDS,
}
#: What else has to be installed for a kind.
_LIBRARIES: Final[dict[Kind, tuple[str, ...]]] = {
    "html": ("trafilatura",),
    "warc": ("warcio", "trafilatura"),
}
_DELIMITERS: Final[dict[Kind, str]] = {"csv": ",", "tsv": "\t"}


def check(source: Source, wanted: Wanted) -> None:
    """Raise UnspunError for what would keep every record of a source from being read: before anything is scored.

    A file that cannot be opened, a table without a wanted column, a library that is missing. Standard input is not touched.
    """
    for library in _LIBRARIES.get(source.kind, ()):
        with needed(library, f"{source.name}: reading this"):
            import_module(library)
    known = _FIELDS.get(source.kind)
    unknown = [] if known is None else [name for name in wanted.kept if name not in known]
    if known and unknown:
        raise InputError(
            "missing_column", f"{source.name}: of its records, {', '.join(known)} can be kept; {unknown[0]} cannot."
        )
    if source.path is None:
        return
    try:
        if source.kind == "parquet":
            tables.parquet(source.path, wanted).file.close()
            return
        with closing(opened(source.path)) as stream:
            if source.kind == "jsonl" and ".json" in (suffix.lower() for suffix in source.path.suffixes):
                lines.check_start(stream, shown(source.path))
            if source.kind in _DELIMITERS:
                tables.check_header(stream, _DELIMITERS[source.kind], wanted, shown(source.path))
    except Damaged as error:
        raise InputError("unreadable", f"{shown(source.path)}: the file cannot be read: {error}.") from None
    except OSError as error:
        raise InputError("unreadable", f"{shown(source.path)}: the file cannot be read: {_reason(error)}.") from None


def records(source: Source, wanted: Wanted) -> Iterator[Raw]:
    """Every record of a source, in order, numbered from 1; what cannot be read is a Failure in its place.

    Raises InputError where a table lacks a wanted column, UnspunError where a library is missing.
    """
    line = 0
    try:
        for raw in _READERS[source.kind](source, wanted):
            line = raw.line
            yield raw
    except Damaged as error:
        reason = f"The file cannot be read from here on: {error}."
        yield _lost(source, Failure(None, line + 1, "damaged_file", reason))
    except OSError as error:
        reason = f"The file cannot be read from here on: {_reason(error)}."
        yield _lost(source, Failure(None, line + 1, "unreadable", reason))


def _lost(source: Source, failure: Failure) -> Raw:
    """What could not be read. Where no columns are lost with it, its path is known."""
    return Raw(failure.line or 1, {"path": source.name} if source.kind in _FIELDS else {}, failure=failure)


def _reason(error: OSError) -> str:
    return (error.strerror or "reading failed").lower()


def _stream(source: Source) -> AbstractContextManager[BinaryIO]:
    return closing(opened(source.path)) if source.path else nullcontext(sys.stdin.buffer)


def _read_lines(source: Source, wanted: Wanted) -> Iterator[Raw]:
    with _stream(source) as stream:
        yield from lines.raw_lines(stream)


def _read_table(source: Source, wanted: Wanted) -> Iterator[Raw]:
    with _stream(source) as stream:
        yield from tables.csv_rows(stream, _DELIMITERS[source.kind], wanted, source.name)


def _read_parquet(source: Source, wanted: Wanted) -> Iterator[Raw]:
    if source.path is None:
        raise InputError("unreadable", "Parquet cannot be read from standard input: its index stands at its end.")
    return tables.parquet_rows(source.path, wanted)


def _read_file(source: Source, wanted: Wanted) -> Iterator[Raw]:
    with _stream(source) as stream:
        data = stream.read(MAX_TEXT_BYTES + 1)
    if len(data) <= MAX_TEXT_BYTES:
        yield Raw(1, data, source.name)
        return
    reason = f"The file is longer than {MAX_TEXT_BYTES:,} bytes (10 MB), the limit for one text."
    yield _lost(source, Failure(None, 1, "text_too_large", reason))


def _read_archive(source: Source, wanted: Wanted) -> Iterator[Raw]:
    if source.path and source.path.suffix.lower() == ".gz":
        with source.path.open("rb") as file:
            yield from crawls.compressed_pages(file, source.name)
        return
    with _stream(source) as stream:
        yield from crawls.pages(stream, source.name)


_READERS: Final[dict[Kind, Callable[[Source, Wanted], Iterator[Raw]]]] = {
    "jsonl": _read_lines,
    "csv": _read_table,
    "tsv": _read_table,
    "parquet": _read_parquet,
    "txt": _read_file,
    "html": _read_file,
    "warc": _read_archive,
}
