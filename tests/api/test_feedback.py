from __future__ import annotations

import gzip
import hashlib
import io
import json
import logging
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import anyio
import pytest
from fake import FakeScorer
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api import desk, feedback, logs
from api.access import new_key
from api.app import create_app
from api.problems import Problem
from api.settings import Settings
from api.store import Record, Store, StoreError, sha256_of

UNKNOWN_ID = "0" * 32  # the same in every process that collects the tests
TEXT = "Confidential 😀 words."
JSON = {"Content-Type": "application/json"}
DESK, DESK_KEY = new_key("desk", ["feedback"])
ADMIN, ADMIN_KEY = new_key("boss", ["admin"])
SCORER, SCORER_KEY = new_key("scorer", ["score"])
EVERYTHING = "9999-12-31T23:59:59Z"


def client_of(app: FastAPI) -> TestClient:
    return TestClient(app, base_url="http://localhost", raise_server_exceptions=False)


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'feedback.sqlite3'}"


@pytest.fixture
def client(url: str) -> Iterator[TestClient]:
    with client_of(create_app(FakeScorer(), Settings(database=url))) as client:
        yield client


@pytest.fixture
def guarded(url: str) -> Iterator[TestClient]:
    with client_of(create_app(FakeScorer(), Settings(database=url, keys=(DESK_KEY, ADMIN_KEY, SCORER_KEY)))) as client:
        yield client


def exported(client: TestClient, **query: str) -> list[dict[str, Any]]:
    reply = client.get("/v1/feedback/export", params=query)
    assert reply.status_code == 200
    assert reply.headers["content-type"] == "application/jsonl"
    assert reply.headers["cache-control"] == "no-store"
    return [json.loads(line) for line in reply.text.splitlines()]


def assert_problem(reply: Any, status: int) -> dict[str, Any]:
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert "onfidential" not in reply.text
    problem: dict[str, Any] = reply.json()
    assert problem["status"] == status
    return problem


def test_a_verdict_is_kept_with_the_hash_of_its_text_only(client: TestClient) -> None:
    before = datetime.now(UTC)
    reply = client.post("/v1/feedback", json={"text": TEXT, "verdict": "wrong"})
    assert reply.status_code == 201
    sent = reply.json()
    assert sent == {
        "id": sent["id"],
        "text_sha256": hashlib.sha256(TEXT.encode()).hexdigest(),
        "text_stored": False,
    }
    (record,) = exported(client)
    assert before <= datetime.fromisoformat(record.pop("created")) <= datetime.now(UTC)
    empty = ["attribute", "suggested_score", "start", "end", "offset_unit", "model", "key", "text"]
    assert record == {
        "id": sent["id"],
        "source": "feedback",
        "text_sha256": sent["text_sha256"],
        "verdict": "wrong",
        **dict.fromkeys(empty),
    }


def test_the_text_is_kept_when_that_is_asked_for(client: TestClient, tmp_path: Path) -> None:
    client.post("/v1/feedback", json={"text": TEXT, "verdict": "right"})
    assert not any("onfidential" in path.read_text("latin-1") for path in tmp_path.iterdir())
    body = {"text": TEXT, "verdict": "not_sure", "store_text": True, "model": "unspun-en@0.2.0"}
    assert client.post("/v1/feedback", json=body).json()["text_stored"]
    kept = exported(client)[1]
    assert (kept["text"], kept["model"], kept["verdict"]) == (TEXT, "unspun-en@0.2.0", "not_sure")


@pytest.mark.parametrize(
    ("unit", "start", "end", "status"),
    [
        ("codepoint", 0, 21, 201),
        ("codepoint", 13, 14, 201),
        ("codepoint", 0, 22, 422),
        ("codepoint", 5, 5, 422),
        ("codepoint", 6, 5, 422),
        ("codepoint", 21, 22, 422),
        ("codepoint", 0, 10**4000, 422),
        ("utf16", 13, 15, 201),
        ("utf16", 0, 22, 201),
        ("utf16", 0, 23, 422),
        ("utf16", 13, 14, 422),
        ("utf16", 14, 15, 422),
        ("utf8", 13, 17, 201),
        ("utf8", 0, 24, 201),
        ("utf8", 0, 25, 422),
        ("utf8", 14, 17, 422),
        ("utf8", 13, 16, 422),
    ],
)
def test_a_span_must_be_a_stretch_of_the_text(client: TestClient, unit: str, start: int, end: int, status: int) -> None:
    body = {"text": TEXT, "verdict": "right", "span": {"start": start, "end": end}, "offset_unit": unit}
    reply = client.post("/v1/feedback", json=body)
    assert reply.status_code == status
    if status == 201:
        (record,) = exported(client)
        assert (record["start"], record["end"], record["offset_unit"]) == (start, end, unit)
    else:
        assert [error["pointer"] for error in assert_problem(reply, 422)["errors"]] == ["#/span"]


