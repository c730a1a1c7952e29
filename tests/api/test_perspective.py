from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import pytest
from drawers import Case, cases
from fake import CLEAN, SPUN, FakeScorer
from fastapi import FastAPI
from hypothesis import given
from hypothesis import strategies as st
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.testclient import TestClient

from api import perspective
from api.comments import MAX_ATTRIBUTES, MAX_COMMENT_BYTES, MAX_ELEMENTS
from api.discovery import document
from api.jobs import Job, Reply
from api.perspective import MAX_BODY_BYTES, PerspectiveProblem, analyze, render, suggest
from api.problems import Problem
from api.settings import Settings
from detector.results import Result

SETTINGS = Settings(perspective_aliases={"TOXICITY": "SPUN_TEXT", "SPUN_TEXT": "SPUN_TEXT@1"})
SECRET = "confidential"
GERMAN = (
    "Die Fähre zur Insel kam heute Morgen wieder zu spät, weil der Wind in der Nacht gedreht hatte und stark blies."
)


class Foreign(FakeScorer):
    """Takes nothing for English."""

    def score(self, *arguments: Any, **options: Any) -> Result:
        result = super().score(*arguments, **options)
        documents = tuple(replace(found, status="not_english", score=None) for found in result.documents)
        return replace(result, documents=documents)


def body_of(request: Any) -> bytes:
    """The request as JSON, its placeholders filled in."""
    return json.dumps(request).replace("{spun}", SPUN).replace("{clean}", CLEAN).encode()


def analyzed(body: bytes, scorer: FakeScorer | None = None) -> Reply:
    return analyze(scorer or FakeScorer(), SETTINGS, Job("perspective", body))


def refused(act: Callable[[], object]) -> dict[str, Any]:
    """Google's error object for the Problem that is raised, after a look at what every error must have."""
    with pytest.raises(PerspectiveProblem) as raised:
        act()
    reply = render(raised.value)
    assert SECRET not in reply.body.decode()
    assert (reply.status, reply.media_type) == (400, "application/json")
    error: dict[str, Any] = json.loads(reply.body)["error"]
    assert (error["code"], error["status"]) == (400, "INVALID_ARGUMENT")
    assert all(detail["@type"].startswith("type.googleapis.com/google.") for detail in error["details"])
    return error


def assert_told(error: dict[str, Any], case: Case) -> None:
    (detail,) = error["details"]
    assert error["message"] == case["message"]
    if "detail" in case:
        assert detail == case["detail"]
    else:
        assert detail["@type"] == "type.googleapis.com/google.rpc.BadRequest"
        assert [violation["field"] for violation in detail["fieldViolations"]] == case["fields"]
        assert all(violation["description"] for violation in detail["fieldViolations"])


@pytest.mark.parametrize("case", cases("perspective/analyze"))
def test_a_comment_is_scored(case: Case) -> None:
    reply = analyzed(body_of(case["request"]))
    assert (reply.status, reply.media_type) == (200, "application/json")
    assert json.loads(reply.body) == case["reply"]


@pytest.mark.parametrize("case", cases("perspective/errors"))
def test_a_mistake_is_told_as_google_tells_it(case: Case) -> None:
    assert_told(refused(lambda: analyzed(body_of(case["request"]))), case)


@pytest.mark.parametrize("case", cases("perspective/suggest"))
def test_a_suggestion_is_read(case: Case) -> None:
    suggestion = suggest(SETTINGS, body_of(case["request"]))
    assert suggestion.text == case["request"]["comment"]["text"]
    assert suggestion.values == case["values"]
    assert suggestion.reply == case["reply"]


@pytest.mark.parametrize("case", cases("perspective/suggest_errors"))
def test_a_mistake_in_a_suggestion(case: Case) -> None:
    assert_told(refused(lambda: suggest(SETTINGS, body_of(case["request"]))), case)


@pytest.mark.parametrize(
    "body",
    [
        b"confidential",
        b'{"comment": {"text": "confidential"}',
        b'{"comment": {"text": "confidential \xe9"}}',
        b'{"comment": {"text": "\\ud800 confidential"}}',
        b'{"comment": {"text": "\\udc00\\ud800"}}',
        b'{"\\udfff confidential": 1}',
        b'{"comment": {"text": "a raw \x00"}}',
        b"\xef\xbb\xbf{}",
        b"[" * 50_000,
        b'{"comment":' * 20_000,
        b'{"comment": {"text": ' + b"9" * 5_000 + b"}}",
    ],
    ids=range(11),
)
def test_what_is_no_json_is_refused(body: bytes) -> None:
    assert refused(lambda: analyzed(body))["details"][0]["fieldViolations"][0]["field"] == ""
    assert refused(lambda: suggest(SETTINGS, body))["message"] == "Invalid JSON payload received."


