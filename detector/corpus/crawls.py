"""WARC archives: their pages, one at a time. What is damaged is a Failure, and reading goes on with the next record.

Records are cut here, member by member where they are compressed so, because that is what lets reading go on after damage;
what stands in a record is read by warcio.
"""

from __future__ import annotations

import base64
import hashlib
import io
import logging
import re
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from detector.corpus.compressed import Damaged
from detector.corpus.records import Raw
from detector.errors import MAX_TEXT_BYTES, InputError
from detector.results import Failure

#: The longest page that is read.
MAX_PAGE_BYTES: Final = MAX_TEXT_BYTES
#: What can be kept of a page.
FIELDS: Final = ("path", "url", "date", "content_type", "text")

_TYPES: Final = frozenset({"response", "resource", "conversion"})
HTML: Final = frozenset({"text/html", "application/xhtml+xml"})
_PAGES: Final = HTML | {"text/plain"}
_START: Final = b"WARC/"
_FIRST_LINE: Final = re.compile(rb"WARC/\d\.\d+\r?\n\Z")
_FIRST_LINES: Final = re.compile(rb"WARC/\d\.\d+\r?\n")
_BLOCK_DIGEST: Final = re.compile(rb"^WARC-Block-Digest:\s*sha1:(\w+)", re.IGNORECASE | re.MULTILINE)
_GZIP: Final = b"\x1f\x8b\x08"
_HEADER_BYTES: Final = 1 << 16
_CHUNK_BYTES: Final = 1 << 20
_MEMBER_BUFFER_BYTES: Final = 1 << 16
_TOO_LARGE: Final = f"The page is longer than {MAX_PAGE_BYTES:,} bytes (10 MB), the limit."
_PIECE_BYTES: Final = 1 << 13  # what is decompressed at a time: up to a thousand times as much comes out


class _Page(NamedTuple):
    url: str
    date: str | None
    content_type: str
    body: bytes


class _Lost(NamedTuple):
    """What could not be read, with its address where that is known."""

    url: str | None
    code: str
    message: str


class _Broken(Exception):
    """What stands here is no record, or does not end where it says."""


def pages(stream: BinaryIO, path: str) -> Iterator[Raw]:
    """The pages of an archive whose records follow each other in `stream`: replies of status 200, resources and conversions
    that are HTML or plain text. path: what the archive is called.

    Raises OSError where the stream cannot be read on.
    """
    for number, page in enumerate(_found(stream), start=1):
        yield _raw(page, number, path)


def compressed_pages(file: BinaryIO, path: str) -> Iterator[Raw]:
    """The same of a .gz file, as a rule a member for each record: damage to one costs only that one."""
    number = 0
    for member in _members(file):
        try:
            for page in _found(member):
                number += 1
                yield _raw(page, number, path)
        except Damaged as error:
            number += 1
            yield _raw(_Lost(None, "damaged_record", f"A record of the archive is damaged: {error}."), number, path)


def _raw(page: _Page | _Lost, number: int, path: str) -> Raw:
    if isinstance(page, _Lost):
        return Raw(number, {"path": path, "url": page.url}, failure=Failure(None, number, page.code, page.message))
    return Raw(number, {**page._asdict(), "path": path})


def _found(stream: BinaryIO) -> Iterator[_Page | _Lost]:
    """The pages of a stream of records, and one loss for each stretch that holds no whole record."""
    start = stream.tell() if stream.seekable() else 0
    line = stream.readline(_HEADER_BYTES)
    while line:
        if line.strip():
            try:
                page = _record(stream, line)
            except _Broken:
                reason = (
                    "A record of the archive is damaged, or its length is wrong; reading goes on with the next one."
                )
                yield _Lost(None, "damaged_record", reason)
                again = _FIRST_LINE.search(line, 1)
                if stream.seekable():  # a length that is too large has taken in records that follow
                    stream.seek(start + 1)
                    again = None
                line = again.group() if again else _next_start(stream)
                start = stream.tell() - len(line) if stream.seekable() else 0
                continue
            if page is not None:
                yield page
        start = stream.tell() if stream.seekable() else 0
        line = stream.readline(_HEADER_BYTES)


def _next_start(stream: BinaryIO) -> bytes:
    """The next line that starts a record, which what is damaged may run into; empty where there is none."""
    while line := stream.readline(_HEADER_BYTES):
        if found := _FIRST_LINE.search(line):
            return found.group()
    return b""


def _record(stream: BinaryIO, line: bytes) -> _Page | _Lost | None:
    """The record that starts with `line`, read to its end; None where it is no page. Raises _Broken."""
    if not line.startswith(_START):
        raise _Broken
    lines = [line]
    while line.strip():
        line = stream.readline(_HEADER_BYTES)
        lines.append(line)
        if not line or sum(map(len, lines)) > _HEADER_BYTES or _FIRST_LINE.search(line):
            raise _Broken
    header = b"".join(lines)
    kind, length = _header(header)
    size = min(length, MAX_PAGE_BYTES + _HEADER_BYTES) if kind in _TYPES else 0
    block = stream.read(size)
    rest = length - size
    while rest and (piece := stream.read(min(rest, _CHUNK_BYTES))):
        rest -= len(piece)
    if len(block) < size or rest or stream.read(4).strip(b"\r\n"):
        raise _Broken
    if _FIRST_LINES.search(block) and not _as_written(header, block):
        raise _Broken  # its length takes in another record
    return _page(header, block, length) if kind in _TYPES else None


