"""Clients written for Google's Perspective, as their registries give them, against a running server of ours."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvicorn
from fake import CLEAN, SPUN, FakeScorer

from api.access import new_key
from api.app import create_app
from api.settings import Settings

SECRET_KEY, KEY = new_key("moderation", ["score", "feedback"])
NODE_MODULES = os.environ.get("UNSPUN_NODE_MODULES", "")
JS_PACKAGE = "@conversationai/perspectiveapi-js-client"
ODD_PHRASE = {"begin": 66, "end": 82, "score": {"value": 0.9, "type": "PROBABILITY"}}


@contextmanager
def running(settings: Settings) -> Iterator[str]:
    """The address of a server in a thread of its own."""
    app = create_app(FakeScorer(), settings)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_config=None, access_log=False))
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    while not server.started:
        assert thread.is_alive()
        thread.join(0.02)
    try:
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(20)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("perspective")


@pytest.fixture(scope="module")
def url(folder: Path) -> Iterator[str]:
    """A server without keys."""
    aliases = {"TOXICITY": "SPUN_TEXT"}
    with running(Settings(database=f"sqlite:///{folder / 'open.sqlite3'}", perspective_aliases=aliases)) as address:
        yield address


@pytest.fixture(scope="module")
def locked_url(folder: Path) -> Iterator[str]:
    """A server with a key."""
    aliases = {"TOXICITY": "SPUN_TEXT"}
    database = f"sqlite:///{folder / 'locked.sqlite3'}"
    with running(Settings(database=database, perspective_aliases=aliases, keys=(KEY,))) as address:
        yield address


def google(url: str, key: str) -> Any:
    """Google's own Python client, built as its documentation says, but for the host."""
    discovery = pytest.importorskip("googleapiclient.discovery", reason="google-api-python-client is not installed")
    return discovery.build(
        "commentanalyzer",
        "v1alpha1",
        developerKey=key,
        discoveryServiceUrl=f"{url}/$discovery/rest?version=v1alpha1",
        static_discovery=False,
    )


def asked(text: str, **more: Any) -> dict[str, Any]:
    return {"comment": {"text": text}, "requestedAttributes": {"SPUN_TEXT": {}}, **more}


def test_googles_client_scores_a_comment(url: str) -> None:
    with google(url, "any") as client:
        request = asked(SPUN, spanAnnotations=True, languages=["en"], doNotStore=True, clientToken="c-1")
        reply = client.comments().analyze(body=request).execute()
    scores = reply["attributeScores"]["SPUN_TEXT"]
    assert scores["summaryScore"] == {"value": 0.9, "type": "PROBABILITY"}
    assert scores["spanScores"][-1] == ODD_PHRASE
    assert (reply["languages"], reply["detectedLanguages"], reply["clientToken"]) == (["en"], ["en"], "c-1")


def test_googles_client_suggests_a_score(url: str) -> None:
    scores = {"SPUN_TEXT": {"summaryScore": {"value": 0}}}
    request = {"comment": {"text": SPUN}, "attributeScores": scores, "clientToken": "c-2", "languages": ["en"]}
    with google(url, "any") as client:
        reply = client.comments().suggestscore(body=request).execute()
    assert reply == {"clientToken": "c-2", "requestedLanguages": ["en"]}


def test_googles_client_understands_the_errors(url: str) -> None:
    errors = pytest.importorskip("googleapiclient.errors", reason="google-api-python-client is not installed")
    with google(url, "any") as client, pytest.raises(errors.HttpError) as raised:
        client.comments().analyze(body=asked(SPUN, languages=["ja"])).execute()
    assert raised.value.status_code == 400
    assert raised.value.reason == "Attribute SPUN_TEXT does not support request languages: ja"
    assert raised.value.error_details[0]["errorType"] == "LANGUAGE_NOT_SUPPORTED_BY_ATTRIBUTE"


def test_googles_client_and_keys(locked_url: str) -> None:
    errors = pytest.importorskip("googleapiclient.errors", reason="google-api-python-client is not installed")
    with google(locked_url, SECRET_KEY) as client:
        assert client.comments().analyze(body=asked(CLEAN)).execute()["unspun"]["status"] == "scored"
    with google(locked_url, "wrong") as client, pytest.raises(errors.HttpError) as raised:
        client.comments().analyze(body=asked(CLEAN)).execute()
    assert raised.value.status_code == 400
    assert raised.value.error_details[0]["reason"] == "API_KEY_INVALID"


JS = f"""
const {{Client}} = require("{JS_PACKAGE}");
const [url, text, attribute] = process.argv.slice(2);
const client = new Client("any");
client.perspectiveApiUrl = `${{url}}/v1alpha1/comments:analyze?key=any`;
client.getScores(text, {{attributes: [attribute], context: undefined}}).then(
  (scores) => console.log(JSON.stringify(scores)),
  (error) => console.log(JSON.stringify({{error: String(error)}})));
"""


@pytest.mark.parametrize(
    ("text", "attribute", "expected"),
    [
        (f"<p>{SPUN}</p>", "SPUN_TEXT@1", {"SPUN_TEXT@1": 0.9}),
        ("Thanks!", "SPUN_TEXT", {"SPUN_TEXT": 0}),
        (CLEAN, "TOXICITY", {"TOXICITY": 0.1}),
        (SPUN, "INSULT", {"error": "Request failed with status code 400"}),
    ],
)
def test_the_javascript_client(url: str, folder: Path, text: str, attribute: str, expected: dict[str, Any]) -> None:
    node = shutil.which("node")
    if not node:
        pytest.skip("there is no node")
    if not (Path(NODE_MODULES) / JS_PACKAGE).is_dir():
        pytest.skip(f"{JS_PACKAGE} is not in the folder that UNSPUN_NODE_MODULES names")
    script = folder / "score.js"
    script.write_text(JS, encoding="utf-8")
    environment = {**os.environ, "NODE_PATH": NODE_MODULES, "no_proxy": "127.0.0.1"}
    command = [node, str(script), url, text, attribute]
    run = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=True)
    scores = json.loads(run.stdout)
    if "error" in expected:
        assert expected["error"] in scores["error"]
    else:
        assert scores == expected


@pytest.fixture
def pyperspective(monkeypatch: pytest.MonkeyPatch) -> Any:
    """Its host is a constant of the module."""
    module = pytest.importorskip("PyPerspective.Perspective", reason="PyPerspective is not installed")

    def at(url: str) -> Any:
        monkeypatch.setattr(module, "base_url", f"{url}/v1alpha1/comments:analyze")
        return module

    return at


@pytest.mark.parametrize(("text", "score"), [(SPUN, 0.9), ("Thanks!", 0)])
def test_pyperspective_which_reads_every_field_unasked(url: str, pyperspective: Any, text: str, score: float) -> None:
    comment = pyperspective(url).Perspective("any").get_score(text)
    assert (comment["TOXICITY"].score, comment["TOXICITY"].score_type) == (score, "PROBABILITY")
    assert str(comment["TOXICITY"][0]) == text
    assert (comment.requests_langs, comment.detected_langs[:1] != []) == (["en"], True)


def test_pyperspective_finds_out_about_its_key(locked_url: str, pyperspective: Any) -> None:
    errors = pytest.importorskip("PyPerspective.errors", reason="PyPerspective is not installed")
    module = pyperspective(locked_url)
    assert module.Perspective(SECRET_KEY).get_score(CLEAN)["TOXICITY"].score == 0.1
    with pytest.raises(errors.InvalidAuthKey):
        module.Perspective("wrong")
