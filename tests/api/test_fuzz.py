"""Ten thousand bodies that nobody would send on purpose: none is a fault of ours, and none comes back in an error."""

from __future__ import annotations

import asyncio
import json
import math
import os
import re
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any
from urllib.parse import quote_plus

import pytest
from fake import SPUN, FakeScorer
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from starlette.types import Message

from api.app import create_app
from api.settings import Settings

#: Bodies in all, shared out among the routes.
BODIES = int(os.environ.get("UNSPUN_FUZZ_BODIES", "10000"))
MARKER = "Xylophonist"


def often(proper: st.SearchStrategy[Any], other: st.SearchStrategy[Any], times: int = 9) -> st.SearchStrategy[Any]:
    """Something proper so many times for each time that it is something else."""
    return st.integers(0, times).flatmap(lambda drawn: proper if drawn else other)


ODD = st.sampled_from("\0\u202e\ufeff😀\r\n\t<>&%+\"'\\#*`")
TEXT = often(
    st.one_of(
        st.text(max_size=40),
        st.text(ODD, max_size=12),
        st.sampled_from([SPUN, "\0", "x" * 3_000, f"<b>{SPUN}</b>", f'"{SPUN}"', f"# {SPUN}"]),
    ),
    st.text(st.characters(exclude_categories=()) | st.characters(categories=["Cs"]) | ODD, max_size=12),
)
MARKED = st.builds("{}{}{}".format, TEXT, st.just(MARKER), TEXT)
NUMBERS = st.one_of(
    st.integers(),
    st.floats(),
    st.sampled_from([10**30, -(10**30), 10**400, 2**31, 2**63, 2**64, 1e308, -0.0, math.nan, math.inf, -math.inf]),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, TEXT, MARKED)
JUNK: st.SearchStrategy[Any] = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXT | MARKED, inner, max_size=3), max_leaves=6
)


def mostly(*proper: Any) -> st.SearchStrategy[Any]:
    """One of these, or now and then anything."""
    return often(st.sampled_from(proper), JUNK)


def objects(required: dict[str, st.SearchStrategy[Any]], **optional: st.SearchStrategy[Any]) -> Any:
    """Objects with these members, sometimes with junk beside them or for them."""
    shaped = st.fixed_dictionaries(required, optional=optional)
    beside = st.builds(lambda a, b: a | b, shaped, st.dictionaries(MARKED, JUNK, max_size=2))
    instead = st.builds(lambda a, b: a | b, shaped, st.dictionaries(st.sampled_from([*required, *optional]), JUNK))
    return often(shaped, beside | instead)


