from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from fake import CLEAN, SPUN, FakeScorer
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.app import create_app
from api.limits import MAX_ALLOWED, MAX_DOCUMENTS, MAX_ID_LENGTH, MAX_PHRASE_LENGTH, Limits
from detector.results import Result

SECRET = "confidential"
JSON = {"Content-Type": "application/json"}


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(create_app(FakeScorer()), raise_server_exceptions=False) as client:
        yield client


def assert_problem(reply: Any, status: int) -> dict[str, Any]:
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    problem: dict[str, Any] = reply.json()
    assert problem["type"] == "about:blank"
    assert problem["status"] == status
    assert problem["title"]
    assert problem["detail"]
    assert SECRET not in reply.text
    return problem


@pytest.mark.parametrize(
    ("request_body", "texts", "options"),
    [
        ({"text": SPUN}, [SPUN], {}),
        ({"text": []}, [], {}),
        ({"text": ""}, [""], {}),
        ({"text": [SPUN, "", CLEAN], "mode": "strict"}, [SPUN, "", CLEAN], {"mode": "strict"}),
        ({"documents": [{"text": SPUN, "id": "a"}, {"text": CLEAN}]}, [SPUN, CLEAN], {"ids": ["a", "1"]}),
        ({"documents": [{"text": SPUN, "id": None}]}, [SPUN], {}),
        ({"text": f"😀 {SPUN}", "offset_unit": "utf16"}, [f"😀 {SPUN}"], {"offset_unit": "utf16"}),
        (
            {"text": SPUN, "allow": ["social employees"], "explain": True},
            [SPUN],
            {"allow": ["social employees"], "explain": True},
        ),
        ({"text": f"nul \u0000 and \r\n and \u202e {SPUN}"}, [f"nul \u0000 and \r\n and \u202e {SPUN}"], {}),
    ],
)
def test_the_reply_is_the_librarys(
    client: TestClient, request_body: dict[str, Any], texts: list[str], options: dict[str, Any]
) -> None:
    reply = client.post("/v1/score", json=request_body)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/json"
    assert reply.headers["cache-control"] == "no-store"
    assert reply.json() == FakeScorer().score(texts, **options).to_dict()


LONE = b'"\\ud800 confidential"'

# Bodies that must be refused: status, and where the problem says it is.
BAD_BODIES: list[tuple[bytes, int, str | None]] = [
    (b"", 400, None),
    (b"confidential", 400, None),
    (b'{"text": "confidential"', 400, None),
    (b'{"text": "confidential \xe9"}', 400, None),
    (b'{"text": ' + LONE + b"}", 400, None),
    (b'{"mode": ' + LONE + b', "text": "x"}', 400, None),
    (b"{" + LONE + b': 1, "text": "x"}', 400, None),
    (b"[" * 50_000, 400, None),
    (b'"confidential"', 422, "#"),
    (b"[]", 422, "#"),
    (b"null", 422, "#"),
    (b"{}", 422, "#/text"),
    (b'{"text": 1}', 422, "#/text"),
    (b'{"text": NaN}', 422, "#/text"),
    (b'{"text": ["ok", {"confidential": 1}]}', 422, "#/text/1"),
    (b'{"text": "x", "mode": "confidential"}', 422, "#/mode"),
    (b'{"text": "x", "offset_unit": "bytes"}', 422, "#/offset_unit"),
    (b'{"text": "x", "explain": "true"}', 422, "#/explain"),
    (b'{"text": "x", "explain": 1}', 422, "#/explain"),
    (b'{"text": "x", "allow": "confidential"}', 422, "#/allow"),
    (b'{"text": "x", "confidential": 1}', 422, "#"),
    (b'{"text": "x", "documents": []}', 422, "#"),
    (b'{"documents": [{"text": "x", "id": 1}]}', 422, "#/documents/0/id"),
    (b'{"documents": [{"text": "x", "confidential": 1}]}', 422, "#/documents/0"),
    (b'{"documents": [{"text": "x"}, {"id": "confidential"}]}', 422, "#/documents/1/text"),
    (b'{"documents": "confidential"}', 422, "#/documents"),
    (b'{"text": "x", "explain": ' + b"9" * 5_000 + b"}", 400, None),
    (json.dumps({"text": ["x"] * (MAX_DOCUMENTS + 1)}).encode(), 422, "#/text"),
    (json.dumps({"documents": [{"text": "x"}] * (MAX_DOCUMENTS + 1)}).encode(), 422, "#/documents"),
    (json.dumps({"documents": [{"text": "x", "id": "y" * (MAX_ID_LENGTH + 1)}]}).encode(), 422, "#/documents/0/id"),
    (json.dumps({"text": "x", "allow": ["y"] * (MAX_ALLOWED + 1)}).encode(), 422, "#/allow"),
    (json.dumps({"text": "x", "allow": ["y" * (MAX_PHRASE_LENGTH + 1)]}).encode(), 422, "#/allow/0"),
]


