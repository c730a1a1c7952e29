"""Where rows go, and the file of them that becomes the output when it is complete."""

from __future__ import annotations

import errno
import gzip
import hashlib
import io
import json
import lzma
import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, BinaryIO, Final, NamedTuple

from detector.corpus.batches import BEGINNING, Place
from detector.corpus.compressed import SUFFIXES
from detector.corpus.inputs import kind_of
from detector.corpus.libraries import needed
from detector.corpus.rows import OUTPUT_FORMATS, ArrowFrames, Encoder, OutputFormat, frames
from detector.corpus.scoring import NOTHING, Done
from detector.errors import UnspunError
from detector.files import STANDARD
from detector.results import Json

if TYPE_CHECKING:
    import pyarrow as pa

fcntl: ModuleType | None
try:
    import fcntl
except ModuleNotFoundError:  # Windows
    fcntl = None

_FULL: Final = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
# A row group ends with the batch that passes either bound.
_GROUP_ROWS: Final = 65_536
_GROUP_BYTES: Final = 32_000_000


@dataclass(frozen=True)
class Output:
    """Where the rows go, and as what. path: None for what is written straight through: standard output, a pipe."""

    name: str
    path: Path | None
    format: OutputFormat
    compression: str | None

    @property
    def compress(self) -> Callable[[bytes], bytes] | None:
        """What makes a member of a compressed file, the same bytes each time."""
        return _COMPRESS[self.compression] if self.compression else None

    def beside(self, suffix: str, hidden: bool = True) -> Path:
        """A file beside the output that belongs to it."""
        assert self.path
        return self.path.with_name(f"{'.' * hidden}{self.path.name}.{suffix}")


def named(name: str, format: OutputFormat | None) -> Output:
    """The output that an argument names. Raises UnspunError where format and name do not go together."""
    if not name:
        raise UnspunError("The name of the output is empty.")
    path = None if name == STANDARD else Path(os.path.realpath(name))
    if path and path.is_dir():
        raise UnspunError(f"{name}: is a folder; name the file that is to be written.")
    if path and path.exists() and not path.is_file():
        path = None
    if path and not path.parent.is_dir():
        raise UnspunError(f"{name}: there is no folder {path.parent}.")
    suffix = "" if name == STANDARD else Path(name).suffix.lower()
    kind = kind_of(Path(name))
    if format is None and kind not in (None, *OUTPUT_FORMATS):
        raise UnspunError(f"{name}: {kind} cannot be written. Name a file that ends in .jsonl or .parquet.")
    if suffix in SUFFIXES and suffix not in _COMPRESS:
        raise UnspunError(f"{name}: {suffix} cannot be written; {', '.join(_COMPRESS)} can.")
    found = format or ("parquet" if suffix == ".parquet" else "jsonl")
    if found == "parquet":
        if path is None:
            raise UnspunError(f"{name}: Parquet can be written to a file only.")
        with needed("pyarrow", "Writing Parquet"):
            import_module("pyarrow")
        return Output(name, path, found, None)
    if suffix == ".zst":
        _zstandard(b"")  # what is missing shows before anything is read
    return Output(name, path, found, suffix if suffix in _COMPRESS else None)


