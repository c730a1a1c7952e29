from __future__ import annotations

import json
import logging
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from fake import CLEAN, SPUN, FakeScorer
from starlette.testclient import TestClient

from api.schemas import MAX_ALLOWED, MAX_DOCUMENTS, MAX_ID_LENGTH, MAX_PHRASE_LENGTH
from detector.results import SKIPS, Result
from detector.rules import CATEGORIES, MEASURED, RULES

SECRET = "confidential"
QUOTING = f'The mayor said: "{SPUN}" Nobody asked her what it meant, and nobody ever did afterwards.'
MARKED = f"# Heading of it\n\n{SPUN.replace('social', '**social**')}\n\n- {CLEAN}\n"
JSON = {"Content-Type": "application/json"}


@pytest.fixture(scope="module")
def client(serve_all: Any) -> TestClient:
    made: TestClient = serve_all()
    return made


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
        ({"text": QUOTING}, [QUOTING], {"skip": SKIPS}),
        ({"text": QUOTING, "skip": []}, [QUOTING], {"skip": ()}),
        ({"text": QUOTING, "skip": ["code", "url"]}, [QUOTING], {"skip": ("code", "url")}),
        ({"text": MARKED, "format": "markdown"}, [MARKED], {"format": "markdown"}),
        ({"text": MARKED, "format": "text"}, [MARKED], {}),
        (
            {"text": f"<p>{SPUN}</p>", "format": "html", "offset_unit": "utf8"},
            [f"<p>{SPUN}</p>"],
            {"format": "html", "offset_unit": "utf8"},
        ),
        (
            {"documents": [{"text": MARKED}], "format": "markdown", "skip": ["heading"]},
            [MARKED],
            {"format": "markdown", "skip": ("heading",)},
        ),
        ({"text": SPUN, "model": "1.0"}, [SPUN], {}),
        ({"text": SPUN, "model": "fake@1.0"}, [SPUN], {}),
        ({"text": SPUN, "model": {"name": "fake", "version": "1.0"}}, [SPUN], {}),
        ({"text": SPUN, "model": None}, [SPUN], {}),
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
    assert reply.json() == FakeScorer().score(texts, **{"skip": SKIPS, **options}).to_dict()
    assert reply.headers["unspun-model"] == "fake@1.0"


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
    (b'{"text": "x", "format": "confidential"}', 422, "#/format"),
    (b'{"text": "x", "format": null}', 422, "#/format"),
    (b'{"text": "x", "skip": ["quote", "confidential"]}', 422, "#/skip/1"),
    (b'{"text": "x", "skip": "quote"}', 422, "#/skip"),
    (b'{"text": "x", "skip": null}', 422, "#/skip"),
    (b'{"text": "x", "model": 1}', 422, "#/model"),
    (b'{"text": "x", "model": ["confidential"]}', 422, "#/model"),
    (b'{"text": "x", "model": {"name": "confidential"}}', 422, "#/model/version"),
    (b'{"text": "x", "model": {"name": "a", "version": "1", "confidential": 1}}', 422, "#/model"),
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
def test_a_body_over_the_limit_is_413(serve: Any, body: Any) -> None:
    problem = assert_problem(serve(body_bytes=100_000).post("/v1/score", content=body, headers=JSON), 413)
    assert "100000" in problem["detail"]


def test_a_body_of_exactly_the_limit_is_read(serve: Any) -> None:
    body = b'{"text": "' + b"x" * 99_988 + b'"}'
    assert len(body) == 100_000
    assert serve(body_bytes=100_000).post("/v1/score", content=body, headers=JSON).status_code == 200


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


def test_every_rule_is_told(client: TestClient) -> None:
    told = client.get("/v1/rules").json()["rules"]
    assert [rule["id"] for rule in told] == list(RULES)
    assert {rule["category"] for rule in told} <= CATEGORIES.keys()
    for rule in told:
        assert len(rule["examples"]) == 2
        assert (rule["measured"] is None) == (rule["id"] not in MEASURED)


class Acting(FakeScorer):
    """Does something else before it scores."""

    def __init__(self, act: Callable[[], None]) -> None:
        super().__init__()
        self.act = act

    def score(self, *arguments: Any, **options: Any) -> Result:
        self.act()
        return super().score(*arguments, **options)


def test_a_fault_of_ours_says_nothing_of_the_text_neither_in_the_reply_nor_in_the_log(
    serve: Any, caplog: pytest.LogCaptureFixture
) -> None:
    def fail() -> None:
        raise KeyError(SECRET)

    with caplog.at_level(logging.DEBUG):
        assert_problem(serve(Acting(fail)).post("/v1/score", json={"text": SECRET}), 500)
    (record,) = [record for record in caplog.records if record.getMessage() == "scoring failed"]
    assert record.__dict__["fields"]["error"] == "KeyError"
    assert SECRET not in str([record.__dict__ for record in caplog.records])
    assert SECRET not in caplog.text


@pytest.mark.parametrize(
    "wanted",
    ["2.0", "fake", "fake@2.0", "other@1.0", "@1.0", "", "confidential", {"name": "other", "version": "1.0"}],
)
def test_a_model_that_is_not_here_is_409_with_those_that_are(client: TestClient, scorer: Any, wanted: Any) -> None:
    problem = assert_problem(client.post("/v1/score", json={"text": SPUN, "model": wanted}), 409)
    assert problem["models"] == [{"name": "fake", "version": "1.0"}]


def test_skipped_ranges_are_reported_and_hold_no_findings(client: TestClient) -> None:
    whole = client.post("/v1/score", json={"text": QUOTING, "skip": []}).json()["documents"][0]
    assert whole["skipped"] == []
    assert whole["flagged"]
    (document,) = client.post("/v1/score", json={"text": QUOTING}).json()["documents"]
    (skipped,) = document["skipped"]
    assert skipped["reason"] == "quote"
    assert SPUN in QUOTING[skipped["start"] : skipped["end"]]
    assert not document["flagged"]


def test_one_text_that_cannot_be_scored_leaves_the_others_theirs(client: TestClient) -> None:
    texts = [SPUN, "", "   \n\n ", "short", CLEAN]
    found = client.post("/v1/score", json={"text": texts}).json()["documents"]
    assert [document["status"] for document in found] == ["scored", "too_short", "too_short", "too_short", "scored"]
    assert [document["score"] for document in found] == [0.9, None, None, None, 0.1]


def test_the_largest_batch_is_answered(client: TestClient) -> None:
    found = client.post("/v1/score", json={"text": ["short"] * MAX_DOCUMENTS}).json()["documents"]
    assert [document["id"] for document in found] == [str(n) for n in range(MAX_DOCUMENTS)]
