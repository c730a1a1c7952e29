"""The rows that `unspun corpus` wrote, as documents, whatever the unit and the format. Streamed, in bounded memory."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NamedTuple

from detector.columns import ORIGIN, Unit, names
from detector.corpus import journal
from detector.corpus.compressed import opened
from detector.corpus.lines import parsed
from detector.errors import InputError, UnspunError
from detector.results import Json, Kind, Kinds

#: Rows of Parquet that are in memory at once.
_ROWS: Final = 256
_PARQUET: Final = b"PAR1"
#: An id is shown as far as this.
_ID: Final = 200
#: What every row has; and what one with paragraphs has, or one that is a paragraph.
_ALWAYS: Final = {*ORIGIN, "status", "error", "score", "flagged"}
_OF_UNIT: Final[dict[Unit, set[str]]] = {
    "document": {"paragraphs"},
    "paragraph": {"paragraph", "start", "end", "document_score", "document_flagged", "spans"},
}
_ROWS_OF: Final = tuple(_ALWAYS | own for own in _OF_UNIT.values())


class Odd(NamedTuple):
    """What a rule found. start, end: code points in its paragraph's text."""

    start: int
    end: int
    text: str
    suggestions: tuple[str, ...]
    rule: str


class Part(NamedTuple):
    """A paragraph. text: None where it was not kept. kind: what a flagged one reads like; None where that is not known,
    as in rows of older versions."""

    status: str
    score: float | None
    flagged: bool
    text: str | None
    phrases: tuple[Odd, ...]
    kind: Kind | None


@dataclass(frozen=True, slots=True)
class Scored:
    """A document as the rows have it. error: the code of what went wrong. kept: the other columns that were asked for."""

    id: str
    status: str
    error: str | None
    score: float | None
    flagged: bool
    parts: tuple[Part, ...]
    text: str | None
    kept: Mapping[str, Any]


class Rows:
    """A file of scored rows, to be read as often as wanted."""

    def __init__(self, path: Path, text: str, kept: Collection[str] = ()) -> None:
        """text: the column with the text, where it was kept. kept: other columns that are needed.

        Raises UnspunError for a file that is no output of `unspun corpus` or lacks a column of `kept`, OSError for one
        that cannot be read.
        """
        self._path = path
        self._text = text
        self._kept = tuple(kept)
        self._parquet = _is_parquet(path)
        #: Their names; none where there is no row to tell them by.
        self.columns = self._columns()
        self.unit: Unit = "paragraph" if "document_score" in self.columns else "document"
        missing = (_ALWAYS | _OF_UNIT[self.unit]) - self.columns
        if self.columns and missing:
            raise UnspunError(f"{path} is no output of `unspun corpus`: it has no column {min(missing)}")
        for name in self._kept:
            if self.columns and name not in self.columns:
                raise UnspunError(f"{path} has no column {name}: run `unspun corpus` with --keep {name}")
        #: Whether there are texts to quote.
        self.has_text = text in self.columns

    def documents(self) -> Iterator[Scored]:
        """Every document, in order. Raises UnspunError for a damaged file, with the place."""
        try:
            yield from self._documents()
        except (ArithmeticError, AttributeError, LookupError, TypeError, ValueError) as error:
            raise UnspunError(f"{self._path} is no output of `unspun corpus`: a column holds something else") from error

    def _documents(self) -> Iterator[Scored]:
        rows = self._rows()
        if self.unit == "document":
            yield from (_of_document(row, row.get(self._text), self._kept) for row in rows)
            return
        waiting: list[Json] = []
        for row in rows:
            if waiting and (row["source"], row["line"], row["id"]) != tuple(
                waiting[0][name] for name in ("source", "line", "id")
            ):
                yield _of_paragraphs(waiting, self._text, self._kept)
                waiting = []
            waiting.append(row)
        if waiting:
            yield _of_paragraphs(waiting, self._text, self._kept)

    def _columns(self) -> set[str]:
        if self._parquet:
            return set(_parquet(self._path).schema_arrow.names)
        first = next(self._lines(), None)
        return set() if first is None else set(first)

    def _rows(self) -> Iterator[Json]:
        if not self._parquet:
            yield from self._lines()
            return
        import pyarrow as pa

        file = _parquet(self._path)
        wanted = {*names(self.unit), self._text, *self._kept} - {"skipped"}
        columns = [name for name in file.schema_arrow.names if name in wanted]
        try:
            for batch in file.iter_batches(batch_size=_ROWS, columns=columns):
                yield from _timeless(batch).to_pylist()
        except (OSError, pa.ArrowInvalid) as error:
            raise UnspunError(f"{self._path} is damaged: {error}") from None

    def _lines(self) -> Iterator[Json]:
        with opened(self._path) as lines:
            for number, line in enumerate(lines, start=1):
                try:
                    row = parsed(line, number)
                except InputError as error:
                    raise UnspunError(f"{self._path}, line {number}: {error}") from None
                if not any(row.keys() >= own for own in _ROWS_OF):
                    raise UnspunError(f"{self._path}, line {number}: no row of `unspun corpus`")
                yield row


