"""Connections on which nothing, or too little, comes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable

import pytest
import uvicorn
from fake import FakeScorer

from api import protocol
from api.app import create_app
from api.protocol import ServiceProtocol
from api.settings import Settings

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
SCORE = b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
Act = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[bytes]]


def told(act: Act) -> bytes:
    """What a client reads that acts so, from a server that waits 0.3 seconds for headers and 30 for the next request."""

    async def run() -> bytes:
        app = create_app(FakeScorer(), Settings(database=""))
        server = uvicorn.Server(
            uvicorn.Config(app, port=0, http=ServiceProtocol, lifespan="off", log_level="error", timeout_keep_alive=30)
        )
        serving = asyncio.create_task(server.serve())
        while not server.started:
            await asyncio.sleep(0.01)
        port = server.servers[0].sockets[0].getsockname()[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        try:
            return await asyncio.wait_for(act(reader, writer), 10)
        finally:
            writer.close()
            server.should_exit = True
            await serving

    return asyncio.run(run())


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 0.3)


@pytest.fixture
def patient(impatient: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(protocol, "HEAD_SECONDS", 30)


@pytest.mark.parametrize("sent", [b"", b"GET /healthz HT", REQUEST], ids=["nothing", "half a line", "half the headers"])
def test_who_sends_no_whole_head_is_let_go(sent: bytes) -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(sent)
        return await reader.read()

    assert told(act) == b""


def test_who_is_slow_between_two_requests_is_not() -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        answers = b""
        for _ in range(2):
            writer.write(REQUEST + b"\r\n")
            answers += await reader.readuntil(b'{"status":"ok"}')
            await asyncio.sleep(0.6)
        return answers

    assert told(act).count(b"200 OK") == 2


def test_the_second_head_has_its_time_too() -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(REQUEST + b"\r\n")
        await reader.readuntil(b'{"status":"ok"}')
        writer.write(REQUEST)
        return await reader.read()

    assert told(act) == b""


async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> bytes:
    """The head of the answer, whose body has a length."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = re.search(rb"content-length: (\d+)", head)
    assert length
    await reader.readexactly(int(length[1]))
    return head


async def dripped(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, drop: bytes) -> bytes:
    """What comes, as the drop is sent all the time, until the server closes."""
    got = asyncio.create_task(reader.read())
    while not got.done():
        writer.write(drop)
        await asyncio.sleep(0.05)
    try:
        return got.result()
    except ConnectionResetError:
        return b""


def test_an_empty_line_behind_an_answer_keeps_nothing_open() -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        await answered(reader, writer, REQUEST + b"\r\n")
        writer.write(b"\r\n")
        return await reader.read()

    assert told(act) == b""


@pytest.mark.parametrize("drop", [b"\r\n", b"x"], ids=["empty lines", "a body"])
def test_who_drips_behind_an_answer_is_let_go(drop: bytes) -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        body = b"" if drop == b"\r\n" else b"Content-Length: 99999999\r\n"
        await answered(reader, writer, REQUEST + body + b"\r\n")
        return await dripped(reader, writer, drop)

    assert told(act) == b""


@pytest.mark.usefixtures("patient")
def test_a_body_that_nobody_reads_may_end_and_another_request_follow() -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        heads = await answered(reader, writer, REQUEST + b"Content-Length: 2000000\r\n\r\n")
        writer.write(bytes(2_000_000))
        heads += await answered(reader, writer, REQUEST + b"\r\n")
        return heads

    assert told(act).count(b"200 OK") == 2


def padded(size: int) -> bytes:
    """A request whose line and headers have that size."""
    start = REQUEST + b"X-Padding: "
    return start + b"a" * (size - len(start) - 4) + b"\r\n\r\n"


ENDLESS = {
    "a header": REQUEST + b"X-Padding: ",
    "many headers": REQUEST,
    "a line": b"GET /",
    "a query": b"GET /healthz?",
}


@pytest.mark.parametrize("sent", ENDLESS.values(), ids=ENDLESS)
def test_a_head_without_end_is_refused(sent: bytes) -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        drop = b"X-Padding: a\r\n" * 1000 if sent == REQUEST else b"a" * 14_000
        writer.write(sent)
        return await dripped(reader, writer, drop)

    head, _, body = told(act).partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 431 ")
    assert b"content-length: %d\r\n" % len(body) in head
    assert body


@pytest.mark.usefixtures("patient")
def test_who_sends_all_of_a_huge_head_first_can_read_why_it_is_refused() -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(padded(8_000_000))
        await writer.drain()
        await asyncio.sleep(0.1)
        return await reader.read()

    assert told(act).startswith(b"HTTP/1.1 431 ")


def test_trailers_without_end_are_cut_off() -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        writer.write(SCORE + b"Transfer-Encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\nX-Padding: ")
        return await dripped(reader, writer, b"a" * 14_000)

    assert told(act) == b""


@pytest.mark.usefixtures("patient")
@pytest.mark.parametrize(("size", "status"), [(64 * 1024, b"200"), (80 * 1024, b"431")])
@pytest.mark.parametrize("before", [b"", b"\r\n", SCORE + b"Content-Length: 4000\r\n\r\n" + b" " * 4000])
def test_a_long_head_is_told_from_too_long_a_one_wherever_it_begins(before: bytes, size: int, status: bytes) -> None:
    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        if before.startswith(b"POST"):
            await answered(reader, writer, before)
            return await answered(reader, writer, padded(size))
        return await answered(reader, writer, before + padded(size))

    assert told(act).split()[1] == status


@pytest.mark.usefixtures("patient")
def test_large_bodies_do_not_count() -> None:
    body = b'{"text": "short"}' + b" " * 1_000_000
    request = SCORE + b"Content-Length: %d\r\n\r\n" % len(body) + body
    pieces = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in [b" "] * 30_000 + [b"{}", b""])
    chunked = SCORE + b"Transfer-Encoding: chunked\r\n\r\n" + pieces

    async def act(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
        heads = await answered(reader, writer, request)
        heads += await answered(reader, writer, chunked)
        writer.write(request + request + REQUEST)  # the last one's end comes later
        for _ in range(2):
            heads += await answered(reader, writer, b"")
        return heads + await answered(reader, writer, b"\r\n")

    assert re.findall(rb"HTTP/1.1 (\d+)", told(act)) == [b"200", b"422", b"200", b"200", b"200"]