@pytest.mark.parametrize(("body", "status", "pointer"), BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_bad_body_is_a_problem_without_a_piece_of_it(
    client: TestClient, body: bytes, status: int, pointer: str | None
) -> None:
    problem = assert_problem(client.post("/v1/score", content=body, headers=JSON), status)
    if pointer is not None:
        assert pointer in [error["pointer"] for error in problem["errors"]]


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(), lambda c: st.lists(c) | st.dictionaries(st.text(), c)
    )
)
def test_no_json_value_is_a_server_error(value: Any) -> None:
    reply = TestClient(create_app(FakeScorer())).post("/v1/score", content=json.dumps({"text": value}), headers=JSON)
    assert reply.status_code in (200, 400, 422)


@pytest.mark.parametrize(
    "content_type", [None, "text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x"]
)
def test_another_content_type_is_415(client: TestClient, content_type: str | None) -> None:
    headers = {} if content_type is None else {"Content-Type": content_type}
    assert_problem(client.post("/v1/score", content=b'{"text": "confidential"}', headers=headers), 415)


def test_a_charset_is_fine(client: TestClient) -> None:
    headers = {"Content-Type": "Application/JSON; charset=utf-8"}
    assert client.post("/v1/score", content=b'{"text": "x"}', headers=headers).status_code == 200


def in_pieces(size: int) -> Iterator[bytes]:
    for _ in range(0, size, 10_000):
        yield b" " * 10_000


@pytest.mark.parametrize("body", [b" " * 100_001, in_pieces(200_000)], ids=["announced", "streamed"])
def test_a_body_over_the_limit_is_413(body: Any) -> None:
    with TestClient(create_app(FakeScorer(), Limits(body_bytes=100_000))) as client:
        problem = assert_problem(client.post("/v1/score", content=body, headers=JSON), 413)
    assert "100000" in problem["detail"]


def test_a_body_of_exactly_the_limit_is_read() -> None:
    body = b'{"text": "' + b"x" * 99_988 + b'"}'
    assert len(body) == 100_000
    with TestClient(create_app(FakeScorer(), Limits(body_bytes=100_000))) as client:
        assert client.post("/v1/score", content=body, headers=JSON).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [("GET", "/confidential", 404), ("GET", "/v1/score", 405), ("POST", "/healthz", 405), ("POST", "/v1/score/", 404)],
)
def test_what_is_not_there_is_a_problem_too(client: TestClient, method: str, path: str, status: int) -> None:
    reply = client.request(method, path, headers=JSON)
    assert_problem(reply, status)
    assert ("allow" in reply.headers) == (status == 405)


def test_health_and_model(client: TestClient) -> None:
    assert client.get("/healthz").json() == {"status": "ok"}
    described = client.get("/v1/model").json()
    assert (described["name"], described["version"]) == ("fake", "1.0")
    assert list(described["modes"]) == ["strict", "balanced", "sensitive"]
    assert described["modes"]["strict"] == {"nominal_false_positive_rate": 0.01, "measured_false_positive_rate": 0.009}
    assert described["limits"]["body_bytes"] == 4 * 1024 * 1024


class Acting(FakeScorer):
    """Does something else before it scores."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self.act = act

    def score(self, *arguments: Any, **options: Any) -> Result:
        self.act()
        return super().score(*arguments, **options)


def test_a_fault_of_ours_says_nothing_of_the_text_neither_in_the_reply_nor_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fail() -> None:
        raise KeyError(SECRET)

    with caplog.at_level(logging.DEBUG), TestClient(create_app(Acting(fail))) as client:
        assert_problem(client.post("/v1/score", json={"text": SECRET}), 500)
    assert "KeyError" in caplog.text
    assert SECRET not in caplog.text


def test_a_slow_score_blocks_no_other_request_and_a_full_queue_is_503() -> None:
    started, go_on = threading.Semaphore(0), threading.Event()

    def wait() -> None:
        started.release()
        go_on.wait(20)

    app = create_app(Acting(wait), Limits(workers=1, waiting=1))
    with TestClient(app) as client, ThreadPoolExecutor(8) as pool:
        replies = [pool.submit(client.post, "/v1/score", json={"text": SPUN}) for _ in range(4)]
        started.acquire(timeout=20)
        assert client.get("/healthz").status_code == 200
        refused = [reply.result(20) for reply in _first_done(replies, 2)]
        go_on.set()
        statuses = sorted(reply.result(20).status_code for reply in replies)
    assert statuses == [200, 200, 503, 503]
    for reply in refused:
        assert_problem(reply, 503)
        assert reply.headers["retry-after"] == "1"


def _first_done(replies: list[Any], count: int) -> list[Any]:
    from concurrent.futures import FIRST_COMPLETED, wait

    done: set[Any] = set()
    while len(done) < count:
        finished, _ = wait(set(replies) - done, 20, FIRST_COMPLETED)
        done |= finished
    return list(done)