OPTIONS = {
    "mode": mostly("strict", "balanced", "sensitive"),
    "offset_unit": mostly("codepoint", "utf16", "utf8"),
    "allow": mostly([], ["social employees"]),
    "explain": mostly(True, False),
    "format": mostly("text", "html", "markdown"),
    "skip": mostly([], ["quote"], ["list", "heading"]),
    "model": mostly(None, "1.0", "fake@1.0", {"name": "fake", "version": "1.0"}),
}
DOCUMENT = objects({"text": TEXT | MARKED}, id=often(TEXT | MARKED, JUNK))
SCORE = objects({"text": TEXT | MARKED | st.lists(TEXT | MARKED, max_size=3)}, **OPTIONS) | objects(
    {"documents": st.lists(DOCUMENT, max_size=3)}, **OPTIONS
)
OFFSET = often(st.integers(0, 6), NUMBERS)
FEEDBACK = objects(
    {"text": TEXT | MARKED, "verdict": mostly("right", "wrong", "not_sure")},
    span=objects({"start": OFFSET, "end": OFFSET}) | st.none(),
    offset_unit=OPTIONS["offset_unit"],
    model=mostly(None, "unspun-en@0.2.0"),
    store_text=mostly(True, False),
)
ENTRY = objects({"text": TEXT | MARKED}, type=mostly("PLAIN_TEXT"))
ATTRIBUTES = often(st.sampled_from(["SPUN_TEXT", "SPUN_TEXT@1"]), TEXT | MARKED)
COMMON = {
    "context": objects({}, entries=st.lists(ENTRY, max_size=2)),
    "languages": mostly([], ["en"], ["en-GB", "fr"]),
    "clientToken": TEXT | MARKED,
    "sessionId": TEXT,
    "communityId": TEXT,
}
ANALYZE = objects(
    {
        "comment": ENTRY,
        "requestedAttributes": st.dictionaries(
            ATTRIBUTES,
            objects({}, scoreThreshold=often(st.floats(0, 1), NUMBERS), scoreType=mostly("PROBABILITY")),
            min_size=1,
            max_size=2,
        ),
    },
    spanAnnotations=mostly(True, False),
    doNotStore=mostly(True, False),
    dropUnsupportedAttributes=mostly(True, False),
    **COMMON,
)
VALUE = objects({"value": mostly(0, 1, 0.5)}, type=mostly("PROBABILITY"))
SPAN = objects({"begin": OFFSET, "end": often(st.integers(7, 9), NUMBERS), "score": VALUE})
SUGGEST = objects(
    {
        "comment": ENTRY,
        "attributeScores": st.dictionaries(
            ATTRIBUTES, objects({"summaryScore": VALUE}, spanScores=st.lists(SPAN, max_size=2)), min_size=1, max_size=2
        ),
    },
    **COMMON,
)


def snake_case(value: Any) -> Any:
    """The same with every field's name as protobuf has it too: `requested_attributes`."""
    if isinstance(value, list):
        return [snake_case(element) for element in value]
    if not isinstance(value, dict):
        return value
    return {re.sub("(?<=[a-z])[A-Z]", lambda m: f"_{m[0].lower()}", name): snake_case(v) for name, v in value.items()}


def written(value: Any) -> bytes:
    """JSON as the laxest of writers would make it: NaN, lone surrogates as escapes, and numbers of any length."""
    return json.dumps(value).encode()


def nested(depth: int, inside: str, bracket: str) -> bytes:
    """Deep nesting, whole or without its end."""
    start, end = ("[", "]") if bracket == "[" else (f'{{"{MARKER}":', "}")
    return (start * depth + inside + end * depth * (len(inside) % 2)).encode()


RAW = st.one_of(
    st.binary(max_size=60),
    st.builds(nested, st.sampled_from([1, 50, 200, 5_000, 60_000]), st.sampled_from(["1", "", f'"{MARKER}"']), st.sampled_from("[{")),
    st.builds(lambda digits: b'{"text":' + b"9" * digits + b"}", st.sampled_from([20, 400, 5_000, 50_000])),
)  # fmt: skip


def broken(bodies: st.SearchStrategy[bytes]) -> st.SearchStrategy[bytes]:
    """Bodies, some of them cut off or with a piece in them that does not belong there."""

    def cut(body: bytes, at: float, piece: bytes) -> bytes:
        position = int(at * len(body))
        return body[:position] + piece + (body[position:] if piece else b"")

    pieces = st.sampled_from([b"", b"\xff", b"\0", b'"', b"}", b"\\ud800", b"%", b"&", b"NaN"])
    return often(bodies, st.builds(cut, bodies, st.floats(0, 1), pieces) | RAW, 4)


def json_bodies(values: st.SearchStrategy[Any]) -> st.SearchStrategy[bytes]:
    return broken(often(values, JUNK).map(written))


def form(fields: list[tuple[str, str]]) -> bytes:
    return "&".join(
        f"{quote_plus(a, errors='surrogatepass')}={quote_plus(b, errors='surrogatepass')}" for a, b in fields
    ).encode()


