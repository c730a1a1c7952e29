"""Texts, files that hold them in every format, and the bytes of archives."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from detector.corpus.inputs import sources
from detector.corpus.parsing import parse
from detector.corpus.reading import records
from detector.corpus.records import Kind, Record, Wanted
from detector.results import Failure, Format

SECRET = "confidential"
PLAIN = Wanted()


def zstd(data: bytes) -> bytes:
    packed: bytes = pytest.importorskip("zstandard").ZstdCompressor(write_checksum=True).compress(data)
    return packed


PACKED: dict[str, Callable[[bytes], bytes]] = {
    "": bytes,
    ".gz": gzip.compress,
    ".xz": partial(lzma.compress, preset=0),
    ".bz2": bz2.compress,
    ".zst": zstd,
}


def read(
    *paths: Path, wanted: Wanted = PLAIN, kind: Kind | None = None, format: Format = "text"
) -> list[Record | Failure]:
    """Every record of some files, read and parsed; of one that cannot be scored, why."""
    entries = [
        parse(raw, source.kind, wanted, format)
        for source in sources([str(path) for path in paths], kind)
        for raw in records(source, wanted)
    ]
    return [entry if isinstance(entry, Record) else entry.failure for entry in entries]


def texts(entries: Iterable[Record | Failure]) -> list[str]:
    return [entry.text for entry in entries if isinstance(entry, Record)]


def failures(entries: Iterable[Record | Failure]) -> list[tuple[int | None, str]]:
    """Line and code of each failure, none of which says what the input holds."""
    found = [entry for entry in entries if isinstance(entry, Failure)]
    assert not any(SECRET in failure.message for failure in found)
    return [(failure.line, failure.code) for failure in found]


def line(text: str, **more: object) -> bytes:
    return json.dumps({"text": text, **more}).encode() + b"\n"


def html(text: str, head: str = "<meta charset='utf-8'>") -> str:
    paragraphs = "".join(f"<p>{paragraph}</p>" for paragraph in text.split("\n\n"))
    return f"<html><head>{head}</head><body><nav>Menu</nav><article>{paragraphs}</article></body></html>"


def archive(pages: Iterable[Mapping[str, Any]], packed: bool = False) -> list[bytes]:
    """The records of an archive, each as its own bytes. page: body, and perhaps kind, url, status, type, headers."""
    warcwriter = pytest.importorskip("warcio.warcwriter")
    from warcio.statusandheaders import StatusAndHeaders

    found = []
    for number, page in enumerate(pages):
        sink = io.BytesIO()
        writer = warcwriter.WARCWriter(sink, gzip=packed)
        kind = page.get("kind", "response")
        headers = [("Content-Type", page.get("type", "text/html; charset=utf-8")), *page.get("headers", ())]
        http = StatusAndHeaders(page.get("status", "200 OK"), headers, protocol="HTTP/1.1")
        record = writer.create_warc_record(
            page.get("url", f"http://example.org/{number}"),
            kind,
            payload=io.BytesIO(b"GET / HTTP/1.1\r\n\r\n" * (kind == "request") + page["body"]),
            http_headers=http if kind == "response" else None,
            warc_content_type="" if kind == "response" else page.get("type", "text/html"),
            warc_headers_dict={"WARC-Date": "2022-03-04T05:06:07Z"},
        )
        writer.write_record(record)
        found.append(sink.getvalue())
    return found
