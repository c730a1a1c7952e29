from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fake import FakeScorer
from fastapi.routing import APIRoute
from starlette.testclient import TestClient

from api import limits
from api.app import create_app

ROOT = Path(__file__).parent.parent.parent
APP = create_app(FakeScorer())


@pytest.fixture
def client() -> Iterator[TestClient]:
    with TestClient(APP) as client:
        yield client


def test_the_page_and_all_it_loads_come_from_here(client: TestClient) -> None:
    page = client.get("/docs")
    assert page.status_code == 200
    assert not re.findall(r"""["'](?:https?:)?//""", page.text)
    assets = re.findall(r"""(?:src|href)=["']([^"']+)""", page.text)
    local = [asset for asset in assets if not asset.startswith("data:")]
    assert len(local) == 2
    for asset in [*local, "openapi.json"]:
        assert client.get(f"/{asset}").status_code == 200
    assert client.get("/docs/swagger-ui-bundle.js").headers["content-type"].startswith("text/javascript")
    assert client.get("/docs/swagger-ui.css").headers["content-type"].startswith("text/css")


def references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            if key == "$ref":
                yield part
            else:
                yield from references(part)
    elif isinstance(value, list):
        for part in value:
            yield from references(part)


def test_every_reference_of_the_openapi_document_resolves(client: TestClient) -> None:
    document = client.get("/openapi.json").json()
    found = set(references(document))
    assert {"#/components/schemas/ScoreRequest", "#/components/schemas/Problem"} <= found
    for reference in found:
        part = document
        for name in reference.removeprefix("#/").split("/"):
            part = part[name]


def test_errors_are_documented_as_problems(client: TestClient) -> None:
    responses = client.get("/openapi.json").json()["paths"]["/v1/score"]["post"]["responses"]
    assert responses.keys() == {"200", "400", "408", "413", "415", "422", "500", "503"}
    for status, response in responses.items():
        assert list(response["content"]) == ["application/json" if status == "200" else "application/problem+json"]


def test_every_route_limit_and_status_is_in_the_documentation() -> None:
    text = (ROOT / "docs" / "http.md").read_text(encoding="utf-8")
    for route in APP.routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            (method,) = route.methods
            assert f"{method} {route.path}" in text
    assert "GET /docs" in text
    for status in ("400", "404", "405", "408", "413", "415", "422", "500", "503"):
        assert f"| {status} |" in text
    for limit in (limits.MAX_DOCUMENTS, limits.MAX_ID_LENGTH, limits.MAX_ALLOWED, limits.MAX_PHRASE_LENGTH):
        assert f"{limit:,}" in text
