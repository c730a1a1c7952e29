"""Who may do what, in each of the three wire formats."""

from __future__ import annotations

import gzip
import hashlib
import json
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlencode

import httpx2
import pytest
from fake import SPUN, unspun
from starlette.testclient import TestClient

from api.access import is_loopback, new_key

SCORER, SCORER_KEY = new_key("scorer", ["score"])
DESK, DESK_KEY = new_key("desk", ["feedback"])
ADMIN, ADMIN_KEY = new_key("admin", ["admin"])
BOTH, BOTH_KEY = new_key("both", ["score", "feedback"])
KEYS = (SCORER_KEY, DESK_KEY, ADMIN_KEY, BOTH_KEY)
WRONG = "unspun_confidential"

ANALYZE = json.dumps({"comment": {"text": SPUN}, "requestedAttributes": {"SPUN_TEXT": {}}})
SUGGEST = json.dumps({"comment": {"text": SPUN}, "attributeScores": {"SPUN_TEXT": {"summaryScore": {"value": 1}}}})
FEEDBACK = json.dumps({"text": SPUN, "verdict": "right"})
FORM = urlencode({"language": "en-US", "text": SPUN})


class Way(NamedTuple):
    """A request with `{key}` where the key stands."""

    method: str
    path: str
    body: str = ""
    headers: Mapping[str, str] = {}
    status: int = 200

    def send(self, client: TestClient, key: str) -> httpx2.Response:
        headers = {"Content-Type": "application/json"} | {k: v.replace("{key}", key) for k, v in self.headers.items()}
        path, body = self.path.replace("{key}", key), self.body.replace("{key}", key)
        return client.request(self.method, path, content=body, headers=headers)


BEARER, OWN, GOOGLE = {"Authorization": "Bearer {key}"}, {"X-API-Key": "{key}"}, {"X-Goog-Api-Key": "{key}"}
SCORING = [
    Way("POST", "/v1/score", json.dumps({"text": SPUN}), BEARER),
    Way("POST", "/v1/score", json.dumps({"text": SPUN}), {"authorization": "bearer  {key} "}),
    Way("POST", "/v1/score", json.dumps({"text": SPUN}), OWN),
    Way("POST", "/v1/score", json.dumps({"text": SPUN}), {"Authorization": "Basic dTpw", **OWN}),
    Way("POST", "/v2/check", f"{FORM}&apiKey={{key}}"),
    Way("POST", "/v2/check", f"apiKey={{key}}&username=u&{FORM}"),
    Way("POST", "/v2/check?apiKey={key}", FORM),
    Way("GET", f"/v2/check?{FORM}&apiKey={{key}}"),
    Way("POST", "/v2/check", f"{FORM}&api_key={{key}}"),
    Way("POST", "/v2/check", FORM, OWN),
    Way("POST", "/v1alpha1/comments:analyze?key={key}", ANALYZE),
    Way("POST", "/v1alpha1/comments:analyze?alt=json&key={key}", ANALYZE),
    Way("POST", "/v1alpha1/comments:analyze", ANALYZE, GOOGLE),
    Way("POST", "/v1alpha1/comments:analyze", ANALYZE, BEARER),
]
FEEDING = [
    Way("POST", "/v1/feedback", FEEDBACK, BEARER, 201),
    Way("POST", "/v1/feedback", FEEDBACK, OWN, 201),
    Way("POST", "/v1alpha1/comments:suggestscore?key={key}", SUGGEST),
    Way("POST", "/v1alpha1/comments:suggestscore", SUGGEST, GOOGLE),
]
RULING = [
    Way("GET", "/v1/feedback/export", "", BEARER),
    Way("DELETE", "/v1/feedback?older_than_days=30", "", OWN),
    Way("DELETE", "/v1/feedback/0b7c1f0a4e6d4c0d9a4d3c1f5b8e2a67", "", OWN, 404),
]
ANY = [Way("GET", "/metrics", "", BEARER), Way("GET", "/metrics", "", OWN)]

#: Which keys may do what.
MAY: list[tuple[list[Way], set[str]]] = [
    (SCORING, {SCORER, BOTH, ADMIN}),
    (FEEDING, {DESK, BOTH, ADMIN}),
    (RULING, {ADMIN}),
    (ANY, {SCORER, DESK, BOTH, ADMIN}),
]
WAYS = [(way, allowed) for ways, allowed in MAY for way in ways]


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> str:
    return f"sqlite:///{tmp_path_factory.mktemp('state') / 'feedback.sqlite3'}"