@pytest.mark.parametrize("body", [b"", b" \n", b"{}"])
def test_an_empty_body_is_an_empty_message(body: bytes) -> None:
    assert refused(lambda: analyzed(body))["details"][0]["errorType"] == "COMMENT_EMPTY"


@pytest.mark.parametrize("character", ["x", "é", "😀"])
def test_a_comment_may_have_20480_bytes(character: str) -> None:
    most = MAX_COMMENT_BYTES // len(character.encode())
    request = {"comment": {"text": character * most}, "requestedAttributes": {"SPUN_TEXT": {}}}
    assert analyzed(json.dumps(request).encode()).status == 200
    request["comment"]["text"] += character
    error = refused(lambda: analyzed(json.dumps(request).encode()))
    assert error["message"] == "Comment text too long."
    assert error["details"][0]["errorType"] == "COMMENT_TOO_LONG"


def test_a_body_has_a_limit_that_is_looked_at_before_what_it_says() -> None:
    assert refused(lambda: analyzed(b"[" * MAX_BODY_BYTES))["message"] == "Invalid JSON payload received."
    for act in (analyzed, lambda body: suggest(SETTINGS, body)):
        with pytest.raises(Problem) as raised:
            act(b"[" * (MAX_BODY_BYTES + 1))
        assert raised.value.status == 413


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("languages", ["en"] * (MAX_ELEMENTS + 1)),
        ("context.entries", {"entries": [{}] * (MAX_ELEMENTS + 1)}),
        ("requestedAttributes", dict.fromkeys(map(str, range(MAX_ATTRIBUTES + 1)))),
        ("attributeScores", dict.fromkeys(map(str, range(MAX_ATTRIBUTES + 1)))),
        (
            "attributeScores.SPUN_TEXT.spanScores",
            {"SPUN_TEXT": {"spanScores": [{"begin": 0, "end": 1, "score": {"value": 1}}] * (MAX_ELEMENTS + 1)}},
        ),
    ],
)
def test_lists_and_maps_have_limits(field: str, value: Any) -> None:
    body = json.dumps({"comment": {"text": "x"}, field.partition(".")[0]: value}).encode()
    error = refused(lambda: suggest(SETTINGS, body) if field.startswith("attributeScores") else analyzed(body))
    assert [violation["field"] for violation in error["details"][0]["fieldViolations"]] == [field]


def test_another_language_is_refused_with_the_language_that_was_found() -> None:
    request: dict[str, Any] = {
        "comment": {"text": GERMAN},
        "requestedAttributes": {"TOXICITY": {}},
        "languages": ["en"],
    }
    error = refused(lambda: analyzed(json.dumps(request).encode(), Foreign()))
    assert error["message"] == "Attribute TOXICITY does not support request languages: de"
    assert error["details"][0]["errorType"] == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"
    about = {"detectedLanguages": ["de"], "attribute": "TOXICITY"}
    assert error["details"][0]["languageNotSupportedByAttributeError"] == about
    request["dropUnsupportedAttributes"] = True
    reply = json.loads(analyzed(json.dumps(request).encode(), Foreign()).body)
    assert (reply["attributeScores"], reply["detectedLanguages"]) == ({}, ["de"])
    assert reply["unspun"]["status"] == "not_english"


def test_a_refusal_for_the_language_never_says_english() -> None:
    error = refused(
        lambda: analyzed(body_of({"comment": {"text": "{clean}"}, "requestedAttributes": {"SPUN_TEXT": {}}}), Foreign())
    )
    assert error["details"][0]["languageNotSupportedByAttributeError"]["detectedLanguages"] == ["und"]


def test_what_is_quoted_is_not_scored_and_offsets_are_utf16() -> None:
    asked: dict[str, Any] = {}

    class Asked(FakeScorer):
        def score(self, *arguments: Any, **options: Any) -> Result:
            asked.update(options)
            return super().score(*arguments, **options)

    analyzed(body_of({"comment": {"text": "{spun}"}, "requestedAttributes": {"SPUN_TEXT": {}}}), Asked())
    assert asked["mode"] == "balanced"
    assert asked["offset_unit"] == "utf16"
    assert {"quote", "block-quote", "code"} <= set(asked["skip"])


