"""Tables: CSV, TSV and Parquet, row by row, and only the columns that are wanted."""

from __future__ import annotations

import csv
import io
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any, BinaryIO, Final, NamedTuple

from detector.corpus.inputs import Source
from detector.corpus.libraries import needed
from detector.corpus.lines import LINE_TOO_LARGE, MAX_LINE_BYTES
from detector.corpus.records import Raw, Wanted
from detector.errors import InputError
from detector.files import shown
from detector.results import Failure

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa
    import pyarrow.parquet as pq

#: The columns tried for the text where none is named, and for the id.
TEXT_COLUMNS: Final = ("text", "content", "body", "article")
ID_COLUMN: Final = "id"

# A batch of rows is to take about so many bytes, and the rows of a column chunk are read in such pieces.
_BATCH_BYTES: Final = 4_000_000
_BATCH_ROWS: Final = 1_024
_BUFFER_BYTES: Final = 1 << 18
_CHUNK_CHARACTERS: Final = 1 << 20

_NO_QUOTES: Final = "\t"  # the delimiter of tables in which quotation marks may stand for themselves


def columns(names: Sequence[str], wanted: Wanted, table: str) -> list[str]:
    """Those of a table's columns that are read: its text's, its id's and those kept.

    table: what the table is called in an error. Raises InputError: `missing_column`, `ambiguous_column`.
    """
    texts = TEXT_COLUMNS if wanted.text is None else (wanted.text,)
    text = next((name for name in texts if name in names), None)
    if text is None:
        tried = " or ".join(filter(None, (", ".join(texts[:-1]), texts[-1])))
        raise InputError("missing_column", f"{table}: there is no column named {tried}: name it with --text-field.")
    missing = [name for name in ((wanted.id,) if wanted.id else ()) + wanted.kept if name not in names]
    if missing:
        raise InputError("missing_column", f"{table}: there is no column named {missing[0]}.")
    identifier = wanted.id or (ID_COLUMN if ID_COLUMN in names else None)
    found = list(dict.fromkeys([text, *([identifier] if identifier else []), *wanted.kept]))
    twice = [name for name in found if names.count(name) > 1]
    if twice:
        raise InputError("ambiguous_column", f"{table}: there are {names.count(twice[0])} columns named {twice[0]}.")
    return found


def check_header(stream: BinaryIO, delimiter: str, wanted: Wanted, table: str) -> None:
    """Raise InputError (`no_header`, or as `columns` does) where a CSV or TSV file does not have what is wanted."""
    _Rows(stream, delimiter, wanted, table)


def csv_rows(stream: BinaryIO, delimiter: str, wanted: Wanted, table: str) -> Iterator[Raw]:
    """The rows below the header; blank ones are no rows. A row that is not one is a Failure, and reading goes on with the
    line after the one that it starts on.

    delimiter: ",", which may turn out to be a semicolon, or a tab; in tables with tabs, quotation marks that do not enclose
    a whole value stand for themselves.
    """
    rows = _Rows(stream, delimiter, wanted, table)
    try:
        yield from rows
    finally:
        rows.leave()


class _TooLong(Exception):
    """A row goes on for more than MAX_LINE_BYTES."""


class _Lines:
    """The lines of a file for `csv`, some of which may be put back. `taken` has those handed out since it was cleared."""

    def __init__(self, stream: BinaryIO) -> None:
        self._file = io.TextIOWrapper(stream, encoding="utf-8-sig", errors="surrogateescape", newline="")
        self._again: deque[str] = deque()
        self.taken: list[str] = []
        self._size = 0

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._file.readline(MAX_LINE_BYTES + 1)
        if not line:
            raise StopIteration
        self.taken.append(line)
        self._size += len(line)
        if self._size > MAX_LINE_BYTES:
            if len(line) > MAX_LINE_BYTES:
                self._skip_the_rest_of(line)
            raise _TooLong
        return line

    def start_row(self) -> None:
        self.taken.clear()
        self._size = 0

    def go_back(self, but: int = 1) -> None:
        """Hand out again what was taken, but for its first line, or so many."""
        self._again.extendleft(reversed(self.taken[but:]))

    def leave(self) -> None:
        self._file.detach()

    def _skip_the_rest_of(self, line: str) -> None:
        while line and not line.endswith(("\n", "\r")):
            line = self._file.readline(_CHUNK_CHARACTERS)