ANNOTATION = objects({}, text=TEXT | MARKED, markup=TEXT | MARKED, interpretAs=TEXT | JUNK)
DATA = objects({"annotation": st.lists(ANNOTATION, max_size=4)}) | objects({"text": TEXT | MARKED}) | JUNK
NAMES = st.sampled_from(
    "level mode c enabledOnly enabledRules disabledRules enabledCategories disabledCategories preferredVariants apiKey".split()
)  # fmt: skip
VALUES = st.sampled_from(["", "true", "default", "picky", "all", "textLevelOnly", "en-GB", "UNSPUN_WORD_CHOICE", "1"])
MORE = st.lists(st.tuples(NAMES | TEXT | MARKED, VALUES | TEXT | MARKED), max_size=4)
LANGUAGE = often(st.sampled_from(["en-US", "auto", "de"]), TEXT)
TEXT_FORMS = st.builds(
    lambda text, lang, more: form([("language", lang), ("text", text), *more]), TEXT | MARKED, LANGUAGE, MORE
)
DATA_FORMS = st.builds(
    lambda data, lang, more: form([("language", lang), ("data", json.dumps(data)), *more]), DATA, LANGUAGE, MORE
)

BODY_OF: dict[str, tuple[str, st.SearchStrategy[bytes]]] = {
    "score": ("/v1/score", json_bodies(SCORE)),
    "feedback": ("/v1/feedback", json_bodies(FEEDBACK)),
    "check text": ("/v2/check", broken(TEXT_FORMS)),
    "check data": ("/v2/check", broken(DATA_FORMS)),
    "analyze": ("/v1alpha1/comments:analyze", json_bodies(ANALYZE | ANALYZE.map(snake_case))),
    "suggestscore": ("/v1alpha1/comments:suggestscore", json_bodies(SUGGEST | SUGGEST.map(snake_case))),
}
#: What a client's mistake may be answered with.
MISTAKES = {400, 409, 413, 422}


class Caller:
    """Calls the app as its server does, without a client in between that would cost more than the app."""

    def __init__(self, folder: Any) -> None:
        # The store is in memory's pace: what is kept is looked at in the tests of the store.
        self._app = create_app(
            FakeScorer(), Settings(database=f"sqlite:///{folder / 'feedback.sqlite3'}", body_bytes=100_000)
        )
        self._runner = asyncio.Runner()
        self.calls = 0

    def close(self) -> None:
        self._runner.close()

    def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body; what the app raises is raised here."""
        self.calls += 1
        return self._runner.run(self._post(path, body))

    async def _post(self, path: str, body: bytes) -> tuple[int, bytes]:
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": "POST",
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(b"host", b"localhost"), (b"content-type", b"application/json")],
            "client": ("127.0.0.1", 1),
            "server": ("127.0.0.1", 80),
        }
        status, parts = 0, []

        async def receive() -> Message:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: Message) -> None:
            nonlocal status
            status = message.get("status", status)
            parts.append(message.get("body", b""))

        await self._app(scope, receive, send)
        return status, b"".join(parts)


@pytest.fixture(scope="module")
def caller(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Caller]:
    with ExitStack() as stack:
        caller = Caller(tmp_path_factory.mktemp("fuzz"))
        stack.callback(caller.close)
        yield caller


@pytest.mark.parametrize("route", BODY_OF)
def test_no_body_is_a_fault_of_ours_and_none_is_echoed(caller: Caller, route: str) -> None:
    path, bodies = BODY_OF[route]
    share = math.ceil(BODIES / len(BODY_OF))
    answered = caller.calls
    seen = set()

    @settings(
        max_examples=share, derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck)
    )
    @given(bodies)
    def post(body: bytes) -> None:
        status, reply = caller.post(path, body)
        seen.add(status)
        assert status in (200, 201) or status in MISTAKES, status
        if status in MISTAKES:
            assert MARKER.encode() not in reply
            assert reply
        else:
            json.loads(reply)

    post()
    assert caller.calls - answered >= share
    # The bodies are worth something only if some are taken and some are not.
    assert seen & {200, 201}
    assert seen & MISTAKES