BAD_BODIES: list[tuple[str, int, str | None]] = [
    ("", 400, None),
    ("confidential", 400, None),
    ('{"text": "\\ud800 confidential", "verdict": "right"}', 400, None),
    ('{"text": "x", "verdict": "right", "span": {"start": 0, "end": ' + "9" * 5_000 + "}}", 400, None),
    ("[" * 50_000, 400, None),
    ("[]", 422, "#"),
    ("null", 422, "#"),
    ('{"verdict": "right"}', 422, "#/text"),
    ('{"text": 1, "verdict": "right"}', 422, "#/text"),
    ('{"text": "x"}', 422, "#/verdict"),
    ('{"text": "x", "verdict": "confidential"}', 422, "#/verdict"),
    ('{"text": "x", "verdict": "spun"}', 422, "#/verdict"),
    ('{"text": "x", "verdict": "right", "confidential": 1}', 422, "#"),
    ('{"text": "x", "verdict": "right", "store_text": 1}', 422, "#/store_text"),
    ('{"text": "x", "verdict": "right", "offset_unit": "bytes"}', 422, "#/offset_unit"),
    ('{"text": "x", "verdict": "right", "model": "confidential"}', 422, "#/model"),
    ('{"text": "x", "verdict": "right", "model": "confidential@\\u0000"}', 422, "#/model"),
    ('{"text": "x", "verdict": "right", "model": "x@' + "y" * 199 + '"}', 422, "#/model"),
    ('{"text": "x", "verdict": "right", "span": [0, 1]}', 422, "#/span"),
    ('{"text": "x", "verdict": "right", "span": {"start": 0}}', 422, "#/span/end"),
    ('{"text": "x", "verdict": "right", "span": {"start": -1, "end": 1}}', 422, "#/span/start"),
    ('{"text": "x", "verdict": "right", "span": {"start": 0.5, "end": 1}}', 422, "#/span/start"),
    ('{"text": "x", "verdict": "right", "span": {"start": NaN, "end": 1}}', 422, "#/span/start"),
    ('{"text": "x", "verdict": "right", "span": {"start": false, "end": 1}}', 422, "#/span/start"),
    ('{"text": "x", "verdict": "right", "span": {"start": 0, "end": "1"}}', 422, "#/span/end"),
    ('{"text": "x", "verdict": "right", "span": {"start": 0, "end": 1e999}}', 422, "#/span/end"),
    ('{"text": "x", "verdict": "right", "span": {"start": 0, "end": 1, "x": 1}}', 422, "#/span"),
]


@pytest.mark.parametrize(("body", "status", "pointer"), BAD_BODIES, ids=range(len(BAD_BODIES)))
def test_a_bad_body_is_a_problem_without_a_piece_of_it(
    client: TestClient, body: str, status: int, pointer: str | None
) -> None:
    problem = assert_problem(client.post("/v1/feedback", content=body.encode(), headers=JSON), status)
    if pointer is not None:
        assert [error["pointer"] for error in problem["errors"]] == [pointer]
    assert exported(client) == []


def test_an_offset_may_be_written_as_json_writes_a_float(client: TestClient) -> None:
    body = b'{"text": "ab", "verdict": "right", "span": {"start": 0.0, "end": 2.0}}'
    assert client.post("/v1/feedback", content=body, headers=JSON).status_code == 201
    assert exported(client)[0]["end"] == 2


def test_another_content_type_and_gzip(client: TestClient) -> None:
    body = json.dumps({"text": TEXT, "verdict": "right"}).encode()
    assert_problem(client.post("/v1/feedback", content=body), 415)
    packed = client.post("/v1/feedback", content=gzip.compress(body), headers=JSON | {"Content-Encoding": "gzip"})
    assert packed.status_code == 201