def _as_written(header: bytes, block: bytes) -> bool:
    """Whether a record carries the digest of its block."""
    digest = _BLOCK_DIGEST.search(header)
    return digest is not None and base64.b32encode(hashlib.sha1(block).digest()) == digest.group(1).upper()


def _header(header: bytes) -> tuple[str, int]:
    """A record's type, and how many bytes follow its header."""
    from warcio.statusandheaders import StatusAndHeadersParser

    fields = StatusAndHeadersParser([], verify=False).parse(io.BytesIO(header))
    try:
        length = int(fields.get_header("Content-Length", ""))
    except ValueError:
        raise _Broken from None
    kind = fields.get_header("WARC-Type")
    if length < 0 or not kind:
        raise _Broken
    return kind, length


def _page(header: bytes, block: bytes, length: int) -> _Page | _Lost | None:
    """The page of a record; None where it holds none."""
    from warcio.recordloader import ArcWarcRecordLoader

    logging.getLogger("warcio.recordloader").disabled = True  # it would say what is wrong with an address
    url: str | None = None
    try:
        record = ArcWarcRecordLoader(verify_http=False).parse_record_stream(
            io.BytesIO(header + block), known_format="warc"
        )
        fields, reply = record.rec_headers, record.http_headers
        url = fields.get_header("WARC-Target-URI")
        if record.rec_type == "response" and (reply is None or reply.get_statuscode() != "200"):
            return None
        content_type = (reply or fields).get_header("Content-Type") or fields.get_header(
            "WARC-Identified-Payload-Type", ""
        )
        if media(content_type) not in _PAGES:
            return None
        if length > len(block):
            raise InputError("page_too_large", _TOO_LARGE)
        return _Page(str(url), fields.get_header("WARC-Date"), content_type, _whole(record.content_stream()))
    except InputError as error:
        return _Lost(url, error.code, str(error))
    except MemoryError:
        raise
    except Exception as error:  # noqa: BLE001  # zlib's, warcio's own, and what odd headers bring about in it
        return _Lost(url, "damaged_record", f"A record of the archive cannot be read ({type(error).__name__}).")


def media(content_type: str) -> str:
    """The type alone of a Content-Type."""
    return content_type.partition(";")[0].strip().lower()


def _whole(stream: BinaryIO) -> bytes:
    """What a reply brings, without its encoding for transfer."""
    pieces: list[bytes] = []
    size = 0
    while piece := stream.read(_CHUNK_BYTES):
        pieces.append(piece)
        size += len(piece)
        if size > MAX_PAGE_BYTES:
            raise InputError("page_too_large", _TOO_LARGE)
    return b"".join(pieces)


class _Member(io.RawIOBase):
    """A gzip member, decompressed."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._member = zlib.decompressobj(wbits=31)
        self._plain = memoryview(b"")

    @property
    def end(self) -> int | None:
        """Where in the file the next one starts; None where this one was not read to its end."""
        return self._file.tell() - len(self._member.unused_data) if self._member.eof else None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any, /) -> int:
        while not self._plain:
            if self._member.eof:
                return 0
            data = self._file.read(_PIECE_BYTES)
            if not data:
                raise Damaged("the compressed data ends too early")
            try:
                self._plain = memoryview(self._member.decompress(data))
            except zlib.error:
                raise Damaged("the compressed data is damaged") from None
        count = min(len(buffer), len(self._plain))
        buffer[:count] = self._plain[:count]
        self._plain = self._plain[count:]
        return count


def _members(file: BinaryIO) -> Iterator[BinaryIO]:
    """The members of a gzip file; after one that is damaged, the next that starts as a record does."""
    start: int | None = 0
    while start is not None:
        file.seek(start)
        if not file.read(1):
            return
        file.seek(start)
        member = _Member(file)
        yield io.BufferedReader(member, _MEMBER_BUFFER_BYTES)
        start = _next_member(file, start + 1) if member.end is None else member.end


def _next_member(file: BinaryIO, start: int) -> int | None:
    """The first place from `start` on where a member with a record starts."""
    file.seek(start)
    window = b""
    while data := file.read(_CHUNK_BYTES):
        window += data
        at = window.find(_GZIP)
        while at >= 0:
            if _starts_record(file, start + at):
                return start + at
            at = window.find(_GZIP, at + 1)
        keep = len(_GZIP) - 1
        start += len(window) - keep
        window = window[-keep:]
        file.seek(start + keep)
    return None


def _starts_record(file: BinaryIO, place: int) -> bool:
    file.seek(place)
    try:
        return zlib.decompressobj(wbits=31).decompress(file.read(_PIECE_BYTES), len(_START)) == _START
    except zlib.error:
        return False
