from __future__ import annotations

import json
import threading
from typing import Any
from urllib.parse import urlencode

from fake import CLEAN, SPUN
from obedient import Obedient, Server, eventually
from prometheus_client.parser import text_string_to_metric_families
from starlette.testclient import TestClient

JSON = {"Content-Type": "application/json"}
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def samples(page: str) -> Samples:
    """Every figure by its name and labels; fails where the page is not in the exposition format."""
    found = {}
    for family in text_string_to_metric_families(page):
        assert family.documentation
        for sample in family.samples:
            key = (sample.name, tuple(sorted(sample.labels.items())))
            assert key not in found
            found[key] = sample.value
    return found


def read(client: TestClient) -> Samples:
    reply = client.get("/metrics")
    assert reply.headers["content-type"].startswith("text/plain; version=0.0.4")
    return samples(reply.text)


def value(found: Samples, name: str, /, **labels: str) -> float:
    return found[name, tuple(sorted(labels.items()))]


def test_figures_are_those_of_the_requests(serve: Any, tmp_path: Any) -> None:
    client = serve(database=f"sqlite:///{tmp_path / 'feedback.sqlite3'}", workers=3)
    client.post("/v1/score", json={"text": [SPUN, CLEAN, "short"]})
    client.post("/v1/score", content="{", headers=JSON)
    client.post("/v2/check", content=urlencode({"language": "en-US", "text": SPUN}))
    client.post(
        "/v1alpha1/comments:analyze", json={"comment": {"text": SPUN}, "requestedAttributes": {"SPUN_TEXT": {}}}
    )
    client.post("/v1/feedback", json={"text": SPUN, "verdict": "wrong"})
    client.post(
        "/v1alpha1/comments:suggestscore",
        json={"comment": {"text": SPUN}, "attributeScores": {"SPUN_TEXT": {"summaryScore": {"value": 1}}}},
    )
    client.delete("/v1/feedback/0b7c1f0a4e6d4c0d9a4d3c1f5b8e2a67")
    client.get("/confidential")
    client.request("CONFIDENTIAL", "/healthz")
    found = read(client)

    def requests(method: str, route: str, status: int) -> float:
        return value(found, "unspun_requests_total", method=method, route=route, status=str(status))

    assert requests("POST", "/v1/score", 200) == 1
    assert requests("POST", "/v1/score", 400) == 1
    assert requests("POST", "/v2/check", 200) == 1
    assert requests("POST", "/v1alpha1/comments:analyze", 200) == 1
    assert requests("POST", "/v1/feedback", 201) == 1
    assert requests("DELETE", "/v1/feedback/{id:uuid}", 404) == 1
    assert requests("GET", "other", 404) == 1
    assert requests("other", "/healthz", 405) == 1
    assert value(found, "unspun_request_seconds_count", method="POST", route="/v1/score") == 2
    assert value(found, "unspun_characters_total") == 3 * len(SPUN) + len(CLEAN) + len("short")
    assert value(found, "unspun_score_count") == 4
    assert value(found, "unspun_score_bucket", le="0.1") == 1
    assert value(found, "unspun_score_bucket", le="0.8") == 1
    assert value(found, "unspun_score_bucket", le="0.9") == 4
    assert value(found, "unspun_feedback_total", verdict="wrong") == 1
    assert value(found, "unspun_feedback_total", verdict="spun") == 1
    assert value(found, "unspun_model", name="fake", version="1.0") == 1
    assert value(found, "unspun_workers") == 3
    assert value(found, "unspun_worker_restarts") == 0
    assert value(found, "unspun_in_progress") == 0
    assert value(found, "unspun_queue") == 0
    assert value(found, "process_resident_memory_bytes") > 0


def test_nothing_of_a_client_is_a_label(serve: Any) -> None:
    client = serve(Obedient())
    for path in ("/confidential", "/v2/confidential", "/v1/feedback/confidential", "/static/confidential"):
        client.request(
            "CONFIDENTIAL", path, params={"confidential": "confidential"}, headers={"X-API-Key": "confidential"}
        )
    client.post("/v1/score", json={"text": "please fail confidential"})
    assert "confidential" not in client.get("/metrics").text.lower()


def test_the_number_of_series_does_not_grow_with_what_is_asked_for(serve: Any) -> None:
    client = serve()

    def ask(number: int) -> None:
        client.get(f"/{number}")
        client.get(f"/v2/{number}")
        client.post(f"/v1alpha1/comments:{number}")
        client.delete(f"/v1/feedback/{number:032x}")
        client.request(f"X{number}", "/v1/score")

    ask(0)
    client.get("/metrics")
    before = len(read(client))
    for number in range(1, 30):
        ask(number)
    assert len(read(client)) == before


def test_they_hold_across_workers_and_show_the_queue(started: Any) -> None:
    server: Server = started("--workers", "2")
    for _ in range(6):
        assert server.score(SPUN).status == 200
    threads = [threading.Thread(target=server.score, args=["please sleep 1.5"]) for _ in range(5)]
    for thread in threads:
        thread.start()

    def figures() -> Samples:
        return samples(server.ask("GET", "/metrics").body.decode())

    assert eventually(lambda: value(figures(), "unspun_in_progress") == 5)
    assert value(figures(), "unspun_queue") == 3
    for thread in threads:
        thread.join()
    found = figures()
    assert value(found, "unspun_in_progress") == 0
    assert value(found, "unspun_workers") == 2
    assert value(found, "unspun_characters_total") == 6 * len(SPUN) + 5 * len("please sleep 1.5")
    assert value(found, "unspun_requests_total", method="POST", route="/v1/score", status="200") == 11
    assert json.loads(server.score("short").body)["documents"][0]["status"] == "too_short"