@pytest.fixture(scope="module")
def guarded(serve_all: Any, database: str) -> TestClient:
    client: TestClient = serve_all(keys=KEYS, database=database)
    return client


@pytest.fixture(scope="module")
def unguarded(serve_all: Any, database: str) -> TestClient:
    client: TestClient = serve_all(database=database)
    return client


def assert_refused(reply: httpx2.Response, path: str, status: int, google: int) -> None:
    """status: that of our own format and LanguageTool's; google: what Google's clients know instead."""
    if path.startswith("/v1alpha1/"):
        assert reply.status_code == google
        error = reply.json()["error"]
        assert error["code"] == google
        assert error["details"]
    elif path.startswith("/v2/"):
        assert reply.status_code == status
        assert reply.headers["content-type"] == "text/plain; charset=utf-8"
        assert reply.text.startswith("Error: ")
        assert reply.headers["access-control-allow-origin"] == "*"
    else:
        assert reply.status_code == status
        assert reply.headers["content-type"] == "application/problem+json"
        assert reply.json()["status"] == status
    assert ("www-authenticate" in reply.headers) == (status == 401)
    assert WRONG not in reply.text


@pytest.mark.parametrize(("way", "allowed"), WAYS, ids=range(len(WAYS)))
def test_each_way_to_send_a_key_and_what_it_may(guarded: TestClient, way: Way, allowed: set[str]) -> None:
    for key in (SCORER, DESK, ADMIN, BOTH):
        reply = way.send(guarded, key)
        if key in allowed:
            assert reply.status_code == way.status, reply.text
        else:
            assert_refused(reply, way.path, 403, 403)
    assert_refused(way.send(guarded, WRONG), way.path, 401, 400)
    assert_refused(way.send(guarded, ""), way.path, 401, 403)


def test_a_key_in_a_compressed_form_is_found(guarded: TestClient) -> None:
    body = gzip.compress(f"{FORM}&apiKey={SCORER}".encode())
    assert guarded.post("/v2/check", content=body, headers={"Content-Encoding": "gzip"}).status_code == 200


OPEN = [
    "/healthz",
    "/readyz",
    "/v1/model",
    "/v1/rules",
    "/openapi.json",
    "/docs",
    "/",
    "/v2/languages",
    "/v2/info",
    "/v2/healthcheck",
]


@pytest.mark.parametrize("path", OPEN)
def test_what_holds_no_text_needs_no_key(guarded: TestClient, path: str) -> None:
    assert guarded.get(path).status_code == 200


def test_a_key_is_kept_as_its_hash_only() -> None:
    secret, key = new_key("desk", ["score"])
    assert key.sha256 == hashlib.sha256(secret.encode()).hexdigest()
    assert secret not in key.model_dump_json()
    assert len({new_key("desk", ["score"])[0] for _ in range(100)}) == 100


def test_with_keys_any_host_name_will_do(guarded: TestClient) -> None:
    reply = guarded.get("/metrics", headers={"X-API-Key": ADMIN, "Host": "unspun.example"})
    assert reply.status_code == 200


HOSTS = [
    ("localhost", True),
    ("localhost:8000", True),
    ("app.localhost", True),
    ("127.0.0.1:8000", True),
    ("127.9.9.9", True),
    ("[::1]:8000", True),
    ("evil.example", False),
    ("evil.example:8000", False),
    ("localhost.evil.example", False),
    ("notlocalhost", False),
    ("evil_host.example", False),
    ("192.168.0.1", False),
    ("0.0.0.0", False),
    ("[::2]", False),
    ("127.0.0.1.evil.example", False),
    ("evil.example@localhost", False),
    ("localhost/evil", False),
    ("127.0.0.1:x", False),
    ("", False),
]


@pytest.mark.parametrize(("host", "local"), HOSTS)
@pytest.mark.parametrize("way", [SCORING[0], SCORING[4], SCORING[10], FEEDING[0], FEEDING[2], *RULING[:2], ANY[0]])
def test_without_keys_a_foreign_host_name_is_403(unguarded: TestClient, way: Way, host: str, local: bool) -> None:
    reply = way._replace(headers={**way.headers, "Host": host}).send(unguarded, "any")
    if local:
        assert reply.status_code == way.status
    else:
        assert_refused(reply, way.path, 403, 403)