def _gzip(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _zstandard(data: bytes) -> bytes:
    with needed("zstandard", "Writing .zst"):
        import zstandard
    return zstandard.compress(data)


_COMPRESS: Final[Mapping[str, Callable[[bytes], bytes]]] = {".gz": _gzip, ".xz": lzma.compress, ".zst": _zstandard}


Sink = BinaryIO | io.FileIO


@contextmanager
def writing(name: str) -> Iterator[None]:
    """Raise UnspunError where the disk is full or writing fails in another way; but let a reader go in silence."""
    try:
        yield
    except BrokenPipeError:
        raise
    except OSError as error:
        advice = "Make room and run the same command again." if error.errno in _FULL else ""
        raise UnspunError(f"{name} cannot be written: {error.strerror or error}. {advice}".rstrip()) from error


def write(sink: Sink, data: bytes) -> None:
    """All of it, however much is taken at once."""
    left = memoryview(data)
    while left:
        left = left[sink.write(left) :]


class Straight:
    """Rows as they come, from the beginning, to what takes nothing back."""

    place: Final = BEGINNING

    def __init__(self, sink: Sink, name: str) -> None:
        self._sink = sink
        self._name = name
        self.tally = NOTHING

    def add(self, done: Done, place: Place) -> None:
        """Write the rows of a batch. Raises UnspunError, and BrokenPipeError where the reader has gone."""
        with writing(self._name):
            write(self._sink, done.data)
            self._sink.flush()
        self.tally = self.tally.plus(done.tally)


class Partial:
    """The rows so far. `size` is what has been appended; a write that was interrupted does not count."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.size = 0
        self._file = _locked(path)

    @property
    def length(self) -> int:
        """The bytes that there are."""
        return os.fstat(self._file.fileno()).st_size

    def keep(self, size: int) -> None:
        """Drop everything after the first `size` bytes."""
        self._file.truncate(size)
        self._file.seek(size)
        self.size = size

    def append(self, data: bytes) -> None:
        write(self._file, data)
        self.size += len(data)

    def sync(self) -> None:
        os.fsync(self._file.fileno())

    @contextmanager
    def reading(self) -> Iterator[BinaryIO]:
        """The file from its beginning. To open it once more and close that would give up the lock."""
        self._file.seek(0)
        reader = io.BufferedReader(self._file)
        try:
            yield reader
        finally:
            reader.detach()

    def remove(self) -> None:
        """Take the file away, where it is still there under its name."""
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(self._file.fileno()), self.path.stat()):
                self.path.unlink()

    def close(self) -> None:
        self._file.close()


def _locked(path: Path) -> io.FileIO:
    """The file, for this process alone. Children do not inherit the lock. Raises UnspunError where another has it."""
    while True:
        file = io.FileIO(os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o666), "r+b")
        try:
            _lock(file)
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        except FileNotFoundError:
            pass  # another run has just finished, and renamed or removed the file between the two steps
        except (BlockingIOError, PermissionError):
            file.close()
            raise UnspunError(f"Another run is writing this output: it has locked {path}.") from None
        except BaseException:
            file.close()
            raise
        file.close()


def _lock(file: io.FileIO) -> None:
    try:
        if fcntl:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.ENOLCK, errno.ENOSYS, errno.EOPNOTSUPP):  # a file system without locks
            raise


class Completed(NamedTuple):
    """The finished file, not yet in its place."""

    path: Path
    bytes: int
    sha256: str


def completed(partial: Partial, output: Output, encode: Encoder, about: Json) -> Completed:
    """What the output will be, safely on disk. about: goes into the file where its format has room for that."""
    if not isinstance(encode, ArrowFrames):
        partial.sync()
        with partial.reading() as file:
            return Completed(partial.path, partial.length, digest(file))
    ready = output.beside("complete")
    try:
        with partial.reading() as source, ready.open("w+b") as sink:
            _write_parquet(source, sink, encode.schema, about)
            sink.flush()
            os.fsync(sink.fileno())
            sink.seek(0)
            return Completed(ready, os.fstat(sink.fileno()).st_size, digest(sink))
    except BaseException:
        ready.unlink(missing_ok=True)  # it is made again from the partial file, and the disk may be full
        raise


def _write_parquet(source: BinaryIO, sink: BinaryIO, schema: pa.Schema, about: Json) -> None:
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = schema.with_metadata({"unspun": json.dumps(about)})
    with pq.ParquetWriter(sink, schema, compression="zstd") as writer:
        for group in _groups(frames(source)):
            table = pa.concat_tables(group).replace_schema_metadata(schema.metadata)
            writer.write_table(table, row_group_size=len(table))


def _groups(tables: Iterator[pa.Table]) -> Iterator[list[pa.Table]]:
    group: list[pa.Table] = []
    for table in tables:
        group.append(table)
        if sum(map(len, group)) >= _GROUP_ROWS or sum(one.nbytes for one in group) >= _GROUP_BYTES:
            yield group
            group = []
    if group:
        yield group


def digest(file: BinaryIO) -> str:
    """SHA-256 of what is in a file. Raises OSError."""
    return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]
