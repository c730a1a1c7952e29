"""A raw record to its text, id and kept columns, or to why it cannot be scored. Pure; runs in the workers."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from detector.corpus.crawls import HTML, media
from detector.corpus.lines import parsed
from detector.corpus.pages import decoded, main_text
from detector.corpus.records import PAGES, DocumentId, Kind, Raw, Record, Unscorable, Wanted
from detector.corpus.tables import ID_COLUMN, TEXT_COLUMNS
from detector.errors import InputError, check_size
from detector.results import Failure, Format

# A kept value nests no deeper, so that it can be written again.
_MAX_DEPTH: Final = 100


def parse(raw: Raw, kind: Kind, wanted: Wanted, format: Format = "text") -> Record | Unscorable:
    """What a raw record holds. format: what the texts are; for "html" a page's whole source is its text, else its main
    text is, as trafilatura takes it.

    What cannot be scored has the record's id and its kept values where these can be read. Raises UnspunError where
    trafilatura is missing.
    """
    if raw.failure and not raw.data:
        return Unscorable(raw.failure, {})
    identifier: DocumentId | None = None
    kept: Mapping[str, Any] = {}
    try:
        row = _row(raw, kind)
        field = _text_field(row, kind, wanted)
        kept, wrong = _kept(row, field, wanted)
        identifier = _identifier(_sent_id(row, kind, wanted), raw.line)
        if raw.failure:
            return Unscorable(replace(raw.failure, id=identifier), kept)
        text = _text({field: _page_text(raw, kind, format)} if kind in PAGES else row, field, kind)
        if wrong:
            raise wrong
        return Record(identifier, raw.line, text, {**kept, field: text} if field in kept else kept)
    except InputError as error:
        return Unscorable(raw.failure or Failure(identifier, raw.line, error.code, str(error)), kept)


def _row(raw: Raw, kind: Kind) -> Mapping[str, Any]:
    """What is known of a record by name; of a file or an archived page, that is all but its text."""
    if isinstance(raw.data, bytes):
        return parsed(raw.data, raw.line) if kind == "jsonl" else {"path": raw.name, "text": None}
    return {**raw.data, "text": None} if kind in PAGES else raw.data


def _text_field(row: Mapping[str, Any], kind: Kind, wanted: Wanted) -> str:
    if kind in PAGES:
        return "text"
    usual = TEXT_COLUMNS[:1] if kind == "jsonl" else TEXT_COLUMNS
    return wanted.text or next((name for name in usual if name in row), usual[0])


def _kept(row: Mapping[str, Any], field: str, wanted: Wanted) -> tuple[Mapping[str, Any], InputError | None]:
    """The kept values that a row has, without its text; None instead of one that cannot be kept, and why."""
    kept: dict[str, Any] = {name: None for name in wanted.kept if name in row}
    wrong = None
    for name in kept:
        try:
            kept[name] = None if name == field else _carried(row[name])
        except InputError as error:
            wrong = error
    return kept, wrong


def _sent_id(row: Mapping[str, Any], kind: Kind, wanted: Wanted) -> object:
    if kind in PAGES:
        return row.get("url" if kind == "warc" else "path")
    value = row.get(wanted.id or ID_COLUMN)
    return None if value == "" and kind in ("csv", "tsv") else value


def _page_text(raw: Raw, kind: Kind, format: Format) -> str:
    """The text of a file or an archived page."""
    if isinstance(raw.data, Mapping):
        text = decoded(raw.data["body"], raw.data["content_type"])
        return main_text(text) if media(raw.data["content_type"]) in HTML and format != "html" else text
    if kind == "html":
        text = decoded(raw.data)
        return text if format == "html" else main_text(text)
    if b"\0" in raw.data:
        raise InputError("not_text", "The file is not text: it holds NUL bytes.")
    try:
        return raw.data.decode("utf-8")
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


def _text(row: Mapping[str, Any], field: str, kind: Kind) -> str:
    if field not in row:
        record = "line" if kind == "jsonl" else "row"
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