class _Rows:
    def __init__(self, stream: BinaryIO, delimiter: str, wanted: Wanted, table: str) -> None:
        csv.field_size_limit(MAX_LINE_BYTES)
        self._lines = _Lines(stream)
        self._delimiter = delimiter
        names = self._header(delimiter)
        if delimiter == "," and len(names) == 1 and ";" in names[0]:  # where a comma divides decimals, a semicolon does
            self._lines.go_back(0)
            names = self._header(";")
        if not any(names):
            raise InputError("no_header", f"{table}: its first line does not name its columns.")
        self._width = len(names)
        self.wanted = columns(names, wanted, table)
        self._places = [(name, names.index(name)) for name in self.wanted]

    def _header(self, delimiter: str) -> list[str]:
        self._reader = csv.reader(self._lines, delimiter=delimiter, strict=True)
        try:
            return next(self._reader, [])
        except (csv.Error, _TooLong):
            return []

    def leave(self) -> None:
        """Leave the stream as it is; else it would be closed with this."""
        self._lines.leave()

    def __iter__(self) -> Iterator[Raw]:
        number = 0
        while (row := self._next()) is not None:
            number += 1
            if isinstance(row, InputError):
                yield Raw(number, {}, failure=Failure(None, number, row.code, str(row)))
            else:
                yield _raw({name: _utf8(row[place]) for name, place in self._places}, number)

    def _next(self) -> Sequence[str] | InputError | None:
        """The next row, or what is wrong with it; None at the end."""
        while True:
            self._lines.start_row()
            try:
                row = next(self._reader)
            except StopIteration:
                return None
            except _TooLong:
                self._lines.go_back()
                return InputError(*LINE_TOO_LARGE)
            except csv.Error:
                return self._unquoted()
            if row:
                return self._checked(row)

    def _unquoted(self) -> Sequence[str] | InputError:
        """What to make of a line whose quotation marks are wrong."""
        self._lines.go_back()
        if self._delimiter == _NO_QUOTES:
            row = self._lines.taken[0].rstrip("\r\n").split(self._delimiter)
            if len(row) == self._width:
                return self._checked(row)
        return InputError(
            "not_a_row", "The row is not well formed: a quotation mark in it is not closed, or is not doubled."
        )

    def _checked(self, row: Sequence[str]) -> Sequence[str] | InputError:
        if len(row) != self._width:
            return InputError("wrong_number_of_fields", f"The row has {len(row)} fields, the header {self._width}.")
        if any("\0" in field for field in row):
            return InputError("not_text", "The row holds NUL bytes: the input is binary, or UTF-16.")
        return row


def _utf8(field: str) -> str | InputError:
    try:
        field.encode("utf-8")
    except UnicodeEncodeError:
        return InputError(
            "not_utf8", "The row is not UTF-8: convert the file, for example with iconv -f windows-1252 -t utf-8."
        )
    return field


class Parquet(NamedTuple):
    """An open Parquet file, and which of its columns are read."""

    file: pq.ParquetFile
    columns: list[str]


def parquet(path: Path, wanted: Wanted) -> Parquet:
    """Open a Parquet file. Raises InputError: `not_parquet`, and as `columns` does; UnspunError where pyarrow is missing."""
    with needed("pyarrow", "Reading Parquet"):
        import pyarrow as pa
        import pyarrow.parquet as pq
    name = shown(path)
    try:
        # A buffer for each column in place of the whole of it: a row group may be as large as the file.
        file = pq.ParquetFile(path, pre_buffer=False, buffer_size=_BUFFER_BYTES, page_checksum_verification=True)
    except FileNotFoundError:
        raise
    except (pa.ArrowException, OSError):
        raise InputError("not_parquet", f"{name}: this is not a Parquet file, or its end is missing.") from None
    try:
        return Parquet(file, columns(file.schema_arrow.names, wanted, name))
    except InputError:
        file.close()
        raise


