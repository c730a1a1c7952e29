"""Scored Arrow batches: all that Spark, Ray Data, Dask, polars and whatever else speaks Arrow need of a detector."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any, TypedDict, Unpack

from detector.columns import JUDGED, UNITS, Unit, document_row, failure_row, judged_types, paragraph_rows
from detector.errors import MAX_TEXT_BYTES, InputError, UnspunError
from detector.results import CALL_BYTES, CALL_TEXTS, Document, Failure, Format, Json, Mode, Reason, Scorer
from detector.shared import check_options

try:
    import pyarrow as pa
except ModuleNotFoundError as missing:
    raise ModuleNotFoundError("Arrow batches need pyarrow: pip install 'unspun[corpus]'") from missing


class Options(TypedDict, total=False):
    """What is scored, and how, wherever Arrow goes; in brackets what holds where it is not said.

    text ("text"): the column with the texts, strings or bytes of UTF-8. id (None): the column with the ids, strings or
    numbers; without it the output has no `id`. unit ("document"): a row for each text, or "paragraph": for each of its
    paragraphs. keep (()): columns that the output has too, with their Arrow types; with unit "paragraph" the kept text
    is the paragraph's own, and not dictionary-encoded. mode ("balanced"), format ("text"), skip (()), allow (()): as in `Detector.score`.
    """

    text: str
    id: str | None
    unit: Unit
    keep: Sequence[str]
    mode: Mode
    format: Format
    skip: Collection[Reason]
    allow: Sequence[str]


def scored(batch: pa.RecordBatch, detector: Scorer, **options: Unpack[Options]) -> pa.RecordBatch:
    """The batch's texts in order, judged, with the columns of `output_schema`.

    A text that cannot be scored (null, not UTF-8, too long) becomes a row of status `error`. Scores are those of
    `Detector.score` on the text alone, however the batches are cut. Raises UnspunError for unusable columns or options.
    """
    schema = output_schema(batch.schema, **options)
    parts = list(scored_parts(batch, detector, **options))
    if not parts:
        return pa.RecordBatch.from_pylist([], schema=schema)
    columns = [pa.concat_arrays([part.column(place) for part in parts]) for place in range(len(schema))]
    return pa.RecordBatch.from_arrays(columns, schema=schema)


def scored_table(table: pa.Table, detector: Scorer, **options: Unpack[Options]) -> pa.Table:
    """The same for a table."""
    parts = (part for batch in table.to_batches() for part in scored_parts(batch, detector, **options))
    return pa.Table.from_batches(parts, output_schema(table.schema, **options))


def scored_parts(batch: pa.RecordBatch, detector: Scorer, **options: Unpack[Options]) -> Iterator[pa.RecordBatch]:
    """What `scored` gives, in parts of bounded size as they are ready: for batches of any size."""
    schema = output_schema(batch.schema, **options)
    text, unit = options.get("text", "text"), options.get("unit", "document")
    judged = pa.schema(judged_types(unit))
    for part in _parts(batch, text):
        texts = [_read(value) for value in part.column(text)]
        entries = _judged(texts, detector, options)
        rows = [_rows(entry, unit) for entry in entries]
        columns = pa.RecordBatch.from_pylist([row for own in rows for row in own], schema=judged).columns
        origin = pa.array([place for place, own in enumerate(rows) for _ in own], pa.int64())
        yield pa.RecordBatch.from_arrays([*_carried(part, texts, entries, origin, options), *columns], schema=schema)


def output_schema(schema: pa.Schema, **options: Unpack[Options]) -> pa.Schema:
    """The columns of `scored`: `id` as a string where there is one, those kept, then those judged (detector/columns.py).
    Raises UnspunError for columns and options that cannot be used."""
    text, unit, keep = options.get("text", "text"), options.get("unit", "document"), options.get("keep", ())
    _check_choices(options)
    _check_columns(schema, text, options.get("id"), unit, keep)
    ids = [pa.field("id", pa.string())] if options.get("id") is not None else []
    kept = [schema.field(name) for name in keep]
    if unit == "paragraph":
        kept = [
            field.with_nullable(True).with_type(_value_type(field.type)) if field.name == text else field
            for field in kept
        ]
    return pa.schema([*ids, *kept, *pa.schema(judged_types(unit))])


def _check_choices(options: Options) -> None:
    unknown = sorted({*options} - {*Options.__annotations__})
    if unknown:
        raise UnspunError(f"There is no option {unknown[0]!r}; there are {', '.join(Options.__annotations__)}.")
    if options.get("unit", "document") not in UNITS:
        raise UnspunError(f"unit is of {', '.join(UNITS)}; it was {options['unit']!r}.")
    if isinstance(options.get("keep"), str):
        raise UnspunError(f"keep is a list of columns; it was {options['keep']!r}.")
    check_options(
        options.get("mode", "balanced"),
        options.get("format", "text"),
        options.get("skip", ()),
        options.get("allow", ()),
    )


def _check_columns(schema: pa.Schema, text: str, id: str | None, unit: Unit, keep: Sequence[str]) -> None:
    for name in [text, *keep, *([id] if id is not None else [])]:
        if len(schema.get_all_field_indices(name)) != 1:
            found = "are several columns" if name in schema.names else "is no column"
            raise UnspunError(f"There {found} {name!r} among {', '.join(map(repr, schema.names))}.")
    if not _is_text(schema.field(text).type):
        raise UnspunError(f"The column {text!r} holds no strings, but {schema.field(text).type}.")
    if id is not None and not _is_id(schema.field(id).type):
        raise UnspunError(f"The column {id!r} holds neither strings nor numbers, but {schema.field(id).type}.")
    taken = {*JUDGED[unit], *(["id"] if id is not None else [])}
    for position, name in enumerate(keep):
        if name in taken:
            raise UnspunError(f"The column {name!r} cannot be kept: the output has one of that name. Rename it.")
        if name in keep[:position]:
            raise UnspunError(f"The column {name!r} is to be kept twice.")


def _is_text(kind: pa.DataType) -> bool:
    kind = _value_type(kind)
    return bool(_is_string(kind) or kind in (pa.binary(), pa.large_binary(), pa.binary_view(), pa.null()))


def _value_type(kind: pa.DataType) -> pa.DataType:
    return kind.value_type if pa.types.is_dictionary(kind) else kind


def _is_id(kind: pa.DataType) -> bool:
    kind = _value_type(kind)
    number = pa.types.is_integer(kind) or pa.types.is_floating(kind) or pa.types.is_decimal(kind)
    return bool(_is_string(kind) or number or kind == pa.null())


def _is_string(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _parts(batch: pa.RecordBatch, text: str) -> Iterator[pa.RecordBatch]:
    """The batch in slices, nothing copied. A text that is too long to be scored counts as none."""
    start = size = 0
    for row, value in enumerate(batch.column(text), start=1):
        data = _bytes(value)
        size += data.size if data is not None and data.size <= MAX_TEXT_BYTES else 0
        if size >= CALL_BYTES or row - start >= CALL_TEXTS:
            yield batch.slice(start, row - start)
            start, size = row, 0
    if start < batch.num_rows:
        yield batch.slice(start)


def _read(value: pa.Scalar) -> str | Failure:
    """One text. Arrow does not check that strings are UTF-8: this does."""
    data = _bytes(value)
    if data is None:
        return _failure("wrong_type", "The text is null.")
    if data.size > MAX_TEXT_BYTES:
        return _failure("text_too_large", f"The text is longer than {MAX_TEXT_BYTES:,} bytes (10 MB), the limit.")
    try:
        return str(data, "utf-8")
    except UnicodeDecodeError as error:
        return _failure("not_utf8", f"The text is not UTF-8: its byte {error.start + 1} is wrong.")


def _bytes(value: pa.Scalar) -> pa.Buffer | None:
    """A text's bytes where they lie, None for null."""
    value = value.value if isinstance(value, pa.DictionaryScalar) else value
    return value.as_buffer() if value.is_valid else None