WRITING = [SCORING[0], SCORING[10], *FEEDING[:1], FEEDING[2], *RULING[:2], ANY[0]]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "null", "http://localhost:1", "https://localhost.evil", "http://[x"]
)
@pytest.mark.parametrize("way", WRITING)
def test_without_keys_pages_of_other_sites_are_403(unguarded: TestClient, way: Way, origin: str) -> None:
    """A page may send what looks like a form to any machine, the reader's own too, unasked."""
    foreign = way._replace(headers={**way.headers, "Origin": origin})
    assert_refused(foreign.send(unguarded, "any"), way.path, 403, 403)


@pytest.mark.parametrize("way", WRITING)
def test_our_own_page_and_the_named_ones_may_call(serve: Any, database: str, way: Way) -> None:
    client = serve(database=database, cors_origins=["https://desk.example"])
    for origin in ("http://localhost", "https://desk.example"):
        assert way._replace(headers={**way.headers, "Origin": origin}).send(client, "any").status_code == way.status


def test_languagetools_browser_clients_may_call_from_any_page(unguarded: TestClient) -> None:
    assert SCORING[4]._replace(headers={"Origin": "moz-extension://x"}).send(unguarded, "any").status_code == 200


@pytest.mark.parametrize(
    ("client", "status"), [("127.0.0.1", 200), ("::1", 200), ("203.0.113.7", 403), ("fe80::1", 403)]
)
def test_without_keys_a_caller_elsewhere_is_403_whatever_host_it_names(serve: Any, client: str, status: int) -> None:
    app = serve().app
    there = TestClient(app, base_url="http://localhost", client=(client, 50_000))
    assert there.post("/v1/score", json={"text": SPUN}).status_code == status


@pytest.mark.parametrize("way", [SCORING[6], SCORING[10]])
def test_a_key_in_our_headers_counts_before_one_in_the_address(guarded: TestClient, way: Way) -> None:
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {SCORER}"}
    assert guarded.post(way.path.replace("{key}", WRONG), content=way.body, headers=headers).status_code == 200


def test_the_api_document_asks_for_a_key_where_one_is_needed(guarded: TestClient, unguarded: TestClient) -> None:
    document = guarded.get("/openapi.json").json()
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert document["security"] == [{"key": []}]
    assert "security" not in unguarded.get("/openapi.json").json()


@pytest.mark.parametrize("way", [SCORING[4], SCORING[10]])
def test_without_keys_any_key_of_a_client_is_accepted(unguarded: TestClient, way: Way) -> None:
    assert way.send(unguarded, WRONG).status_code == 200


@pytest.mark.parametrize(
    ("address", "loopback"),
    [("127.0.0.1", True), ("127.1.2.3", True), ("::1", True), ("0.0.0.0", False), ("::", False), ("10.0.0.1", False)],
)
def test_loopback(address: str, loopback: bool) -> None:
    assert is_loopback(address) is loopback


@pytest.mark.parametrize("host", ["0.0.0.0", "::"])
def test_without_keys_the_server_listens_on_loopback_only(host: str) -> None:
    process = unspun("serve", "--host", host, "--port", "0")
    _, complaints = process.communicate(timeout=30)
    assert process.returncode == 2
    assert len(complaints.splitlines()) == 1
    assert b"without API keys" in complaints


def key_command(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "detector", "key", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)


def test_the_key_command_makes_a_file_with_which_the_server_listens_everywhere(started: Any, tmp_path: Path) -> None:
    made = key_command("desk", "--role", "feedback", "--role", "score")
    assert made.returncode == 0
    file = tmp_path / "unspun.toml"
    file.write_text(made.stdout)
    secret = made.stdout.partition(": ")[2].split()[0]
    server = started("--config", str(file), "--host", "0.0.0.0", workers=1)
    headers = {"Content-Type": "application/json"}
    body = json.dumps({"text": SPUN})
    assert server.ask("POST", "/v1/score", body, headers).status == 401
    assert server.ask("POST", "/v1/score", body, {**headers, "X-API-Key": secret}).status == 200
    assert server.stop() == 0
    assert secret not in server.output
    assert '"key": "desk"' in server.output


@pytest.mark.parametrize("name", ["", "a b", "a" * 65, "ü/", 'x"\n'])
def test_a_bad_name_is_one_line_and_exit_code_2(name: str) -> None:
    made = key_command(name)
    assert (made.returncode, made.stdout) == (2, "")
    assert len(made.stderr.splitlines()) == 1