def parquet_rows(path: Path, wanted: Wanted) -> Iterator[Raw]:
    """The rows of a Parquet file. What is lost of a row group is a Failure for each row."""
    file, names = parquet(path, wanted)
    with file:
        start = 0
        for group in range(file.num_row_groups):
            rows = file.metadata.row_group(group).num_rows
            number = start
            for size in (_batch_rows(file, group, names), 1):  # where a batch cannot be read, a part of it perhaps can
                for row in _group_rows(file, group, names, size, number - start):
                    number += 1
                    yield _raw(row, number)
                if number == start + rows:
                    break
            reason = f"The file is damaged: row group {group + 1} of {file.num_row_groups} cannot be read from here on."
            for lost in range(number + 1, start + rows + 1):
                yield Raw(lost, {}, failure=Failure(None, lost, "damaged_file", reason))
            start += rows


def kept_types(sources: Iterable[Source], wanted: Wanted) -> Mapping[str, pa.DataType]:
    """The Arrow types of the kept columns in the output: the input's own where all of it is Parquet and agrees, else strings.

    Needs pyarrow. Raises InputError as `parquet` does.
    """
    import pyarrow as pa

    found: dict[str, set[pa.DataType]] = {name: set() for name in wanted.kept}
    for source in sources:
        if source.kind != "parquet" or source.path is None:
            return dict.fromkeys(wanted.kept, pa.string())
        file, _ = parquet(source.path, wanted)
        with file:
            for name in wanted.kept:
                found[name].add(_plain_type(file.schema_arrow.field(name).type))
    return {name: types.pop() if len(types) == 1 else pa.string() for name, types in found.items()}


def _plain_type(kind: pa.DataType) -> pa.DataType:
    """The type of a column's values once they are Python objects: no dictionary, no extension; times to the microsecond."""
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        return _plain_type(kind.value_type)
    if isinstance(kind, pa.BaseExtensionType):
        return _plain_type(kind.storage_type)
    if pa.types.is_timestamp(kind) and kind.unit == "ns":
        return pa.timestamp("us", kind.tz)
    if pa.types.is_duration(kind) and kind.unit == "ns":
        return pa.duration("us")
    if pa.types.is_time64(kind) and kind.unit == "ns":
        return pa.time64("us")
    return kind


def _batch_rows(file: pq.ParquetFile, group: int, names: Sequence[str]) -> int:
    """How many rows of a group are read at a time, so that they take about _BATCH_BYTES."""
    about = file.metadata.row_group(group)
    sizes = (about.column(i) for i in range(about.num_columns))
    size = sum(c.total_uncompressed_size for c in sizes if c.path_in_schema.split(".")[0] in names)
    return max(1, min(_BATCH_ROWS, int(_BATCH_BYTES * about.num_rows / max(size, 1))))


def _group_rows(
    file: pq.ParquetFile, group: int, names: list[str], size: int, skip: int
) -> Iterator[Mapping[str, Any]]:
    """The rows of a group after the first `skip`, as far as they can be read."""
    import pyarrow as pa

    try:
        for batch in file.iter_batches(batch_size=size, row_groups=[group], columns=names, use_threads=False):
            if skip >= batch.num_rows:
                skip -= batch.num_rows
                continue
            values = {name: _values(batch.column(name)) for name in names}
            for row in range(skip, batch.num_rows):
                yield {name: values[name][row] for name in names}
            skip = 0
    except (pa.ArrowException, OSError):
        return


def _values(column: pa.Array) -> list[Any]:
    """A column's values; one that cannot be had is an InputError among them."""
    plain = _plain_type(column.type)
    if plain != column.type:
        column = column.storage if hasattr(column, "storage") else column
        column = column.cast(plain, safe=False)
    try:
        values: list[Any] = column.to_pylist()
    except (ValueError, OverflowError):
        return [_value(scalar) for scalar in column]
    return values


def _value(scalar: pa.Scalar) -> Any:
    try:
        return scalar.as_py()
    except UnicodeDecodeError:
        return InputError("not_utf8", "The row is not UTF-8.")
    except (ValueError, OverflowError):  # a time that Python has not
        return InputError("out_of_range", "A kept date or time lies before the year 1, after 9999, or is too exact.")


def _raw(row: Mapping[str, Any], number: int) -> Raw:
    """A row; a failure where some of its values are errors, with the others."""
    error = next((value for value in row.values() if isinstance(value, InputError)), None)
    if error is None:
        return Raw(number, row)
    good = {name: None if isinstance(value, InputError) else value for name, value in row.items()}
    return Raw(number, good, failure=Failure(None, number, error.code, str(error)))