def test_the_metrics_learn_what_was_scored() -> None:
    reply = analyzed(body_of({"comment": {"text": "{spun}"}, "requestedAttributes": {"SPUN_TEXT": {}}}))
    assert reply.facts == (len(SPUN), (0.9,))


FIELDS = [
    "comment", "text", "type", "requestedAttributes", "attributeScores", "summaryScore", "spanScores", "value", "begin",
    "end", "score", "languages", "context", "entries", "SPUN_TEXT", "TOXICITY", "scoreThreshold", "scoreType",
    "client_token", "spanAnnotations", "span_annotations",
]  # fmt: skip
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.floats()
    | st.integers()
    | st.text()
    | st.sampled_from(["RAW", "HTML", "\ud800", SECRET]),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(FIELDS), inner, max_size=5)
        | st.dictionaries(st.sampled_from([SECRET, "\udfff"]) | st.text(), inner, max_size=2)
    ),
    max_leaves=12,
)
LIKELY = st.fixed_dictionaries(
    {"comment": st.fixed_dictionaries({"text": st.text(min_size=1)}) | VALUES},
    optional={
        "requestedAttributes": st.dictionaries(st.sampled_from(["SPUN_TEXT", "TOXICITY", SECRET]), VALUES) | VALUES,
        "attributeScores": st.dictionaries(st.just("SPUN_TEXT"), st.dictionaries(st.sampled_from(FIELDS), VALUES)),
        "context": VALUES,
        "languages": st.lists(st.sampled_from(["en", "de"]) | VALUES) | VALUES,
        "dropUnsupportedAttributes": st.booleans() | VALUES,
        "spanAnnotations": st.booleans(),
    },
)  # fmt: skip


@given(LIKELY | VALUES)
def test_no_json_value_is_an_error_of_ours_nor_told_back(value: Any) -> None:
    body = json.dumps(value).encode()
    for reply in (told(lambda: analyzed(body)), told(lambda: suggest(SETTINGS, body).reply)):
        if "error" in reply:
            assert reply["error"]["details"]
            assert SECRET not in json.dumps(reply)


def told(act: Callable[[], Any]) -> dict[str, Any]:
    """The reply, or the error instead."""
    try:
        reply = act()
    except PerspectiveProblem as problem:
        reply = render(problem)
    read: dict[str, Any] = json.loads(reply.body) if isinstance(reply, Reply) else reply
    return read


@given(st.binary(max_size=40) | st.builds(lambda body: b'{"comment":{"text":"' + body, st.binary(max_size=20)))
def test_no_bytes_are_an_error_of_ours(body: bytes) -> None:
    with pytest.raises(PerspectiveProblem):
        analyzed(body)


@given(st.lists(st.sampled_from(["😀", "é", "\n\n", " ", "social employees", SPUN, CLEAN]), max_size=6).map("".join))
def test_spans_lie_in_the_comment(text: str) -> None:
    request = {"comment": {"text": f"x{text}"}, "requestedAttributes": {"SPUN_TEXT": {}}, "spanAnnotations": True}
    scores = json.loads(analyzed(json.dumps(request).encode()).body)["attributeScores"]["SPUN_TEXT"]
    units = f"x{text}".encode("utf-16-le")
    for span in scores["spanScores"]:
        assert 0 <= span["begin"] < span["end"] <= len(units) // 2
        units[span["begin"] * 2 : span["end"] * 2].decode("utf-16-le")  # no half of a pair
        assert 0 <= span["score"]["value"] <= 1


WRONG_KEY = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


