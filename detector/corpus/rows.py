"""Judged records as rows of columns (detector/columns.py), encoded: JSON lines, or Arrow for Parquet."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple, Protocol, get_args

from detector.columns import Unit, document_row, failure_row, judged_types, origin_types, paragraph_rows
from detector.corpus.records import Record, Wanted
from detector.corpus.tables import TEXT_COLUMNS
from detector.results import Document, Failure, Json

if TYPE_CHECKING:
    import pyarrow as pa

#: What the output is.
OutputFormat = Literal["jsonl", "parquet"]
OUTPUT_FORMATS: Final[tuple[OutputFormat, ...]] = get_args(OutputFormat)
#: To be raised when the same input gives other rows.
ROWS_VERSION: Final = 3

_ROWS_AT_ONCE: Final = 1_024


class Judged(NamedTuple):
    """A record with the name of its source, and what was said of it."""

    source: str
    record: Record
    document: Document


class Failed(NamedTuple):
    """What could not be scored, and what is kept of it."""

    source: str
    failure: Failure
    kept: Mapping[str, Any]


class Encoded(NamedTuple):
    """Rows as they are written."""

    data: bytes
    rows: int


class Encoder(Protocol):
    """Turns what was judged into rows; the same entries give the same bytes."""

    def __call__(self, entries: Iterable[Judged | Failed]) -> Encoded: ...


@dataclass(frozen=True)
class JsonLines:
    """One JSON object a line; `compress` makes a member of a compressed file of them."""

    unit: Unit
    wanted: Wanted
    compress: Callable[[bytes], bytes] | None = None

    def __call__(self, entries: Iterable[Judged | Failed]) -> Encoded:
        lines = io.BytesIO()
        rows = 0
        for entry in entries:
            for line in self._lines(entry):
                lines.writelines(line)
                rows += 1
        data = lines.getvalue()
        return Encoded(self.compress(data) if self.compress and data else data, rows)

    def _lines(self, entry: Judged | Failed) -> Iterator[Iterator[bytes]]:
        """Each line, in pieces."""
        if isinstance(entry, Failed):
            yield iter((_encoded({**_origin(entry, self.wanted), **failure_row(entry.failure, self.unit)}), b"\n"))
        elif self.unit == "document":
            yield _document_line(_origin(entry, self.wanted), entry.document)
        else:
            for row in _paragraph_rows(entry, self.wanted):
                yield iter((_encoded(row), b"\n"))


@dataclass(frozen=True)
class ArrowFrames:
    """An Arrow stream, and before it its length, so that a file of them can be read one by one."""

    unit: Unit
    wanted: Wanted
    kept: Mapping[str, pa.DataType]

    @property
    def schema(self) -> pa.Schema:
        import pyarrow as pa

        return pa.schema({**origin_types(), **self.kept, **judged_types(self.unit)})

    def __call__(self, entries: Iterable[Judged | Failed]) -> Encoded:
        import pyarrow as pa

        schema = self.schema
        sink = io.BytesIO()
        sink.write(_LENGTH.pack(0))
        rows = 0
        options = pa.ipc.IpcWriteOptions(compression="lz4", use_threads=False)
        with pa.ipc.new_stream(sink, schema, options=options) as stream:
            for part in _chunks(row for entry in entries for row in self._rows(entry)):
                stream.write_batch(pa.RecordBatch.from_pylist(part, schema=schema))
                rows += len(part)
        frame = sink.getbuffer()
        _LENGTH.pack_into(frame, 0, len(frame) - _LENGTH.size)
        return Encoded(bytes(frame), rows)

    def _rows(self, entry: Judged | Failed) -> Iterator[Json]:
        origin = _origin(entry, self.wanted)
        if isinstance(entry, Failed):
            rows = iter([{**origin, **failure_row(entry.failure, self.unit)}])
        elif self.unit == "document":
            rows = iter([{**origin, **document_row(entry.document)}])
        else:
            rows = _paragraph_rows(entry, self.wanted)
        for row in rows:
            row["id"] = _as_text(row["id"])
            for name, kind in self.kept.items():
                if kind == "string":
                    row[name] = _as_text(row[name])
            yield row


_LENGTH: Final = struct.Struct("<Q")


def frames(source: Any) -> Iterator[pa.Table]:
    """What ArrowFrames wrote, one table for each batch."""
    import pyarrow as pa

    while head := source.read(_LENGTH.size):
        yield pa.ipc.open_stream(source.read(_LENGTH.unpack(head)[0])).read_all()


def _origin(entry: Judged | Failed, wanted: Wanted) -> Json:
    if isinstance(entry, Failed):
        identifier, line, kept = entry.failure.id, entry.failure.line, entry.kept
    else:
        identifier, line, _, kept = entry.record
    origin = {"id": identifier, "source": entry.source, "line": line}
    return {**origin, **{name: kept.get(name) for name in wanted.kept}}


def _paragraph_rows(entry: Judged, wanted: Wanted) -> Iterator[Json]:
    """Where the text is kept, it is the paragraph's own."""
    origin, text = _origin(entry, wanted), entry.record.text
    names = {name for name in (wanted.text, *TEXT_COLUMNS) if name in wanted.kept and origin[name] == text}
    for row in paragraph_rows(entry.document):
        own = None if row["start"] is None else text[row["start"] : row["end"]]
        yield {**origin, **dict.fromkeys(names, own), **row}


def _document_line(origin: Json, document: Document) -> Iterator[bytes]:
    # Paragraph by paragraph: what is said of an enormous text is several times as long as the text.
    head = {**origin, **document_row(replace(document, paragraphs=()))}
    yield _encoded(head).removesuffix(b"]}")
    separator = b""
    for paragraph in document.paragraphs:
        yield separator + _encoded(paragraph.to_dict())
        separator = b","
    yield b"]}\n"


def _encoded(value: object) -> bytes:
    try:
        text = json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False, default=_plain)
        return text.encode("utf-8")
    except ValueError:  # a kept value holds NaN or infinity, which JSON has not
        return _encoded(_finite(value))


def _plain(value: object) -> object:
    """What a kept value that JSON does not know is there: a date, a decimal number, bytes."""
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    return value.isoformat() if hasattr(value, "isoformat") else str(value)


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(inner) for inner in value]
    return None if isinstance(value, float) and value - value != 0 else value


def _as_text(value: object) -> str | None:
    """A value of a column of strings: strings as they are, anything else as its JSON text."""
    if value is None:
        return None
    return value if isinstance(value, str) else _encoded(value).decode()


def _chunks(rows: Iterable[Json]) -> Iterator[list[Json]]:
    chunk: list[Json] = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == _ROWS_AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk
