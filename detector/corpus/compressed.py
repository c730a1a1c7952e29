"""Compressed files as streams. Damage and a missing end are errors, never a silent end of the file."""

from __future__ import annotations

import bz2
import io
import lzma
import zlib
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, Final, Protocol, cast

from detector.corpus.libraries import needed

# What is decompressed at a time. Small: what was all zeros comes out up to thirty thousand times as long.
_PIECE_BYTES: Final = 1 << 10
_BUFFER_BYTES: Final = 1 << 20
#: Of zstandard's longest option (--long=31): the memory is taken only for files that were written with it.
_WINDOW_BYTES: Final = 1 << 31


class Damaged(OSError):
    """The compressed data is cut short or wrong."""


class _Decompressor(Protocol):
    """One member: what `gzip`, `xz` and `zstd` write in one go. Files may be several, one after the other."""

    @property
    def eof(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, /) -> bytes: ...


def _zstandard() -> _Decompressor:
    with needed("zstandard", "Reading .zst"):
        import zstandard
    return cast(_Decompressor, zstandard.ZstdDecompressor(max_window_size=_WINDOW_BYTES).decompressobj())


_DECOMPRESSORS: Final[dict[str, Callable[[], _Decompressor]]] = {
    ".gz": lambda: cast(_Decompressor, zlib.decompressobj(wbits=31)),
    ".xz": lzma.LZMADecompressor,
    ".bz2": bz2.BZ2Decompressor,
    ".zst": _zstandard,
}

#: The ends of the names of compressed files.
SUFFIXES: Final = tuple(_DECOMPRESSORS)


def opened(path: Path) -> BinaryIO:
    """A file's bytes, decompressed where its name says that it is compressed.

    Reading raises Damaged, an OSError, where the compressed data is wrong or lacks its end: what came before was good.
    Raises OSError where it cannot be opened, UnspunError where zstandard is missing.
    """
    suffix = path.suffix.lower()
    if suffix not in _DECOMPRESSORS:
        return path.open("rb", buffering=_BUFFER_BYTES)
    start = _DECOMPRESSORS[suffix]
    start()  # what is missing shows before the file is open
    return io.BufferedReader(Decompressed(path.open("rb"), start), _BUFFER_BYTES)


class Decompressed(io.RawIOBase):
    """The members of a compressed stream, one after the other."""

    def __init__(self, source: BinaryIO, start: Callable[[], _Decompressor]) -> None:
        self._source = source
        self._start = start
        self._member: _Decompressor | None = None
        self._compressed = b""  # read, not yet decompressed
        self._plain = memoryview(b"")  # decompressed, not yet handed out

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview, /) -> int:  # type: ignore[override]
        while not self._plain:
            piece = self._next()
            if piece is None:
                return 0
            self._plain = memoryview(piece)
        count = min(len(buffer), len(self._plain))
        buffer[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count

    def close(self) -> None:
        self._source.close()
        super().close()

    def _next(self) -> bytes | None:
        """The next piece, perhaps empty; None at the end."""
        data = self._compressed or self._source.read(_PIECE_BYTES)
        self._compressed = b""
        if self._member is None:
            data = data.lstrip(b"\0")  # padding between members and at the end is allowed
            while not data:
                data = self._source.read(_PIECE_BYTES)
                if not data:
                    return None
                data = data.lstrip(b"\0")
            self._member = self._start()
        elif not data:
            raise Damaged("the compressed data ends too early")
        try:
            plain = self._member.decompress(data)
        except MemoryError:
            raise
        except Exception as error:  # each library has its own: zlib.error, LZMAError, ZstdError, OSError, EOFError
            raise Damaged("the compressed data is damaged") from error
        if self._member.eof:
            self._compressed = self._member.unused_data
            self._member = None
        return plain