@pytest.mark.parametrize(
    ("status", "headers", "code", "google", "reason"),
    [
        (400, {}, 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
        (401, {"WWW-Authenticate": "Bearer"}, 403, "PERMISSION_DENIED", "CREDENTIALS_MISSING"),
        (401, WRONG_KEY, 400, "INVALID_ARGUMENT", "API_KEY_INVALID"),
        (403, {}, 403, "PERMISSION_DENIED", "PERMISSION_DENIED"),
        (404, {}, 404, "NOT_FOUND", "NOT_FOUND"),
        (405, {"Allow": "POST"}, 405, "UNIMPLEMENTED", "UNIMPLEMENTED"),
        (408, {}, 408, "DEADLINE_EXCEEDED", "DEADLINE_EXCEEDED"),
        (413, {}, 413, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
        (415, {}, 415, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
        (422, {}, 400, "INVALID_ARGUMENT", "INVALID_ARGUMENT"),
        (429, {"Retry-After": "7"}, 429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"),
        (500, {}, 500, "INTERNAL", "INTERNAL"),
        (503, {"Retry-After": "1"}, 503, "UNAVAILABLE", "UNAVAILABLE"),
    ],
)
def test_the_services_own_problems_in_googles_words(
    status: int, headers: dict[str, str], code: int, google: str, reason: str
) -> None:
    reply = render(Problem(HTTPStatus(status), "It did not work.", headers=headers))
    assert (reply.status, reply.headers) == (code, headers)
    error = json.loads(reply.body)["error"]
    assert (error["code"], error["status"]) == (code, google)
    info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}
    assert error["details"] == [info]
    assert error["message"]


def test_the_answer_to_a_wrong_key_begins_as_googles() -> None:
    problem = Problem(HTTPStatus.UNAUTHORIZED, "No such key.", headers=WRONG_KEY)
    message = json.loads(render(problem).body)["error"]["message"]
    assert message.startswith("API key not valid. Please pass a valid API key.")


async def says_analyze(request: Request) -> Response:
    return PlainTextResponse(f"analyze {perspective.api_key(request)}")


async def says_suggest(request: Request) -> Response:
    return PlainTextResponse("suggest")


@pytest.fixture
def client() -> TestClient:
    app = FastAPI()
    app.include_router(perspective.router(says_analyze, says_suggest))

    @app.exception_handler(Problem)
    async def tell(_: Request, problem: Exception) -> Response:
        assert isinstance(problem, Problem)
        reply = render(problem)
        return Response(reply.body, reply.status)

    return TestClient(app, base_url="https://scores.example")


@pytest.mark.parametrize(
    ("path", "headers", "answer"),
    [
        ("/v1alpha1/comments:analyze", {}, "analyze None"),
        ("/v1alpha1/comments:analyze?key=", {}, "analyze None"),
        ("/v1alpha1/comments:analyze?alt=json&key=a", {}, "analyze a"),
        ("/v1alpha1/comments%3Aanalyze?key=a", {}, "analyze a"),
        ("/v1alpha1/comments:analyze", {"X-Goog-Api-Key": "b"}, "analyze b"),
        ("/v1alpha1/comments:suggestscore", {}, "suggest"),
    ],
)
def test_the_methods_and_the_key(client: TestClient, path: str, headers: dict[str, str], answer: str) -> None:
    assert client.post(path, headers=headers).text == answer
    assert client.get(path).status_code == 405


@pytest.mark.parametrize(
    "path",
    ["/$discovery/rest?version=v1alpha1", "/%24discovery/rest?key=k&version=v1alpha1",
     "/discovery/v1/apis/commentanalyzer/v1alpha1/rest"],
)  # fmt: skip
def test_the_discovery_document_names_the_server_it_came_from(client: TestClient, path: str) -> None:
    reply = client.get(path)
    assert reply.headers["cache-control"] == "no-store"  # it says what the Host header said
    described = reply.json()
    assert described["rootUrl"] == "https://scores.example/"
    methods = described["resources"]["comments"]["methods"]
    for method in methods.values():
        assert client.request(method["httpMethod"], described["rootUrl"] + method["path"]).status_code == 200


@pytest.mark.parametrize("query", ["", "?version=v1", "?version=confidential"])
def test_there_is_one_version(client: TestClient, query: str) -> None:
    reply = client.get(f"/$discovery/rest{query}")
    assert reply.status_code == 404
    assert reply.json()["error"]["status"] == "NOT_FOUND"
    assert SECRET not in reply.text


def test_the_routes_are_not_in_our_own_schema(client: TestClient) -> None:
    assert client.get("/openapi.json").json()["paths"] == {}


def test_the_discovery_document_has_every_field_that_is_accepted() -> None:
    schemas = document("http://localhost/")["schemas"]
    assert "text" in schemas["TextEntry"]["properties"]
    for name in ("AnalyzeCommentRequest", "SuggestCommentScoreRequest"):
        text = json.dumps(schemas[name])
        for field in ("comment", "context", "languages", "clientToken", "sessionId", "communityId"):
            assert f'"{field}"' in text

    def check(schema: Any) -> None:
        if isinstance(schema, dict):
            assert "anyOf" not in schema
            assert schema.get("$ref", "TextEntry") in schemas
            for part in schema.values():
                check(part)

    check(schemas)
