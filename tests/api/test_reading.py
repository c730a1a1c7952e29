"""The places of bodies on their way in."""

from __future__ import annotations

import anyio
import pytest
from starlette.requests import Request
from starlette.types import Message

from api.problems import Problem
from api.reading import Reader
from api.settings import Settings


def test_who_may_have_no_key_takes_no_place_from_who_has_one() -> None:
    """LanguageTool's clients send the key at the end of a body, so bodies without one are read as well."""
    arrive = anyio.Event()

    async def slow() -> Message:
        await arrive.wait()
        return {"type": "http.request", "body": b"late", "more_body": False}

    async def at_once() -> Message:
        return {"type": "http.request", "body": b"there", "more_body": False}

    async def run() -> None:
        reader = Reader(Settings(database="", reading=4))
        scope = {"type": "http", "method": "POST", "path": "/", "headers": []}
        async with anyio.create_task_group() as group:
            group.start_soon(lambda: reader.body(Request(scope, slow), stranger=True))
            await anyio.wait_all_tasks_blocked()
            with pytest.raises(Problem) as refused:
                await reader.body(Request(scope, at_once), stranger=True)
            assert refused.value.status == 503
            assert await reader.body(Request(scope, at_once)) == b"there"
            arrive.set()
        assert await reader.body(Request(scope, at_once), stranger=True) == b"there"

    anyio.run(run)
