"""Connections on which nothing, or too little, comes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

import pytest
import uvicorn
from fake import FakeScorer

from api import protocol
from api.app import create_app
from api.protocol import ServiceProtocol
from api.settings import Settings

REQUEST = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n"
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
