"""The service, put together: what a request passes on its way, and the routes."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

import anyio.to_thread
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import dialects, docs, feedback, languagetool, page, perspective, problems, reading, routes, schemas
from api.access import presented
from api.backends import Backend, Threads
from api.desk import Desk
from api.edge import Edge
from api.gate import Gate
from api.jobs import Reply
from api.line import Line, query
from api.metrics import Metrics
from api.problems import Problem
from api.reading import Reader
from api.settings import Settings
from api.store import Store
from api.tasks import uncompressed
from detector import __version__
from detector.results import Scorer

_DESCRIPTION: Final = "Finds text that a spinner rewrote word by word. Scoring is pure: a request may be repeated."


class Service(FastAPI):
    """FastAPI, with the schemas that routes here refer to but do not declare."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            parts = document["components"]["schemas"]
            request = schemas.request_schema(schemas.REF)
            parts |= request.pop("$defs") | {"ScoreRequest": request}
            problem = problems.ProblemDetails.model_json_schema(ref_template=schemas.REF)
            parts |= problem.pop("$defs") | {"Problem": problem}
            if self.state.needs_key:
                document["components"]["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
                document["security"] = [{"key": []}]
        return super().openapi()


def create_app(detector: Scorer, settings: Settings | None = None) -> FastAPI:
    """The service around a detector that is loaded already, scoring in threads of this process.

    Raises UnspunError where the feedback store cannot be opened.
    """
    settings = settings or Settings()
    return build(Threads(detector, settings), settings, Store.open(settings.database) if settings.database else None)


def build(backend: Backend, settings: Settings, store: Store | None) -> FastAPI:
    """The service in front of a backend that has been started. Without a store there is no feedback."""
    app = Service(
        title="Unspun",
        version=__version__,
        description=_DESCRIPTION,
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.draining = False
    app.state.needs_key = bool(settings.keys)
    _install_errors(app)
    counted = Metrics()
    counted.model(backend.info.name, backend.info.version)
    counted.gauge("unspun_workers", "Requests that can be scored at a time.", lambda: backend.size)
    counted.gauge("unspun_worker_restarts", "Workers that had to be replaced.", lambda: backend.restarts)
    gate, reader, line = Gate(settings), Reader(settings), Line(backend, settings.queue, counted)
    desk = Desk(store, counted.judged) if store else None

    def healthy() -> bool:
        """Whether a request would be taken."""
        return backend.ready and not app.state.draining and not line.full

    async def check(request: Request) -> Response:
        """LanguageTool's clients send the key in the body; where there is none before it, that is read first."""
        secret = languagetool.api_key(b"", query(request))
        if settings.keys and not (secret or presented(request)):
            body = await reader.body(request, stranger=True)
            plain = await anyio.to_thread.run_sync(uncompressed, body, reading.encoding(request), settings.body_bytes)
            await gate.enter(request, "score", languagetool.api_key(plain, ""))
        else:
            await gate.enter(request, "score", secret, any_origin=True)
            body = await reader.body(request)
        return await line.run(request, "languagetool", body)

    async def analyze(request: Request) -> Response:
        await gate.enter(request, "score", perspective.api_key(request))
        return await line.run(request, "perspective", await reader.body(request))

    def suggested(sent: bytes, encoding: str) -> perspective.Suggestion:
        return perspective.suggest(settings, uncompressed(sent, encoding, perspective.MAX_BODY_BYTES))

    async def suggest(request: Request) -> Response:
        key = await gate.enter(request, "feedback", perspective.api_key(request))
        sent = await reader.body(request)
        suggestion = await anyio.to_thread.run_sync(suggested, sent, reading.encoding(request))
        if desk is None:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "This server keeps no feedback.")
        await desk.keep(feedback.suggested(suggestion.text, suggestion.values, key))
        return dialects.response(Reply(HTTPStatus.OK, json.dumps(suggestion.reply).encode()))

    app.include_router(routes.router(backend, settings, gate, reader, line, desk, counted))
    app.include_router(languagetool.router(check, healthy, settings.languagetool_characters))
    app.include_router(perspective.router(analyze, suggest))
    if desk:
        app.include_router(feedback.router(desk, gate.enter, reader.json))
    docs.install(app)
    page.install(app)
    app.add_middleware(Edge, settings=settings, metrics=counted)
    return app


def _install_errors(app: FastAPI) -> None:
    """Every error in the words of the wire format that its path belongs to, never with a piece of what was sent."""

    async def on_problem(request: Request, error: Exception) -> Response:
        assert isinstance(error, Problem)
        return dialects.told(error, request.scope)

    async def on_http(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)
        status = HTTPStatus(error.status_code)
        problem = Problem(status, status.description or status.phrase, headers=error.headers)
        return dialects.told(problem, request.scope)

    async def on_validation(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)
        return dialects.told(problems.invalid(error.errors()), request.scope)

    app.add_exception_handler(Problem, on_problem)
    app.add_exception_handler(HTTPException, on_http)
    app.add_exception_handler(RequestValidationError, on_validation)
