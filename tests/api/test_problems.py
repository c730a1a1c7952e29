from __future__ import annotations

import pytest
from fastapi import FastAPI
from pydantic import BaseModel
from starlette.testclient import TestClient

from api import problems


class Body(BaseModel):
    text: str


async def echo(body: Body) -> Body:
    return body


@pytest.mark.parametrize("value", [b'"\\ud800 confidential"', b"NaN", b'["confidential"]', b"1e999"])
def test_fastapis_own_validation_neither_fails_nor_echoes(value: bytes) -> None:
    app = FastAPI()
    problems.install(app)
    app.post("/echo")(echo)
    body = b'{"text": {"x": ' + value + b"}}"
    reply = TestClient(app).post("/echo", content=body, headers={"Content-Type": "application/json"})
    assert reply.status_code == 422
    assert reply.headers["content-type"] == "application/problem+json"
    assert reply.json()["errors"] == [{"detail": "This must be a string.", "pointer": "#/body/text"}]
