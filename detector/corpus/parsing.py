"""A raw record to its text, id and kept columns, or to a failure that says why not. Pure; runs in the workers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, Final

from detector.corpus.crawls import HTML, media
from detector.corpus.lines import parsed
from detector.corpus.pages import decoded, main_text
from detector.corpus.records import DocumentId, Kind, Raw, Record, Wanted
from detector.corpus.tables import ID_COLUMN, TEXT_COLUMNS
from detector.errors import InputError, check_size
from detector.results import Failure, Format

# A kept value nests no deeper, so that it can be written again.
_MAX_DEPTH: Final = 100


def parse(raw: Raw, kind: Kind, wanted: Wanted, format: Format = "text") -> Record | Failure:
    """What a raw record holds. format: what the texts are; for "html" a page's whole source is its text, else its main
    text is, as trafilatura takes it.

    A failure has the record's id where that could be read. Raises UnspunError where trafilatura is missing.
    """
    if isinstance(raw.data, Failure):
        return raw.data
    identifier: DocumentId | None = None
    try:
        match kind:
            case "txt" | "html" | "warc":
                identifier = _identifier(raw.name, raw.line)
                row = _page(raw, kind, format)
                text = _text(row, "text", "page")
            case "jsonl":
                row = parsed(_bytes(raw), raw.line)
                identifier = _identifier(row.get(wanted.id or ID_COLUMN), raw.line)
                text = _text(row, wanted.text or TEXT_COLUMNS[0], "line")
            case "csv" | "tsv" | "parquet":
                row = _columns(raw)
                value = row.get(wanted.id or ID_COLUMN)
                identifier = _identifier(None if value == "" and kind != "parquet" else value, raw.line)
                text = _text(row, wanted.text or next(name for name in TEXT_COLUMNS if name in row), "row")
        return Record(identifier, raw.line, text, {name: _carried(row.get(name)) for name in wanted.kept})
    except InputError as error:
        return Failure(identifier, raw.line, error.code, str(error))


def _bytes(raw: Raw) -> bytes:
    assert isinstance(raw.data, bytes)
    return raw.data


def _columns(raw: Raw) -> Mapping[str, Any]:
    assert isinstance(raw.data, Mapping)
    return raw.data


def _page(raw: Raw, kind: Kind, format: Format) -> Mapping[str, Any]:
    """A file or an archived page as a row: its text, and what else can be kept of it."""
    if kind == "warc":
        page = _columns(raw)
        text = decoded(page["body"], page["content_type"])
        if media(page["content_type"]) in HTML and format != "html":
            text = main_text(text)
        return {**page, "text": text}
    data = _bytes(raw)
    if kind == "html":
        text = decoded(data)
        return {"path": raw.name, "text": text if format == "html" else main_text(text)}
    if b"\0" in data:
        raise InputError("not_text", "The file is not text: it holds NUL bytes.")
    try:
        return {"path": raw.name, "text": data.decode("utf-8")}
    except UnicodeDecodeError as error:
        raise InputError("not_utf8", f"The file is not UTF-8: its byte {error.start + 1} is wrong.") from None


def _identifier(value: object, number: int) -> DocumentId:
    """The id as sent, or where there is none the record's position, counted from 0, as a string."""
    if value is None:
        return str(number - 1)
    if isinstance(value, str) and not _has_surrogates(value):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise InputError("invalid_id", "The id is neither a string nor a number.")


def _text(row: Mapping[str, Any], field: str, record: str) -> str:
    if field not in row:
        raise InputError("missing_field", f"The {record} has no field {json.dumps(field)}.")
    text = row[field]
    if not isinstance(text, str):
        raise InputError("wrong_type", f"The field {json.dumps(field)} is not a string.")
    if _has_surrogates(text):
        raise InputError("lone_surrogate", "The text holds half a surrogate pair, which no encoding can carry.")
    check_size(text)
    return text


def _carried(value: Any, depth: int = 0) -> Any:
    """A kept value as it was, but that half a surrogate pair, which no output can carry, becomes U+FFFD."""
    if isinstance(value, str):
        return _whole(value) if _has_surrogates(value) else value
    if isinstance(value, dict | list) and depth == _MAX_DEPTH:
        raise InputError("too_deep", f"A kept value nests deeper than {_MAX_DEPTH} levels.")
    if isinstance(value, dict):
        return {_carried(name): _carried(item, depth + 1) for name, item in value.items()}
    if isinstance(value, list):
        return [_carried(item, depth + 1) for item in value]
    return value


def _whole(text: str) -> str:
    return text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")


def _has_surrogates(text: str) -> bool:
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return True
    return False
