"""What every answer has: security headers, an id, CORS where it is due, and errors in the words of its format."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from fake import SPUN
from obedient import Obedient
from starlette.testclient import TestClient

JSON = {"Content-Type": "application/json"}
ORIGIN = "https://news.example"
FORM = urlencode({"language": "en-US", "text": SPUN})
FAILING = "please fail confidential"

#: A request for every kind of answer: method, path, body, status.
ANSWERS: list[tuple[str, str, str, int]] = [
    ("GET", "/healthz", "", 200),
    ("GET", "/readyz", "", 200),
    ("GET", "/metrics", "", 200),
    ("GET", "/v1/model", "", 200),
    ("GET", "/openapi.json", "", 200),
    ("GET", "/docs", "", 200),
    ("GET", "/", "", 200),
    ("POST", "/v1/score", json.dumps({"text": SPUN}), 200),
    ("POST", "/v1/score", "{", 400),
    ("POST", "/v1/score", "{}", 422),
    ("POST", "/v1/score", json.dumps({"text": "x", "model": "other@1"}), 409),
    ("POST", "/v1/score", " " * 20_001, 413),
    ("POST", "/v1/score", json.dumps({"text": FAILING}), 500),
    ("GET", "/v1/score", "", 405),
    ("POST", "/v1/feedback", json.dumps({"text": SPUN, "verdict": "right"}), 201),
    ("GET", "/v1/feedback/export", "", 200),
    ("GET", "/v1/feedback", "", 405),
    ("DELETE", "/v1/feedback", "", 422),
    ("DELETE", "/v1/feedback/0b7c1f0a4e6d4c0d9a4d3c1f5b8e2a67", "", 404),
    ("GET", "/nowhere", "", 404),
    ("OPTIONS", "/v1/score", "", 405),
    ("POST", "/v2/check", FORM, 200),
    ("GET", f"/v2/check?{FORM}", "", 200),
    ("GET", "/v2/languages", "", 200),
    ("GET", "/v2/info", "", 200),
    ("GET", "/v2/healthcheck", "", 200),
    ("POST", "/v2/check", "", 400),
    ("GET", "/v2/words", "", 400),
    ("GET", "/v2/nowhere", "", 404),
    ("DELETE", "/v2/check", "", 405),
    ("POST", "/v2/check", "x" * 20_001, 413),
    ("POST", "/v2/check", urlencode({"language": "en-US", "text": FAILING}), 500),
    ("OPTIONS", "/v2/check", "", 204),
    ("OPTIONS", "/v2/nowhere", "", 204),
    ("GET", "/$discovery/rest?version=v1alpha1", "", 200),
    ("GET", "/$discovery/rest", "", 404),
    ("POST", "/v1alpha1/comments:analyze", "", 400),
    ("POST", "/v1alpha1/comments:suggestscore", "", 400),
    ("POST", "/v1alpha1/comments:nothing", "", 404),
    ("GET", "/v1alpha1/comments:analyze", "", 405),
    ("POST", "/v1alpha1/comments:analyze", "x" * 20_001, 413),
    (
        "POST",
        "/v1alpha1/comments:analyze",
        json.dumps({"comment": {"text": FAILING}, "requestedAttributes": {"SPUN_TEXT": {}}}),
        500,
    ),
]
NAMES = [f"{method} {path[:30]} {status}" for method, path, _, status in ANSWERS]
EVERY_ANSWER = pytest.mark.parametrize(("method", "path", "body", "status"), ANSWERS, ids=NAMES)


@pytest.fixture(scope="module")
def client(serve_all: Any, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    database = f"sqlite:///{tmp_path_factory.mktemp('state') / 'feedback.sqlite3'}"
    made: TestClient = serve_all(Obedient(), body_bytes=20_000, database=database)
    return made


@EVERY_ANSWER
def test_every_answer_has_an_id_and_the_headers_that_keep_a_browser_safe(
    client: TestClient, method: str, path: str, body: str, status: int
) -> None:
    reply = client.request(method, path, content=body, headers=JSON)
    assert reply.status_code == status
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["x-frame-options"] == "DENY"
    assert reply.headers["referrer-policy"] == "no-referrer"
    assert "default-src 'none'" in reply.headers["content-security-policy"]
    assert "frame-ancestors 'none'" in reply.headers["content-security-policy"]
    assert re.fullmatch("[0-9a-f]{32}", reply.headers["x-request-id"])
    assert "server" not in reply.headers
    assert "confidential" not in reply.text


@EVERY_ANSWER
def test_an_error_is_told_in_the_words_of_its_format(
    client: TestClient, method: str, path: str, body: str, status: int
) -> None:
    reply = client.request(method, path, content=body, headers=JSON)
    if status < 400:
        return
    assert reply.headers["cache-control"] == "no-store"
    assert ("allow" in reply.headers) == (status == 405)
    if path.startswith("/v2/"):
        assert reply.headers["content-type"] == "text/plain; charset=utf-8"
        assert reply.text.startswith("Error: ")
    elif path.startswith(("/v1alpha1/", "/$discovery/")):
        assert reply.headers["content-type"] == "application/json"
        error = reply.json()["error"]
        assert error["code"] == status
        assert error["message"]
        assert error["details"][0]["@type"]
    else:
        assert reply.headers["content-type"] == "application/problem+json"
        problem = reply.json()
        assert (problem["type"], problem["status"]) == ("about:blank", status)
        assert problem["title"]
        assert problem["detail"]


@EVERY_ANSWER
def test_only_v2_can_be_read_by_pages_elsewhere(
    client: TestClient, method: str, path: str, body: str, status: int
) -> None:
    reply = client.request(method, path, content=body, headers={**JSON, "Origin": ORIGIN})
    assert reply.status_code == status or (reply.status_code == 403 and not path.startswith("/v2/"))
    assert reply.headers.get("access-control-allow-origin") == ("*" if path.startswith("/v2/") else None)
    assert "access-control-allow-credentials" not in reply.headers


@pytest.mark.parametrize("method", ["GET", "OPTIONS", "POST"])
def test_v2_itself_is_languagetools_too(client: TestClient, method: str) -> None:
    reply = client.request(method, "/v2")
    assert reply.headers["access-control-allow-origin"] == "*"
    assert reply.status_code == 204 if method == "OPTIONS" else reply.text.startswith("Error: ")


@pytest.mark.parametrize("path", ["/metrics", "/", "/docs", "/openapi.json", "/healthz"])
def test_a_named_origin_may_call_the_apis_and_nothing_else(serve: Any, path: str) -> None:
    reply = serve(cors_origins=[ORIGIN]).get(path, headers={"Origin": ORIGIN})
    assert "access-control-allow-origin" not in reply.headers


@pytest.mark.parametrize("path", ["/healthz", "/readyz", "/"])
def test_a_monitor_may_ask_with_head(client: TestClient, path: str) -> None:
    assert client.head(path).status_code == 200


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("abc-123", True),
        ("a" * 128, True),
        ("0190c1f2-7c1c-7b6e-9d3e-1f4b2a6c8d90", True),
        ("a.b:c_d", True),
        ("", False),
        ("a" * 129, False),
        ("confidential words", False),
        ("a\tb", False),
        ('{"a":1}', False),
        ("é", False),
    ],
)
def test_a_plausible_request_id_comes_back_and_another_is_replaced(client: TestClient, given: str, kept: bool) -> None:
    reply = client.get("/healthz", headers={"X-Request-ID": given.encode("latin-1")})
    assert (reply.headers["x-request-id"] == given) is kept
    assert kept or re.fullmatch("[0-9a-f]{32}", reply.headers["x-request-id"])


PREFLIGHT = {"Origin": ORIGIN, "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "x-api-key"}


@pytest.mark.parametrize(
    ("origins", "origin", "allowed"),
    [
        ([], ORIGIN, None),
        ([ORIGIN], ORIGIN, ORIGIN),
        ([ORIGIN], "https://evil.example", None),
        ([ORIGIN], "null", None),
        ([ORIGIN, "https://b.example"], "https://b.example", "https://b.example"),
        (["*"], "https://any.example", "*"),
    ],
)
def test_v1_is_opened_by_a_setting(serve: Any, origins: list[str], origin: str, allowed: str | None) -> None:
    client = serve(cors_origins=origins)
    for content, status in (('{"text": "x"}', 200), ("{", 400)):
        reply = client.post("/v1/score", content=content, headers={**JSON, "Origin": origin})
        assert reply.status_code == (status if allowed else 403)
        assert reply.headers.get("access-control-allow-origin") == allowed
        assert ("X-Request-ID" in reply.headers.get("access-control-expose-headers", "")) is bool(allowed)
    preflight = client.options("/v1/score", headers={**PREFLIGHT, "Origin": origin})
    assert preflight.headers.get("access-control-allow-origin") == allowed
    if allowed:
        assert preflight.status_code == 204
        assert "POST" in preflight.headers["access-control-allow-methods"]
        for name in ("X-API-Key", "Authorization", "Content-Type"):
            assert name in preflight.headers["access-control-allow-headers"]
    else:
        assert preflight.status_code == 405
        assert "access-control-allow-methods" not in preflight.headers


def test_what_depends_on_the_origin_says_so_also_where_it_is_compressed(serve: Any) -> None:
    client = serve(cors_origins=[ORIGIN])
    body = {"text": "\n\n".join([SPUN] * 20)}
    reply = client.post("/v1/score", json=body, headers={"Origin": ORIGIN, "Accept-Encoding": "gzip"})
    assert {part.strip() for part in reply.headers["vary"].split(",")} == {"Accept-Encoding", "Origin"}
    assert "Origin" in client.get("/healthz").headers["vary"]


def test_a_page_may_reach_a_server_in_its_own_network(client: TestClient) -> None:
    asked = {**PREFLIGHT, "Access-Control-Request-Private-Network": "true"}
    reply = client.options("/v2/check", headers=asked)
    assert (reply.status_code, reply.headers["access-control-allow-private-network"]) == (204, "true")
    assert "access-control-allow-private-network" not in client.options("/v2/check", headers=PREFLIGHT).headers
    assert "access-control-allow-private-network" not in client.options("/v1/score", headers=asked).headers


@pytest.mark.parametrize("path", ["/v1/score/", "/v2", "//v2/check", "/V2/check", "/healthz/", "/v1", "/v1alpha1"])
def test_nothing_is_redirected(client: TestClient, path: str) -> None:
    reply = client.post(path, content=FORM, follow_redirects=False)
    assert reply.status_code == 404