def manifest(path: Path) -> Json:
    """What `unspun corpus` wrote beside its output about the run, and `key` with `model`, `options` and `program`, which
    are empty where nothing can be read."""
    found = journal.manifest(path.with_name(f"{path.name}.run.json"))
    key = _object(found.get("key"))
    return {**found, "key": {**key, **{name: _object(key.get(name)) for name in ("model", "options", "program")}}}


def _object(value: object) -> Json:
    return value if isinstance(value, dict) else {}


def _of_document(row: Json, text: Any, kept: Collection[str]) -> Scored:
    text = text if isinstance(text, str) else None
    parts = tuple(_part(part, text, part["start"]) for part in row.get("paragraphs") or ())
    return Scored(
        str(row["id"])[:_ID],
        row["status"],
        _code(row),
        row["score"],
        bool(row["flagged"]),
        parts,
        text,
        _kept(row, kept),
    )


def _part(row: Json, text: str | None, start: int) -> Part:
    """text: of the whole document."""
    return _judged(row, None if text is None else text[start : row["end"]], start)


def _judged(row: Json, text: str | None, start: int) -> Part:
    """text: of the paragraph."""
    flagged, kinds = bool(row["flagged"]), row.get("kinds")
    kind = Kinds(kinds["spun"], kinds["machine_translated"]).larger if flagged and kinds else None
    return Part(row["status"], row["score"], flagged, text, _phrases(row, start), kind)


def _of_paragraphs(rows: list[Json], text: str, kept: Collection[str]) -> Scored:
    first = rows[0]
    parts: list[Part] = []
    for row in rows:
        own = row.get(text)
        if row["paragraph"] is not None:
            own = own if isinstance(own, str) else None
            parts.append(_judged(row, own, row["start"]))
    texts = [part.text for part in parts if part.text is not None]
    score = first["document_score"]
    status = "scored" if score is not None else first["status"]
    whole = "\n\n".join(texts) if texts else None
    return Scored(
        str(first["id"])[:_ID], status, _code(first), score, bool(first["document_flagged"]), tuple(parts), whole,
        _kept(first, kept),
    )  # fmt: skip


def _phrases(row: Json, start: int) -> tuple[Odd, ...]:
    return tuple(
        Odd(span["start"] - start, span["end"] - start, span["text"], tuple(span["suggestions"] or ()), span["rule"])
        for span in row["spans"] or ()
    )


def _kept(row: Json, kept: Collection[str]) -> dict[str, Any]:
    return {name: row.get(name) for name in kept}


def _code(row: Json) -> str | None:
    return row["error"]["code"] if row.get("error") else None


def _is_parquet(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_PARQUET)) == _PARQUET


def _parquet(path: Path) -> Any:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path)
    except pa.ArrowInvalid as error:
        raise UnspunError(f"{path} is no whole Parquet file: {error}") from None


def _timeless(batch: Any) -> Any:
    """Dates and times as ISO text: Python's know neither nanoseconds nor the year 10,000."""
    import pyarrow as pa

    for place, field in enumerate(batch.schema):
        if pa.types.is_timestamp(field.type) or pa.types.is_date(field.type):
            batch = batch.set_column(place, field.name, batch.column(place).cast(pa.string()))
    return batch