def test_export_after_a_moment(client: TestClient) -> None:
    for _ in range(3):
        client.post("/v1/feedback", json={"text": "x", "verdict": "right"})
    records = exported(client)
    created = [record["created"] for record in records]
    assert created == sorted(created)
    assert exported(client, after=created[0]) == records[1:]
    assert exported(client, after=created[0].lower()) == records[1:]
    assert exported(client, after="0001-01-01T00:00:00+23:59") == records
    assert exported(client, after="9999-12-31T23:59:59-23:59") == []


def test_delete_by_id(client: TestClient) -> None:
    id = client.post("/v1/feedback", json={"text": "x", "verdict": "right"}).json()["id"]
    kept = client.post("/v1/feedback", json={"text": "x", "verdict": "right"}).json()["id"]
    reply = client.delete(f"/v1/feedback/{id}")
    assert (reply.status_code, reply.content) == (204, b"")
    assert_problem(client.delete(f"/v1/feedback/{id}"), 404)
    assert_problem(client.delete("/v1/feedback/confidential"), 404)
    assert [record["id"] for record in exported(client)] == [kept]


@pytest.mark.parametrize(
    ("query", "deleted"),
    [
        ({"older_than_days": "10"}, 2),
        ({"older_than_days": "0"}, 4),
        ({"older_than_days": "36500"}, 0),
        ({"before": EVERYTHING}, 4),
        ({"before": "2001-02-03T04:05:06.7Z"}, 0),
        ({"before": (datetime.now(UTC) - timedelta(days=25)).isoformat()}, 1),
    ],
)
def test_delete_by_age(client: TestClient, url: str, query: dict[str, str], deleted: int) -> None:
    store = Store.open(url)
    now = datetime.now(UTC)
    store.add(
        [Record(uuid4().hex, now - timedelta(days=n), "feedback", sha256_of(""), "right") for n in (0, 5, 20, 30)]
    )
    store.close()
    reply = client.delete("/v1/feedback", params=query)
    assert (reply.status_code, reply.json()) == (200, {"deleted": deleted})
    assert len(exported(client)) == 4 - deleted


BAD_DAYS = ["confidential", "-1", "1.5", "", "36501", "1_0", "%201", "true", "9" * 5_000]
BAD_MOMENTS = [
    *["confidential", "0", "1700000000", "2026-01-01", "2026-01-01T00:00:00", "2026-02-30T00:00:00Z", "%ED%A0%80"],
    *["0000-01-01T00:00:00Z", "2026-01-01T00:00:00%2B24:00", "2026-01-01T00:00:00Z%0A", "2026-01-01T00:00:00+01:00"],
]
BAD_QUERIES = [
    ("DELETE", "/v1/feedback", ""),
    ("DELETE", "/v1/feedback", f"?before={EVERYTHING}&older_than_days=1"),
    *(("DELETE", "/v1/feedback", f"?older_than_days={days}") for days in BAD_DAYS),
    *(("DELETE", "/v1/feedback", f"?before={moment}") for moment in BAD_MOMENTS),
    *(("GET", "/v1/feedback/export", f"?after={moment}") for moment in BAD_MOMENTS),
]


@pytest.mark.parametrize(("method", "path", "query"), BAD_QUERIES)
def test_a_bad_query_is_a_problem_and_deletes_nothing(client: TestClient, method: str, path: str, query: str) -> None:
    client.post("/v1/feedback", json={"text": "x", "verdict": "right"})
    assert_problem(client.request(method, path + query), 422)
    assert len(exported(client)) == 1


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_told_both_that_there_are(client: TestClient, method: str) -> None:
    reply = client.request(method, "/v1/feedback")
    assert reply.status_code == 405
    assert reply.headers["allow"] == "DELETE, POST"


ROUTES = [
    ("POST", "/v1/feedback", {"desk", "boss"}),
    ("GET", "/v1/feedback/export", {"boss"}),
    ("DELETE", f"/v1/feedback/{UNKNOWN_ID}", {"boss"}),
    ("DELETE", "/v1/feedback", {"boss"}),
    ("DELETE", "/v1/feedback?before=confidential", {"boss"}),
]


@pytest.mark.parametrize(("method", "path", "allowed"), ROUTES)
def test_each_route_asks_for_its_role_before_anything_else(
    guarded: TestClient, method: str, path: str, allowed: set[str]
) -> None:
    for name, secret in {"desk": DESK, "boss": ADMIN, "scorer": SCORER}.items():
        reply = guarded.request(method, path, headers={"X-API-Key": secret})
        assert (reply.status_code == 403) == (name not in allowed)
        assert reply.status_code != 401
    assert_problem(guarded.request(method, path), 401)
    assert_problem(guarded.request(method, path, headers={"X-API-Key": "confidential"}), 401)


