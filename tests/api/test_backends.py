"""The queue, the workers, and the end: what happens when there is too much, or something dies."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from fake import SPUN, FakeScorer
from obedient import JSON, Answer, Server, eventually

from api import backends
from api.settings import Settings
from detector.results import Result

FORM = urlencode({"language": "en-US", "text": SPUN})
ANALYZE = json.dumps({"comment": {"text": SPUN}, "requestedAttributes": {"SPUN_TEXT": {}}})


class Waiting(FakeScorer):
    """Scores when it is told to."""

    def __init__(self) -> None:
        super().__init__()
        self.go_on = threading.Event()

    def score(self, *arguments: Any, **options: Any) -> Result:
        assert self.go_on.wait(30)
        return super().score(*arguments, **options)


def in_progress(client: Any) -> float:
    page = client.get("/metrics").text
    (line,) = [line for line in page.splitlines() if line.startswith("unspun_in_progress ")]
    return float(line.split()[1])


def test_a_full_queue_refuses_at_once_in_every_format_and_recovers_at_once(serve: Any) -> None:
    scorer = Waiting()
    client = serve(scorer, workers=2, queue=3)
    with ThreadPoolExecutor(5) as pool:
        accepted = [pool.submit(client.post, "/v1/score", json={"text": SPUN}) for _ in range(5)]
        try:
            assert eventually(lambda: in_progress(client) == 5)
            began = time.monotonic()
            refused = [
                client.post("/v1/score", json={"text": SPUN}),
                client.post("/v2/check", content=FORM),
                client.post("/v1alpha1/comments:analyze", content=ANALYZE, headers=JSON),
            ]
            unready = client.get("/v2/healthcheck")
            assert time.monotonic() - began < 5
            assert client.get("/healthz").status_code == 200
            assert client.get("/v1/model").status_code == 200
        finally:
            scorer.go_on.set()
        assert [reply.result(30).status_code for reply in accepted] == [200] * 5
    for reply in refused:
        assert (reply.status_code, reply.headers["retry-after"]) == (503, "1")
    assert refused[0].headers["content-type"] == "application/problem+json"
    assert refused[1].text.startswith("Error: ")
    assert refused[2].json()["error"]["status"] == "UNAVAILABLE"
    assert unready.status_code == 503
    assert len(scorer.calls) == 5
    assert client.post("/v1/score", json={"text": SPUN}).status_code == 200
    assert in_progress(client) == 0


def test_without_a_queue_only_what_is_worked_on_is_accepted(serve: Any) -> None:
    scorer = Waiting()
    client = serve(scorer, workers=1, queue=0)
    with ThreadPoolExecutor(1) as pool:
        accepted = pool.submit(client.post, "/v1/score", json={"text": SPUN})
        try:
            assert eventually(lambda: in_progress(client) == 1)
            assert client.post("/v1/score", json={"text": SPUN}).status_code == 503
        finally:
            scorer.go_on.set()
        assert accepted.result(30).status_code == 200


def test_whoever_is_stopping_is_not_ready_but_healthy(serve: Any) -> None:
    client = serve()
    assert client.get("/readyz").json() == {"status": "ready"}
    client.app.state.draining = True
    assert client.get("/readyz").status_code == 503
    assert client.get("/v2/healthcheck").status_code == 503
    assert client.get("/healthz").status_code == 200
    assert client.post("/v1/score", json={"text": SPUN}).status_code == 200


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """Two workers, three seconds for a request."""
    server = Server("--workers", "2", score_seconds=3).wait_until_up()
    yield server
    server.stop()


Later = Callable[[str], "Future[Answer]"]


@pytest.fixture
def later(server: Server) -> Iterator[Later]:
    with ThreadPoolExecutor(8) as pool:
        yield lambda text: pool.submit(server.score, text)


def figure(server: Server, name: str) -> float:
    page = server.ask("GET", "/metrics").body.decode()
    (line,) = [line for line in page.splitlines() if line.startswith(f"{name} ")]
    return float(line.split()[1])


def whole_again(server: Server, before: set[int]) -> bool:
    """Whether there are two workers again, of which at least one is new."""
    return eventually(lambda: len(set(server.workers())) == 2 and set(server.workers()) != before)


def busy(server: Server, jobs: int) -> bool:
    return eventually(lambda: figure(server, "unspun_in_progress") == jobs)


def test_a_worker_that_is_killed_at_work_costs_no_answer(server: Server, later: Later) -> None:
    before, restarts = set(server.workers()), figure(server, "unspun_worker_restarts")
    answers = [later("please sleep 1.5"), later("please sleep 1.5")]
    assert busy(server, 2)
    os.kill(next(iter(before)), signal.SIGKILL)
    assert [answer.result(30).status for answer in answers] == [200, 200]
    assert whole_again(server, before)
    assert figure(server, "unspun_worker_restarts") == restarts + 1
    assert server.score(SPUN).status == 200


def test_workers_that_are_killed_at_rest_cost_no_answer(server: Server) -> None:
    before = set(server.workers())
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: not any(_alive(pid) for pid in before))
    assert [server.score(SPUN).status for _ in range(4)] == [200] * 4
    assert eventually(lambda: len(server.workers()) == 2)
    assert not before & set(server.workers())


def test_they_are_missed_and_replaced_without_a_request(started: Any) -> None:
    server: Server = started("--workers", "2")
    before = set(server.workers())
    for pid in before:
        os.kill(pid, signal.SIGKILL)
    assert eventually(lambda: server.ask("GET", "/readyz").status == 503)
    assert server.ask("GET", "/v2/healthcheck").status == 503
    assert eventually(lambda: server.ask("GET", "/readyz").status == 200)
    assert eventually(lambda: len(server.workers()) == 2)
    assert not before & set(server.workers())
    assert figure(server, "unspun_worker_restarts") == 2
    assert server.score(SPUN).status == 200
    assert figure(server, "unspun_worker_restarts") == 2


#: A worker that says more than it was asked for.
TALKER = """
import os, sys, time
from api import frames
frames.read(sys.stdin.buffer.read)
sys.stdout.buffer.write(frames.pack({"pid": os.getpid()}) + bytes(10_000_000))
"""


def test_the_end_of_a_worker_is_seen_behind_words_that_nobody_reads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(backends, "WORKER_COMMAND", (sys.executable, "-c", TALKER))

    async def watch() -> None:
        processes = backends.Processes(Settings(workers=1))
        await processes.start()
        try:
            async with asyncio.timeout(10):
                while not processes.restarts:
                    await asyncio.sleep(0.02)
        finally:
            await processes.stop()

    asyncio.run(watch())


def test_a_worker_has_no_settings_in_its_environment(server: Server) -> None:
    assert b"UNSPUN_DATABASE=" in environment(server.pid)
    for pid in server.workers():
        assert b"PYTHONPATH=" in environment(pid)
        assert b"UNSPUN_" not in environment(pid)


def environment(pid: int) -> bytes:
    return Path(f"/proc/{pid}/environ").read_bytes()


def test_a_text_that_kills_every_worker_is_given_up_and_the_next_one_answered(server: Server) -> None:
    before = set(server.workers())
    assert server.score("please exit").status == 500
    assert server.score(SPUN).status == 200
    assert eventually(lambda: len(server.workers()) == 2)
    assert not before & set(server.workers())


def test_what_takes_too_long_is_503_and_its_worker_is_replaced(server: Server, later: Later) -> None:
    before, restarts = set(server.workers()), figure(server, "unspun_worker_restarts")
    began = time.monotonic()
    slow, other = later("please sleep 30"), later("please sleep 1")
    reply = slow.result(30)
    assert reply.status == 503
    assert reply.headers["content-type"] == "application/problem+json"
    assert 2.5 < time.monotonic() - began < 10
    assert other.result(30).status == 200
    assert whole_again(server, before)
    assert len(before & set(server.workers())) == 1
    assert figure(server, "unspun_worker_restarts") == restarts + 1
    assert server.score(SPUN).status == 200


def test_an_answer_after_a_failure_is_of_its_own_request(server: Server, later: Later) -> None:
    texts = [f"please sleep 0.0{n % 3} " + "word " * n for n in range(40)]
    answers = [later(text if n % 5 else f"please fail {n}") for n, text in enumerate(texts)]
    for n, (text, answer) in enumerate(zip(texts, answers, strict=True)):
        reply = answer.result(30)
        assert reply.status == (200 if n % 5 else 500)
        if n % 5:
            assert reply.json() == FakeScorer().score([text]).to_dict()


def request(text: str, path: str = "/v1/score", version: str = "1.1") -> bytes:
    body = json.dumps({"text": text}).encode()
    head = f"POST {path} HTTP/{version}\r\nHost: localhost\r\nContent-Type: application/json\r\n"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


@pytest.mark.parametrize("seconds", [0, 0.3])
def test_who_shuts_its_sending_side_behind_a_request_gets_its_answer(server: Server, seconds: float) -> None:
    for _ in range(5):
        reply = server.raw(request(f"please sleep {seconds}"), then_close=True)
        assert reply.startswith(b"HTTP/1.1 200 OK\r\n")
        assert json.loads(reply.partition(b"\r\n\r\n")[2])["documents"]


def test_so_does_who_sends_two_requests_before_that(server: Server) -> None:
    reply = server.raw(request("please sleep 0.2") + request("please sleep 0.1"), then_close=True)
    assert reply.count(b"HTTP/1.1 200 OK\r\n") == 2


def test_emacs_gets_its_answer(server: Server) -> None:
    """It names neither itself nor what it accepts, shuts its sending side and reads until the connection ends."""
    body = urlencode({"language": "en-US", "text": f"please sleep 0.3 {SPUN}"})
    head = f"POST /v2/check HTTP/1.1\r\nHost: localhost\r\nContent-Length: {len(body)}\r\n\r\n"
    began = time.monotonic()
    reply = server.raw((head + body).encode(), then_close=True)
    assert time.monotonic() - began < 4
    head, _, json_body = reply.decode().partition("\r\n\r\n")
    assert "\r\ncontent-type: application/json\r\n" in head
    assert json.loads(json_body)["matches"]


def test_who_shuts_its_sending_side_within_a_request_is_let_go_at_once(server: Server) -> None:
    began = time.monotonic()
    reply = server.raw(request(SPUN)[:-5], then_close=True)
    assert time.monotonic() - began < 2
    assert b"200 OK" not in reply


def test_a_worker_that_stops_when_the_server_is_killed(started: Any) -> None:
    server: Server = started("--workers", "2")
    workers = server.workers()
    assert len(workers) == 2
    thread = threading.Thread(target=_asked_in_vain, args=[server])
    thread.start()
    assert busy(server, 1)
    server.signal(signal.SIGKILL)
    server.exit_code()
    thread.join()
    assert eventually(lambda: not any(_alive(pid) for pid in workers))


def _asked_in_vain(server: Server) -> None:
    with pytest.raises((ConnectionError, OSError)):
        server.score("please sleep 2")


def _alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_what_was_accepted_is_finished_before_the_end(started: Any, number: int) -> None:
    server: Server = started("--workers", "1", queue=8)
    workers = server.workers()
    with ThreadPoolExecutor(4) as pool:
        answers = [pool.submit(server.score, "please sleep 0.7") for _ in range(3)]  # one at work, two in the queue
        assert busy(server, 3)
        server.signal(number)
        assert [answer.result(30).status for answer in answers] == [200] * 3
    assert server.exit_code() == 0
    assert "is replaced" not in server.output
    assert not any(_alive(pid) for pid in workers)
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", server.port), 5)


def test_what_is_not_finished_in_time_is_given_up(started: Any) -> None:
    server: Server = started("--workers", "1", stop_seconds=1)
    workers = server.workers()
    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(server.score, "please sleep 30")
        assert busy(server, 1)
        began = time.monotonic()
        server.signal()
        assert server.exit_code() == 0
        assert time.monotonic() - began < 10
        assert isinstance(answer.exception(30), OSError) or answer.result().status >= 500
    assert eventually(lambda: not any(_alive(pid) for pid in workers))
    for line in server.output.splitlines():
        json.loads(line)


def test_before_the_end_it_says_that_it_is_not_ready(started: Any) -> None:
    server: Server = started("--workers", "1", drain_seconds=1.5)
    assert server.ask("GET", "/readyz").status == 200
    server.signal()
    assert eventually(lambda: server.ask("GET", "/readyz").status == 503, 1)
    assert server.ask("GET", "/healthz").status == 200
    assert server.score(SPUN).status == 200
    assert server.exit_code() == 0


def test_a_second_signal_does_not_wait_for_that(started: Any) -> None:
    server: Server = started("--workers", "1", drain_seconds=60)
    server.signal()
    assert eventually(lambda: server.ask("GET", "/readyz").status == 503)
    server.signal()
    assert server.exit_code() == 0