def _failure(code: str, message: str) -> Failure:
    return Failure(None, None, code, message)


def _judged(texts: Sequence[str | Failure], detector: Scorer, options: Options) -> list[Document | Failure]:
    """All together; where that fails, one by one, so that only what is to blame goes without a score."""
    good = [text for text in texts if isinstance(text, str)]
    documents = iter(_scores(good, detector, options))
    return [next(documents) if isinstance(text, str) else text for text in texts]


def _scores(texts: list[str], detector: Scorer, options: Options) -> Sequence[Document | Failure]:
    if not texts:
        return ()
    how: dict[str, Any] = {
        name: value for name, value in options.items() if name in ("mode", "format", "skip", "allow")
    }
    try:
        return detector.score(texts, **how).documents
    except InputError as error:
        code, reason = error.code, str(error)
    except UnspunError:
        raise
    except Exception as error:  # noqa: BLE001  # a cluster's work of hours does not end with a text that nobody thought of
        code, reason = "scoring_failed", f"The text could not be scored: {type(error).__name__}."
    if len(texts) == 1:
        return (_failure(code, reason),)
    return [entry for text in texts for entry in _scores([text], detector, options)]


def _carried(
    part: pa.RecordBatch,
    texts: Sequence[str | Failure],
    entries: Sequence[Document | Failure],
    origin: pa.Array,
    options: Options,
) -> Iterator[pa.Array]:
    """The id and the kept columns. origin: which row of the part each row of the output belongs to."""
    text, id, unit = options.get("text", "text"), options.get("id"), options.get("unit", "document")
    if id is not None:
        yield part.column(id).cast(pa.string()).take(origin)
    for name in options.get("keep", ()):
        if unit == "document":
            yield part.column(name)
        elif name == text:
            kind = _value_type(part.schema.field(name).type)
            yield pa.array(_paragraph_texts(texts, entries, _is_string(kind)), kind)
        else:
            yield _taken(part.column(name), origin)


def _rows(entry: Document | Failure, unit: Unit) -> list[Json]:
    if isinstance(entry, Failure):
        return [failure_row(entry, unit)]
    return [document_row(entry)] if unit == "document" else list(paragraph_rows(entry))


def _taken(column: pa.Array, places: pa.Array) -> pa.Array:
    try:
        return column.take(places)
    except pa.ArrowNotImplementedError:  # Arrow can carry more types than it can compute with: string_view, for one
        return pa.concat_arrays([column.slice(place, 1) for place in places.to_pylist()])


def _paragraph_texts(
    texts: Sequence[str | Failure], entries: Sequence[Document | Failure], strings: bool
) -> Iterator[str | bytes | None]:
    """The text of each paragraph, as strings or bytes; None in the row of a text without one."""
    for text, entry in zip(texts, entries, strict=True):
        paragraphs = () if isinstance(entry, Failure) else entry.paragraphs
        for paragraph in paragraphs:
            own = text[paragraph.start : paragraph.end]  # type: ignore[index]  # a document has a text
            yield own if strings else own.encode()
        if not paragraphs:
            yield None
