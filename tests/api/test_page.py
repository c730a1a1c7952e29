"""The page's files as the server gives them out. What they do is tested in a browser: test_browser.py."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from starlette.testclient import TestClient

from api import page
from detector import Detector

FILES = Path(page.__file__).parent / "static"
SCRIPTS = sorted(FILES.glob("*.js"))
TYPES = {
    "page.css": "text/css; charset=utf-8",
    "page.js": "text/javascript; charset=utf-8",
    "icon.svg": "image/svg+xml",
}


@pytest.fixture
def client() -> Iterator[TestClient]:
    app = FastAPI(docs_url=None, redoc_url=None)
    page.install(app)
    with TestClient(app, base_url="http://localhost") as client:
        yield client


def policy(header: str) -> dict[str, str]:
    return dict(rule.split(" ", 1) for rule in header.split("; "))


@pytest.mark.parametrize("path", ["/", "/static/page.js", "/static/page.css"])
def test_every_file_comes_with_the_strict_policy(client: TestClient, path: str) -> None:
    headers = client.get(path).headers
    assert policy(headers["content-security-policy"]) == {
        "default-src": "'none'",
        "script-src": "'self'",
        "style-src": "'self'",
        "connect-src": "'self'",
        "img-src": "'self' data:",
        "base-uri": "'none'",
        "form-action": "'none'",
        "frame-ancestors": "'none'",
    }
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-cache"


def test_the_page_is_html_and_not_in_the_schema(client: TestClient) -> None:
    assert client.get("/").headers["content-type"] == "text/html; charset=utf-8"
    assert client.get("/openapi.json").json()["paths"] == {}


@pytest.mark.parametrize("name", TYPES)
def test_types_do_not_depend_on_the_machine(client: TestClient, name: str) -> None:
    assert client.get(f"/static/{name}").headers["content-type"] == TYPES[name]


@pytest.mark.parametrize("path", ["/", "/static/page.js"])
def test_a_good_copy_is_not_sent_again(client: TestClient, path: str) -> None:
    first = client.get(path)
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["content-security-policy"] == first.headers["content-security-policy"]
    assert client.get(path, headers={"If-None-Match": '"another"'}).status_code == 200


def test_head_gives_the_headers_alone(client: TestClient) -> None:
    reply = client.head("/")
    assert (reply.status_code, reply.content) == (200, b"")
    assert int(reply.headers["content-length"]) == (FILES / "index.html").stat().st_size


@pytest.mark.parametrize("path", ["/static/", "/static/none.js", "/static/..%2fpage.py", "/static/%00", "/page.js"])
def test_nothing_else_is_given_out(client: TestClient, path: str) -> None:
    assert client.get(path).status_code == 404


def test_all_that_the_page_loads_is_there_under_a_relative_address(client: TestClient) -> None:
    html = (FILES / "index.html").read_text(encoding="utf-8")
    loaded = re.findall(r'<(?:link|script)[^>]*?(?:href|src)="([^"]+)"', html)
    assert len(loaded) == 3
    for address in loaded:
        assert client.get(f"/{address}").status_code == 200
    for script in SCRIPTS:
        for name in re.findall(r'from "\./([^"]+)"', script.read_text(encoding="utf-8")):
            assert (FILES / name).exists()


def test_nothing_comes_from_another_host() -> None:
    for path in FILES.iterdir():
        addresses = re.findall(r"""(?:["'(]|\s)((?:https?:)?//[\w.-]+[^"')\s]*)""", path.read_text(encoding="utf-8"))
        # Names of XML namespaces are never fetched.
        outside = [
            address
            for address in addresses
            if not re.search(r"//(?:[\w.]+\.openxmlformats|www\.w3|purl\.oclc)\.org/", address)
        ]
        assert outside == []


def test_no_text_is_ever_read_as_markup_or_code() -> None:
    html = (FILES / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", html)
    for script in SCRIPTS:
        code = script.read_text(encoding="utf-8")
        assert not re.search(r"innerHTML|insertAdjacentHTML|document\.write|outerHTML\s*=|\beval\(|new Function", code)


def test_the_example_shows_what_the_model_finds(shipped_detector: Detector) -> None:
    script = (FILES / "example.js").read_text(encoding="utf-8")
    text = script.partition("`")[2].rpartition("`")[0]
    (document,) = shipped_detector.score(text).documents
    assert document.flagged
    assert [paragraph.flagged for paragraph in document.paragraphs] == [False, True, True, False]
    assert len(document.paragraphs[1].spans) >= 4
