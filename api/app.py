"""The routes. Bodies are read on the event loop; parsing, scoring and writing JSON is the backend's work."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any, Final

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import TypeAdapter
from starlette.exceptions import HTTPException
from starlette.responses import Response

from api import access, dialects, docs, feedback, languagetool, metrics, page, perspective, problems, reading, schemas
from api.access import Access
from api.backends import Backend, Threads
from api.edge import Edge
from api.feedback import Desk
from api.jobs import Job, Reply
from api.metrics import Metrics
from api.problems import AGAIN, Problem
from api.rates import Rates
from api.settings import Role, Settings
from api.store import Store
from api.tasks import uncompressed
from api.turnstile import Full, Turnstile
from detector import __version__
from detector.results import FORMATS, OFFSET_UNITS, SKIPS, Mode, Scorer

_SCHEMA_REF: Final = "#/components/schemas/{model}"
_DESCRIPTION: Final = "Finds text that a spinner rewrote word by word. Scoring is pure: a request may be repeated."
_MODES: Final = TypeAdapter(dict[Mode, schemas.ModeReply])
#: What a request may be answered before its body is read, and because of its body.
_AT_THE_GATE: Final = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS)
_IN_THE_BODY: Final = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
    HTTPStatus.UNPROCESSABLE_ENTITY,
)
_OUR_FAULT: Final = (HTTPStatus.INTERNAL_SERVER_ERROR, HTTPStatus.SERVICE_UNAVAILABLE)


class Service(FastAPI):
    """FastAPI, with the schemas that routes here refer to but do not declare."""

    def openapi(self) -> dict[str, Any]:
        if self.openapi_schema is None:
            document = super().openapi()
            parts = document["components"]["schemas"]
            request = schemas.request_schema(_SCHEMA_REF)
            parts |= request.pop("$defs") | {"ScoreRequest": request}
            problem = problems.ProblemDetails.model_json_schema(ref_template=_SCHEMA_REF)
            parts |= problem.pop("$defs") | {"Problem": problem}
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
    _install_errors(app)
    gate = _Gate(settings)
    counted = Metrics()
    counted.model(backend.info.name, backend.info.version)
    counted.gauge("unspun_workers", "Requests that can be scored at a time.", lambda: backend.size)
    counted.gauge("unspun_worker_restarts", "Workers that had to be replaced.", lambda: backend.restarts)
    scoring = Turnstile(backend.size + settings.queue)
    counted.gauge("unspun_in_progress", "Requests being scored or waiting for it.", lambda: scoring.inside)
    counted.gauge("unspun_queue", "Requests waiting for a worker.", lambda: max(0, scoring.inside - backend.size))
    reader = reading.Reader(settings)
    desk = Desk(store, counted.judged) if store else None

    async def run(request: Request, task: str, body: bytes) -> Response:
        headers = request.headers
        job = Job(
            task,
            body,
            _query(request),
            headers.get("content-type", ""),
            headers.get("content-encoding", ""),
            headers.get("accept-encoding", ""),
            request.state.request_id,
        )
        try:
            with scoring.enter():
                reply = await backend.run(job)
        except Full:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "Too many requests are waiting.", headers=AGAIN) from None
        counted.scored(reply.facts)
        return dialects.response(reply)

    def healthy() -> bool:
        """Whether a request would be taken."""
        return backend.ready and not app.state.draining and scoring.inside < backend.size + settings.queue

    @app.get("/healthz", summary="Is the process up?", responses=_example({"status": "ok"}))
    async def health() -> schemas.Health:
        return schemas.Health(status="ok")

    @app.get(
        "/readyz",
        summary="Should requests be sent here?",
        responses=_example({"status": "ready"}) | problems.documented(HTTPStatus.SERVICE_UNAVAILABLE),
    )
    async def readiness() -> schemas.Readiness:
        if app.state.draining:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "The server is stopping.")
        if not backend.ready:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "No scoring process is up.")
        if desk:
            await desk.check()
        return schemas.Readiness(status="ready")

    @app.get(
        "/metrics",
        summary="Figures for Prometheus",
        response_class=Response,
        responses={
            200: {
                "content": {metrics.MEDIA_TYPE: {"schema": {"type": "string"}, "example": metrics.EXAMPLE}},
                "description": "Prometheus text.",
            },
            **problems.documented(*_AT_THE_GATE),
        },
    )
    async def figures(request: Request) -> Response:
        await gate.enter(request, None)
        return Response(counted.page(), headers={"Content-Type": metrics.MEDIA_TYPE})

    @app.get(
        "/v1/model",
        summary="Which model answers, and within which limits?",
        responses=_example(schemas.EXAMPLE_MODEL),
    )
    async def model() -> schemas.ModelDescription:
        return schemas.ModelDescription(
            name=backend.info.name,
            version=backend.info.version,
            modes=_MODES.validate_python(backend.modes),
            offset_units=list(OFFSET_UNITS),
            formats=list(FORMATS),
            skips=list(SKIPS),
            limits=schemas.LimitsReply(
                body_bytes=settings.body_bytes,
                documents=schemas.MAX_DOCUMENTS,
                id_characters=schemas.MAX_ID_LENGTH,
                allow=schemas.MAX_ALLOWED,
                phrase_characters=schemas.MAX_PHRASE_LENGTH,
            ),
        )

    @app.post(
        "/v1/score",
        summary="Score texts",
        response_class=Response,
        responses={
            **_example(schemas.EXAMPLE_REPLY, model=schemas.ScoreReply, description="One document per text, in order."),
            **problems.documented(*_AT_THE_GATE, *_IN_THE_BODY, HTTPStatus.CONFLICT, *_OUR_FAULT),
        },
        openapi_extra={
            "requestBody": {
                "required": True,
                "content": {
                    "application/json": {
                        "schema": {"$ref": _SCHEMA_REF.format(model="ScoreRequest")},
                        "example": schemas.EXAMPLE,
                    }
                },
            }
        },
    )
    async def score(request: Request) -> Response:
        await gate.enter(request, "score")
        reading.require_json(request)
        return await run(request, "score", await reader.body(request))

    async def check(request: Request) -> Response:
        """LanguageTool's clients send the key in the body, so that is read first."""
        body = await reader.body(request)
        plain = uncompressed(body, reading.encoding(request), settings.body_bytes)
        await gate.enter(request, "score", languagetool.api_key(plain, _query(request)))
        return await run(request, "languagetool", body)

    async def analyze(request: Request) -> Response:
        await gate.enter(request, "score", perspective.api_key(request))
        return await run(request, "perspective", await reader.body(request))

    async def suggest(request: Request) -> Response:
        key = await gate.enter(request, "feedback", perspective.api_key(request))
        body = uncompressed(await reader.body(request), reading.encoding(request), settings.body_bytes)
        suggestion = perspective.suggest(settings, body)
        if desk is None:
            raise Problem(HTTPStatus.SERVICE_UNAVAILABLE, "This server keeps no feedback.")
        await desk.keep(feedback.suggested(suggestion.text, suggestion.values, key))
        return dialects.response(Reply(HTTPStatus.OK, json.dumps(suggestion.reply).encode()))

    app.include_router(languagetool.router(check, healthy, settings.languagetool_characters))
    app.include_router(perspective.router(analyze, suggest))
    if desk:
        app.include_router(feedback.router(desk, gate.enter, reader.json))
    docs.install(app)
    page.install(app)
    app.add_middleware(Edge, settings=settings, metrics=counted)
    return app


class _Gate:
    """Lets a request in, or raises Problem: first the key, then the rate."""

    def __init__(self, settings: Settings) -> None:
        self._access = Access(settings.keys)
        self._rates = Rates(settings.rate_limit)

    async def enter(self, request: Request, role: Role | None, secret: str | None = None) -> str | None:
        """The name of the caller's key. secret: where it does not come in our own headers."""
        key = self._access.check(request, role, secret or access.presented(request))
        name = key.name if key else None
        request.state.key = name
        request.state.headers = self._rates.take(key, request.client.host if request.client else "")
        return name


def _example(body: Any, **more: Any) -> dict[int | str, dict[str, Any]]:
    """The `responses` argument of a route that answers like this."""
    return {200: {"content": {"application/json": {"example": body}}, **more}}


def _query(request: Request) -> str:
    """As sent, whatever bytes it is made of."""
    return str(request.scope["query_string"], "latin-1")


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
