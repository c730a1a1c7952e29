"""Compressed bodies in, compressed replies out."""

from __future__ import annotations

import gzip
import json
import zlib
from typing import Any
from urllib.parse import urlencode

import pytest
from fake import SPUN, FakeScorer
from starlette.testclient import TestClient

JSON = {"Content-Type": "application/json"}
LIMIT = 100_000
SCORE = json.dumps({"text": SPUN}).encode()
ROUTES = {
    "/v1/score": SCORE,
    "/v1/feedback": json.dumps({"text": SPUN, "verdict": "right"}).encode(),
    "/v2/check": urlencode({"language": "en-US", "text": SPUN}).encode(),
    "/v1alpha1/comments:analyze": json.dumps(
        {"comment": {"text": SPUN}, "requestedAttributes": {"SPUN_TEXT": {}}}
    ).encode(),
    "/v1alpha1/comments:suggestscore": json.dumps(
        {"comment": {"text": SPUN}, "attributeScores": {"SPUN_TEXT": {"summaryScore": {"value": 1}}}}
    ).encode(),
}


@pytest.fixture(scope="module")
def client(serve_all: Any, tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    database = f"sqlite:///{tmp_path_factory.mktemp('state') / 'feedback.sqlite3'}"
    made: TestClient = serve_all(body_bytes=LIMIT, database=database)
    return made


def post(client: TestClient, path: str, body: bytes, coding: str = "gzip") -> Any:
    return client.post(path, content=body, headers={**JSON, "Content-Encoding": coding})


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("coding", ["gzip", "x-gzip", " GZIP ", "identity", ""])
def test_a_compressed_body_is_read_as_if_it_were_not(client: TestClient, path: str, coding: str) -> None:
    body = gzip.compress(ROUTES[path]) if "gzip" in coding.lower() else ROUTES[path]
    plain, packed = client.post(path, content=ROUTES[path], headers=JSON), post(client, path, body, coding)
    assert (packed.status_code, packed.headers["content-type"]) == (plain.status_code, plain.headers["content-type"])
    assert packed.status_code < 300
    if path != "/v1/feedback":  # each verdict has an id of its own
        assert packed.json() == plain.json()


def damaged(body: bytes) -> dict[str, bytes]:
    packed = gzip.compress(body)
    return {
        "no gzip": body,
        "zlib": zlib.compress(body),
        "empty": b"",
        "cut off": packed[:-9],
        "checksum cut off": packed[:-4],
        "wrong checksum": packed[:-8] + b"\0\0\0\0" + packed[-4:],
        "wrong length": packed[:-1] + b"\xff",
        "damaged": packed[:12] + b"\xff\xff\xff" + packed[15:],
        "something behind": packed + b"confidential",
    }


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("how", damaged(b""))
def test_a_damaged_body_is_400(client: TestClient, path: str, how: str) -> None:
    reply = post(client, path, damaged(ROUTES[path])[how])
    assert reply.status_code == 400
    assert "confidential" not in reply.text


@pytest.mark.parametrize("path", ROUTES)
def test_a_small_body_that_is_large_inside_is_413(client: TestClient, path: str) -> None:
    bomb = gzip.compress(b" " * 50_000_000)
    assert len(bomb) < LIMIT
    assert post(client, path, bomb).status_code == 413


def test_the_limit_itself_is_still_read(client: TestClient) -> None:
    body = SCORE + b" " * (LIMIT - len(SCORE))
    assert post(client, "/v1/score", gzip.compress(body)).status_code == 200
    assert post(client, "/v1/score", gzip.compress(body + b" ")).status_code == 413


@pytest.mark.parametrize("path", ROUTES)
@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip", "confidential"])
def test_another_coding_is_415_and_says_which_is_known(client: TestClient, path: str, coding: str) -> None:
    reply = post(client, path, ROUTES[path], coding)
    assert reply.status_code == 415
    assert reply.headers["accept-encoding"] == "gzip"
    assert "confidential" not in reply.text


LONG = json.dumps({"text": "\n\n".join([SPUN] * 20)}).encode()


@pytest.mark.parametrize(
    ("accepted", "compressed"),
    [
        ("gzip", True),
        ("br, GZIP;q=0.5", True),
        ("deflate,gzip", True),
        ("", False),
        ("identity", False),
        ("br", False),
        ("gzip;q=0", False),
        ("gzip; q=0.000", False),
        ("identity, gzip;q=0.0", False),
    ],
)
def test_the_reply_is_compressed_where_that_was_asked_for(client: TestClient, accepted: str, compressed: bool) -> None:
    reply = client.post("/v1/score", content=LONG, headers={**JSON, "Accept-Encoding": accepted})
    assert (reply.headers.get("content-encoding") == "gzip") is compressed
    assert ("Accept-Encoding" in reply.headers.get("vary", "")) is compressed
    assert reply.json() == FakeScorer().score([json.loads(LONG)["text"]]).to_dict()
    if compressed:
        assert int(reply.headers["content-length"]) < len(reply.content) / 5


def test_a_short_reply_is_not_worth_it(client: TestClient) -> None:
    reply = client.post("/v1/score", json={"text": "short"}, headers={"Accept-Encoding": "gzip"})
    assert "content-encoding" not in reply.headers


def test_the_checks_reply_is_compressed_too(client: TestClient) -> None:
    form = urlencode({"language": "en-US", "text": "\n\n".join([SPUN] * 20)})
    reply = client.post("/v2/check", content=form, headers={"Accept-Encoding": "gzip"})
    assert reply.headers["content-encoding"] == "gzip"
    assert len(reply.json()["matches"]) == 20
