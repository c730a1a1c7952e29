"""No text in a log: a real server at its most talkative, and a secret word in every place."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from typing import Any
from urllib.parse import urlencode

import pytest
from fake import SPUN
from obedient import JSON, Server

from api import logs

SECRET = "confidential"
FAILING = f"please fail {SECRET} {SPUN}"
WRONG_BODIES = [
    "",
    SECRET,
    f'"{SECRET}"',
    f'["{SECRET}"]',
    json.dumps({"text": {SECRET: SECRET}}),
    json.dumps({"text": SECRET, "mode": SECRET, "model": SECRET, "skip": [SECRET], SECRET: 1}),
    json.dumps({"documents": [{"id": SECRET, "text": 5}]}),
    json.dumps({"text": SECRET, "model": SECRET}),
    json.dumps({"text": SECRET, "verdict": SECRET, "span": {"start": 0, "end": 10**9}}),
    json.dumps({"text": SECRET, "verdict": "right", "span": {"start": 5, "end": 4}}),
    json.dumps({"comment": {"text": SECRET, "type": SECRET}, "requestedAttributes": {SECRET: {}}}),
    json.dumps({"comment": {"text": SECRET}, "requestedAttributes": {SECRET: {SECRET: 1}}, "languages": [SECRET]}),
    json.dumps({"comment": {"text": SECRET}, "attributeScores": {SECRET: {"summaryScore": {"value": SECRET}}}}),
    json.dumps({"text": FAILING}),
    json.dumps({"comment": {"text": FAILING}, "requestedAttributes": {"SPUN_TEXT": {}}}),
    json.dumps({"text": SPUN + SECRET, "verdict": "right", "store_text": True}),
    '{"text": "\\ud800 ' + SECRET + '"}',
    '{"text": NaN, "' + SECRET + '": 1}',
    urlencode({"language": SECRET, "text": SECRET}),
    urlencode({"language": "en-US", "text": FAILING}),
    urlencode({"language": "en-US", "text": SECRET, "data": SECRET, "level": SECRET, "mode": SECRET, SECRET: SECRET}),
    urlencode({"language": "en-US", "data": f'{{"annotation": [{{"{SECRET}": "{SECRET}"}}]}}'}),
    urlencode({"language": "en-US", "data": f'{{"text": "{FAILING}"}}'}),
    f"language=en-US&text=%{SECRET}",
    f"{SECRET}=%zz&{SECRET}",
]
ROUTES = [
    ("POST", "/v1/score"),
    ("POST", "/v1/feedback"),
    ("POST", "/v2/check"),
    ("POST", "/v1alpha1/comments:analyze"),
    ("POST", "/v1alpha1/comments:suggestscore"),
]
BARE = [
    ("GET", "/healthz"),
    ("GET", "/readyz"),
    ("GET", "/metrics"),
    ("GET", "/v1/model"),
    ("GET", "/openapi.json"),
    ("GET", "/docs"),
    ("GET", "/"),
    ("GET", "/static/app.js"),
    ("GET", f"/static/{SECRET}"),
    ("GET", f"/{SECRET}"),
    ("GET", f"/v1/{SECRET}"),
    ("GET", f"/v2/{SECRET}"),
    ("GET", f"/v2/check/{SECRET}"),
    ("GET", f"/v2/words/{SECRET}"),
    ("GET", "/v2/languages"),
    ("GET", "/v2/info"),
    ("GET", "/v2/configinfo"),
    ("POST", f"/v1alpha1/{SECRET}"),
    ("GET", f"/$discovery/rest?version={SECRET}"),
    ("GET", f"/v2/check?language=en-US&text={SECRET}"),
    ("GET", f"/v2/check?{urlencode({'language': 'en-US', 'text': FAILING})}"),
    ("GET", "/v1/feedback/export?after=" + SECRET),
    ("DELETE", "/v1/feedback?before=" + SECRET),
    ("DELETE", "/v1/feedback?older_than_days=" + SECRET),
    ("DELETE", f"/v1/feedback/{SECRET}"),
    (SECRET.upper(), "/v1/score"),
    ("PUT", "/v1/score"),
    ("OPTIONS", f"/v2/{SECRET}"),
]
HEADERS = {
    **JSON,
    "Authorization": f"Bearer {SECRET}",
    "Content-Type": "application/json",
    "Referer": f"https://{SECRET}.example",
    "User-Agent": SECRET,
    "Cookie": SECRET,
    "X-Forwarded-For": SECRET,
    "X-API-Key": SECRET,
    "X-Request-ID": f"{SECRET} words",
}
ODD_HEADERS = [
    {"Content-Type": SECRET},
    {"Content-Encoding": SECRET},
    {"Accept-Encoding": SECRET, "Accept": SECRET},
    {"Host": f"{SECRET}.example"},
    {"Origin": f"https://{SECRET}.example"},
    {"Host": f"[{SECRET}"},
    {"Content-Encoding": "gzip"},
]
#: Not HTTP, or nearly so.
RAW = [
    f"GET /caf\xe9{SECRET} HTTP/1.1\r\nHost: localhost\r\n\r\n",
    f"GET http://[{SECRET} HTTP/1.1\r\nHost: localhost\r\n\r\n",
    f"{SECRET}\r\n\r\n",
    f"GET /{SECRET} HTTP/9.9\r\n\r\n",
    f"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Length: {SECRET}\r\n\r\n",
    f"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{SECRET}\r\n",
    f"GET /{SECRET} HTTP/1.1\r\nHost: localhost\r\nConnection: upgrade, close\r\nUpgrade: {SECRET}\r\n\r\n",
    f"POST /v1/score HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 99\r\n\r\n{SECRET}",
]


def spoken(server: Server) -> str:
    """Everything said in answer to requests with the secret in every place."""
    told = []
    for method, path in ROUTES:
        for body in WRONG_BODIES:
            told.append(server.ask(method, path, body, HEADERS))
        for headers in ODD_HEADERS:
            told.append(
                server.ask(method, f"{path}?key={SECRET}&{SECRET}={SECRET}", WRONG_BODIES[4], HEADERS | headers)
            )
    for method, path in BARE:
        told.append(server.ask(method, path, None, HEADERS))
    raw = [server.raw(request.encode("latin-1"), then_close=True) for request in RAW]
    # A key, an id or a text that comes back in an answer that is no error is what was asked for.
    errors = [answer for answer in told if answer.status >= 400]
    assert {400, 403, 404, 405, 409, 415, 422, 500} <= {answer.status for answer in errors}
    return repr([(answer.headers, answer.body) for answer in errors] + raw)


def test_no_log_line_and_no_error_holds_a_text(started: Any, tmp_path: Any) -> None:
    database = f"sqlite:///{tmp_path / 'feedback.sqlite3'}"
    server: Server = started("--workers", "1", log_level="debug", database=database, body_seconds=1)
    errors = spoken(server)
    assert SECRET not in errors.lower()
    assert server.stop() == 0
    assert SECRET not in server.output.lower()
    lines = [json.loads(line) for line in server.output.splitlines()]
    assert len(lines) > len(ROUTES) * len(WRONG_BODIES)
    failed = [line for line in lines if line["message"] == "scoring failed"]
    assert len(failed) >= 5
    for line in failed:
        assert line["error"] == "KeyError"
        assert re.fullmatch("[0-9a-f]{32}", line["request_id"])
        assert any("obedient.py" in frame for frame in line["frames"])
    requests = [line for line in lines if line["message"] == "request"]
    for line in requests:
        assert line.keys() == {
            "time", "level", "message", "request_id", "method", "route", "status", "milliseconds", "key",
        }  # fmt: skip
        assert line["route"].startswith("/") or line["route"] == "other"
        assert line["milliseconds"] >= 0


def test_nor_with_keys(started: Any, tmp_path: Any) -> None:
    (tmp_path / "unspun.toml").write_text(
        f'log_level = "debug"\n[[keys]]\nname = "desk"\nsha256 = "{"0" * 64}"\nroles = ["score"]\n'
    )
    server: Server = started("--workers", "1", "--config", str(tmp_path / "unspun.toml"))
    for method, path in ROUTES:
        answer = server.ask(method, f"{path}?key={SECRET}&apiKey={SECRET}", json.dumps({"text": SECRET}), HEADERS)
        assert answer.status in (400, 401, 404)
        assert SECRET.encode() not in answer.body
    assert server.stop() == 0
    assert SECRET not in server.output


def written(record: logging.LogRecord) -> dict[str, Any]:
    line = logs.JsonLines().format(record)
    assert "\n" not in line
    found: dict[str, Any] = json.loads(line)
    return found


def test_an_exception_is_told_by_kind_and_place() -> None:
    try:
        raise ValueError(SECRET)
    except ValueError as error:
        info = (ValueError, error, error.__traceback__)
    line = written(logging.LogRecord("uvicorn.error", logging.ERROR, "x.py", 1, "Exception in app\n", None, info))
    assert line["error"] == "ValueError"
    assert "test_logs.py" in line["frames"][-1]
    assert SECRET not in str(line)
    assert line["level"] == "error"


def test_so_is_one_that_no_request_raised(caplog: pytest.LogCaptureFixture) -> None:
    async def fail() -> None:
        loop = asyncio.get_running_loop()
        loop.set_exception_handler(logs.unhandled)
        loop.call_soon(int, SECRET)
        loop.call_exception_handler({"message": SECRET})
        await asyncio.sleep(0.01)

    asyncio.run(fail())
    bare, told = map(written, caplog.records)
    assert bare["message"] == told["message"]
    assert told["error"] == "ValueError"
    assert SECRET not in str([bare, told])


@pytest.mark.parametrize("value", ["a\nb", "\ud800", "😀", {"a": [1]}, None, b"bytes", 1.5])
def test_any_field_is_one_line_of_json(value: object) -> None:
    record = logging.LogRecord("unspun", logging.INFO, "x.py", 1, "message %s", ("a\nb",), None)
    record.__dict__.update(logs.fields(field=value))
    line = written(record)
    assert line["message"] == "message a\nb"
    assert "field" in line


def test_the_level_is_the_least_that_is_logged(started: Any) -> None:
    server: Server = started("--workers", "1", log_level="warning")
    assert server.score(SPUN).status == 200
    assert server.score("please fail").status == 500
    assert server.stop() == 0
    assert [json.loads(line)["message"] for line in server.output.splitlines()] == ["listening", "scoring failed"]
