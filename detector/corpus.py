"""`unspun corpus`: JSON lines in, one JSON line out for each, in order, in bounded memory.

A line that cannot be scored becomes a document of status `error` with the line's
number and without its text; the run goes on.
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import chain, repeat
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from detector.errors import MAX_TEXT_BYTES, InputError, check_size
from detector.results import Document, Failure, Format, Json, Mode, Reason, Result, Scorer

#: The longest line that is read: a text at the limit, with every other character escaped.
MAX_LINE_BYTES: Final = 2 * MAX_TEXT_BYTES

# A batch ends with the document that passes either bound; the bytes bound memory, the count bounds delay.
_BATCH_BYTES: Final = 250_000
_BATCH_DOCUMENTS: Final = 256

_CHUNK_BYTES: Final = 1 << 20
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"

DocumentId = str | int | float


class Fields(NamedTuple):
    """Under which keys a line holds its text and, optionally, its id."""

    text: str
    id: str


class Record(NamedTuple):
    """A line that can be scored."""

    id: DocumentId
    line: int
    text: str


class Tally(NamedTuple):
    """How many lines a run read, flagged and could not score."""

    lines: int
    flagged: int
    failed: int


def run(
    source: BinaryIO,
    sink: BinaryIO,
    scorer: Scorer,
    *,
    fields: Fields,
    mode: Mode,
    on_failure: Callable[[Failure], None],
    format: Format = "text",
    skip: Collection[Reason] = (),
) -> Tally:
    """Score every line of `source` into `sink`; `on_failure` hears of each line that could not be.

    Raises OSError where reading or writing fails.
    """

    def score(texts: list[str]) -> Result:
        return scorer.score(texts, mode=mode, format=format, skip=skip)

    lines = flagged = failed = 0
    for batch in _batches(_entries(source, fields)):
        lines += len(batch)
        for entry in _scored(batch, score):
            failed += isinstance(entry, Failure)
            flagged += _written(entry, sink, on_failure)
        sink.flush()
        del entry
        batch.clear()  # a text may be large: it goes before the next one is read
    return Tally(lines, flagged, failed)


def _written(
    entry: tuple[DocumentId, Document] | Failure, sink: BinaryIO, on_failure: Callable[[Failure], None]
) -> bool:
    """Write one line; tell whether something in it is flagged."""
    if isinstance(entry, Failure):
        on_failure(entry)
        sink.write(_encoded(entry.to_dict()) + b"\n")
        return False
    identifier, document = entry
    # Paragraph by paragraph: the reply to an enormous text is several times as long as the text.
    head = {**replace(document, paragraphs=()).to_dict(), "id": identifier}
    sink.write(_encoded(head).removesuffix(b"]}"))
    separators = chain([b""], repeat(b","))
    sink.writelines(next(separators) + _encoded(paragraph.to_dict()) for paragraph in document.paragraphs)
    sink.write(b"]}\n")
    return document.anything_flagged


@contextmanager
def replacing(path: Path) -> Iterator[BinaryIO]:
    """A file that takes `path`'s place when the block ends well and vanishes when it does not.

    What is no regular file (a pipe, /dev/null) is written to directly.
    """
    path = path.resolve()
    if path.exists() and not path.is_file():
        with path.open("wb") as sink:
            yield sink
        return
    partial = path.with_name(f".{path.name}.{os.getpid()}.partial")
    try:
        with partial.open("wb") as sink:
            yield sink
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def _lines(source: BinaryIO) -> Iterator[bytes | None]:
    """Yield each line without its end; None for one longer than MAX_LINE_BYTES, whose rest is skipped."""
    while line := source.readline(MAX_LINE_BYTES + 1):
        if line.endswith(b"\n"):
            yield line[:-1]
        elif len(line) <= MAX_LINE_BYTES:
            yield line
        else:
            while (rest := source.readline(_CHUNK_BYTES)) and not rest.endswith(b"\n"):
                pass
            yield None


def _entries(source: BinaryIO, fields: Fields) -> Iterator[Record | Failure]:
    for number, line in enumerate(_lines(source), start=1):
        if number == 1 and line is not None:
            line = line.removeprefix(_BYTE_ORDER_MARK)
        yield _entry(number, line, fields)


def _entry(number: int, line: bytes | None, fields: Fields) -> Record | Failure:
    identifier: DocumentId | None = None
    try:
        record = _parsed(line)
        identifier = _identifier(record.get(fields.id), number)
        return Record(identifier, number, _text(record, fields.text))
    except InputError as error:
        return Failure(identifier, number, error.code, str(error))


def _parsed(line: bytes | None) -> Json:
    if line is None:
        raise InputError(
            "line_too_large",
            f"The line is longer than {MAX_LINE_BYTES:,} bytes, the limit; a text may have {MAX_TEXT_BYTES:,} (10 MB).",
        )
    if not line.strip():
        raise InputError("empty_line", "The line is empty.")
    if b"\0" in line:
        raise InputError("not_text", "The line holds NUL bytes: the input is binary, or UTF-16.")
    try:
        record = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        raise InputError("not_utf8", f"The line is not UTF-8: its byte {error.start + 1} is wrong.") from None
    except json.JSONDecodeError as error:
        raise InputError("not_json", f"The line is not JSON: see its character {error.pos + 1}.") from None
    except (ValueError, RecursionError):
        raise InputError("not_json", "The line is JSON of absurd depth, or holds an absurd number.") from None
    if not isinstance(record, dict):
        raise InputError("not_an_object", "The line is JSON, but not an object.")
    return record


def _identifier(value: object, number: int) -> DocumentId:
    """The id as sent, or where there is none the line's position, counted from 0, as a string."""
    if value is None:
        return str(number - 1)
    if isinstance(value, str) and not _has_surrogates(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise InputError("invalid_id", "The id is neither a string nor a number.")


def _text(record: Json, field: str) -> str:
    if field not in record:
        raise InputError("missing_field", f"The line has no field {json.dumps(field)}.")
    text = record[field]
    if not isinstance(text, str):
        raise InputError("wrong_type", f"The field {json.dumps(field)} is not a string.")
    if _has_surrogates(text):
        raise InputError("lone_surrogate", "The text holds half a surrogate pair, which no encoding can carry.")
    check_size(text)
    return text


def _has_surrogates(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False


def _batches(entries: Iterator[Record | Failure]) -> Iterator[list[Record | Failure]]:
    batch: list[Record | Failure] = []
    size = 0
    for entry in entries:
        batch.append(entry)
        size += len(entry.text) if isinstance(entry, Record) else 0
        if size >= _BATCH_BYTES or len(batch) >= _BATCH_DOCUMENTS:
            yield batch
            batch, size = [], 0
    if batch:
        yield batch


def _scored(
    batch: Sequence[Record | Failure], score: Callable[[list[str]], Result]
) -> Iterator[tuple[DocumentId, Document] | Failure]:
    records = [entry for entry in batch if isinstance(entry, Record)]
    documents = iter(score([record.text for record in records]).documents if records else ())
    for entry in batch:
        yield entry if isinstance(entry, Failure) else (entry.id, next(documents))


def _encoded(reply: Json) -> bytes:
    return json.dumps(reply, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
