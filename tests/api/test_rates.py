"""429, in each of the three wire formats."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from fake import SPUN

from api.access import new_key
from api.problems import Problem
from api.rates import Rates

JSON = {"Content-Type": "application/json"}
SCORE = ("/v1/score", json.dumps({"text": SPUN}))
CHECK = ("/v2/check", urlencode({"language": "en-US", "text": SPUN}))
ANALYZE = (
    "/v1alpha1/comments:analyze",
    json.dumps({"comment": {"text": SPUN}, "requestedAttributes": {"SPUN_TEXT": {}}}),
)
SUGGEST = (
    "/v1alpha1/comments:suggestscore",
    json.dumps({"comment": {"text": SPUN}, "attributeScores": {"SPUN_TEXT": {"summaryScore": {"value": 1}}}}),
)
FEEDBACK = ("/v1/feedback", json.dumps({"text": SPUN, "verdict": "right"}))


def assert_quota_used_up(reply: Any, seconds: int) -> None:
    assert reply.status_code == 429
    assert 1 <= int(reply.headers["retry-after"]) <= seconds
    assert re.fullmatch(rf'"0";q=\d+;w={seconds}', reply.headers["ratelimit-policy"])
    assert re.fullmatch(r'"0";r=0;t=\d+', reply.headers["ratelimit"])
    assert int(reply.headers["retry-after"]) >= int(reply.headers["ratelimit"].partition("t=")[2])


@pytest.mark.parametrize(("path", "body"), [SCORE, CHECK, ANALYZE, SUGGEST, FEEDBACK], ids=lambda value: value[:12])
def test_what_is_over_the_limit_is_429_in_the_words_of_the_format(
    serve: Any, tmp_path: Any, path: str, body: str
) -> None:
    client = serve(rate_limit="2/minute", database=f"sqlite:///{tmp_path / 'feedback.sqlite3'}")
    for left in (1, 0):
        reply = client.post(path, content=body, headers=JSON)
        assert reply.status_code < 300
        assert reply.headers["ratelimit-policy"] == '"0";q=2;w=60'
        assert reply.headers["ratelimit"].startswith(f'"0";r={left};t=')
        assert "retry-after" not in reply.headers
    reply = client.post(path, content=body, headers=JSON)
    assert_quota_used_up(reply, 60)
    if path.startswith("/v1alpha1/"):
        assert reply.json()["error"]["status"] == "RESOURCE_EXHAUSTED"
    elif path.startswith("/v2/"):
        assert reply.text.startswith("Error: Too many requests")
        assert reply.headers["access-control-allow-origin"] == "*"
        assert "RateLimit" in reply.headers["access-control-expose-headers"]
    else:
        assert reply.headers["content-type"] == "application/problem+json"


def test_all_formats_draw_on_one_quota_and_what_holds_no_text_is_free(serve: Any) -> None:
    client = serve(rate_limit="3/minute")
    posted = [
        client.post(path, content=body, headers=JSON).status_code for path, body in (SCORE, CHECK, ANALYZE, SCORE)
    ]
    assert posted == [200, 200, 200, 429]
    for path in ("/healthz", "/readyz", "/v1/model", "/v2/healthcheck", "/v2/languages"):
        assert client.get(path).status_code == 200


def test_a_refused_request_is_refused_before_its_body_is_scored(serve: Any, scorer: Any) -> None:
    client = serve(scorer, rate_limit="1/minute")
    statuses = [client.post(SCORE[0], content=SCORE[1], headers=JSON).status_code for _ in range(3)]
    assert statuses == [200, 429, 429]
    assert len(scorer.calls) == 1


def test_each_key_has_a_quota_of_its_own_and_may_have_another(serve: Any) -> None:
    secrets, entries = zip(*(new_key(name, ["score"]) for name in ("one", "two", "fast", "free")), strict=True)
    own = {"fast": "3/minute", "free": ""}
    keys = [entry.model_copy(update={"rate_limit": own.get(entry.name)}) for entry in entries]
    client = serve(keys=keys, rate_limit="2/minute")

    def answered(secret: str) -> int:
        def send() -> httpx2.Response:
            reply: httpx2.Response = client.post(SCORE[0], content=SCORE[1], headers={**JSON, "X-API-Key": secret})
            return reply

        return [send().status_code for _ in range(6)].count(200)

    assert [answered(secret) for secret in secrets] == [2, 2, 3, 6]


def test_a_wrong_key_uses_up_nobodys_quota(serve: Any) -> None:
    secret, key = new_key("desk", ["score"])
    client = serve(keys=[key], rate_limit="1/minute")
    for _ in range(5):
        assert client.post(SCORE[0], content=SCORE[1], headers={**JSON, "X-API-Key": "wrong"}).status_code == 401
    assert client.post(SCORE[0], content=SCORE[1], headers={**JSON, "X-API-Key": secret}).status_code == 200


def clock(monkeypatch: pytest.MonkeyPatch, start: float = 1_800_000_000.0) -> Mapping[str, float]:
    """A clock that stands still until it is set."""
    now = {"time": start}
    monkeypatch.setattr("time.time", lambda: now["time"])
    return now


def test_addresses_are_counted_apart_and_the_quota_comes_back(monkeypatch: pytest.MonkeyPatch) -> None:
    now: Any = clock(monkeypatch)
    rates = Rates("2/minute")
    rates.take(None, "192.0.2.1")
    now["time"] += 30
    rates.take(None, "192.0.2.1")
    rates.take(None, "192.0.2.2")
    with pytest.raises(Problem) as told:
        rates.take(None, "192.0.2.1")
    assert told.value.headers["Retry-After"] == "30"
    now["time"] += int(told.value.headers["Retry-After"]) + 0.01
    rates.take(None, "192.0.2.1")
    with pytest.raises(Problem):
        rates.take(None, "192.0.2.1")


def test_of_several_limits_the_one_that_is_used_up_says_how_long(monkeypatch: pytest.MonkeyPatch) -> None:
    now: Any = clock(monkeypatch)
    rates = Rates("1/second;2/hour")
    rates.take(None, "a")
    with pytest.raises(Problem) as told:
        rates.take(None, "a")
    assert told.value.headers["Retry-After"] == "1"
    now["time"] += 1.1
    headers = rates.take(None, "a")
    assert headers["RateLimit-Policy"] == '"0";q=1;w=1, "1";q=2;w=3600'
    now["time"] += 1.1
    with pytest.raises(Problem) as told:
        rates.take(None, "a")
    assert 3_590 < int(told.value.headers["Retry-After"]) <= 3_600


def test_a_refused_request_counts_against_none_of_several_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    now: Any = clock(monkeypatch)
    rates = Rates("1/second;3/hour")
    rates.take(None, "a")
    for _ in range(10):
        with pytest.raises(Problem):
            rates.take(None, "a")
    now["time"] += 1.1
    assert rates.take(None, "a")["RateLimit"].split(", ")[1].startswith('"1";r=1;')


def test_they_hold_with_two_workers(started: Any) -> None:
    server = started("--workers", "2", rate_limit="20/hour")
    with ThreadPoolExecutor(8) as pool:
        statuses = list(pool.map(lambda _: server.score(SPUN).status, range(60)))
    assert (statuses.count(200), statuses.count(429)) == (20, 40)