def test_the_name_of_the_key_is_kept(guarded: TestClient) -> None:
    guarded.post("/v1/feedback", json={"text": "x", "verdict": "right"}, headers={"X-API-Key": DESK})
    reply = guarded.get("/v1/feedback/export", headers={"X-API-Key": ADMIN})
    assert reply.json()["key"] == "desk"
    assert DESK not in reply.text


def test_what_was_kept_is_counted(client: TestClient) -> None:
    client.post("/v1/feedback", json={"text": "x", "verdict": "not_sure"})
    client.post("/v1/feedback", json={"text": "x", "verdict": "confidential"})
    lines = client.get("/metrics").text.splitlines()
    assert [line for line in lines if line.startswith("unspun_feedback")] == [
        'unspun_feedback_total{verdict="not_sure"} 1.0'
    ]


def test_without_a_database_there_are_no_such_routes() -> None:
    with client_of(create_app(FakeScorer(), Settings(database=""))) as client:
        assert_problem(client.post("/v1/feedback", json={"text": TEXT, "verdict": "right"}), 404)


def test_the_records_of_a_suggested_score() -> None:
    spun, translated = feedback.suggested(TEXT, {"SPUN_TEXT": 0.5, "MACHINE_TRANSLATED": 0.49}, "desk")
    assert (spun.attribute, spun.suggested_score, spun.verdict) == ("SPUN_TEXT", 0.5, "spun")
    assert (translated.attribute, translated.suggested_score, translated.verdict) == (
        "MACHINE_TRANSLATED",
        0.49,
        "not_spun",
    )
    for record in (spun, translated):
        assert (record.source, record.key, record.text_sha256) == ("perspective", "desk", sha256_of(TEXT))
        assert (record.text, record.model, record.start, record.end, record.offset_unit) == (None,) * 5
    assert spun.id != translated.id
    assert feedback.suggested("\ud800", {"SPUN_TEXT": 1}, None)[0].text_sha256 == sha256_of("\ud800")


# Faults of the database


def broken(*_: Any) -> Any:
    raise StoreError("OperationalError")


CALLS: list[tuple[str, Callable[[TestClient], Any]]] = [
    ("add", lambda client: client.post("/v1/feedback", json={"text": TEXT, "verdict": "right", "store_text": True})),
    ("export", lambda client: client.get("/v1/feedback/export")),
    ("delete", lambda client: client.delete(f"/v1/feedback/{UNKNOWN_ID}")),
    ("delete_before", lambda client: client.delete("/v1/feedback", params={"before": EVERYTHING})),
    ("check", lambda client: client.get("/readyz")),
]


