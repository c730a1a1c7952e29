from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError
from starlette.testclient import TestClient

from api import problems
from api.problems import Fault, Problem

SECRET = "confidential"
JSON = {"Content-Type": "application/json"}


class Body(BaseModel):
    text: str


async def echo(body: Body) -> Body:
    return body


async def fail() -> None:
    raise KeyError(SECRET)


@pytest.fixture
def client(serve: Any) -> TestClient:
    """The app with two routes that leave everything to FastAPI."""
    made: TestClient = serve()
    made.app.post("/echo")(echo)  # type: ignore[attr-defined]
    made.app.get("/fail")(fail)  # type: ignore[attr-defined]
    return made


@pytest.mark.parametrize("value", [b'"\\ud800 confidential"', b"NaN", b'["confidential"]', b"1e999"])
def test_fastapis_own_validation_neither_fails_nor_echoes(client: TestClient, value: bytes) -> None:
    reply = client.post("/echo", content=b'{"text": {"x": ' + value + b"}}", headers=JSON)
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["errors"] == [{"detail": "This must be a string.", "pointer": "#/body/text"}]


@pytest.mark.parametrize("body", [b"{", b'"\\ud800"', b"\xff", b"[" * 100_000, b"confidential", b"9" * 5_000])
def test_nor_does_its_reading_of_json(client: TestClient, body: bytes) -> None:
    reply = client.post("/echo", content=body, headers=JSON)
    assert reply.status_code in (400, 422)
    assert reply.headers["content-type"] == "application/problem+json"
    assert SECRET not in reply.text


def test_what_nobody_foresaw_is_a_problem_without_its_message(client: TestClient) -> None:
    reply = client.get("/fail")
    assert reply.status_code == 500
    assert reply.headers["content-type"] == "application/problem+json"
    assert SECRET not in reply.text


def test_a_problem_has_the_members_of_the_rfc() -> None:
    problem = Problem(
        HTTPStatus.CONFLICT,
        "No.",
        errors=[Fault(detail="Wrong.", pointer="#/a")],
        headers={"Allow": "GET"},
        more={"models": [{"name": "n"}]},
    )
    reply = problems.render(problem)
    assert (reply.status, reply.media_type, reply.headers) == (409, "application/problem+json", {"Allow": "GET"})
    assert json.loads(reply.body) == {
        "type": "about:blank",
        "title": "Conflict",
        "status": 409,
        "detail": "No.",
        "errors": [{"detail": "Wrong.", "pointer": "#/a"}],
        "models": [{"name": "n"}],
    }


def test_of_many_faults_the_first_are_told() -> None:
    with pytest.raises(ValidationError) as caught:
        Body.model_validate({"text": 1})
    told = problems.invalid(caught.value.errors() * 1_000)
    assert len(told.errors) == 20


@pytest.mark.parametrize("status", [400, 401, 403, 404, 405, 408, 409, 413, 415, 422, 429, 500, 503])
def test_every_status_is_documented_with_an_example_of_its_own(status: int) -> None:
    (code, response), *_ = problems.documented(HTTPStatus(status)).items()
    assert code == status
    assert list(response["content"]) == ["application/problem+json"]
    example = response["content"]["application/problem+json"]["example"]
    assert (example["status"], example["type"]) == (status, "about:blank")
    assert example["title"]
    assert example["detail"]
