"""A real server on a real socket."""

from __future__ import annotations

import http.client
import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake import SPUN, FakeScorer, unspun
from obedient import JSON, Server, eventually

from detector.results import SKIPS


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    server = Server("--workers", "2", body_seconds=1).wait_until_up()
    yield server
    assert server.stop() == 0


def post(server: Server, body: object, headers: dict[str, str] = JSON) -> tuple[int, object]:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    connection.request("POST", "/v1/score", body, headers)  # type: ignore[arg-type]
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read())


def test_it_scores(server: Server) -> None:
    assert post(server, json.dumps({"text": SPUN})) == (200, FakeScorer().score(SPUN, skip=SKIPS).to_dict())


@pytest.mark.parametrize("pieces", [None, [b" " * 1_000_000] * 20], ids=["announced", "streamed"])
def test_a_client_that_sends_too_much_still_reads_413(server: Server, pieces: list[bytes] | None) -> None:
    status, _ = post(server, b" " * 20_000_000 if pieces is None else iter(pieces))
    assert status == 413


def test_a_client_that_closes_behind_its_request_reads_413_too(server: Server) -> None:
    status, _ = post(server, b" " * 20_000_000, {**JSON, "Connection": "close"})
    assert status == 413


HEAD = b"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"


def test_a_client_that_announces_far_too_much_is_told_before_it_sends_it(server: Server) -> None:
    reply = server.raw(HEAD + b"Content-Length: 1000000000000\r\nConnection: close\r\n\r\n")
    assert reply.startswith(b"HTTP/1.1 413 ")


def test_a_client_that_takes_too_long_over_its_body_reads_408(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), 20) as client:
        client.sendall(HEAD + b"Content-Length: 1000\r\nConnection: close\r\n\r\n{")
        began = time.monotonic()
        for _ in range(5):
            time.sleep(0.1)
            client.sendall(b" ")
        assert client.recv(100).startswith(b"HTTP/1.1 408 ")
        assert time.monotonic() - began < 5


def test_a_client_that_goes_away_harms_nobody(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        client.sendall(HEAD + b"Content-Length: 1000\r\n\r\n{")
    with socket.create_connection(("127.0.0.1", server.port)) as client:
        body = json.dumps({"text": "please sleep 0.5"}).encode()
        client.sendall(HEAD + f"Content-Length: {len(body)}\r\n\r\n".encode() + body)
    assert post(server, json.dumps({"text": SPUN}))[0] == 200
    assert server.running


def test_requests_on_one_connection_are_answered_in_order(server: Server) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    for number in range(20):
        connection.request("POST", "/v1/score", json.dumps({"documents": [{"id": str(number), "text": SPUN}]}), JSON)
        assert json.loads(connection.getresponse().read())["documents"][0]["id"] == str(number)


@pytest.mark.parametrize("size", [1, 60_000, 70_000, 1_000_000, 4_000_000])
def test_a_body_of_any_size_up_to_the_limit_is_answered_whole(server: Server, size: int) -> None:
    text = "word " * (size // 5)
    status, reply = post(server, json.dumps({"text": text, "explain": True}))
    assert status == 200
    assert isinstance(reply, dict)
    assert reply["documents"][0]["paragraphs"][0]["end"] == len(text.rstrip()) if text else True


def test_a_reply_of_many_megabytes_comes_whole(server: Server) -> None:
    texts = ["a\n\n" * 40] * 1_000
    status, reply = post(server, json.dumps({"text": texts}))
    assert status == 200
    assert reply == FakeScorer().score(texts, skip=SKIPS).to_dict()


def test_a_port_in_use_is_one_line_and_exit_code_2(server: Server) -> None:
    second = unspun("serve", "--port", str(server.port))
    _, complaints = second.communicate(timeout=20)
    assert second.returncode == 2
    assert len(complaints.splitlines()) == 1
    assert b"cannot listen on 127.0.0.1" in complaints


def test_a_server_that_is_told_to_stop_while_it_starts_ends_with_0() -> None:
    process = unspun("serve", "--port", "0")
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    assert eventually(lambda: bool(children.read_text()))  # the workers are starting
    process.terminate()
    _, complaints = process.communicate(timeout=20)
    assert process.returncode == 0, complaints
    assert b"stopped while starting" in complaints