@pytest.mark.parametrize(("method", "call"), CALLS, ids=[name for name, _ in CALLS])
def test_a_fault_of_the_database_is_503_and_the_log_gets_its_kind(
    client: TestClient, method: str, call: Callable[[TestClient], Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    written = io.StringIO()
    handler = logging.StreamHandler(written)
    handler.setFormatter(logs.JsonLines())
    monkeypatch.setattr(logging.getLogger("unspun"), "handlers", [handler])

    def failing(*_: Any) -> Any:
        if method == "export":
            return map(broken, [None])
        return broken()

    monkeypatch.setattr(Store, method, failing)
    reply = call(client)
    assert reply.headers["retry-after"]
    assert "Operational" not in assert_problem(reply, 503)["detail"]
    lines = [json.loads(line) for line in written.getvalue().splitlines()]
    assert {"message": "the feedback database failed", "error": "OperationalError"}.items() <= lines[0].items()
    assert "onfidential" not in written.getvalue()


def test_a_real_fault_is_503_and_over_when_it_is(client: TestClient, tmp_path: Path) -> None:
    def rename(old: str, new: str) -> None:
        with closing(sqlite3.connect(tmp_path / "feedback.sqlite3")) as connection:
            connection.execute(f"ALTER TABLE {old} RENAME TO {new}")

    rename("feedback", "elsewhere")
    for name, call in CALLS:
        if name != "check":
            assert_problem(call(client), 503)
    rename("elsewhere", "feedback")
    assert CALLS[0][1](client).status_code == 201


def test_an_export_that_fails_on_its_way_does_not_look_whole(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store.open(url)
    store.add([Record(uuid4().hex, datetime.now(UTC), "feedback", sha256_of(""), "right") for _ in range(1_000)])
    records = list(store.export())
    store.close()

    def export(*_: Any) -> Iterator[Record]:
        yield from records
        broken()

    monkeypatch.setattr(Store, "export", export)
    arrived: list[dict[str, Any]] = []

    async def send(message: Any) -> None:
        arrived.append(message)

    async def receive() -> Any:
        await anyio.sleep_forever()

    scope = {
        "type": "http", "asgi": {"version": "3.0", "spec_version": "2.4"}, "http_version": "1.1", "method": "GET",
        "scheme": "http", "path": "/v1/feedback/export", "raw_path": b"/v1/feedback/export", "query_string": b"",
        "root_path": "", "headers": [(b"host", b"localhost")], "server": ("localhost", 80), "client": ("127.0.0.1", 1),
    }  # fmt: skip

    app = create_app(FakeScorer(), Settings(database=url))

    async def ask() -> None:
        await app(scope, receive, send)

    anyio.run(ask)
    assert arrived[0]["status"] == 200
    assert sum(len(message.get("body", b"")) for message in arrived) > 100_000
    assert all(message.get("more_body") for message in arrived[1:])  # the end is never told


def test_a_database_that_hangs_fills_a_queue_of_bounded_length(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "_THREADS", 1)
    monkeypatch.setattr(desk, "_WAITING", 1)
    go_on = threading.Event()
    monkeypatch.setattr(Store, "delete", lambda *_: go_on.wait(20))
    store = Store.open(url)

    async def crowd() -> None:
        queue = desk.Desk(store, lambda verdict: None)
        async with anyio.create_task_group() as group:
            for _ in range(2):
                group.start_soon(queue.delete, "x")
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(Problem) as refused:
                await queue.delete("x")
            assert refused.value.status == 503
            assert refused.value.headers["Retry-After"]
            await queue.check()  # of the database, not of the queue
            go_on.set()
        await queue.delete("x")

    anyio.run(crowd)
    store.close()


def test_those_who_ask_together_share_one_check_that_takes_no_place(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "_THREADS", 1)
    monkeypatch.setattr(desk, "_WAITING", 0)
    monkeypatch.setattr(desk, "_FRESH", 0.5)
    go_on = threading.Event()
    calls: list[Store] = []
    monkeypatch.setattr(Store, "check", lambda store: (calls.append(store), go_on.wait(20)))
    store = Store.open(url)

    async def crowd() -> None:
        queue = desk.Desk(store, lambda verdict: None)
        async with anyio.create_task_group() as group:
            for _ in range(100):
                group.start_soon(queue.check)
            await anyio.wait_all_tasks_blocked()
            assert not await queue.delete("x")
            go_on.set()
        await queue.check()
        assert len(calls) == 1
        await anyio.sleep(0.6)
        await queue.check()
        assert len(calls) == 2

    anyio.run(crowd)
    store.close()


def test_a_check_that_hangs_is_given_up_and_no_other_sent_after_it(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "_PATIENCE", 0.3)
    monkeypatch.setattr(desk, "_FRESH", 0.0)
    go_on = threading.Event()
    calls: list[Store] = []
    monkeypatch.setattr(Store, "check", lambda store: (calls.append(store), go_on.wait(20)))
    store = Store.open(url)

    async def ask() -> None:
        queue = desk.Desk(store, lambda verdict: None)
        with anyio.fail_after(5):
            for _ in range(3):
                with pytest.raises(Problem) as refused:
                    await queue.check()
                assert refused.value.status == 503
            assert len(calls) == 1
            go_on.set()
            await anyio.sleep(0.2)
            await queue.check()

    anyio.run(ask)
    store.close()


def test_any_json_value_is_answered(url: str) -> None:
    values = st.recursive(
        st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
        max_leaves=5,
    )
    names = ["text", "verdict", "span", "offset_unit", "model", "store_text", "x"]

    with client_of(create_app(FakeScorer(), Settings(database=url))) as client:

        @given(body=st.dictionaries(st.sampled_from(names), values))
        def check(body: dict[str, Any]) -> None:
            whole = {"text": "confidential", "verdict": "right"} | body
            reply = client.post("/v1/feedback", content=json.dumps(whole), headers=JSON)
            assert reply.status_code in (201, 400, 422)
            assert "confidential" not in reply.text

        check()
