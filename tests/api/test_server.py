"""A real server on a real socket."""

from __future__ import annotations

import http.client
import json
import signal
import socket
from collections.abc import Iterator
from subprocess import Popen
from urllib.parse import urlsplit

import pytest
from fake import SPUN, FakeScorer, unspun

JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def server() -> Iterator[tuple[Popen[bytes], int]]:
    process = unspun("serve", "--port", "0")
    assert process.stderr is not None
    address = process.stderr.readline().decode().split()[-1]
    port = urlsplit(address).port
    assert port
    yield process, port
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=20)


def post(port: int, body: object, headers: dict[str, str] = JSON) -> tuple[int, object]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    connection.request("POST", "/v1/score", body, headers)  # type: ignore[arg-type]
    reply = connection.getresponse()
    return reply.status, json.loads(reply.read())


def test_it_scores(server: tuple[Popen[bytes], int]) -> None:
    status, reply = post(server[1], json.dumps({"text": SPUN}))
    assert (status, reply) == (200, FakeScorer().score(SPUN).to_dict())


@pytest.mark.parametrize("pieces", [None, [b" " * 1_000_000] * 20], ids=["announced", "streamed"])
def test_a_client_that_sends_too_much_still_reads_413(
    server: tuple[Popen[bytes], int], pieces: list[bytes] | None
) -> None:
    status, _ = post(server[1], b" " * 20_000_000 if pieces is None else iter(pieces))
    assert status == 413


def test_a_client_that_closes_behind_its_request_reads_413_too(server: tuple[Popen[bytes], int]) -> None:
    status, _ = post(server[1], b" " * 20_000_000, {**JSON, "Connection": "close"})
    assert status == 413


def test_a_client_that_goes_away_harms_nobody(server: tuple[Popen[bytes], int]) -> None:
    process, port = server
    with socket.create_connection(("127.0.0.1", port)) as client:
        client.sendall(b"POST /v1/score HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n")
        client.sendall(b"Content-Length: 1000\r\n\r\n{")
    assert post(port, json.dumps({"text": SPUN}))[0] == 200
    assert process.poll() is None


def test_a_port_in_use_is_one_line_and_exit_code_2(server: tuple[Popen[bytes], int]) -> None:
    second = unspun("serve", "--port", str(server[1]))
    _, complaints = second.communicate(timeout=20)
    assert second.returncode == 2
    assert len(complaints.splitlines()) == 1
    assert b"cannot listen on 127.0.0.1" in complaints


def test_it_stops_when_asked_and_has_logged_no_text() -> None:
    process = unspun("serve", "--port", "0")
    assert process.stderr is not None
    port = urlsplit(process.stderr.readline().decode().split()[-1]).port
    assert port
    for body in (json.dumps({"text": "confidential"}), '{"confidential"'):
        post(port, body)
    process.send_signal(signal.SIGTERM)
    output, complaints = process.communicate(timeout=20)
    assert b"confidential" not in output + complaints
