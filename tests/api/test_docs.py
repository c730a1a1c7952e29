from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from fake import FakeScorer
from starlette.testclient import TestClient

from api import schemas
from api.app import create_app
from api.protocol import HEAD_BYTES, HEAD_SECONDS
from api.settings import Settings
from detector.results import FORMATS, MODES, OFFSET_UNITS, SKIPS, Status

DOCS = Path(__file__).parent.parent.parent / "docs"
OURS = "http.md"
#: Where the routes of each wire format are described.
PAGES = {
    "/v2/": "languagetool.md",
    "/v1alpha1/": "perspective.md",
    "/$discovery/": "perspective.md",
    "/discovery/": "perspective.md",
}
#: What only says that there is nothing, a second form of a path, and the files that a page loads.
UNNAMED = re.compile(r"(HEAD|OPTIONS|PATCH|PUT|TRACE) .*|GET /v1/feedback|.*:path}|.* /.+/|.* /v2/words.*|GET /docs/.*")


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("docs")
    return create_app(FakeScorer(), Settings(database=f"sqlite:///{folder / 'feedback.sqlite3'}"))


@pytest.fixture
def client(app: Any) -> Iterator[TestClient]:
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def read(name: str) -> str:
    return (DOCS / name).read_text(encoding="utf-8")


def section(text: str, title: str) -> str:
    """What stands under a heading."""
    found = re.search(rf"^## {re.escape(title)}\n(.*?)(?=^## |\Z)", text, re.DOTALL | re.MULTILINE)
    assert found, title
    return found[1]


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


def test_every_answer_has_an_example(client: TestClient) -> None:
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        for method, operation in methods.items():
            for status, response in operation["responses"].items():
                for media_type, content in response.get("content", {}).items():
                    assert content.get("example"), (method, path, status, media_type)
                assert "content" in response or status == "204", (method, path, status)


def test_the_examples_are_of_the_documented_form() -> None:
    text = schemas.EXAMPLE["text"]
    (document,) = schemas.ScoreReply.model_validate(schemas.EXAMPLE_REPLY).documents
    for paragraph in document.paragraphs:
        for span in paragraph.spans:
            assert text[span.start : span.end] == span.text
    schemas.ModelDescription.model_validate(schemas.EXAMPLE_MODEL)
    schemas.RulesReply.model_validate(schemas.EXAMPLE_RULES)


def test_errors_are_documented_as_problems(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert paths["/v1/score"]["post"]["responses"].keys() >= {"200", "401", "403", "409", "413", "422", "429", "503"}
    for operation in (operation for path in paths.values() for operation in path.values()):
        for status, response in operation["responses"].items():
            if int(status) >= 400:
                assert list(response["content"]) == ["application/problem+json"]


def routes(app: Any) -> Iterator[tuple[str, str]]:
    """Every method and path, those of included routers too."""
    for route in app.routes:
        if hasattr(route, "original_router"):
            yield from routes(route.original_router)
        else:
            for method in getattr(route, "methods", None) or ["GET"]:
                yield method, re.sub(r":\w+}", "}", route.path) if ":path" not in route.path else route.path


def test_every_route_is_in_the_documentation(app: Any) -> None:
    found = sorted(set(routes(app)))
    assert len(found) > 30
    for method, path in found:
        if not UNNAMED.fullmatch(f"{method} {path}"):
            page = next((page for prefix, page in PAGES.items() if path.startswith(prefix)), OURS)
            wanted = "`/static/" if path == "/static" else f"`{method} {path}"
            assert re.search(rf"{re.escape(wanted)}[`?]", read(page)), f"{page} lacks {wanted}"


def test_every_status_of_our_routes_is_in_the_documentation(client: TestClient) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    operations = [operation for path in paths.values() for operation in path.values()]
    statuses = {status for operation in operations for status in operation["responses"] if int(status) >= 400}
    told = set(re.findall(r"^\| (\d{3}) \|", section(read(OURS), "Errors"), re.MULTILINE))
    assert told == statuses | {"405"}  # which any route may answer


def test_every_field_of_a_request_and_its_values_are_in_the_documentation() -> None:
    text = section(read(OURS), "POST /v1/score")
    rows = dict(re.findall(r"^\| `(\w+)` \| (.*)$", text, re.MULTILINE))
    assert rows.keys() == schemas.Options.model_fields.keys()
    for field, values in {"mode": MODES, "offset_unit": OFFSET_UNITS, "format": FORMATS, "skip": SKIPS}.items():
        default = schemas.Options.model_fields[field].default
        for value in values:
            assert f"`{value}`" in rows[field]
        assert f"`{default}` (default)" in rows[field] or default == list(SKIPS)
    (statuses,) = re.findall(r"^- `status` is (.*?)\. ", text, re.DOTALL | re.MULTILINE)
    assert set(re.findall(r"`(\w+)`", statuses)) == set(get_args(Status))


def test_every_field_of_a_reply_is_in_the_documentation() -> None:
    text = section(read(OURS), "POST /v1/score")
    models = (
        schemas.DocumentReply,
        schemas.ParagraphReply,
        schemas.KindsReply,
        schemas.SkippedReply,
        schemas.SpanReply,
    )
    for field in {field for model in models for field in model.model_fields}:
        assert f'"{field}"' in text or f"`{field}`" in text, field


def test_every_limit_is_in_the_documentation() -> None:
    table = section(read(OURS), "Limits")
    plain = {name: field.default for name, field in Settings.model_fields.items()}
    for limit in (
        f"{plain['body_bytes']:,} bytes",
        f"request line and headers | {HEAD_BYTES // 1024} KiB ({HEAD_BYTES:,} bytes) |",
        f"time to send the headers | {HEAD_SECONDS:g} s |",
        f"time to send the rest of a body after the answer, as after 401 | {HEAD_SECONDS:g} s |",
        f"time to send the body | {plain['body_seconds']:g} s",
        f"time to wait for a worker, and again to be scored | {plain['score_seconds']:g} s",
        f"requests waiting | {plain['queue']} |",
        f"bodies being received | {plain['reading']} |",
        f"documents in a request | {schemas.MAX_DOCUMENTS:,} |",
        f"`id` | {schemas.MAX_ID_LENGTH} characters",
        f"`allow` | {schemas.MAX_ALLOWED:,} phrases of {schemas.MAX_PHRASE_LENGTH} characters",
        f"`model` | {schemas.MAX_MODEL_LENGTH} characters",
    ):
        assert limit in table


def test_every_header_that_a_page_may_read_is_in_the_documentation(client: TestClient) -> None:
    exposed = client.options("/v2/check", headers={"Origin": "https://desk.example.org"}).headers
    for name in exposed["access-control-expose-headers"].split(", "):
        assert f"`{name}`" in section(read(OURS), "Headers")


@pytest.mark.parametrize("page", sorted(path.name for path in DOCS.glob("*.md")))
def test_every_link_within_the_documentation_leads_somewhere(page: str) -> None:
    for target in re.findall(r"\]\((?!https?:)([^)#]*)(?:#([^)]*))?\)", read(page)):
        name, anchor = target
        path = (DOCS / name).resolve() if name else DOCS / page
        assert path.exists(), name
        if anchor:
            headings = re.findall(r"^#+ (.*)$", path.read_text(encoding="utf-8"), re.MULTILINE)
            assert anchor in {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}
